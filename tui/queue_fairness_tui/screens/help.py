"""Help: the keys that work on the screen below it, and what the words and numbers mean."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Footer, Static

from queue_fairness.report.terms import GLOSSARY, NUMBERS, WORDS
from queue_fairness_tui.screens.dialog import Dialog

LABEL, NARROW = 20, 56
"""Columns of a term, and the width below which its meaning stands on lines of its own."""

Rows = Sequence[tuple[str, str]]


class HelpScreen(Dialog):
    """Keys and terms in one scrolling text, over the screen they explain."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "dismiss", "Close", show=False),
    ]

    def __init__(self, active: list[ActiveBinding]) -> None:
        super().__init__()
        self._active = active

    def compose(self) -> ComposeResult:
        """Keys first, then the words of the verdict, the numbers, and all other words."""
        with VerticalScroll():
            yield Explained("Keys that work here", self._keys())
            yield Static("Arrow keys, page up and page down scroll; the mouse works too.\n")
            yield Explained("The six words of a verdict", WORDS)
            yield Explained("What the numbers mean", NUMBERS)
            yield Explained("All other words", GLOSSARY)
        yield Footer(compact=True, show_command_palette=False)

    def _keys(self) -> Rows:
        seen: dict[str, tuple[list[str], str]] = {}
        sections: list[str] = []
        for _, binding, enabled, tooltip in self._active:
            if not (enabled and tooltip and binding.id):
                continue
            if binding.action.startswith("section("):
                sections.append(self.app.get_key_display(binding))
                continue
            keys, _ = seen.setdefault(binding.action, ([], tooltip))
            keys.append(self.app.get_key_display(binding))
        rows = [(", ".join(keys), meaning) for keys, meaning in seen.values()]
        if sections:
            rows.append((f"{sections[0]}-{sections[-1]}", "Open a section by its number."))
        return rows


class Explained(Static):
    """Terms in a column, each meaning hanging beside its term."""

    def __init__(self, title: str, rows: Rows) -> None:
        super().__init__()
        self._title = title
        self._rows = rows

    def on_resize(self) -> None:
        """Lay the text out for the width."""
        self.update(explained(self._title, self._rows, self.size.width))


def explained(title: str, rows: Rows, width: int) -> Text:
    """Terms and meanings as lines of at most that width, below a title."""
    text = Text(f"{title}\n", "bold")
    for term, meaning in rows:
        for line in _lines(term, meaning, width):
            at = 2 + len(term) if line.startswith(f"  {term}") else 0
            text.append(line[:at], "bold")
            text.append(f"{line[at:]}\n", "not bold")
    return text


def _lines(term: str, meaning: str, width: int) -> Iterable[str]:
    beside = width >= NARROW and len(term) < LABEL - 2
    head = f"  {term:{LABEL - 2}}" if beside else "    "
    hang = " " * (LABEL if beside else 4)
    if not beside:
        yield f"  {term}"
    yield from textwrap.wrap(
        meaning, max(20, width), initial_indent=head, subsequent_indent=hang, break_on_hyphens=False
    )
