"""The partitions that have been waiting the longest, now."""

from queue_fairness.fairness.worst import WaitingPartition
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui.wait_unit import is_late
from queue_fairness_tui.widgets.panel import Line, WaitPanel, first_that_fits

OLD_S = 1.5
"""Age from which the title gives it, in seconds; below some thousand partitions never reached."""


class WorstPartitions(WaitPanel):
    """The longest open waits, longest first, and how many more tie with the last one shown."""

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
            self.set_titles(_title(self.snapshot), f"{unserved:,} never served" if unserved else "")
        self.repaint()

    def paint(self, snapshot: Snapshot, width: int, height: int, /) -> list[Line]:
        """A head, as many partitions as fit, and how many more wait as long."""
        assessment = snapshot.assessment
        if assessment is None:
            nothing = (
                "not measured yet" if snapshot.picked_up else "no partition has been served yet"
            )
            return [[(nothing, "dim")]]
        worst = assessment.worst_now
        if not worst.partitions:
            return [[("no partition is waiting", "dim")]]
        room = max(1, height - 2)
        shown = worst.partitions[:room]
        hidden = sum(each.rounds == shown[-1].rounds for each in worst.partitions[room:])
        more = hidden + (worst.tied if len(worst.partitions) - len(shown) == hidden else 0)
        lines: list[Line] = [[(_head(self.unit.value, width), "dim")]]
        lines += (self._row(each, snapshot, width) for each in shown)
        if more:
            lines.append(
                [
                    (
                        first_that_fits(width, f"… {more:,} more wait as long", f"… {more:,} more"),
                        "dim",
                    )
                ]
            )
        return lines

    def _row(self, each: WaitingPartition, snapshot: Snapshot, width: int) -> Line:
        name = snapshot.plan.partition_name(each.partition)
        wait = self.unit.text(each.rounds, snapshot)
        state = "never served" if not each.served else f"{each.served:,}/{each.arrived:,}"
        late = is_late(each.rounds)
        text = f" {name:<9} {wait:>8} {each.owed:>7,.1f}  {state}"
        return [("✗" if late else "✓", "alert" if late else "dim"), (text[: width - 1], "text")]


def _title(snapshot: Snapshot) -> str:
    """The title, with the age of the waits if they are older than the counts beside them."""
    assessment = snapshot.assessment
    age_s = snapshot.elapsed_s - assessment.at if assessment is not None else 0.0
    return "Longest waits now" if age_s < OLD_S else f"Longest waits, {age_s:.0f} s ago"


def _head(unit: str, width: int) -> str:
    return f"  {'partition':<9} {unit:>8} {'owed':>7}  served"[:width]
