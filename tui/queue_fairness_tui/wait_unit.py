"""In which unit waits are shown: one key goes round, every panel follows."""

import enum

from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot


class Unit(enum.Enum):
    """A wait as full turns sat out, as time, or as tasks that others got meanwhile.

    Rounds are what is measured. A round is as many dispatches as there are partitions; seconds
    and tasks are worked out from it with the run's own average pace.
    """

    ROUNDS = "rounds"
    SECONDS = "seconds"
    TASKS = "tasks"

    @property
    def following(self) -> "Unit":
        """The next unit on the key's way round."""
        units = list(Unit)
        return units[(units.index(self) + 1) % len(units)]

    def text(self, rounds: float | None, snapshot: Snapshot) -> str:
        """A number of rounds in this unit: `9.8`, `30.6 s` or `9,800`."""
        if rounds is None:
            return numbers.UNKNOWN
        if self is Unit.ROUNDS and isinstance(rounds, int):
            return f"{rounds:,}"
        if self is Unit.ROUNDS:
            return f"{rounds:,.0f}" if rounds >= 100 else f"{rounds:.1f}"
        if self is Unit.TASKS:
            return f"{rounds * snapshot.plan.partitions:,.0f}"
        round_s = snapshot.round_s
        return numbers.seconds(rounds * round_s if round_s is not None else None)

    def labelled(self, rounds: float | None, snapshot: Snapshot) -> str:
        """The same with its unit's name, where the text does not hold it already."""
        text = self.text(rounds, snapshot)
        return text if self is Unit.SECONDS else f"{text} {self.value}"
