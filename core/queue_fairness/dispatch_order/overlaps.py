"""Bounds how far a dispatch may be out of order: by those under way at the same time."""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from dataclasses import dataclass

TRIM_AT = 4096
"""Instants that are kept before the old ones are dropped."""


@dataclass(slots=True)
class Bracket:
    """Between which instants a dispatch was decided, in seconds."""

    begin: float
    end: float
    choice: int = 0
    """Partitions with work, dispatches of a round; 0 if there were too few to count."""


class Overlaps:
    """The most brackets that any bracket overlaps, as a share of the partitions to choose from.

    Two dispatches can be in the wrong order only if their brackets overlap. Amortized O(log n) a
    bracket.

    Attributes:
        most: In rounds; None while no dispatch had enough to choose from.
    """

    def __init__(self) -> None:
        self.most: float | None = None
        self._begins: list[float] = []
        self._ends: list[float] = []
        self._open: deque[Bracket] = deque()
        """Those for which others may still come that overlap them, by their ends."""

    def add(self, bracket: Bracket) -> None:
        """Take in a bracket that ends no earlier than those before."""
        insort(self._begins, bracket.begin)
        self._ends.append(bracket.end)
        self._open.append(bracket)

    def settle(self, until: float) -> None:
        """Every bracket is known that begins before this instant; `choice` is set in each."""
        while self._open and self._open[0].end <= until:
            bracket = self._open.popleft()
            if bracket.choice:
                share = self._count(bracket) / bracket.choice
                self.most = share if self.most is None else max(self.most, share)
        if len(self._ends) > TRIM_AT and len(self._open) < TRIM_AT // 4:
            self._trim(min((each.begin for each in self._open), default=until))

    def _count(self, bracket: Bracket) -> int:
        """How many others it overlaps."""
        begun = bisect_right(self._begins, bracket.end)
        return begun - bisect_left(self._ends, bracket.begin) - 1

    def _trim(self, before: float) -> None:
        """Drop as many begins as ends: only their difference counts."""
        old = bisect_left(self._ends, before)
        del self._ends[:old]
        del self._begins[:old]
