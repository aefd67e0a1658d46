"""Who has been waiting the longest, now."""

from queue_fairness_core.fairness.worst import WaitingPartition
from queue_fairness_core.snapshot import Snapshot
from queue_fairness_tui.widgets.painting import Line, Measured, fit


class WorstPartitions(Measured):
    """The longest open waits, longest first; those that tie with the last one are counted."""

    DEFAULT_CSS = """
    WorstPartitions {
        border: round $foreground 40%;
        border-title-color: $foreground;
        border-subtitle-color: $foreground 60%;
    }
    """

    def watch_snapshot(self) -> None:
        """Paint, and say in the title how many were never served."""
        if self.snapshot is not None:
            unserved = self.snapshot.partitions_unserved
            self.entitle("Longest waits now", f"{unserved:,} never served" if unserved else "")
        self.repaint()

    def paint(self, snapshot: Snapshot, width: int, height: int, /) -> list[Line]:
        """A head, as many partitions as fit, and how many more wait as long."""
        standing = snapshot.standing
        if standing is None:
            return [[("nobody has been served yet", "dim")]]
        worst = standing.worst_now
        if not worst.partitions:
            return [[("nobody is waiting", "dim")]]
        room = max(1, height - 2)
        shown = worst.partitions[:room]
        hidden = sum(each.rounds == shown[-1].rounds for each in worst.partitions[room:])
        more = hidden + (worst.tied if len(worst.partitions) - len(shown) == hidden else 0)
        lines: list[Line] = [[(_head(self.unit.value, width), "dim")]]
        lines += (self._row(each, snapshot, width) for each in shown)
        if more:
            lines.append([(fit(width, f"… {more:,} more wait as long", f"… {more:,} more"), "dim")])
        return lines

    def _row(self, each: WaitingPartition, snapshot: Snapshot, width: int) -> Line:
        name = snapshot.plan.partition_name(each.partition)
        wait = self.unit.text(each.rounds, snapshot)
        state = "never served" if not each.served else f"{each.served:,}/{each.arrived:,}"
        late = each.rounds > 1
        text = f" {name:<9} {wait:>8} {each.owed:>7,.1f}  {state}"
        return [("✗" if late else "✓", "alert" if late else "dim"), (text[: width - 1], "text")]


def _head(unit: str, width: int) -> str:
    return f"  {'partition':<9} {unit:>8} {'owed':>7}  served"[:width]
