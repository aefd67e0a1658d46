"""What a run has measured, frozen: for asserting, printing and keeping."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from unittest import SkipTest

from queue_fairness.api.message import heat_lines, short_report
from queue_fairness.errors import PlanError
from queue_fairness.fairness.sorted_chunks import RoundsSummary
from queue_fairness.fairness.word import Level
from queue_fairness.formatting.numbers import TICKS
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.json_numbers import number_names
from queue_fairness.report.limit import VERDICT, FailIf, full_name, parse_fail_if, parse_require
from queue_fairness.report.limits import BROKEN_LIMIT, Limits, limit_lines
from queue_fairness.report.model import Report
from queue_fairness.report.results import render_made, report_of
from queue_fairness.report.run_json import document


@dataclass(frozen=True, slots=True)
class Rounds:
    """Waits over the partitions, in rounds: a round is one turn for each partition with work."""

    mean: float | None
    """Not known of every kind of wait."""
    p50: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result:
    """One run, measured to its end; never changes, and holds no connection."""

    plan: Plan
    """What was asked for. Its `strategy` is the queue's name; a class that was given as an object
    is found by it only if it can be imported so."""
    verdict: Level | None
    """One of the six words; None where no task was ever handed out or the run failed early."""
    headline: str
    """The numbers behind the word, in one line; empty without a verdict."""
    why: tuple[str, ...]
    """The reasons, in sentences; empty without a verdict."""
    phase: str
    """How it ended: `drained`, `ended` (its time was over), `stopped` or `failed`."""
    failure: str | None
    """Why it failed, in a sentence; None unless it did, which only a comparison gives back."""
    measures: Mapping[str, float | None]
    """Every number of the document by its path, such as `fairness.worst_wait_rounds.p99`; None for
    what was not measured. Durations are in seconds unless the name says otherwise, shares are from
    0 to 1; `queue-fairness-tui --fail-if help` lists them all."""
    partition_waits: Mapping[str, float]
    """Each partition's longest wait for a turn, in rounds, by its name; empty where nothing was
    handed out."""
    command: str
    """The command line that makes the same run with a screen, where the queue can be imported."""
    _document: Mapping[str, Any] = field(repr=False)
    _report: Report = field(repr=False)
    _snapshot: Snapshot = field(repr=False)

    @classmethod
    def of(cls, run: Snapshot) -> "Result":
        """The result of a run that has ended; its queue's name can be forgotten after this."""
        found = document(run)
        assessment = run.assessment
        verdict = assessment.verdict if assessment else None
        waits = assessment.worst_waits if assessment else {}
        return cls(
            plan=run.plan,
            verdict=verdict.word if verdict else None,
            headline=verdict.headline if verdict else "",
            why=tuple(verdict.why) if verdict else (),
            phase=run.phase.value,
            failure=run.failure,
            measures=MappingProxyType({name: _number(found, name) for name in number_names()}),
            partition_waits=MappingProxyType(
                {run.plan.partition_name(each): rounds for each, rounds in waits.items()}
            ),
            command=found["command"],
            _document=found,
            _report=report_of(run),
            _snapshot=run,
        )

    @property
    def is_fair(self) -> bool:
        """Whether the verdict is FAIR."""
        return self.verdict is Level.FAIR

    @property
    def worst_wait_rounds(self) -> Rounds | None:
        """Each partition's longest wait for a turn, open ones included; 1 under round robin.

        None where nothing was handed out.
        """
        return self._rounds("worst_wait_rounds")

    @property
    def first_pickup_rounds(self) -> Rounds | None:
        """Each partition's wait for its first turn; None where nothing was handed out."""
        return self._rounds("first_pickup_rounds")

    @property
    def debt_tasks(self) -> float | None:
        """The most tasks any partition was owed, against an equal share; 1 under round robin."""
        return self.value("fairness.debt_tasks.max")

    @property
    def round_jain(self) -> float | None:
        """Jain's index of a round, averaged: 1 where all got the same; None before one round."""
        return self.value("fairness.round_jain")

    @property
    def lost(self) -> int | None:
        """Tasks that left the queue and were never done; None if that could not be counted."""
        return self._whole("totals.lost")

    @property
    def duplicated(self) -> int | None:
        """Pickups of a task that had been picked up before."""
        return self._whole("totals.duplicated")

    @property
    def completed(self) -> int | None:
        """Tasks done."""
        return self._whole("totals.completed")

    @property
    def elapsed_s(self) -> float | None:
        """Seconds from the start of the workers to the end."""
        return self.value("totals.elapsed_s")

    @property
    def throughput_per_s(self) -> float | None:
        """Tasks done per second; None where none was. Depends on the machine, as rounds do not."""
        return self.value("totals.throughput_per_s")

    def value(self, name: str) -> float | None:
        """A number by the name that `--fail-if` knows it by; None where it was not measured.

        Args:
            name: Its path in the document, or the end of it: `worst_wait_rounds.p99`, `jain`. A
                group alone is its largest value.

        Raises:
            LookupError: There is no such number, or there are several; says which are near.
        """
        return self.measures[full_name(name, self.measures)]

    def assert_fair(
        self,
        *,
        at_least: Level | str | None = Level.FAIR,
        max_wait_rounds: float | None = None,
        fail_if: Sequence[str] = (),
    ) -> None:
        """Raise unless the result keeps every limit; those of the command line, `--fail-if`.

        Args:
            at_least: The least verdict that passes, as a word or its text; None for any but
                BROKEN, INCONCLUSIVE included.
            max_wait_rounds: What no partition's longest wait may exceed, rounds; None for no limit.
            fail_if: What must not be, such as `"round_jain < 0.9"`.

        Raises:
            UnfairError: One of them is broken, or the verdict is BROKEN; an AssertionError whose
                text is a short report.
            InconclusiveError: None is broken and one cannot be decided; a unittest.SkipTest.
            PlanError: A limit makes no sense.
        """
        __tracebackhide__ = True
        limits = Limits(
            limits=_limits(at_least, max_wait_rounds, fail_if), allow_inconclusive=at_least is None
        )
        results = limits.check(self._snapshot)
        status = limits.status(results, self._snapshot)
        if not status:
            return
        if status == BROKEN_LIMIT:
            raise UnfairError(short_report(self._report, self._snapshot, results), self)
        undecided = next(each for each in limit_lines(results) if each.startswith(TICKS[None]))
        raise InconclusiveError(self._report.sentence or undecided, self)

    def heat_map(self, width: int = 60, height: int = 8) -> str:
        """Who was served when, as text: a row per group of partitions, a column per round.

        Solid where a row got all that it was owed, a dot where it waited and got nothing.

        Args:
            width: Columns.
            height: Rows; fewer where there are fewer partitions.
        """
        return "\n".join(heat_lines(self._snapshot, width, height))

    def report(self, form: str = "text") -> str:
        """The whole report, as the command prints it.

        Args:
            form: `text` (at most 80 columns), `markdown`, `csv`, `html`, `svg` or `json`.

        Raises:
            ValueError: There is no such format.
        """
        return render_made(self._report, self._document, form)

    def document(self) -> dict[str, Any]:
        """All of it as the JSON document, in plain values; a copy, which may be changed.

        `queue-fairness-tui schema` prints its JSON Schema.
        """
        return copy.deepcopy(dict(self._document))

    def __str__(self) -> str:
        """The verdict, why, the heat map and the command, in some twenty lines."""
        return short_report(self._report, self._snapshot, ())

    def _rounds(self, name: str) -> Rounds | None:
        assessment = self._snapshot.assessment
        if assessment is None or not self._snapshot.picked_up:
            return None
        found: RoundsSummary = getattr(assessment.measures, name)
        return Rounds(mean=found.mean, p50=found.p50, p99=found.p99, max=found.max)

    def _whole(self, name: str) -> int | None:
        value = self.measures[name]
        return None if value is None else int(value)


