"""Limits on a result for CI, and the exit status they lead to.

    3  a limit was broken, the verdict is BROKEN, or hardly anything was done
    4  nothing was done, a limit is on what was not measured, or the verdict is INCONCLUSIVE
    0  all limits were kept

The first that applies wins: what was measured counts, whatever the evidence for the rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from queue_fairness.fairness.word import Level
from queue_fairness.formatting.numbers import TICKS
from queue_fairness.metrics.completion import hardly_anything_done
from queue_fairness.report.limit import (
    VERDICT,
    VERDICT_NAME,
    FailIf,
    LimitResult,
    OwnBaseline,
    evaluate,
)

if TYPE_CHECKING:
    from queue_fairness.analysis.baseline import Baseline
    from queue_fairness.metrics.snapshot import Snapshot

BROKEN_LIMIT = 3
UNDECIDED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits that must not be broken; without any, every finished run passes."""

    limits: tuple[FailIf, ...] = ()
    allow_inconclusive: bool = False
    """Whether a run whose verdict is INCONCLUSIVE passes if it breaks no limit."""

    baseline: "Baseline | None" = None
    """What limits that name the baseline are measured by."""

    def check(self, snapshot: "Snapshot") -> tuple[LimitResult, ...]:
        """What becomes of each limit in a run, and of those that always hold; none for none."""
        if not self.limits:
            return ()
        # Not before: it brings Redis' client along, and `--help` does without.
        from queue_fairness.report.run_json import document

        found = document(snapshot)
        asked = tuple(evaluate(each, found, self._baseline_for(found)) for each in self.limits)
        return (*asked, *self._always(snapshot, asked))

    def status(self, results: Sequence[LimitResult], snapshot: "Snapshot") -> int:
        """The exit status of a run: 0, 3 or 4, as above.

        Args:
            results: What `check` has said of it.
            snapshot: The run.
        """
        passed = [each.passed for each in results]
        if False in passed:
            return BROKEN_LIMIT
        allowed = self.allow_inconclusive and _word(snapshot) is Level.INCONCLUSIVE
        may_pass = allowed and snapshot.completed > 0
        return UNDECIDED if None in passed and not may_pass else 0

    def _baseline_for(self, document: Mapping[str, object]) -> OwnBaseline | None:
        """What the baseline has under the load of a run."""
        baseline, plan = self.baseline, document.get("plan")
        if baseline is None or not isinstance(plan, Mapping):
            return None
        return lambda path: (
            baseline.word(plan) if path == VERDICT_NAME else baseline.number(plan, path)
        )

    def _always(self, snapshot: "Snapshot", asked: Sequence[LimitResult]) -> Iterator[LimitResult]:
        """The limits that always hold, where they are not kept."""
        word = _word(snapshot)
        is_said = any(isinstance(each.value, Level) and not each.passed for each in asked)
        if word is Level.BROKEN and not is_said:
            yield _on_verdict(word, passed=False)
        if word is Level.INCONCLUSIVE and not is_said and not self.allow_inconclusive:
            yield _on_verdict(word, passed=None)
        tasks, done = _tasks(snapshot), snapshot.completed
        hardly = hardly_anything_done(snapshot)
        if hardly or not done:
            yield LimitResult(
                expression="hardly anything was done",
                value=done if tasks else None,
                passed=False if hardly else None,
                reason=f"{done:,} of {tasks:,} tasks" if tasks else "no task arrived",
            )


def _word(snapshot: "Snapshot") -> Level | None:
    return snapshot.assessment.verdict.word if snapshot.assessment else None


def _on_verdict(word: Level, *, passed: bool | None) -> LimitResult:
    return LimitResult(
        expression=f"{VERDICT} == {word.text}", value=word, passed=passed, reason=word.text
    )


def _tasks(snapshot: "Snapshot") -> int:
    return max(snapshot.arrived, snapshot.enqueued)


NO_LIMITS = Limits()


def limit_lines(results: Sequence[LimitResult]) -> list[str]:
    """Each limit that must not be broken, with its measured value, or why there is none."""
    return [
        f"{TICKS[each.passed]} fail if {each.expression}   "
        f"{'measured: ' if each.value is not None else ''}{each.reason}"
        for each in results
    ]
