"""Jobs as columns of numbers, whatever they were read from."""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from queue_fairness.outside import harmless

NEVER = 2**63 - 1
"""Stands for a time that has not come: the job was not taken, or has not ended."""
LONGEST_NAME = 80
"""Characters of a tenant's or worker's name that are shown."""


class Names:
    """Gives each name a number, from 0, in the order in which they come.

    Args:
        show: Makes of a name what is shown.

    Attributes:
        shown: The names by number, harmless and cut; those cut to the same text are told apart.
    """

    def __init__(self, show: Callable[[str], str] = str) -> None:
        self.shown: list[str] = []
        self._show = show
        self._numbers: dict[str, int] = {}
        self._taken: set[str] = set()

    def number(self, name: str) -> int:
        """The number of a name."""
        found = self._numbers.get(name)
        return self._add(name) if found is None else found

    def numbers(self, names: Sequence[str]) -> Iterator[int]:
        """The numbers of many."""
        known = self._numbers
        for name in dict.fromkeys(names):
            if name not in known:
                self._add(name)
        return map(known.__getitem__, names)

    def _add(self, name: str) -> int:
        number = self._numbers[name] = len(self.shown)
        shown = harmless(self._show(name), LONGEST_NAME) or "(empty)"
        if shown in self._taken:
            shown = f"{shown}~{number}"
        self._taken.add(shown)
        self.shown.append(shown)
        return number


@dataclass(slots=True)
class Jobs:
    """Jobs, a row each, in the order in which they were read; times in ns since 1970."""

    tenants: Names = field(default_factory=Names)
    workers: Names = field(default_factory=Names)
    partition: "array[int]" = field(default_factory=lambda: array("i"))
    ready: "array[int]" = field(default_factory=lambda: array("q"))
    started: "array[int]" = field(default_factory=lambda: array("q"))
    finished: "array[int]" = field(default_factory=lambda: array("q"))
    worker: "array[int]" = field(default_factory=lambda: array("i"))
    """Empty where nobody told the workers; -1 for a job of which that is not known."""
    cost: "array[float]" = field(default_factory=lambda: array("d"))
    """Empty where no costs were told; NaN for a job without."""
    weights: dict[int, float] = field(default_factory=dict)
    """By partition, > 0; 1 for those not named."""

    def __len__(self) -> int:
        """How many there are."""
        return len(self.partition)
