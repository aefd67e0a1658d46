"""What is wrong on a live server, and what it is: three lines above everything else."""

from rich.text import Text
from textual.app import RenderResult
from textual.reactive import reactive
from textual.widget import Widget

from queue_fairness.attach.headline import Word, duration
from queue_fairness.attach.picture import COVERED, Picture
from queue_fairness.formatting import numbers

BAD = (Word.STARVED, Word.STUCK_LOCK, Word.BACKLOG_GROWS)
MARKS = {Word.HEALTHY: "✓", Word.CANNOT_TELL: "?"}


class AttachHeadline(Widget):
    """The word and its sentence, the server, the flow."""

    DEFAULT_CSS = """
    AttachHeadline {
        height: auto;
        max-height: 6;
        padding: 0 1;
    }
    """

    COMPONENT_CLASSES = {"headline--bad", "headline--good"}  # noqa: RUF012 - Textual's own form

    picture: reactive[Picture | None] = reactive(None, layout=True)

    def render(self) -> RenderResult:
        """Three lines, or more where the sentence is long."""
        picture = self.picture
        if picture is None:
            return Text("looking …", "dim")
        word = picture.headline.word
        color = self.app.theme_variables["error" if word in BAD else "primary"]
        text = Text()
        text.append(f"{MARKS.get(word, '✗')} {word.value}", f"bold {color}")
        text.append(f"  {picture.headline.text}\n", "bold")
        text.append(
            f"{picture.title} on {picture.server.engine} {picture.server.version} ·"
            f" {picture.address} · watched {duration(picture.watched_s)}\n",
            "dim",
        )
        text.append(f"{picture.waiting:,} waiting · {flow(picture)}")
        if picture.trouble is not None:
            text.append(f"\n✗ {picture.trouble}; trying again", f"bold {color}")
        return text


def flow(picture: Picture) -> str:
    """Rate, forecast, coverage and cost in one line."""
    said = [picture.forecast]
    if picture.rate_per_s is not None:
        said.append(f"{numbers.digits(picture.rate_per_s)} taken/s")
    if picture.coverage is not None:
        sign = "" if picture.coverage >= COVERED else ", too few for shares"
        said.append(f"{numbers.percent(picture.coverage)} of them seen{sign}")
    if picture.busy_share is not None:
        said.append(f"costs {numbers.percent(picture.busy_share, 2)} of the server")
    if picture.whole_round_s > 1.5:
        said.append(f"each lane read every {duration(picture.whole_round_s)}")
    return " · ".join(said)
