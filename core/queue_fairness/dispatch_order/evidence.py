"""How well the order of dispatches is known."""

from dataclasses import dataclass
from typing import Literal

from queue_fairness.formatting.numbers import brief

OrderKind = Literal["number", "sending time", "brackets", "start time"]
"""What decisions are ordered by.

`number`        the queue's own, drawn in the step that decides: no error
`sending time`  when the command that decides was sent: right up to commands on their way at once
`brackets`      the middle of the whole call: right up to calls under way at once
`start time`    when the work began, by the worker's clock or somebody else's record: right up to
                starts at the same instant, or on their way to us
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvidence:
    """Which order the fairness measures rest on, and how wrong it may be."""

    kind: OrderKind
    error_rounds: float | None
    """How far a dispatch may be from its place at most, in rounds: 0 by number; None if it is not
    known. A round is as long as for the wait that the dispatch ends; rounds of no more than two
    partitions per worker do not count, since hardly any waits a turn in them."""
    unknown: int
    """Steps whose place is not known: their reply was lost, or came too late."""
    dispatches: int
    """Tasks handed out so far."""

    @property
    def unknown_share(self) -> float:
        """Unknown steps in proportion to the dispatches; 0 if there are neither, at most 1."""
        return self.unknown / max(self.dispatches, self.unknown, 1)

    @property
    def is_exact(self) -> bool:
        """Whether every dispatch is in its place."""
        return self.error_rounds == 0 and not self.unknown

    @property
    def text(self) -> str:
        """All of it in a few words, at most 60 columns."""
        unknown = f"{self.unknown:,} of {max(self.dispatches, self.unknown):,} unknown"
        if self.kind == "number":
            return f"order: {unknown}" if self.unknown else "order by number"
        known = (
            f"order by {self.kind}"
            if self.error_rounds is None
            else f"order ± {brief(self.error_rounds, 2)} rounds"
        )
        return f"{known}, {unknown}" if self.unknown else known
