"""The partitions that have been waiting the longest, now."""

from textual.reactive import reactive

from queue_fairness.fairness.worst import WaitingPartition
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui.wait_unit import is_late
from queue_fairness_tui.widgets.panel import Line, WaitPanel, first_that_fits

BEFORE_BAR, LEAST_BAR, MOST_BAR = 44, 8, 30
"""Columns before the bar of a wait, and the fewest and most that the bar takes."""
STATE_AT = 30
"""Columns before what was served."""
LOW = "▄"
"""Half a cell: the bars stand apart, and are no field of color."""
OLD_S = 1.5
"""Age from which the title gives it, in seconds; below some thousand partitions never reached."""


class WorstPartitions(WaitPanel):
    """The longest open waits, longest first, and how many more tie with the last one shown.

    On top of them the partition that was asked for, whether or not it waits long.
    """

    DEFAULT_CSS = """
    WorstPartitions {
        border: round $foreground 40%;
        border-title-color: $foreground;
        border-subtitle-color: $muted;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._pinned: int | None = None
        """The partition that was asked for; None for none, or if there is none such."""
        self._drawn: object = None
        """What `_shown` depends on."""
        self._shown: list[Line] = []
        self._rank: int | None = None
        """Its place in the order of first pickups, once it is known: that never changes."""

    pinned: reactive[str] = reactive("", repaint=False)
    """Part of the name of the partition that is kept on top; empty for none."""

    def watch_pinned(self) -> None:
        """Find the partition, then paint."""
        self._pinned = self._rank = None
        if self.snapshot is not None and self.pinned:
            plan = self.snapshot.plan
            names = map(plan.partition_name, range(plan.all_partitions))
            found = (number for number, name in enumerate(names) if self.pinned in name)
            self._pinned = next(found, None)
        self.repaint()

    def watch_snapshot(self) -> None:
        """Paint, and say in the title how many were never served."""
        if self.snapshot is not None:
            assessment = self.snapshot.assessment
            unserved = self.snapshot.partitions_unserved
            if assessment is not None:
                unserved = assessment.worst_now.never_served
            self.set_titles(_title(self.snapshot), f"{unserved:,} never served" if unserved else "")
        self.repaint()

    def paint(self, snapshot: Snapshot, width: int, height: int, /) -> list[Line]:
        """A head, as many partitions as fit, and how many more wait as long.

        Kept until there is another assessment: counts change with every frame, waits do not.
        """
        drawn = (snapshot.assessment, self.unit, self.pinned, width, height, snapshot.picked_up > 0)
        if self.pinned or drawn != self._drawn:
            self._drawn, self._shown = drawn, self._list(snapshot, width, height)
        return self._shown

    def _list(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        assessment = snapshot.assessment
        if assessment is None:
            nothing = (
                "not measured yet" if snapshot.picked_up else "no partition has been served yet"
            )
            return [[(nothing, "dim")]]
        worst = assessment.worst_now
        if not worst.partitions:
            return [[("no partition is waiting", "dim")]]
        top = [self._pinned_line(snapshot, width)] if self.pinned else []
        room = max(1, height - 2 - len(top))
        shown = worst.partitions[:room]
        hidden = sum(each.rounds == shown[-1].rounds for each in worst.partitions[room:])
        more = hidden + (worst.tied if len(worst.partitions) - len(shown) == hidden else 0)
        lines: list[Line] = [[(_head(self.unit.value, width), "dim")], *top]
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
        served = f"{each.served:,}/{each.arrived:,}" if each.served else "never served"
        state = first_that_fits(max(5, width - STATE_AT), served, "never")
        late = is_late(each.rounds)
        text = f" {name:<9} {wait:>8} {each.owed:>7,.1f}  {state}"
        glyph = "✗" if late else " "
        line: Line = [(glyph, "alert" if late else "dim"), (text[: width - 1], "text")]
        return [*line, *self._wait_bar(each.rounds, snapshot, width, len(text) + 1)]

    def _wait_bar(self, rounds: float, snapshot: Snapshot, width: int, used: int) -> Line:
        """The wait as a bar, from 0 to the longest one, where there is room."""
        assert snapshot.assessment is not None
        room = min(width - max(used, BEFORE_BAR) - 1, MOST_BAR)
        longest = snapshot.assessment.worst_now.partitions[0].rounds
        if room < LEAST_BAR or not longest:
            return []
        gap = " " * max(1, BEFORE_BAR - used)
        return [
            (gap, "text"),
            (LOW * max(1, round(rounds / longest * room)), "alert" if is_late(rounds) else "bar"),
        ]

    def _pinned_line(self, snapshot: Snapshot, width: int) -> Line:
        partition, assessment = self._pinned, snapshot.assessment
        assert assessment is not None
        if partition is None:
            text = f"no partition is called '{self.pinned}'"
            return [("▸ ", "mark"), (first_that_fits(width - 2, text, "no such partition"), "text")]
        name = snapshot.plan.partition_name(partition)
        listed = (each for each in assessment.worst_now.partitions if each.partition == partition)
        open_wait = next(listed, None)
        if open_wait is not None:
            return [("▸", "mark"), *self._row(open_wait, snapshot, width)[1:]]
        return [
            ("▸", "mark"),
            (f" {name:<9} {self._place(snapshot, partition)}"[: width - 1], "text"),
        ]

    def _place(self, snapshot: Snapshot, partition: int) -> str:
        """What is known of a partition that is not among those that wait longest."""
        if self._rank is None:
            ranks = enumerate(snapshot.partition_by_rank)
            self._rank = next((rank for rank, each in ranks if each == partition), None)
        rank = self._rank
        if rank is None:
            return "not served, and not among the longest waits"
        first = numbers.seconds(snapshot.first_pickup_s[rank])
        return f"{snapshot.served_by_rank[rank]:,} served, as {rank + 1:,}., first after {first}"


def _title(snapshot: Snapshot) -> str:
    """The title, with the age of the waits if they are older than the counts beside them."""
    assessment = snapshot.assessment
    age_s = snapshot.elapsed_s - assessment.at if assessment is not None else 0.0
    return "Longest waits now" if age_s < OLD_S else f"Longest waits, {age_s:.0f} s ago"


def _head(unit: str, width: int) -> str:
    return f"  {'partition':<9} {unit:>8} {'owed':>7}  served"[:width]
