"""Arrivals and departures over time: the gap between the two is the backlog, and the wait."""

from itertools import accumulate

from queue_fairness.analysis.backlog import backlog, forecast
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui.charts.blocks import HEIGHTS
from queue_fairness_tui.widgets.panel import Line, Panel, Role, first_that_fits

WAITING = "░"
MARK = "┊"


class FlowChart(Panel):
    """Arrivals and departures of a sustained load as two cumulative lines over the whole run.

    The area below the lower line has been taken; the area between the two is waiting. The height
    of the gap is the backlog at that time, its width is how long a task waited. Dotted lines mark
    faults and changes of the run. The top is every task expected by the end of the run.
    """

    DEFAULT_CSS = """
    FlowChart {
        border: round $foreground 40%;
        border-title-color: $foreground;
        border-subtitle-color: $muted;
    }
    """

    def on_mount(self) -> None:
        """Put the legend into the border."""
        self.set_titles("Arrivals and departures", f"█ taken  {WAITING} waiting  {MARK} fault")

    def paint(self, snapshot: Snapshot, width: int, height: int, /) -> list[Line]:
        """The chart, its axis, and the rates in words."""
        lines = self._chart(snapshot, width, height - 2) if height > 3 else []
        if lines:
            lines.append([(_axis(snapshot, width), "dim")])
        return [*lines, _rates(snapshot, width)]

    def _chart(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        plan, timeline = snapshot.plan, snapshot.timeline
        arrivals = list(accumulate(timeline.arrived))
        departures = list(accumulate(timeline.picked_up))
        if not arrivals:
            return []
        steps, marks = _steps(snapshot), _marks(snapshot, width)
        to_come = plan.arrival_rate * max(0.0, plan.duration - len(arrivals) * timeline.step_s)
        top = max(arrivals[-1] + to_come, 1.0)
        columns = []
        for column in range(width):
            step = min(int((column + 1) * steps / width) - 1, steps - 1)
            if step >= len(arrivals):
                columns.append([(MARK if column in marks else " ", "dim")] * height)
                continue
            columns.append(
                _column(
                    arrivals[max(step, 0)] / top,
                    departures[max(step, 0)] / top,
                    height,
                    column in marks,
                )
            )
        return [_merged([column[row] for column in columns]) for row in range(height)]


def _steps(snapshot: Snapshot) -> int:
    """Steps of the timeline that the whole run takes."""
    timeline = snapshot.timeline
    return max(len(timeline.arrived), round(snapshot.plan.duration / timeline.step_s), 1)


def _marks(snapshot: Snapshot, width: int) -> set[int]:
    """The columns in which a fault or a change happened."""
    timeline, steps = snapshot.timeline, _steps(snapshot)
    return {
        min(width - 1, int(mark.at / timeline.step_s / steps * width)) for mark in timeline.marks
    }


def _axis(snapshot: Snapshot, width: int) -> str:
    """The time axis, with the marks again: a full column hides them in the chart."""
    end = numbers.setting(snapshot.plan.duration)
    marks = _marks(snapshot, width)
    between = (MARK if column in marks else " " for column in range(1, width - len(end)))
    return f"0{''.join(between)}{end}"


def _column(
    arrivals: float, departures: float, height: int, is_marked: bool
) -> list[tuple[str, str]]:
    """The cells of one column from the top down: blank, waiting, taken.

    The waiting part is rounded to whole cells; where it is none, the taken part shows eighths.

    Args:
        arrivals: Share (0 to 1) of the height that the arrivals fill.
        departures: Share that the departures fill.
        height: Rows.
        is_marked: Whether a fault or a change happened here.
    """
    waiting = round(max(0.0, arrivals - departures) * height)
    if waiting:
        taken = "█" * min(round(departures * height), height - waiting)
    else:
        eighths = max(departures > 0, round(departures * height * 8))
        taken = "█" * (eighths // 8) + HEIGHTS[eighths % 8].strip()
    blank = height - waiting - len(taken)
    return [
        *[(MARK if is_marked else " ", "dim")] * blank,
        *[(WAITING, "alert")] * waiting,
        *((cell, "bar") for cell in reversed(taken)),
    ]


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
    rates = f"in {numbers.digits(into)}/s · out {numbers.digits(out)}/s"
    trend = forecast(snapshot)
    count = f"backlog {backlog(snapshot):,}"
    waiting = f"{count} {trend}".rstrip()
    short = f"{count} {trend.partition(',')[0]}".rstrip()
    text = first_that_fits(width, f"{rates} · {waiting}", waiting, short, count)
    return [(text, "text")]
