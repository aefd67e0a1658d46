"""The unit in which every panel shows waits, and when a wait counts as late."""

import enum

from queue_fairness.fairness.thresholds import FAIR_WAIT
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.report.waits_in import WaitsIn


class Unit(enum.Enum):
    """A wait in rounds, in seconds, or in tasks that others got meanwhile.

    Rounds are measured; a round is as many dispatches as there are partitions. Seconds and tasks
    are computed from rounds, with the run's own average pace.
    """

    ROUNDS = "rounds"
    SECONDS = "seconds"
    TASKS = "tasks"

    @property
    def following(self) -> "Unit":
        """The next unit; after the last one the first again."""
        units = list(Unit)
        return units[(units.index(self) + 1) % len(units)]

    def text(self, rounds: float | None, snapshot: Snapshot) -> str:
        """A number of rounds in this unit: `9.8`, `30.6 s` or `9,800`; a dash for None."""
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
        """The same with the name of the unit, unless the text already has it."""
        text = self.text(rounds, snapshot)
        return text if self is Unit.SECONDS else f"{text} {self.value}"


def is_late(rounds: float | None) -> bool:
    """Whether a wait is longer than a FAIR verdict allows at p99; False if it is unknown."""
    return rounds is not None and rounds > FAIR_WAIT


def shown_in(unit: Unit, snapshot: Snapshot) -> WaitsIn:
    """How the tables of a report show waits in a unit."""
    return WaitsIn(unit.value, lambda rounds: unit.text(rounds, snapshot))
