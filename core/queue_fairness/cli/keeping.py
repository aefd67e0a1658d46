"""What happens to a result after it was printed: it is compared with the baseline, and kept."""

import dataclasses
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from queue_fairness.cli.commands import PROGRAM, Options, ReplayCommand
from queue_fairness.cli.streams import complain, write_out
from queue_fairness.errors import DocumentError
from queue_fairness.formatting.numbers import plural
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import description
from queue_fairness.report.results import KINDS, PROSE, Result, render_made, report_of

if TYPE_CHECKING:
    from queue_fairness.analysis.difference import Difference

WORSE, INCOMPARABLE = 3, 4
"""Exit statuses: a regression, and two results that cannot be compared."""


def against_baseline(result: Result, options: Options) -> int:
    """Say how a result differs from the baseline; returns the exit status, 0 without one."""
    baseline = options.limits.baseline
    if baseline is None:
        return 0
    # Not before: most runs have no baseline.
    from queue_fairness.analysis.difference import difference
    from queue_fairness.report.difference_report import difference_report

    found = difference(baseline.document, _document(result), (baseline.name, "this run"))
    report = dataclasses.replace(difference_report(found, ""), command="")
    form = options.stdout_format
    if form in PROSE:
        write_out(f"\n{render_made(report, {}, form)}")
    else:
        complain(f"{PROGRAM}: {report.sentence}\n")
    return status_of(found)


def status_of(found: "Difference") -> int:
    """3 for a regression, 4 where the two cannot be compared, else 0."""
    if not found.is_comparable:
        return INCOMPARABLE
    return WORSE if found.is_worse else 0


def is_whole(result: Result) -> bool:
    """Whether a result came to its end, so that it may be a baseline."""
    if isinstance(result, Snapshot):
        return result.phase.is_complete and result.assessment is not None
    return result.is_complete


class _Last:
    """The result kept last, so that it is not kept twice: when it was made, and at the end."""

    result: Result | None = None
    turn = threading.Lock()


def keep(result: Result, options: Options) -> list[str]:
    """Keep a result that came to its end, once.

    Returns:
        What is to be said of it, in sentences: that it is kept under its tag, or why it is not.
    """
    if isinstance(options.command, ReplayCommand):
        return []  # the recording is what is kept
    path = options.place.path
    if path is None or options.place.why_not:
        return [f"not kept as {options.tag}: {options.place.why_not}"] if options.tag else []
    with _Last.turn:
        if not is_whole(result) or _Last.result is result:
            return []
        _Last.result = result
        try:
            return _keep(result, path, options.tag)
        except DocumentError as error:
            return [f"this result is not kept: {error}"]


def _keep(result: Result, path: Path, tag: str) -> list[str]:
    # Not before: the run is over, and nobody waits.
    import json

    from queue_fairness.history.entry import KeptResult, entry_of
    from queue_fairness.history.store import Store

    document = _document(result)
    text, store = json.dumps(document, allow_nan=False), Store(path)
    report = render_made(report_of(result), {}, "text")
    entry = entry_of(document, _load(result), tag)
    number = store.keep(KeptResult(entry=entry, document=text, report=report))
    said = [store.remark] if store.remark is not None else []
    return [*said, f"kept as {number}, {tag}"] if tag else said


def _document(result: Result) -> Mapping[str, object]:
    return KINDS[type(result)].document(result)


def _load(result: Result) -> str:
    """The load in a few words: `200 × 10, 8 workers`."""
    return f"{description.short_load(result.plan)}, {plural(result.plan.workers, 'worker')}"
