"""The verdict in words, as in the text report, and the traceback of a user's own queue."""

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Static

from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.report.limit import LimitResult
from queue_fairness.report.limits import limit_lines
from queue_fairness.report.render_text import answer_lines
from queue_fairness.report.run_report import details, reasons, verdict_line

NARROWEST = 30


class FailureDetails(Static):
    """The traceback of a user's own queue, verbatim; hidden where there is none."""

    DEFAULT_CSS = """
    FailureDetails {
        height: auto;
        margin: 0 0 1 0;
        padding: 0 1;
        border-left: outer $error;
    }
    """

    def __init__(self, snapshot: Snapshot) -> None:
        lines = details(snapshot)
        # A Text is not parsed as markup, whatever brackets it has.
        super().__init__(Text("\n".join(lines), overflow="fold"))
        self.display = bool(lines)


class VerdictView(Widget):
    """The verdict with why, not, try and evidence, wrapped; then the limits that were set."""

    DEFAULT_CSS = """
    VerdictView {
        height: auto;
        width: 76;
        max-width: 100%;
        padding: 0 1 1 1;
        & > Static { height: auto; }
    }
    """

    def __init__(self, snapshot: Snapshot, limit_results: Sequence[LimitResult] = ()) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._limit_results = limit_results

    def compose(self) -> ComposeResult:
        """One text, filled in when the width is known."""
        yield Static()

    def on_resize(self) -> None:
        """Wrap the text to the new width."""
        self.query_one(Static).update(self._text(max(NARROWEST, self.content_size.width)))

    def _text(self, width: int) -> Text:
        text = self._verdict(width)
        for line in limit_lines(self._limit_results):
            text.append(f"{line}\n", "bold")
        text.rstrip()
        return text

    def _verdict(self, width: int) -> Text:
        assessment = self._snapshot.assessment
        if assessment is None:
            return Text("No task was taken: there is nothing to judge.\n")
        text = Text()
        sentence = verdict_line(assessment)
        title = sentence.partition("  ")[0]
        for number, line in enumerate(answer_lines(sentence, reasons(assessment), width)):
            if not number and line.startswith(title):
                text.append(title, "bold reverse")
                line = line.removeprefix(title)  # noqa: PLW2901 - the rest of the same line
            text.append(f"{line}\n")
        return text
