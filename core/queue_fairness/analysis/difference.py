"""What differs between two kept results, and what of that is more than chance.

1. Two can be compared only where they had the same load: every field of the plan but the strategy
   and the seed, which are named where they differ.
2. A number differs beyond chance if the medians are farther apart than its margin. The margin is
   what chance does to a single run (`tests/analysis/spread.py` measures it, the table below has
   it), less for more repeats by the root of their number, and never less than the repeats of either
   side spread.
3. What is counted in rounds and tasks does not depend on the machine. Rates and seconds do: they
   are always shown, and decide only between three repeats or more of each side, on one machine,
   where no run stood still.
4. A verdict is worse if it is a worse word; INCONCLUSIVE is neither.
"""

import enum
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from queue_fairness.analysis.columns import Cell, cell_of, format_score
from queue_fairness.analysis.kept import Document, KeptRuns, groups, number_at, strategy_of
from queue_fairness.fairness.word import Level
from queue_fairness.formatting import numbers
from queue_fairness.outside import from_outside
from queue_fairness.plan import plan_fields

IGNORED_FIELDS = ("strategy", "seed")
"""Fields of a plan that may differ between two results that are compared."""
MIN_REPEATS = 3
"""Of each side, before a rate or a time may decide: how far those spread is the machine's doing."""
SAME_TIME = 0.1
"""Share by which medians of rates and times must differ at least."""
LONGEST_LOAD = 100
ORDER = (Level.BROKEN, Level.STARVING, Level.UNFAIR, Level.FAIR_ON_AVERAGE_ONLY, Level.FAIR)


class Change(enum.Enum):
    """What became of a number or a verdict."""

    SAME = "same"
    BETTER = "better"
    WORSE = "worse"
    UNKNOWN = ""
    """One of the two is not known, or the machines do not let them be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number that two results are compared by."""

    path: str
    """Its path in the document of a run."""
    title: str
    unit: str = ""
    """What stands behind it; empty where the number is shown with its unit, or has none."""
    higher_is_better: bool = False
    is_timed: bool = False
    """Whether it depends on the machine."""
    share: float
    """What chance does to a single run of a drain, as a share of the larger of two."""
    open_share: float
    """The same of a load that goes on, whose order of arrivals against service is of the moment."""
    least: float
    """The same at least, in its unit."""
    show: Callable[[float | None], str] = format_score


def _of_turns(
    path: str, title: str, unit: str, share: float, open_share: float, least: float
) -> Quantity:
    return Quantity(
        path=path, title=title, unit=unit, share=share, open_share=open_share, least=least
    )


def _timed(
    path: str, title: str, show: Callable[[float | None], str], *, higher_is_better: bool = False
) -> Quantity:
    return Quantity(
        path=path,
        title=title,
        higher_is_better=higher_is_better,
        is_timed=True,
        share=SAME_TIME,
        open_share=SAME_TIME,
        least=0.0,
        show=show,
    )