def _number(document: Mapping[str, Any], path: str) -> float | None:
    value: object = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value if isinstance(value, int | float) else None


def _limits(
    at_least: Level | str | None, max_wait_rounds: float | None, fail_if: Sequence[str]
) -> tuple[FailIf, ...]:
    """The limits that an assertion asks for, as the command line has them."""
    limits = []
    if at_least is None:
        limits.append(parse_fail_if(f"{VERDICT} == {Level.BROKEN.text}", ()))
    else:
        text = at_least.text if isinstance(at_least, Level) else str(at_least)
        try:
            limits.append(parse_require(text))
        except PlanError as error:
            raise PlanError("at_least", str(error).replace("--require", "at_least", 1)) from None
    if max_wait_rounds is not None:
        fail_if = (f"worst_wait_rounds.max > {max_wait_rounds!r}", *fail_if)
    return (*limits, *(parse_fail_if(each, number_names()) for each in fail_if))


class UnfairError(AssertionError):
    """A result that is worse than was asserted; its text is a short report.

    Attributes:
        result: The result.
    """

    def __init__(self, message: str, result: Result) -> None:
        super().__init__(message)
        self.result = result


class InconclusiveError(SkipTest):
    """A result whose verdict is INCONCLUSIVE, so that nothing can be asserted.

    Test runners report it as a skipped test.

    Attributes:
        result: The result.
    """

    def __init__(self, message: str, result: Result) -> None:
        super().__init__(message)
        self.result = result
