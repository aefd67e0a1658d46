"""Who has the workers of a live server, which locks nobody holds, and what cannot be known."""

from rich.text import Text
from textual.app import RenderResult
from textual.reactive import reactive
from textual.widget import Widget

from queue_fairness.attach.model import Bound
from queue_fairness.attach.picture import Picture
from queue_fairness.formatting import numbers
from queue_fairness.report.attach_report import known

BAR = 10


class HandsPanel(Widget):
    """The workers by tenant, then the longest tasks, then stuck locks."""

    DEFAULT_CSS = """
    HandsPanel {
        border: round $foreground 40%;
        border-title-color: $foreground;
        border-subtitle-color: $foreground 60%;
    }
    """

    picture: reactive[Picture | None] = reactive(None)

    def watch_picture(self, picture: Picture | None) -> None:
        """Say in the border how many tasks are in service."""
        self.border_title = "Who has the workers"
        if picture is not None:
            working = sum(not each.is_lost for each in picture.holdings)
            self.border_subtitle = f"{working:,} in service" if picture.knows_holdings else ""

    def render(self) -> RenderResult:
        """As many lines as fit."""
        picture = self.picture
        if picture is None:
            return Text("")
        lines = [*_stuck(picture), *_shares(picture), *_tasks(picture)]
        if not lines:
            nothing = "nobody has a task" if picture.knows_holdings else "not told by this library"
            lines = [Text(nothing, "dim")]
        height = self.content_size.height
        return Text("\n", no_wrap=True, overflow="ellipsis").join(lines[:height])


class UnknownLine(Widget):
    """What cannot be known here, in a line; the key shows all of it."""

    DEFAULT_CSS = """
    UnknownLine { height: 1; padding: 0 1; color: $foreground 60%; }
    """

    picture: reactive[Picture | None] = reactive(None)

    def render(self) -> RenderResult:
        """The first of them, and how many more."""
        found = self.picture.unknown if self.picture is not None else ()
        if not found:
            return Text("≥ at least, – not known", no_wrap=True, overflow="ellipsis")
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        return Text(
            f"not known here (n): {found[0].what}{more} · ≥ at least, – not known",
            no_wrap=True,
            overflow="ellipsis",
        )


def _stuck(picture: Picture) -> list[Text]:
    return [
        Text(
            f"✗ {each.tenant}: {'task' if each.is_task else 'lock'} held by nobody"
            f" {known(each.lock.held, picture.at)}",
            "bold",
            no_wrap=True,
            overflow="ellipsis",
        )
        for each in picture.stuck[:5]
    ]


def _shares(picture: Picture) -> list[Text]:
    busy = sorted(
        (each for each in picture.lanes if each.in_service and each.share is not None),
        key=lambda each: -(each.in_service or 0),
    )
    lines = []
    for each in busy[:8]:
        bar = "█" * max(1, round(BAR * (each.share or 0)))
        lines.append(
            Text(
                f"{bar:<{BAR}} {numbers.percent(each.share):>5} {each.in_service:>4} {each.name}",
                no_wrap=True,
                overflow="ellipsis",
            )
        )
    return lines


def _tasks(picture: Picture) -> list[Text]:
    known_since = [each for each in picture.holdings if each.since.bound is not Bound.UNKNOWN]
    return [
        Text(
            f"{'gone' if each.is_lost else each.state.value:>7} {known(each.since, picture.at):>8}"
            f" {each.tenant} · {each.worker or 'worker not told'}",
            "dim",
            no_wrap=True,
            overflow="ellipsis",
        )
        for each in known_since
    ]
