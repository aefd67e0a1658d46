"""The evidence line: whether a run can be judged at all, and whether the queue is intact."""

from collections.abc import Iterator
from dataclasses import dataclass

from queue_fairness.fairness.context import Conditions, Integrity
from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.fairness.thresholds import (
    MAX_LAG_SHARE,
    MAX_REFUSED,
    MAX_UNKNOWN,
    MIN_CONTENDED,
    MIN_LAG_S,
    MIN_LOAD,
    MIN_ROUNDS,
    ROUNDS_SLACK,
)
from queue_fairness.fairness.wording import count, seconds
from queue_fairness.formatting.numbers import brief

_DOABLE = "Tasks that can be done."


@dataclass(frozen=True, slots=True)
class Evidence:
    """One item of the evidence line."""

    name: str
    ok: bool | None
    """Whether it holds; None where it is not applicable."""
    text: str
    """The measured value in a few words."""


@dataclass(frozen=True, slots=True)
class Weakness:
    """A reason why a run cannot be judged, and what would mend it; one short sentence each."""

    reason: str
    remedy: str
    withholds_all: bool = False
    """Whether FAIR ON AVERAGE ONLY cannot be said either."""


def gather(
    measures: FairnessMeasures, integrity: Integrity, run: Conditions
) -> tuple[Evidence, ...]:
    """The evidence line, in the order in which it is shown."""
    violations = list(integrity_violations(integrity, run.ended))
    ours = (
        Evidence("lag", not (lags(run) or run.stalled), _lag_text(run)),
        _integrity_evidence(integrity, violations),
        Evidence("work_conservation", is_work_conserving(measures), _conservation_text(measures)),
    )
    order = (Evidence("order", run.order_unknown <= MAX_UNKNOWN, run.order),) if run.order else ()
    return (
        Evidence("rounds", has_rounds(measures), _rounds(measures.rounds)),
        Evidence(
            "contended",
            is_contended(measures, run),
            f"{_percent(measures.contended_share)} contended",
        ),
        Evidence("load", None, f"load {_percent(measures.conservation.load)}"),
        *order,
        *(ours if run.is_ours else ()),
    )


def _lag_text(run: Conditions) -> str:
    if run.stalled:
        return "stood still"
    return f"lag p99 {seconds(run.event_loop_lag_p99_s)}"


def _integrity_evidence(integrity: Integrity, violations: list[str]) -> Evidence:
    if violations:
        return Evidence("integrity", False, violations[0])
    if integrity.waiting is None:
        return Evidence("integrity", None, "tasks not counted")
    return Evidence("integrity", True, "nothing lost")


def has_rounds(measures: FairnessMeasures) -> bool:
    """Whether enough rounds were seen, the last of a drain not being a full one."""
    return measures.rounds >= MIN_ROUNDS - ROUNDS_SLACK


def contended_rounds(measures: FairnessMeasures) -> float:
    """Contended dispatches divided by the most partitions that were backlogged at a time."""
    return measures.contended_share * measures.dispatches / max(1, measures.peak_backlogged)


def is_contended(measures: FairnessMeasures, run: Conditions) -> bool:
    """Whether enough dispatches were contended: a few rounds of them, and no mere exceptions.

    In a drain they may be few beside the tail of one giant partition, which has no rival any more.
    """
    if contended_rounds(measures) < MIN_ROUNDS - ROUNDS_SLACK:
        return False
    is_busy = run.drain or measures.conservation.load >= MIN_LOAD
    return is_busy or measures.contended_share >= MIN_CONTENDED


def lags(run: Conditions) -> bool:
    """Whether the event loop was late by more than a fair part of a typical wait."""
    lag = run.event_loop_lag_p99_s
    return lag > MIN_LAG_S and lag > MAX_LAG_SHARE * run.typical_wait_s


def is_work_conserving(measures: FairnessMeasures) -> bool | None:
    """Whether workers got a task whenever one was claimable; None where not applicable."""
    refused = measures.conservation.idle_refused
    return None if refused is None else refused <= MAX_REFUSED


def collecting(measures: FairnessMeasures) -> str:
    """The text that stands in place of a verdict before there is evidence for one."""
    return f"collecting: {min(measures.rounds, MIN_ROUNDS):.1f} of {MIN_ROUNDS} rounds"


