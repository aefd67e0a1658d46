"""Every kind of result in every format: the list of builders, and the list of renderers.

A later kind is one builder and its document, entered in `KINDS`; a later format is one renderer,
entered in `FORMATS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.report.comparison_json import comparison_document
from queue_fairness.report.comparison_report import comparison_report
from queue_fairness.report.model import Report
from queue_fairness.report.render_csv import render_csv
from queue_fairness.report.render_html import render_html
from queue_fairness.report.render_json import render_json
from queue_fairness.report.render_markdown import render_markdown
from queue_fairness.report.render_svg import render_svg
from queue_fairness.report.render_text import render_text
from queue_fairness.report.run_json import document
from queue_fairness.report.run_report import run_report
from queue_fairness.report.sweep_json import sweep_document
from queue_fairness.report.sweep_report import sweep_report

Result = Snapshot | Comparison | Sweep
"""What can be reported."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of result becomes a report and a JSON document."""

    # Each takes results of its own kind only, which a mapping by type cannot say.
    build: Callable[[Any], Report]
    document: Callable[[Any], Mapping[str, object]]


KINDS: Mapping[type[Result], Kind] = {
    Snapshot: Kind(run_report, document),
    Comparison: Kind(comparison_report, comparison_document),
    Sweep: Kind(sweep_report, sweep_document),
}

FORMATS: Mapping[str, Callable[[Result], str]] = {
    "text": lambda result: render_text(report_of(result)),
    "markdown": lambda result: render_markdown(report_of(result)),
    "json": lambda result: render_json(KINDS[type(result)].document(result)),
    "csv": lambda result: render_csv(report_of(result)),
    "html": lambda result: render_html(report_of(result)),
    "svg": lambda result: render_svg(report_of(result)),
}
"""What `--format` chooses from, and the ending of a file's name."""
PROSE = ("text", "markdown")
"""Those for people: more may follow on the same stream."""


def report_of(result: Result) -> Report:
    """The report of a result of any kind."""
    return KINDS[type(result)].build(result)


def render(result: Result, form: str) -> str:
    """A result in one of `FORMATS`, as the whole of a file.

    Raises:
        KeyError: There is no such format.
    """
    return FORMATS[form](result)


def render_made(report: Report, document: Mapping[str, object], form: str) -> str:
    """The same of a result whose report and document have been made already.

    Raises:
        ValueError: There is no such format.
    """
    if form == "json":
        return render_json(document)
    if form not in MADE:
        raise ValueError(f"{form!r} is no format: choose one of {', '.join((*MADE, 'json'))}")
    return MADE[form](report)


MADE: Mapping[str, Callable[[Report], str]] = {
    "text": render_text,
    "markdown": render_markdown,
    "csv": render_csv,
    "html": render_html,
    "svg": render_svg,
}
"""What a report alone suffices for."""
