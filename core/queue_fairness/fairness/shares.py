"""Shares in windows: what a partition received in the last five turns that were due to it.

A window of a partition of weight w is 5 / w turns long, so that five tasks are due to it. It is
evaluated at every whole turn, and counts if the partition had tasks waiting throughout. Then the
partition is *short* if it received less than half of what was due, two tasks or fewer, and *left
out* if it received none.

Round robin leaves no partition short. Under random choice the tasks received are nearly Poisson of
mean 5: 12.5 % of the partitions are short at any time and 0.7 % left out. More than that in one
window, or in all of them together, is not chance: the limits lie 4.5 standard deviations above it.
It depends neither on the length of the run nor on what happens outside the window. Below a load of
1 partitions do not wait for so long, and nothing is seen here.

    third last      second last      last               now
    ────┴───────────────┴──────────────┴────────●────────┴──►  turns
        └──────────────── 5 / w ────────────────┘  short from here to the next pickup

So each pickup says from which round to which the partition was short; O(1) a pickup. The stretches
are added up in a difference array of at most 4,096 samples; where a run is longer, every second
sample is dropped.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, sqrt

from queue_fairness.fairness.partition import Partition
from queue_fairness.fairness.steps import BEGUN, SERVED_LAST, Mark

WINDOW = 5.0
"""Tasks that are due in a window."""
SAMPLES = 4096
CHANCE_SHORT = 0.125
"""P(X <= 2) for X Poisson of mean 5."""
CHANCE_LEFT_OUT = 0.0068
"""P(X = 0)."""
CROWD = 0.02
"""Share of all partitions that makes a crowd; two at least."""
SIGMAS = 4.5
"""Of a normal variable, exceeded once in 300,000 times."""
SIGMAS_RARE = 6.0
"""The same where few are expected, and the tail is that of Poisson."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Crowd:
    """The partitions that were left behind at one instant, more of them than by chance."""

    at_s: float
    """When, in seconds."""
    turns: float
    short: int
    """Partitions that had received less than half of their due in the last five turns."""
    left_out: int
    """Those that had received nothing."""
    of: int
    """Partitions that had tasks waiting all the time."""
    from_s: float
    """When the window began, in seconds."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WindowShares:
    """How many partitions were short or left out in the windows of a run."""

    observed: int
    """Windows: partitions times whole turns. 0 where none had tasks waiting for so long."""
    short: float | None
    """Share of the windows in which a partition got under half of its due; None without any."""
    left_out: float | None
    """Share in which it received nothing."""
    crowd: Crowd | None
    """The instant at which most were short, if more were than chance explains."""
    is_more_than_chance: bool
    """Whether over all windows together more were short than chance explains."""
    longest_turns: float
    """The longest that any partition was passed over, in turns of its own: 1 by strict turns, and
    exponential with mean 1 under random choice, at every limit."""


Stretch = tuple[float, float]
"""Of turns, from and to."""


class Steps:
    """Counts of partitions at each sample, kept as a difference array."""

    __slots__ = ("_changes", "width")

    def __init__(self, width: int = 1, changes: Sequence[int] = ()) -> None:
        self.width = width
        """Turns from one sample to the next."""
        self._changes = list(changes)

    def add(self, start: float, end: float) -> None:
        """Count one partition more from turn `start` on, until before turn `end`."""
        first, behind = ceil(start / self.width), ceil(end / self.width)
        if first >= behind:
            return
        changes = self._changes
        if behind >= len(changes):
            changes.extend([0] * (behind + 1 - len(changes)))
        changes[first] += 1
        changes[behind] -= 1

    def counts(self, samples: int) -> list[int]:
        """The number at each of the first samples."""
        counts = list(accumulate(self._changes[:samples]))
        return counts + [counts[-1] if counts else 0] * (samples - len(counts))

    def widen(self) -> None:
        """Keep every second sample."""
        changes = self._changes
        merged = [changes[0]] if changes else []
        merged += [sum(changes[at : at + 2]) for at in range(1, len(changes), 2)]
        self._changes = merged
        self.width *= 2

    def copy(self) -> "Steps":
        """A copy that can be added to."""
        return Steps(self.width, self._changes)


class ShareFold:
    """Adds up the stretches of turns in which partitions were short, O(1) a pickup."""

    __slots__ = ("_left_out", "_longest", "_next", "_observed", "_short", "_times")

    def __init__(self) -> None:
        self._short, self._left_out, self._observed = Steps(), Steps(), Steps()
        self._times: list[float] = []
        """When each sample was taken, in seconds."""
        self._longest = 0.0
        self._next = 0.0
        """Round of the next sample."""

    def pick_up(self, partition: Partition, own_turns: float, turns: float, at: float) -> None:
        """Note a pickup.

        Args:
            partition: The partition picked up.
            own_turns: Its own clock of turns, which stands still while it is at its limit.
            turns: The run's.
            at: Seconds.
        """
        if turns >= self._next:
            self._sample(turns, at)
        if partition.waiting <= 0:
            # Reported before its arrival: the queue held no task, so it was not passed over.
            return
        last, weight = partition.last, partition.weight
        window = WINDOW / weight
        if (own_turns - last) * weight > self._longest:
            self._longest = (own_turns - last) * weight
        if own_turns > partition.third_last + window:
            # It has not been at its limit since its last pickup, or the clock would stand there.
            away = turns - own_turns
            self._short.add(max(partition.third_last + window, last) + away, turns)
            if own_turns > last + window:
                self._left_out.add(last + window + away, turns)
        partition.third_last = partition.second_last
        partition.second_last = last
        partition.last = own_turns

    def begin(self, partition: Partition, own_turns: float, turns: float) -> None:
        """Note that a partition has tasks waiting from now on."""
        partition.watched_from = turns
        partition.last = partition.second_last = partition.third_last = own_turns

    def end(self, partition: Partition, own_turns: float) -> None:
        """Note that a partition has no tasks waiting any more."""
        window = WINDOW / partition.weight
        if own_turns > partition.backlogged_from + window:
            # Its first window was full at this turn or later, if it was at its limit meanwhile.
            self._observed.add(partition.watched_from + window, own_turns + partition.away)

    def take_all(self, marks: Sequence[Mark]) -> None:
        """Note what happened in a queue without a limit and with equal weights."""
        longest, next_sample = self._longest, self._next
        short, left_out, observed = self._short, self._left_out, self._observed
        for kind, partition, turns, at in marks:
            if kind == BEGUN:
                self.begin(partition, turns, turns)
                continue
            if turns >= next_sample:
                self._sample(turns, at)
                next_sample = self._next
            last, third = partition.last, partition.third_last + WINDOW
            if turns - last > longest:
                longest = turns - last
            if turns > third:
                short.add(third if third > last else last, turns)
                if turns > last + WINDOW:
                    left_out.add(last + WINDOW, turns)
            partition.third_last = partition.second_last
            partition.second_last = last
            partition.last = turns
            if kind == SERVED_LAST and turns > partition.watched_from + WINDOW:
                observed.add(partition.watched_from + WINDOW, turns)
        self._longest = longest

    def copy(self) -> "ShareFold":
        """A copy, to be read while this one goes on; some thousand numbers at most."""
        made = ShareFold()
        made._short, made._left_out = self._short.copy(), self._left_out.copy()
        made._observed, made._longest = self._observed.copy(), self._longest
        made._times, made._next = self._times.copy(), self._next
        return made

    def shares(
        self, still_open: "OpenShares", turns: float, at: float, partitions: int
    ) -> WindowShares:
        """The result up to now.

        Args:
            still_open: The stretches of the partitions that have tasks waiting now.
            turns: Now, on the clock of turns.
            at: Now, in seconds.
            partitions: How many are known.
        """
        width = self._short.width
        samples = min(len(self._times), int(turns / width) + 1)
        columns = [
            _total(steps, added, samples)
            for steps, added in (
                (self._observed, still_open.observed),
                (self._short, still_open.short),
                (self._left_out, still_open.left_out),
            )
        ]
        observed = sum(columns[0])
        instants = list(zip(*columns, self._times, strict=False))
        if still_open.now[0]:
            instants.append((*still_open.now, at))
        short, left_out = sum(columns[1]), sum(columns[2])
        return WindowShares(
            observed=observed,
            short=short / observed if observed else None,
            left_out=left_out / observed if observed else None,
            crowd=self._crowd(instants, width, turns, partitions),
            # Few windows are of those alone that had bad luck: others do not wait so long.
            is_more_than_chance=observed >= partitions
            and _exceeds(observed, short, left_out, max(1.0, WINDOW / width)),
            longest_turns=max(self._longest, still_open.longest),
        )

    def _crowd(
        self,
        instants: Sequence[tuple[int, int, int, float]],
        width: int,
        turns: float,
        partitions: int,
    ) -> Crowd | None:
        fewest = max(2.0, CROWD * partitions)
        found = [
            (short - CHANCE_SHORT * of, left_out, number)
            for number, (of, short, left_out, _) in enumerate(instants)
            if short >= fewest and _exceeds(of, short, left_out)
        ]
        if not found:
            return None
        number = max(found)[2]
        of, short, left_out, at = instants[number]
        round_then = min(turns, number * width)
        began = max(0, min(len(self._times) - 1, int((round_then - WINDOW) / width)))
        return Crowd(
            at_s=at,
            turns=round_then,
            short=short,
            left_out=left_out,
            of=of,
            from_s=self._times[began] if self._times else 0.0,
        )

    def _sample(self, turns: float, at: float) -> None:
        times = self._times
        while turns >= self._next:
            times.append(at)
            self._next += self._short.width
        if len(times) > SAMPLES:
            for steps in (self._short, self._left_out, self._observed):
                steps.widen()
            del times[1::2]
            self._next = float(len(times) * self._short.width)


class OpenShares:
    """The stretches of partitions that have tasks waiting now, gathered one by one.

    Args:
        turns: Now.
    """

    __slots__ = ("_turns", "left_out", "longest", "now", "observed", "short")

    def __init__(self, turns: float) -> None:
        self._turns = turns
        self.observed: list[Stretch] = []
        self.short: list[Stretch] = []
        self.left_out: list[Stretch] = []
        self.longest = 0.0
        """The longest that any of them has been passed over, in turns of its own."""
        self.now = (0, 0, 0)
        """Partitions whose window ends now, those that are short, and those left out."""

    def visit(self, partition: Partition) -> None:
        """Add a partition that has tasks waiting."""
        window, turns = WINDOW / partition.weight, self._turns
        away = partition.away + (turns - partition.away_from if partition.away_from >= 0 else 0.0)
        own_turns = turns - away
        self.longest = max(self.longest, (own_turns - partition.last) * partition.weight)
        if partition.backlogged_from + window >= own_turns:
            return
        self.observed.append((partition.watched_from + window, turns))
        of, short, left_out = self.now
        if own_turns > partition.third_last + window:
            self.short.append((max(partition.third_last + window, partition.last) + away, turns))
            short += 1
            if own_turns > partition.last + window:
                self.left_out.append((partition.last + window + away, turns))
                left_out += 1
        self.now = (of + 1, short, left_out)


def _total(steps: Steps, added: Iterable[Stretch], samples: int) -> list[int]:
    total = steps.copy()
    for start, end in added:
        total.add(start, end)
    return total.counts(samples)


def _exceeds(of: float, short: float, left_out: float, overlap: float = 1.0) -> bool:
    """Whether more partitions are short, or left out, than random choice would leave.

    Args:
        of: Windows looked at.
        short: Those in which the partition was short.
        left_out: Those in which it was left out.
        overlap: How many windows in a row have most in common, and count as one.
    """
    spread = sqrt(CHANCE_SHORT * (1 - CHANCE_SHORT) * of * overlap)
    if short > CHANCE_SHORT * of + SIGMAS * spread + overlap:
        return True
    rare = CHANCE_LEFT_OUT * of
    return left_out > rare + SIGMAS_RARE * sqrt(rare * overlap) + overlap
