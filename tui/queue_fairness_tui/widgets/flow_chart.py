"""What came and what went, over time: the gap between the two is the backlog, and the wait."""

from itertools import accumulate

from queue_fairness_core import words
from queue_fairness_core.forecast import backlog, forecast
from queue_fairness_core.snapshot import Snapshot
from queue_fairness_tui.widgets.blocks import HEIGHTS
from queue_fairness_tui.widgets.painting import Line, Painting, Role, fit

WAITING = "░"
MARK = "┊"


class FlowChart(Painting):
    """Arrivals and departures of a sustained load as two cumulative lines over the whole run.

    Below the lower line is what was taken, between the two what waits: how high the gap is at an
    instant is the backlog, how wide it is at a height is how long a task waited. Dotted lines
    stand where something was done to the run.
    """

    DEFAULT_CSS = """
    FlowChart {
        border: round $foreground 40%;
        border-title-color: $foreground;
        border-subtitle-color: $foreground 60%;
    }
    """

    def on_mount(self) -> None:
        """Say once what is what."""
        self.entitle("Arrivals and departures", f"█ taken  {WAITING} waiting")

    def paint(self, snapshot: Snapshot, width: int, height: int, /) -> list[Line]:
        """The chart, its axis, and the rates in words."""
        lines = self._chart(snapshot, width, height - 2) if height > 3 else []
        if lines:
            end = words.setting(snapshot.plan.duration)
            lines.append([("0".ljust(width - len(end)) + end, "dim")])
        return [*lines, _rates(snapshot, width)]

    def _chart(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        timeline = snapshot.timeline
        came = list(accumulate(timeline.arrived))
        went = list(accumulate(timeline.picked_up))
        steps = max(len(came), round(snapshot.plan.duration / timeline.step_s), 1)
        top = max(came[-1] * steps / max(len(came), 1), 1)
        marks = {
            min(width - 1, int(mark.at / timeline.step_s / steps * width))
            for mark in timeline.marks
        }
        columns = []
        for column in range(width):
            step = min(int((column + 1) * steps / width) - 1, steps - 1)
            if step >= len(came):
                columns.append([(MARK if column in marks else " ", "dim")] * height)
                continue
            columns.append(
                _column(came[max(step, 0)] / top, went[max(step, 0)] / top, height, column in marks)
            )
        return [_merged([column[row] for column in columns]) for row in range(height)]


def _column(came: float, went: float, height: int, is_marked: bool) -> list[tuple[str, str]]:
    """The cells of one instant from the top down: blank, waiting, taken."""
    cells = []
    for row in range(height):
        floor = (height - 1 - row) / height
        taken = (went - floor) * height
        if taken >= 1 or (taken > 0 and came <= went):
            cells.append((HEIGHTS[max(1, min(8, round(taken * 8)))], "bar"))
        elif came > floor:
            cells.append((WAITING, "alert"))
        else:
            cells.append((MARK if is_marked else " ", "dim"))
    return cells


def _merged(cells: list[tuple[str, str]]) -> Line:
    line: Line = []
    for character, role in cells:
        if line and line[-1][1] == role:
            line[-1] = (line[-1][0] + character, line[-1][1])
        else:
            line.append((character, _ROLES[role]))
    return line


_ROLES: dict[str, Role] = {"bar": "bar", "alert": "alert", "dim": "dim"}


def _rates(snapshot: Snapshot, width: int) -> Line:
    into, out = snapshot.arrival_rate_per_s, snapshot.rate_per_s
    rates = f"in {words.digits(into)}/s · out {words.digits(out)}/s"
    waiting = f"backlog {backlog(snapshot):,} {forecast(snapshot)}".rstrip()
    text = fit(width, f"{rates} · {waiting}", waiting)
    return [(text, "text")]
