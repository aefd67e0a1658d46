"""The results of the session, the newest last: what the keys `[` and `]` go through."""

from dataclasses import dataclass

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.metrics.snapshot import Snapshot

Result = Snapshot | Comparison | Sweep

MOST = 9
"""Results that are kept; each of a large run takes some megabytes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A result, and the run that it is shown beside."""

    result: Result
    before: Snapshot | None = None
    """The run from whose summary it was started; None for none."""


class Results:
    """The last results, and which one is in view.

    Attributes:
        entries: At most `MOST`, the newest last.
        place: Index of the one in view; None where none is, as a run goes on in view.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.place: int | None = None

    def add(self, result: Result, before: Snapshot | None = None) -> Entry:
        """Keep a result; one that is kept already stays where it is."""
        for each in self.entries:
            if each.result is result:
                return each
        entry = Entry(result, before)
        self.entries.append(entry)
        if len(self.entries) > MOST:
            del self.entries[0]
            if self.place is not None:
                self.place = max(0, self.place - 1)
        return entry

    def look_at(self, entry: Entry | None) -> None:
        """Take one into view; None for the run that goes on."""
        self.place = None if entry is None else self.entries.index(entry)

    def neighbor(self, by: int) -> Entry | None:
        """The one before (-1) or after (1) the one in view; None where there is none."""
        at = len(self.entries) if self.place is None else self.place
        return self.entries[at + by] if 0 <= at + by < len(self.entries) else None
