"""The table of fairness: each measure beside that of ideal turns, and what FAIR asks for."""

from collections.abc import Callable, Iterator

from queue_fairness.analysis.columns import IDEAL
from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.fairness.thresholds import FAIR_DEBT, FAIR_SHORT, FAIR_WAIT, UNFAIR_LAG
from queue_fairness.fairness.worker_time import WorkerTime
from queue_fairness.formatting import numbers
from queue_fairness.formatting.table import Table, headed
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.report.waits_in import ROUNDS, WaitsIn, short_rounds


def fairness_table(snapshot: Snapshot, assessment: FairnessAssessment, waits: WaitsIn) -> Table:
    """The measures beside those of ideal turns, and what FAIR asks for."""
    measures = assessment.measures
    conserved = measures.conservation.conserved
    return Table(
        title=f"Fairness: waits in {waits.unit}, debt in tasks, worker time in % of the due",
        columns=headed("this run", IDEAL, "for FAIR"),
        rows=(
            *_wait_rows(snapshot, measures, waits),
            (
                "debt now, most ever",
                _several(measures.debt_tasks_now, measures.debt_tasks_max),
                "0 / 1",
                f"≤ {FAIR_DEBT:g}",
            ),
            ("round Jain", numbers.digits(measures.round_jain), "1", ""),
            (
                "short, left out: of 5 turns",
                f"{_share(measures.shares.short)} / {_share(measures.shares.left_out)}",
                "0 / 0 %",
                f"≤ {numbers.percent(FAIR_SHORT)} / –",
            ),
            *_shared("worker time", measures.worker_time, numbers.seconds),
            *(
                _shared("tokens", measures.cost, numbers.digits)
                if measures.cost is not None
                else ()
            ),
            (
                "work conservation",
                numbers.percent(conserved, 1) if conserved is not None else "not applicable",
                "100 %",
                "",
            ),
        ),
        note="a round: as many dispatches as there are partitions with work",
    )


def _wait_rows(
    snapshot: Snapshot, measures: FairnessMeasures, waits: WaitsIn
) -> Iterator[tuple[str, ...]]:
    plan = snapshot.plan
    has_round = snapshot.phase.is_complete or measures.rounds >= 1
    turns = plan.weights == "equal" and has_round
    worst, first = measures.worst_wait_rounds, measures.first_pickup_rounds
    yield (
        "worst wait p50, p99, max",
        _waits_shown(waits, worst.p50, worst.p99, worst.max),
        _ideal_waits(waits, 1, 1, 1) if turns else numbers.UNKNOWN,
        f"p99 ≤ {_ideal_waits(waits, FAIR_WAIT)}",
    )
    yield (
        "first pickup mean, p99, max",
        _waits_shown(waits, first.mean, first.p99, first.max),
        _ideal_waits(waits, 0.5, 1, 1) if turns and plan.is_full_at_start else numbers.UNKNOWN,
        "",
    )


def _several(*values: float | None) -> str:
    return " / ".join(map(short_rounds, values))


def _waits_shown(waits: WaitsIn, *rounds: float | None) -> str:
    return " / ".join(map(waits.show, rounds))


def _ideal_waits(waits: WaitsIn, *rounds: float) -> str:
    """Waits that are whole rounds or halves: `0.5 / 1 / 1`, not `0.50 / 1.0 / 1.0`."""
    show = "{:g}".format if waits is ROUNDS else waits.show
    return " / ".join(map(show, rounds))


def _share(value: float | None) -> str:
    return numbers.percent(value, 1) if value is not None else numbers.UNKNOWN


def _shared(
    name: str, time: WorkerTime, show: Callable[[float | None], str]
) -> tuple[tuple[str, ...], ...]:
    """What partitions got of something, as shares of their due."""
    shares = (time.least, time.median, time.most)
    each = " / ".join(
        f"{each * 100:,.0f}" if each is not None else numbers.UNKNOWN for each in shares
    )
    short = numbers.UNKNOWN
    if time.lag_share is not None:
        short = f"{show(time.lag_max)}, {numbers.percent(time.lag_share)}"
    return (
        (f"{name}, least to most", each, "100 / 100 / 100", ""),
        (f"most short of {name}", short, "", f"≤ {numbers.percent(UNFAIR_LAG)}"),
    )
