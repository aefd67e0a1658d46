"""How every result ends, with a screen or without: it is printed, written, judged.

stdout   the report as text or Markdown, or with `--json -` the JSON document
stderr   what went wrong; with `--json -` also the limits
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.cli.commands import PROGRAM, Options
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.formatting import numbers
from queue_fairness.metrics import completion
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.metrics.stall_sentences import stall_sentences
from queue_fairness.report import (
    comparison_json,
    comparison_text,
    run_json,
    run_text,
    sweep_json,
    sweep_text,
)
from queue_fairness.report.limit import LimitResult
from queue_fairness.report.limits import BROKEN_LIMIT, Limits

Result = Snapshot | Comparison | Sweep
"""What a command ends with."""

Judged = Sequence[tuple[Snapshot, Sequence[LimitResult]]]
"""Each run, and what became of the limits in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rendering:
    """A result in every form that it can be printed in."""

    runs: Sequence[Snapshot]
    json: Callable[[], str]
    text: Callable[[], str]
    markdown: Callable[[], str]
    limits: Callable[[Judged], str]
    """What became of the limits, in lines."""
    remarks: Callable[[Snapshot], Iterable[str | None]]
    """What stderr says of a run, besides its failure and its warning."""
    has_tracebacks: bool = False
    """Whether the text itself holds the traceback of a task that failed."""


def finish(result: Result, options: Options, interruption: SignalHandler) -> int:
    """Print a result, then say on stderr what went wrong; returns the exit status."""
    rendering = _rendering(result)
    judged = tuple((run, options.limits.check(run)) for run in rendering.runs)
    unwritten = publish(rendering, options, rendering.limits(judged))
    if options.json == "-" or not rendering.has_tracebacks:
        for run in rendering.runs:
            write(sys.stderr, _traceback(run))
    for complaint in (*_complaints(rendering), unwritten):
        if complaint:
            write(sys.stderr, f"{PROGRAM}: {complaint}\n")
    if interruption.status is not None:
        return interruption.status
    if unwritten or any(run.phase is Phase.FAILED for run in rendering.runs):
        return 1
    return _status(judged, options.limits)


def publish(rendering: _Rendering, options: Options, limits: str) -> str | None:
    """Write a result to where it was asked for; the report goes to stdout unless JSON does.

    Args:
        rendering: The result.
        options: Where to, and as what.
        limits: What became of the limits, in lines; they follow the report.

    Returns:
        Why the JSON file could not be written; None if all is well.
    """
    unwritten = None
    if options.json is not None and options.json != "-":
        try:
            Path(options.json).write_text(rendering.json(), encoding="utf-8")
        except OSError as error:
            unwritten = f"--json {options.json} could not be written: {error.strerror}"
    if options.json == "-":
        write(sys.stdout, rendering.json())
        write(sys.stderr, limits)
    else:
        report = rendering.markdown if options.markdown else rendering.text
        write(sys.stdout, report() + limits)
    return unwritten


def write(stream: TextIO, text: str) -> None:
    """Write a text at once; characters that the stream's encoding lacks become ASCII."""
    if not text:
        return  # even an empty write waits for a terminal that does not read
    stream.write(numbers.in_encoding(text, stream.encoding))
    stream.flush()


def _rendering(result: Result) -> _Rendering:
    if isinstance(result, Snapshot):
        return _Rendering(
            runs=(result,),
            json=lambda: run_json.to_json(result),
            text=lambda: run_text.text(result),
            markdown=lambda: run_text.text(result),
            limits=lambda judged: "".join(f"{line}\n" for line in run_text.gates(judged[0][1])),
            remarks=lambda run: (completion.remark(run), *stall_sentences(run)),
            has_tracebacks=True,
        )
    if isinstance(result, Comparison):
        return _Rendering(
            runs=result.runs,
            json=lambda: comparison_json.to_json(result),
            text=lambda: comparison_text.text(result),
            markdown=lambda: comparison_text.markdown(result),
            limits=lambda judged: comparison_text.gates(judged, result.name_of),
            remarks=lambda run: (completion.remark(run),),
        )
    return _Rendering(
        runs=result.runs,
        json=lambda: sweep_json.to_json(result),
        text=lambda: sweep_text.text(result),
        markdown=lambda: sweep_text.markdown(result),
        limits=lambda judged: comparison_text.gates(judged, result.name_of),
        remarks=lambda run: (completion.remark(run),),
    )


def _complaints(rendering: _Rendering) -> Iterator[str | None]:
    for run in rendering.runs:
        yield from rendering.remarks(run)
        yield run.failure
        yield run.warning


def _status(judged: Judged, limits: Limits) -> int:
    """The exit status of runs that have all ended: a broken limit before an undecided one."""
    statuses = [limits.status(results, run) for run, results in judged]
    if BROKEN_LIMIT in statuses:
        return BROKEN_LIMIT
    hardly_anything = any(completion.hardly_anything_done(run) for run, _ in judged)
    return max(statuses, default=0) or int(hardly_anything)


def _traceback(snapshot: Snapshot) -> str:
    return "".join(f"{line}\n" for line in run_text.details(snapshot))
