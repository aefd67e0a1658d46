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
"""Columns of a term at most, and the width below which its meaning stands on lines of its own."""
MOST, BESIDE = 90, 7
"""Columns of the box at most (dialog.tcss), and of its border, padding and scroll bar."""
PARTS = (
    ("The six words of a verdict", WORDS),
    ("What the numbers mean", NUMBERS),
    ("All other words", GLOSSARY),
)

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
            yield Static(id="explained")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Lay the text out, and focus it."""
        super().on_mount()
        self._lay_out()

    def on_resize(self) -> None:
        """Lay the text out for another width."""
        self._lay_out()

    def _lay_out(self) -> None:
        width = min(MOST, self.app.size.width * 9 // 10) - BESIDE
        text = explained("Keys that work here", self._keys(), width)
        text.append("  Arrow keys, page up and page down scroll; the mouse works too.\n")
        for title, rows in PARTS:
            text.append("\n")
            text.append_text(explained(title, rows, width))
        self.query_one("#explained", Static).update(text)

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


def explained(title: str, rows: Rows, width: int) -> Text:
    """Terms and meanings as lines of at most that width, below a title."""
    text = Text(f"{title}\n", "bold")
    label = min(LABEL, 4 + max(len(term) for term, _ in rows))
    for term, meaning in rows:
        for line in _lines(term, meaning, width, label):
            at = 2 + len(term) if line.startswith(f"  {term}") else 0
            text.append(line[:at], "bold")
            text.append(f"{line[at:]}\n", "not bold")
    return text


def _lines(term: str, meaning: str, width: int, label: int) -> Iterable[str]:
    beside = width >= NARROW and len(term) < label - 2
    head = f"  {term:{label - 2}}" if beside else "    "
    hang = " " * (label if beside else 4)
    if not beside:
        yield f"  {term}"
    yield from textwrap.wrap(
        meaning, max(20, width), initial_indent=head, subsequent_indent=hang, break_on_hyphens=False
    )
