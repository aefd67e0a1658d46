"""How every result ends, with a screen or without: it is printed, written, judged.

stdout   the result in the format that was asked for, text by default; with the limits if it is
         prose
stderr   what went wrong; the limits, if stdout is for programs
"""

import dataclasses
from collections.abc import Iterator, Sequence

from queue_fairness.cli.commands import PROGRAM, Options
from queue_fairness.cli.keeping import against_baseline, is_whole, keep
from queue_fairness.cli.output_file import SAVE_BASELINE, write_file
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.cli.streams import complain, write_out
from queue_fairness.errors import OutputError
from queue_fairness.metrics import completion
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.metrics.stall_sentences import stall_sentences
from queue_fairness.outside import harmless
from queue_fairness.report.limit import LimitResult
from queue_fairness.report.limits import BROKEN_LIMIT, Limits, limit_lines
from queue_fairness.report.render_html import render_html
from queue_fairness.report.results import PROSE, Result, render, report_of
from queue_fairness.report.run_report import details

Checked = Sequence[tuple[Snapshot, Sequence[LimitResult]]]
"""Each run, and what became of the limits in it."""


def finish(
    result: Result, options: Options, interruption: SignalHandler, crash: str | None = None
) -> int:
    """Print a result, then say on stderr what went wrong; returns the exit status.

    Args:
        result: What was measured.
        options: Where it goes, and by what it is judged.
        interruption: Whether the user has ended it.
        crash: What broke the screen, as a sentence; None if it held.
    """
    interruption.begin_to_tell()
    return tell(result, options, interruption.status, crash)


def tell(result: Result, options: Options, signaled: int | None, crash: str | None = None) -> int:
    """The same, where nobody else can be about to print it."""
    is_alone = isinstance(result, Snapshot)
    runs = (result,) if isinstance(result, Snapshot) else result.runs
    checked = tuple((run, options.limits.check(run)) for run in runs)
    unwritten = publish(result, options, checked)
    if not (is_alone and options.stdout_format in PROSE):
        for run in runs:
            complain("".join(f"{line}\n" for line in details(run)))
    for run in runs:
        for complaint in _complaints(run, is_alone=is_alone):
            complain(f"{PROGRAM}: {complaint}\n")
    for sentence in filter(None, (*unwritten, crash)):
        complain(f"{PROGRAM}: {sentence}\n")
    compared = against_baseline(result, options)
    for sentence in keep(result, options):
        complain(f"{PROGRAM}: {sentence}\n")
    if signaled is not None and crash is None:
        return signaled
    if crash or unwritten or any(run.phase is Phase.FAILED for run in runs):
        return 1
    found = (_status(checked, options.limits), compared)
    return BROKEN_LIMIT if BROKEN_LIMIT in found else max(found)


def as_left(result: Result, present: Snapshot | None) -> Result:
    """A result that nobody waits for: the run that still goes on counts as stopped.

    Args:
        result: The run itself, or a series.
        present: The run of a series that goes on; None if there is none.
    """
    if isinstance(result, Snapshot):
        return _left(result)
    return result if present is None else result.with_run(_left(present))


def _left(run: Snapshot) -> Snapshot:
    if run.phase.is_final:
        return run
    said = "left without waiting: what the run had in hand was not counted"
    return dataclasses.replace(run.broken_off(Phase.STOPPED), warning=run.warning or said)


def publish(result: Result, options: Options, checked: Checked) -> list[str]:
    """Write the result to where it was asked for, and beside it what became of the limits.

    Args:
        result: What was measured.
        options: In which format stdout gets it, and which files do.
        checked: The limits of each run. Where stdout is for programs, stderr gets them.

    Returns:
        What could not be written, and why, in sentences; empty if all is well.
    """
    written, unwritten, form = [], [], options.stdout_format
    limits = limits_text(result, checked, form)
    for each in options.files:
        if each.option == SAVE_BASELINE and not is_whole(result):
            unwritten.append(f"{SAVE_BASELINE}: not written, the result did not come to its end")
            continue
        try:
            write_file(each, file_text(result, checked, each.format))
        except OutputError as error:
            unwritten.append(str(error))
        else:
            written.append(harmless(each.path))
    try:
        write_out(render(result, form) + (limits if form in PROSE else ""))
    except OutputError as error:
        unwritten.append(str(error))
    complain("" if form in PROSE else limits)
    complain(f"{PROGRAM}: wrote {', '.join(written)}\n" if written else "")
    return unwritten


def file_text(result: Result, checked: Checked, form: str) -> str:
    """A result as a file has it: with the limits, where the format is for people."""
    if form == "html":
        return render_html(report_of(result), limit_sentences(result, checked))
    return render(result, form) + (limits_text(result, checked, form) if form in PROSE else "")


def limit_sentences(result: Result, checked: Checked) -> list[str]:
    """Each limit with its measured value in each run; of several runs with the run's name."""
    return [
        line
        if isinstance(result, Snapshot)
        else f"run {number} · {result.name_of(run.plan)}: {line}"
        for number, (run, results) in enumerate(checked, 1)
        for line in limit_lines(results)
    ]


def limits_text(result: Result, checked: Checked, form: str) -> str:
    """Each limit with its measured value in each run; empty for none.

    Those of several runs are indented by four, which Markdown takes for preformatted text.
    """
    lines = limit_sentences(result, checked)
    if not lines:
        return ""
    is_plain = isinstance(result, Snapshot) and form != "markdown"
    shown = lines if is_plain else ["", *(f"    {line}" for line in lines)]
    return "".join(f"{line}\n" for line in shown)


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
