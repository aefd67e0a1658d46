"""The face without a screen: progress on stderr, the result on stdout.

stdout   the report in the format that was asked for (text by default), once, at the end
stderr   one line of progress, rewritten on a terminal, now and then elsewhere; of a comparison
         also a line per run that has ended; then what went wrong
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from queue_fairness.analysis.backlog import backlog, forecast
from queue_fairness.analysis.columns import format_score
from queue_fairness.analysis.scoreboard import LABEL_WIDTH, short_label
from queue_fairness.cli.options import PROGRAM, Options
from queue_fairness.cli.progress import ProgressWriter
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.engine.series import ComparisonRunner, SeriesRunner, SeriesStep, T
from queue_fairness.engine.session import Session
from queue_fairness.formatting import numbers
from queue_fairness.metrics import completion
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.metrics.stalls import stalls
from queue_fairness.report.limit import LimitResult
from queue_fairness.report.limits import BROKEN_LIMIT, limit_lines
from queue_fairness.report.results import PROSE, Result, render
from queue_fairness.report.run_report import details, verdict_so_far


async def run_headless(options: Options) -> int:
    """Carry out the plan and print its result; returns the exit status."""
    interruption = SignalHandler()
    async with Session(options.server, isolate=options.isolate) as session:
        run = await session.start(options.plan)
        with interruption.installed(run.stop), ProgressWriter(sys.stderr) as progress:
            ending = asyncio.create_task(session.wait(), name="ending")
            warned = None
            while not ending.done():
                picture = run.snapshot()
                if picture.warning != warned and not picture.phase.is_final:
                    warned = picture.warning
                    progress.println(f"{PROGRAM}: {warned}")
                progress.update(progress_line(picture))
                await asyncio.wait({ending}, timeout=progress.period_s)
            await ending
    return finish(run.snapshot(), options, interruption)


async def run_comparison_headless(options: Options) -> int:
    """Carry out the plan under each strategy and print the table; returns the exit status."""
    asked, interruption = options.comparison, SignalHandler()
    assert asked is not None
    async with Session(options.server, isolate=options.isolate) as session:
        series = ComparisonRunner(session, options.plan, asked.strategies, asked.repeats)
        comparison = await _narrated(series, interruption)
    return finish(comparison, options, interruption)


async def run_sweep_headless(options: Options) -> int:
    """Carry out the plan at each value and print the tables; returns the exit status."""
    asked, interruption = options.sweep, SignalHandler()
    assert asked is not None
    async with Session(options.server, isolate=options.isolate) as session:
        sweep = await _narrated(SeriesRunner(session, asked.sweep), interruption)
    return finish(sweep, options, interruption)


async def _narrated(course: SeriesRunner[T], interruption: SignalHandler) -> T:
    """Make several runs, say how far they are, and leave a line for each that has ended."""
    names = [course.result.name_of(plan) for plan in course.result.plans]
    with interruption.installed(course.stop), ProgressWriter(sys.stderr) as progress:
        ending = asyncio.create_task(
            course.execute(
                began=lambda step: progress.update(lap_line(step)),
                ended=lambda step: progress.println(ended_line(step, names)),
            ),
            name="several runs",
        )
        try:
            while not ending.done():
                await asyncio.wait({ending}, timeout=progress.period_s)
                if course.step is not None and not ending.done():
                    progress.update(lap_line(course.step))
            return await ending
        finally:
            ending.cancel()


def finish(result: Result, options: Options, interruption: SignalHandler) -> int:
    """Print a result, then say on stderr what went wrong; returns the exit status."""
    runs = (result,) if isinstance(result, Snapshot) else result.runs
    checked = [(run, options.gate.check(run)) for run in runs]
    unwritten = publish(result, options, checked)
    is_alone = isinstance(result, Snapshot)
    is_in_report = is_alone and options.stdout_format in PROSE
    for run in runs:
        _write(sys.stderr, "" if is_in_report else _traceback(run))
    complaints = [each for run in runs for each in _complaints(run, is_alone)]
    for complaint in (*complaints, unwritten):
        if complaint:
            _write(sys.stderr, f"{PROGRAM}: {complaint}\n")
    if interruption.status is not None:
        return interruption.status
    if unwritten or any(run.phase is Phase.FAILED for run in runs):
        return 1
    statuses = [options.gate.status(results, run) for run, results in checked]
    if BROKEN_LIMIT in statuses:
        return BROKEN_LIMIT
    return max(statuses, default=0) or int(any(map(completion.hardly_anything_done, runs)))


def publish(
    result: Result,
    options: Options,
    checked: Sequence[tuple[Snapshot, Sequence[LimitResult]]],
) -> str | None:
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
            unwritten = f"--json {path} could not be written: {error.strerror}"
    limits = limits_text(result, checked, form)
    _write(sys.stdout, render(result, form) + (limits if form in PROSE else ""))
    _write(sys.stderr, "" if form in PROSE else limits)
    return unwritten


def limits_text(
    result: Result, checked: Sequence[tuple[Snapshot, Sequence[LimitResult]]], form: str
) -> str:
    """Each limit with its measured value in each run; empty for none.

    Those of several runs are indented by four, which Markdown takes for preformatted text.
    """
    is_alone = isinstance(result, Snapshot)
    lines = [
        line if is_alone else f"run {number} · {_name_in(result, run)}: {line}"
        for number, (run, results) in enumerate(checked, 1)
        for line in limit_lines(results)
    ]
    if not lines:
        return ""
    is_plain = is_alone and form != "markdown"
    shown = lines if is_plain else ["", *(f"    {line}" for line in lines)]
    return "".join(f"{line}\n" for line in shown)


def _name_in(result: Result, run: Snapshot) -> str:
    return "" if isinstance(result, Snapshot) else result.name_of(run.plan)


def _complaints(run: Snapshot, is_alone: bool) -> tuple[str | None, ...]:
    return (completion.remark(run), *(stalls(run) if is_alone else ()), run.failure, run.warning)


def _traceback(snapshot: Snapshot) -> str:
    return "".join(f"{line}\n" for line in details(snapshot))


def _write(stream: TextIO, text: str) -> None:
    if not text:
        return  # even an empty write waits for a terminal that does not read
    stream.write(numbers.in_encoding(text, stream.encoding))
    stream.flush()


def lap_line(step: SeriesStep) -> str:
    """Which of several runs goes on, and how far it is."""
    picture = step.run.snapshot()
    again = step.number > 1 and picture.phase is Phase.STARTING
    said = "starting" if again else progress_line(picture)
    return f"run {step.number} of {step.of} · {step.name} · {said}"


def ended_line(step: SeriesStep, names: Sequence[str]) -> str:
    """Which of several runs has ended, and how: its verdict, and what it was reached by.

    Args:
        step: The run.
        names: Those of all runs, so that their lines are aligned.
    """
    picture = step.run.snapshot()
    width = max(map(len, names))
    number = f"{step.number:>{len(str(step.of))}} of {step.of}  {step.name:{width}}"
    done = f"{picture.completed:,} of {picture.tasks_in_all:,} tasks"
    if picture.phase is Phase.FAILED:
        return f"{number}  {'✗ FAILED':{LABEL_WIDTH}}  {done}"
    if not picture.phase.is_complete or picture.assessment is None:
        return f"{number}  {'– stopped early':{LABEL_WIDTH}}  {done}"
    label = short_label(picture.assessment.verdict.word)
    worst = format_score(picture.assessment.measures.worst_wait_rounds.max)
    rate = numbers.rate(picture.throughput_per_s)
    return f"{number}  {label:{LABEL_WIDTH}}  worst {worst:>4} rounds  {rate:>13}"


def progress_line(snapshot: Snapshot) -> str:
    """How far a run is, and the verdict so far."""
    plan = snapshot.plan
    if snapshot.phase is Phase.STARTING:
        return "starting Redis"
    if snapshot.phase is Phase.ENQUEUEING:
        return f"enqueueing {snapshot.enqueued:,} of {sum(plan.sizes_at_start()):,}"
    parts = [
        *filter(None, (snapshot.pair_label,)),
        f"{snapshot.phase.value} {snapshot.completed:,} of {snapshot.tasks_in_all:,}",
        numbers.percent(snapshot.progress),
        numbers.rate(snapshot.rate_per_s),
        f"{numbers.seconds(snapshot.elapsed_s)}",
    ]
    if snapshot.time_left_s is not None:
        parts.append(f"left ~{numbers.seconds(snapshot.time_left_s)}")
    if snapshot.phase is Phase.SERVING:
        parts.append(f"backlog {backlog(snapshot):,} {forecast(snapshot)}".rstrip())
    if snapshot.assessment is not None:
        parts.append(verdict_so_far(snapshot.assessment))
    return " · ".join(parts)
