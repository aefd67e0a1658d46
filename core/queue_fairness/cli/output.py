"""How every result ends, with a screen or without: it is printed, written, judged.

stdout   the result in the format that was asked for, text by default; with the limits if it is
         prose
stderr   what went wrong; the limits, if stdout is for programs
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from queue_fairness.cli.commands import PROGRAM, Options
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.formatting import numbers
from queue_fairness.metrics import completion
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.metrics.stall_sentences import stall_sentences
from queue_fairness.outside import harmless
from queue_fairness.report.limit import LimitResult
from queue_fairness.report.limits import BROKEN_LIMIT, Limits, limit_lines
from queue_fairness.report.results import PROSE, Result, render
from queue_fairness.report.run_report import details

Checked = Sequence[tuple[Snapshot, Sequence[LimitResult]]]
"""Each run, and what became of the limits in it."""


def finish(result: Result, options: Options, interruption: SignalHandler) -> int:
    """Print a result, then say on stderr what went wrong; returns the exit status."""
    is_alone = isinstance(result, Snapshot)
    runs = (result,) if isinstance(result, Snapshot) else result.runs
    checked = tuple((run, options.limits.check(run)) for run in runs)
    unwritten = publish(result, options, checked)
    if not (is_alone and options.stdout_format in PROSE):
        for run in runs:
            write(sys.stderr, "".join(f"{line}\n" for line in details(run)))
    for run in runs:
        for complaint in _complaints(run, is_alone=is_alone):
            write(sys.stderr, f"{PROGRAM}: {complaint}\n")
    if unwritten:
        write(sys.stderr, f"{PROGRAM}: {unwritten}\n")
    if interruption.status is not None:
        return interruption.status
    if unwritten or any(run.phase is Phase.FAILED for run in runs):
        return 1
    return _status(checked, options.limits)


def publish(result: Result, options: Options, checked: Checked) -> str | None:
    """Write the result to where it was asked for, and beside it what became of the limits.

    Args:
        result: What was measured.
        options: In which format stdout gets it, and which file gets the JSON document.
        checked: The limits of each run. Where stdout is for programs, stderr gets them.

    Returns:
        Why the file could not be written; None if all is well.
    """
    unwritten, path, form = None, options.json, options.stdout_format
    if path is not None and path != "-":
        try:
            Path(path).write_text(render(result, "json"), encoding="utf-8")
        except OSError as error:
            unwritten = harmless(f"--json {path} could not be written: {error.strerror}")
    limits = limits_text(result, checked, form)
    write(sys.stdout, render(result, form) + (limits if form in PROSE else ""))
    write(sys.stderr, "" if form in PROSE else limits)
    return unwritten


def limits_text(result: Result, checked: Checked, form: str) -> str:
    """Each limit with its measured value in each run; empty for none.

    Those of several runs are indented by four, which Markdown takes for preformatted text.
    """
    is_alone = isinstance(result, Snapshot)
    lines = [
        line
        if isinstance(result, Snapshot)
        else f"run {number} · {result.name_of(run.plan)}: {line}"
        for number, (run, results) in enumerate(checked, 1)
        for line in limit_lines(results)
    ]
    if not lines:
        return ""
    is_plain = is_alone and form != "markdown"
    shown = lines if is_plain else ["", *(f"    {line}" for line in lines)]
    return "".join(f"{line}\n" for line in shown)


def write(stream: TextIO, text: str) -> None:
    """Write a text at once; characters that the stream's encoding lacks become ASCII."""
    if not text:
        return  # even an empty write waits for a terminal that does not read
    stream.write(numbers.in_encoding(text, stream.encoding))
    stream.flush()


def _complaints(run: Snapshot, *, is_alone: bool) -> Iterator[str]:
    """What stderr says of a run."""
    found = (
        completion.remark(run),
        *(stall_sentences(run) if is_alone else ()),
        run.failure,
        run.warning,
    )
    yield from filter(None, found)


def _status(checked: Checked, limits: Limits) -> int:
    """The exit status of runs that have all ended: a broken limit before an undecided one."""
    statuses = [limits.status(results, run) for run, results in checked]
    if BROKEN_LIMIT in statuses:
        return BROKEN_LIMIT
    hardly_anything = any(completion.hardly_anything_done(run) for run, _ in checked)
    return max(statuses, default=0) or int(hardly_anything)