QUANTITIES = (
    _of_turns("fairness.worst_wait_rounds.p99", "worst wait p99", "rounds", 0.5, 0.75, 0.5),
    _of_turns("fairness.worst_wait_rounds.max", "worst wait max", "rounds", 0.5, 0.75, 0.5),
    _of_turns("fairness.first_pickup_rounds.mean", "first pickup mean", "rounds", 0.35, 0.7, 0.25),
    _of_turns("fairness.debt_tasks.max", "debt max", "tasks", 0.5, 0.8, 0.5),
    Quantity(
        path="fairness.round_jain",
        title="round Jain",
        higher_is_better=True,
        share=0.25,
        open_share=0.4,
        least=0.1,
    ),
    _of_turns("totals.lost", "tasks lost", "", 0.0, 0.0, 0.0),
    _of_turns("totals.duplicated", "tasks done twice", "", 0.0, 0.0, 0.0),
    _of_turns("cost_per_pop.round_trips", "round trips per pop", "", 0.2, 0.4, 0.25),
    _timed("totals.throughput_per_s", "throughput", numbers.rate, higher_is_better=True),
    _timed("wait_s.mean", "mean wait of a task", numbers.seconds),
    _timed("pop_s.p50", "pop p50", numbers.seconds),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """One number of both results."""

    quantity: Quantity
    before: Cell
    after: Cell
    ratio: float | None
    """After / before; None where one is not known, or the first is 0."""
    margin: float
    """How far apart chance alone may put the two, in the number's unit."""
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """The runs of one strategy under one load, in both results."""

    name: str
    before: KeptRuns
    after: KeptRuns
    loads: tuple[str, ...]
    """What differs in the load: `partitions 20, then 50`; empty where the two can be compared."""
    remarks: tuple[str, ...]
    """What else differs, or must be known."""
    words: tuple[Level | None, Level | None]
    """The worst verdict of each; None without any."""
    word: Change
    measured: tuple[Measured, ...]

    @property
    def is_comparable(self) -> bool:
        """Whether both were measured to the end under the same load."""
        return not self.loads and bool(self.before.runs) and bool(self.after.runs)

    @property
    def worse(self) -> Sequence[Measured]:
        """The numbers that are worse beyond chance."""
        return [each for each in self.measured if each.change is Change.WORSE]

    @property
    def better(self) -> Sequence[Measured]:
        """The numbers that are better beyond chance."""
        return [each for each in self.measured if each.change is Change.BETTER]

    @property
    def is_worse(self) -> bool:
        """Whether it is a regression."""
        return self.is_comparable and (self.word is Change.WORSE or bool(self.worse))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Difference:
    """Two results beside each other."""

    names: tuple[str, str]
    """What they are called: before, after."""
    pairs: tuple[Pair, ...]
    """What is in both."""
    alone: tuple[tuple[str, ...], tuple[str, ...]]
    """What is only in the one, and only in the other."""

    @property
    def is_comparable(self) -> bool:
        """Whether something is in both, and all of that can be compared."""
        return bool(self.pairs) and all(each.is_comparable for each in self.pairs)

    @property
    def is_worse(self) -> bool:
        """Whether anything is a regression."""
        return any(each.is_worse for each in self.pairs)


def difference(before: Document, after: Document, names: tuple[str, str]) -> Difference:
    """Compare two documents.

    Args:
        before: What is compared with: the baseline.
        after: What may be better or worse.
        names: What the two are called.

    Raises:
        DocumentError: Parts of one are missing.
    """
    first, second = (
        {each.name: each for each in groups(document, name)}
        for document, name in zip((before, after), names, strict=True)
    )
    # Two single runs are compared whatever their strategies: that may be the question.
    if len(first) == len(second) == 1 and before["kind"] == after["kind"] == "run":
        pairs = [_pair(*first.values(), *second.values())]
        alone: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    else:
        pairs = [_pair(first[name], second[name]) for name in first if name in second]
        alone = (
            tuple(name for name in first if name not in second),
            tuple(name for name in second if name not in first),
        )
    return Difference(names=names, pairs=tuple(pairs), alone=alone)


def load_differences(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    """Which fields of two plans differ, of those that must not."""
    # What an older program did not know of was as the default is.
    defaults = {each.name: each.default for each in plan_fields()}
    names = [name for name in (*before, *after) if name not in IGNORED_FIELDS]
    values = {
        name: tuple(plan.get(name, defaults.get(name)) for plan in (before, after))
        for name in dict.fromkeys(names)
    }
    return tuple(
        from_outside(f"{name} {one}, then {two}", LONGEST_LOAD)
        for name, (one, two) in values.items()
        if one != two
    )


def _pair(before: KeptRuns, after: KeptRuns) -> Pair:
    words = worst(before.words), worst(after.words)
    may_time = not _why_no_times(before, after)
    strategies = strategy_of(before.plan), strategy_of(after.plan)
    return Pair(
        name=before.name if before.name == after.name else f"{before.name}, then {after.name}",
        before=before,
        after=after,
        loads=load_differences(before.plan, after.plan),
        remarks=tuple(_remarks(before, after, strategies)),
        words=words,
        word=_word_change(*words),
        measured=tuple(_measured(each, before, after, may_time=may_time) for each in QUANTITIES),
    )


def _remarks(before: KeptRuns, after: KeptRuns, strategies: tuple[str, str]) -> list[str]:
    found = []
    if before.is_of_others and after.is_of_others:
        found.append("jobs of another system: whether the loads were the same is not known")
    if strategies[0] != strategies[1]:
        found.append(f"strategy {strategies[0]}, then {strategies[1]}")
    seeds = before.plan.get("seed"), after.plan.get("seed")
    if seeds[0] != seeds[1]:
        seed = from_outside(f"seed {seeds[0]}, then {seeds[1]}", LONGEST_LOAD)
        found.append(f"{seed}: another draw of the same load")
    for side, runs in (("before", before), ("after", after)):
        if not runs.runs:
            found.append(f"{side}: no run came to its end")
        elif runs.failed:
            found.append(f"{side}: a run that failed or was stopped does not count")
    why = _why_no_times(before, after)
    if why:
        found.append(f"rates and times decide nothing: {why}")
    return found


def _why_no_times(before: KeptRuns, after: KeptRuns) -> str:
    """Why rates and times may not decide; empty if they may."""
    if len(before.machines) != 1 or before.machines != after.machines:
        return "the machines differ, or are not known"
    if before.has_stalled or after.has_stalled:
        return "a run stood still"
    if min(len(before.runs), len(after.runs)) < MIN_REPEATS:
        return f"fewer than {MIN_REPEATS} repeats of each do not show how far they spread"
    return ""


def worst(words: Sequence[Level]) -> Level | None:
    """The worst of some verdicts, INCONCLUSIVE only where there is no other; None for none."""
    judged = [each for each in words if each in ORDER]
    return min(judged, key=ORDER.index) if judged else next(iter(words), None)


def _word_change(before: Level | None, after: Level | None) -> Change:
    if before not in ORDER or after not in ORDER:
        return Change.UNKNOWN
    step = ORDER.index(after) - ORDER.index(before)
    return Change.SAME if step == 0 else Change.BETTER if step > 0 else Change.WORSE


def _measured(quantity: Quantity, before: KeptRuns, after: KeptRuns, *, may_time: bool) -> Measured:
    first, second = before.values(quantity.path), after.values(quantity.path)
    is_drain = not (number_at(after.plan, "rate") or number_at(after.plan, "load"))
    share = quantity.share if is_drain else quantity.open_share
    margin = _margin(share, quantity.least, first, second)
    cells = cell_of(first), cell_of(second)
    one, two = (cell.median for cell in cells)
    change = Change.UNKNOWN
    if one is not None and two is not None and (may_time or not quantity.is_timed):
        change = _change(quantity, two - one, margin)
    return Measured(
        quantity=quantity,
        before=cells[0],
        after=cells[1],
        ratio=two / one if one and two is not None else None,
        margin=margin,
        change=change,
    )


def _change(quantity: Quantity, step: float, margin: float) -> Change:
    if abs(step) <= margin:
        return Change.SAME
    return Change.BETTER if (step > 0) is quantity.higher_is_better else Change.WORSE


def _margin(share: float, least: float, first: Sequence[float], second: Sequence[float]) -> float:
    if not first or not second:
        return 0.0
    larger = max(abs(median(first)), abs(median(second)))
    repeats = min(len(first), len(second))
    spread = max(max(values) - min(values) for values in (first, second))
    return max(share * larger / math.sqrt(repeats), least / math.sqrt(repeats), spread)
