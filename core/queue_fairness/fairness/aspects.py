"""Verdicts on worker time, and on any other cost of tasks, beside the one on turns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from queue_fairness.fairness.context import Conditions
from queue_fairness.fairness.findings import lags_behind
from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.fairness.thresholds import LAG_TASKS, NOTED_LAG, UNFAIR_LAG
from queue_fairness.fairness.word import Level
from queue_fairness.fairness.wording import percent, seconds
from queue_fairness.fairness.worker_time import LEAST_DUE, WorkerTime
from queue_fairness.formatting.numbers import brief

UNFAIR_TURNS = (Level.STARVING, Level.UNFAIR)
MUCH = 1.5
"""Times its due from which a partition's share is named."""

Show = Callable[[float | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """The verdict on one thing that partitions share."""

    name: str
    """`turns`, `worker time` or `tokens`."""
    word: Level
    """INCONCLUSIVE where it cannot be told."""
    headline: str
    """The numbers behind it, one line."""
    why: tuple[str, ...] = ()
    """More of it, lines that read on as sentences; empty where there is no more to say."""

    @property
    def is_unfair(self) -> bool:
        """Whether some partition gets too little of it."""
        return self.word in (Level.UNFAIR, Level.STARVING)


def worker_time(measures: FairnessMeasures, run: Conditions, turns: Level) -> Aspect:
    """The verdict on worker time, given the verdict on turns."""
    return _judged("worker time", measures.worker_time, run, seconds, turns)


def tokens(measures: FairnessMeasures, run: Conditions, turns: Level) -> Aspect | None:
    """The verdict on the cost that tasks reported; None where none reported any."""
    if measures.cost is None:
        return None
    return _judged("tokens", measures.cost, run, _tokens, turns)


def _judged(name: str, time: WorkerTime, run: Conditions, show: Show, turns: Level) -> Aspect:
    if time.least is None or time.median is None or time.most is None:
        return Aspect(
            name=name,
            word=Level.INCONCLUSIVE,
            headline=f"{name.capitalize()}: nobody was due enough of it to tell.",
            why=(f"Nobody was due as much as {LEAST_DUE:.0f} tasks of it.",),
        )
    word = Level.FAIR
    why = tuple(_shortfall(time, run, show)) if lags_behind(time, NOTED_LAG) else ()
    # Where turns are unfair, their unevenness is no excuse.
    by_turns = turns not in UNFAIR_TURNS and time.lag_max <= (time.lag_by_turns or 0.0)
    if lags_behind(time, UNFAIR_LAG) and by_turns:
        word = Level.INCONCLUSIVE
        why = ("Turns are so uneven that chance alone would do that.",)
    elif lags_behind(time, UNFAIR_LAG):
        word = Level.UNFAIR
    elif _is_scatter(time):
        word = Level.INCONCLUSIVE
        why = ("Tasks differ so much in it that chance alone would do that.",)
    return Aspect(
        name=name,
        word=word,
        headline=(
            f"{name.capitalize()}: least {percent(time.least)}, median {percent(time.median)}, "
            f"most {percent(time.most)} of the due."
        ),
        why=why,
    )


def _is_scatter(time: WorkerTime) -> bool:
    """Whether a lag is large, but no larger than the scatter of the tasks' costs explains."""
    return (
        (time.lag_share or 0.0) > UNFAIR_LAG
        and (time.lag_tasks or 0.0) > LAG_TASKS
        and time.lag_max <= (time.lag_by_chance or 0.0)
    )


def _shortfall(time: WorkerTime, run: Conditions, show: Show) -> Iterator[str]:
    """Who got the most, and who was short of how much."""
    largest, due = time.largest or 0.0, time.largest_due or 0.0
    if time.largest_partition is not None and largest > MUCH * due > 0:
        name = run.name_of(time.largest_partition)
        yield f"{name} got {percent(largest, 1)} of it ({percent(due, 1)} due);"
    if time.lag_partition is not None and time.lag_share is not None:
        yield (
            f"{run.name_of(time.lag_partition)} was short of {show(time.lag_max)}, "
            f"{percent(time.lag_share)} of its due."
        )


def _tokens(value: float | None) -> str:
    return f"{brief(value or 0.0, 4)} tokens"
