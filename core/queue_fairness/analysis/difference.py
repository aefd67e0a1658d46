"""What differs between two kept results, and what of that is more than chance.

1. Two can be compared only where they had the same load: every field of the plan but the strategy
   and the seed, which are named where they differ.
2. A number differs beyond chance if the medians are farther apart than its margin. The margin is
   what chance does to a single run (`tests/analysis/spread.py` measures it; the table below is
   never less than what was seen), less for more repeats by the root of their number, and never less
   than the repeats of either side spread.
3. What is counted in rounds and tasks does not depend on the machine. Rates and seconds do: on
   different machines, or where a run stood still, they are shown and decide nothing.
4. A verdict is worse if it is a worse word; INCONCLUSIVE is neither.
"""

import enum
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from queue_fairness.analysis.columns import Cell, cell_of, format_score
from queue_fairness.analysis.kept import Document, KeptRuns, groups, strategy_of
from queue_fairness.fairness.word import Level
from queue_fairness.formatting import numbers
from queue_fairness.plan import plan_fields

IGNORED_FIELDS = ("strategy", "seed")
"""Fields of a plan that may differ between two results that are compared."""
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
    higher_is_better: bool = False
    is_timed: bool = False
    """Whether it depends on the machine."""
    share: float
    """What chance does to a single run, as a share of the larger of two."""
    least: float
    """The same at least, in its unit."""
    show: Callable[[float | None], str] = format_score


QUANTITIES = (
    Quantity(
        path="fairness.worst_wait_rounds.p99", title="worst wait p99, rounds", share=0.4, least=0.5
    ),
    Quantity(
        path="fairness.worst_wait_rounds.max", title="worst wait max, rounds", share=0.5, least=0.5
    ),
    Quantity(
        path="fairness.first_pickup_rounds.mean",
        title="first pickup mean, rounds",
        share=0.3,
        least=0.2,
    ),
    Quantity(path="fairness.debt_tasks.max", title="debt max, tasks", share=0.5, least=0.5),
    Quantity(
        path="fairness.round_jain", title="round Jain", higher_is_better=True, share=0.2, least=0.05
    ),
    Quantity(path="totals.lost", title="tasks lost", share=0.0, least=0.0),
    Quantity(path="totals.duplicated", title="tasks done twice", share=0.0, least=0.0),
    Quantity(
        path="totals.throughput_per_s",
        title="throughput, tasks/s",
        higher_is_better=True,
        is_timed=True,
        share=0.4,
        least=0.0,
        show=numbers.digits,
    ),
    Quantity(path="cost_per_pop.round_trips", title="round trips per pop", share=0.2, least=0.2),
    Quantity(
        path="wait_s.mean",
        title="mean wait of a task",
        is_timed=True,
        share=0.5,
        least=0.002,
        show=numbers.seconds,
    ),
    Quantity(
        path="pop_s.p50",
        title="pop p50",
        is_timed=True,
        share=0.7,
        least=0.0005,
        show=numbers.seconds,
    ),
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
    return tuple(f"{name} {one}, then {two}" for name, (one, two) in values.items() if one != two)


def _pair(before: KeptRuns, after: KeptRuns) -> Pair:
    words = _worst(before.words), _worst(after.words)
    may_time = _same_machine(before, after) and not (before.has_stalled or after.has_stalled)
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
        found.append(f"seed {seeds[0]}, then {seeds[1]}: another draw of the same load")
    for side, runs in (("before", before), ("after", after)):
        if not runs.runs:
            found.append(f"{side}: no run came to its end")
        elif runs.failed:
            found.append(f"{side}: a run that failed or was stopped does not count")
    if not _same_machine(before, after):
        found.append("the machines differ, or are not known: rates and times decide nothing")
    elif before.has_stalled or after.has_stalled:
        found.append("a run stood still: rates and times decide nothing")
    return found


def _same_machine(before: KeptRuns, after: KeptRuns) -> bool:
    return len(before.machines) == 1 and before.machines == after.machines


def _worst(words: Sequence[Level]) -> Level | None:
    judged = [each for each in words if each in ORDER]
    return min(judged, key=ORDER.index) if judged else next(iter(words), None)


def _word_change(before: Level | None, after: Level | None) -> Change:
    if before not in ORDER or after not in ORDER:
        return Change.UNKNOWN
    step = ORDER.index(after) - ORDER.index(before)
    return Change.SAME if step == 0 else Change.BETTER if step > 0 else Change.WORSE


def _measured(quantity: Quantity, before: KeptRuns, after: KeptRuns, *, may_time: bool) -> Measured:
    first, second = before.values(quantity.path), after.values(quantity.path)
    margin = _margin(quantity, first, second)
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


def _margin(quantity: Quantity, first: Sequence[float], second: Sequence[float]) -> float:
    if not first or not second:
        return 0.0
    larger = max(abs(median(first)), abs(median(second)))
    single = max(quantity.share * larger, quantity.least)
    repeats = min(len(first), len(second))
    spread = max(max(values) - min(values) for values in (first, second))
    return max(single / math.sqrt(repeats), spread)
