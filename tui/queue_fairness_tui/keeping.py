"""What can be kept of a screen: its picture, the report of its result, a copy of that."""

from collections.abc import Callable, Mapping

from queue_fairness.report.results import FORMATS, Result, render
from queue_fairness_tui.saved_file import save, shown, stem_of

PICTURE, COPY = "picture", "copy"
"""Keys of what is no file of a report."""
SUFFIXES = {"text": "txt", "markdown": "md"}
"""Those that differ from the name of the format."""
FOR = {
    "text": "as text",
    "markdown": "as Markdown",
    "json": "and all numbers as JSON",
    "csv": "as a table for spreadsheets",
    "html": "as a page to show around",
    "svg": "as a picture",
}
"""What a format is for; one that is not here is called by its name."""
FIRST = ("html",)
"""The formats that come first where there are any: what others can be shown."""


def kinds(result: Result | None) -> Mapping[str, str]:
    """What can be kept, in words, by key.

    Args:
        result: The result in view; None where a run goes on, which has a picture only.
    """
    picture = {PICTURE: "Picture of this screen (.svg)"}
    if result is None:
        return picture
    forms = sorted(FORMATS, key=lambda form: form not in FIRST)
    reports = {form: f"Report {FOR.get(form, form)} (.{suffix_of(form)})" for form in forms}
    first = {form: words for form, words in reports.items() if form in FIRST}
    return {**first, **picture, **reports, COPY: "Copy the report as text (by OSC 52)"}


def keep(kind: str, result: Result, picture: str, copy: Callable[[str], None]) -> str:
    """Keep what was chosen; returns what was done, in a sentence.

    Args:
        kind: One of the keys of `kinds`.
        result: What is in view.
        picture: The screen as SVG.
        copy: Puts a text into the clipboard of the terminal.

    Raises:
        OutputError: No folder takes the file.
    """
    if kind == COPY:
        text = render(result, "text")
        copy(text)
        return f"Copied {len(text.splitlines())} lines, if the terminal allows it (OSC 52)."
    if kind == PICTURE:
        return f"Saved {shown(save(stem_of(result), 'svg', picture))}"
    return f"Saved {shown(save(stem_of(result), suffix_of(kind), render(result, kind)))}"


def suffix_of(form: str) -> str:
    """The end of the name of a file of that format."""
    return SUFFIXES.get(form, form)
