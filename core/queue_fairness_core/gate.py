"""The gate for CI: limits on the result, and the exit status they lead to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from queue_fairness_core.fairness.gates import FailIf, GateResult, evaluate
from queue_fairness_core.fairness.word import Word

if TYPE_CHECKING:
    from queue_fairness_core.standing import Standing

BROKEN_LIMIT = 3
INCONCLUSIVE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Limits that must not be broken; without any, every finished run passes."""

    limits: tuple[FailIf, ...] = ()
    allow_inconclusive: bool = False
    """Whether a run that cannot be judged passes."""

    def check(self, document: Mapping[str, object]) -> tuple[GateResult, ...]:
        """What becomes of each limit, measured on a run's JSON document."""
        return tuple(evaluate(each, document) for each in self.limits)

    def status(self, results: Sequence[GateResult], standing: "Standing | None") -> int:
        """The exit status: 0 passed, 3 a limit was broken, 4 the run cannot tell.

        A broken limit comes first: it was measured, whatever the evidence for the verdict.
        """
        if not all(each.passed for each in results):
            return BROKEN_LIMIT
        cannot_tell = standing is None or standing.verdict.word is Word.INCONCLUSIVE
        if self.limits and cannot_tell and not self.allow_inconclusive:
            return INCONCLUSIVE
        return 0


NO_GATE = Gate()
