"""The verdict in words, as in the text report, and the traceback of a user's own queue."""

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Static

from queue_fairness.formatting.wrapping import wrapped
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.report.limit import LimitResult
from queue_fairness.report.limits import limit_lines
from queue_fairness.report.render_text import answer_lines
from queue_fairness.report.run_report import details, reasons
from queue_fairness_tui.widgets.verdict_band import BAND_CSS, class_of, sentences

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


class AnswerBand(Static):
    """The answer across the whole width, in its color: a bold word and a sentence, wrapped."""

    DEFAULT_CSS = f"""
    AnswerBand {{
        height: auto;
        max-height: 4;
        padding: 0 0 0 1;
        {BAND_CSS}
    }}
    """

    def __init__(self, word: str, sentence: str, kind: str) -> None:
        """A band.

        Args:
            word: What stands first, in bold.
            sentence: What follows it.
            kind: One of the classes of a band.
        """
        text = Text(word, "bold")
        text.append(f"  {sentence}" if word else sentence, "not bold" if word else "bold")
        super().__init__(text, classes=kind)


def verdict_band(snapshot: Snapshot) -> AnswerBand:
    """The verdict on a run; why there is none, where it failed or nothing was judged."""
    assessment = snapshot.assessment
    if snapshot.phase is Phase.FAILED:
        return AnswerBand("✗ FAILED", snapshot.failure or "", "-bad")
    if assessment is None:
        return AnswerBand("", "No task was taken: there is nothing to judge.", "-open")
    word, sentence = sentences(assessment)
    return AnswerBand(word, sentence, class_of(assessment.verdict.word))


class VerdictView(Widget):
    """Why, not, try and evidence, wrapped; then the limits that were set."""

    DEFAULT_CSS = """
    VerdictView {
        height: auto;
        width: 76;
        max-width: 100%;
        padding: 0 1 1 1;
        & > Static { height: auto; }
    }
    """

    def __init__(
        self, snapshot: Snapshot, limit_results: Sequence[LimitResult] = (), hint: str = ""
    ) -> None:
        """Nothing is laid out yet.

        Args:
            snapshot: Of the run.
            limit_results: What became of the limits.
            hint: Stands behind what to try: the key that does it; empty for none.
        """
        super().__init__()
        self._snapshot = snapshot
        self._limit_results = limit_results
        self._hint = hint

    def compose(self) -> ComposeResult:
        """One text, filled in when the width is known."""
        yield Static()

    def on_resize(self) -> None:
        """Wrap the text to the new width."""
        self.query_one(Static).update(self._text(max(NARROWEST, self.content_size.width)))

    def _text(self, width: int) -> Text:
        text = Text()
        if self._limit_results:
            for line in limit_lines(self._limit_results):
                for part in wrapped(line, width, rest="  "):
                    text.append(f"{part}\n", "bold")
            text.append("\n")
        for line in self._reasons(width):
            text.append(line[:11], "bold")
            text.append(f"{line[11:]}\n")
        text.rstrip()
        return text

    def _reasons(self, width: int) -> list[str]:
        assessment = self._snapshot.assessment
        if assessment is None:
            return []
        lines: list[str] = []
        for each in reasons(assessment):
            lines += answer_lines("", (each,), width)
            if each.label == "try" and self._hint and each.sentences:
                lines += answer_lines(
                    "", (each.__class__(label="", sentences=(self._hint,)),), width
                )
        return lines