def integrity_violations(integrity: Integrity, ended: bool) -> Iterator[str]:
    """What is wrong with the counts, one short sentence each; in mid-run only what cannot mend."""
    if integrity.lost:
        how = "put into the queue" if integrity.never_taken else "taken from the queue"
        end = "handed out" if integrity.never_taken else "run"
        yield f"{count(integrity.lost, 'task')} lost: {how} and never {end}."
    for each in integrity.gone:
        yield f"A worker crashed: {each}."
    if integrity.duplicated:
        yield f"{count(integrity.duplicated, 'task')} done more than once."
    if not ended:
        return
    if integrity.locks_left:
        yield f"{count(integrity.locks_left, 'partition lock')} left behind without a holder."
    if integrity.waiting is None:
        return
    accounted = integrity.completed + integrity.waiting + integrity.in_flight + integrity.lost
    if accounted != integrity.enqueued:
        yield f"{integrity.enqueued:,} tasks enqueued, but {accounted:,} accounted for."


def weaknesses(
    measures: FairnessMeasures, integrity: Integrity, run: Conditions
) -> Iterator[Weakness]:
    """What is missing to call the run fair; nothing where it may be."""
    if run.server_fault is not None:
        # No other sentence: of the queue nothing is known.
        yield Weakness("The server failed the run: of the queue it says nothing.", "", True)
        return
    if run.unreadable:
        yield Weakness(run.unreadable, "A table whose rows can be read.", True)
        return
    if integrity.waiting is None:
        yield Weakness(
            "The run broke off and its tasks could not be counted.",
            "The same again, once the cause is mended.",
            True,
        )
    if run.undone is not None:
        remedy = "A queue that hands out its tasks." if integrity.never_taken else _DOABLE
        yield Weakness(run.undone, remedy, True)
    if measures.partitions == 1:
        yield Weakness(
            "One partition: there is nobody to share with.", "Two partitions or more.", True
        )
        return
    too_short = _too_short(measures, run)
    if too_short is not None:
        yield too_short
    # A contest cannot be seen in a run too short for one: the remedy for that is the first step.
    elif not is_contended(measures, run):
        yield _nobody_passed_over(measures, run)
    if run.order_unknown > MAX_UNKNOWN:
        yield Weakness(
            f"The place of {_percent(run.order_unknown, 1)} of the pickups is not known.",
            "The same again over a connection that holds.",
        )
    if lags(run):
        yield Weakness(
            f"The event loop was {seconds(run.event_loop_lag_p99_s)} late, "
            f"against waits of {seconds(run.typical_wait_s)}.",
            "Fewer workers or longer tasks, so that the event loop keeps up.",
        )
    if run.stalled:
        yield Weakness(run.stalled, "The same where nothing suspends it meanwhile.")


def _too_short(measures: FairnessMeasures, run: Conditions) -> Weakness | None:
    """Too few tasks per partition in a drain, or too few rounds; None where there are enough."""
    per_partition = measures.tasks_per_partition
    if run.drain and per_partition and per_partition < MIN_ROUNDS - ROUNDS_SLACK:
        return Weakness(
            "One task per partition: every order serves everyone once."
            if per_partition == 1
            else f"{brief(per_partition)} tasks per partition: too few to tell orders apart.",
            f"At least {MIN_ROUNDS} tasks per partition, better 10.",
            True,
        )
    if has_rounds(measures):
        return None
    return Weakness(
        f"Only {measures.rounds:.1f} rounds seen; {MIN_ROUNDS} are needed.",
        f"A longer run: until everyone might have had {MIN_ROUNDS} turns.",
        True,
    )


def _nobody_passed_over(measures: FairnessMeasures, run: Conditions) -> Weakness:
    if run.drain and measures.peak_backlogged <= run.workers:
        reason = (
            f"{count(measures.peak_backlogged, 'partition')} for "
            f"{count(run.workers, 'worker')}: hardly anybody has to wait for a turn."
        )
        return Weakness(reason, f"More than {run.workers} partitions, or fewer workers.", True)
    share, needed = _percent(measures.contended_share, 1), _percent(MIN_CONTENDED)
    if measures.contended_share < MIN_CONTENDED and not run.drain:
        reason = f"At {share} of the pickups somebody was passed over; {needed} are needed."
        return Weakness(
            reason, "A higher load: more arrivals, longer tasks or fewer workers.", True
        )
    rounds = contended_rounds(measures)
    return Weakness(
        f"Somebody was passed over in {rounds:.1f} rounds; {MIN_ROUNDS} are needed.",
        "A longer run, or a higher load.",
        True,
    )


def _conservation_text(measures: FairnessMeasures) -> str:
    conserved = measures.conservation.conserved
    return (
        "work conservation: not applicable"
        if conserved is None
        else f"work-conserving {_percent(conserved)}"
    )


def _rounds(rounds: float) -> str:
    text = brief(rounds)
    return f"{text} round" if text == "1" else f"{text} rounds"


def _percent(share: float, places: int = 0) -> str:
    return f"{share * 100:.{places}f} %"
