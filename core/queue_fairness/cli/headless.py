"""The face without a screen: progress on stderr while it measures, then the result.

stderr   one line of progress, rewritten on a terminal, now and then elsewhere; of a comparison
         and a sweep also a line per run that has ended; then what went wrong
stdout   see `output`
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import TypeVar

from queue_fairness.analysis import duration
from queue_fairness.analysis.columns import format_score
from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.scoreboard import LABEL_WIDTH, short_label
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.cli import attention
from queue_fairness.cli.commands import (
    PROGRAM,
    CompareCommand,
    JudgeCommand,
    Options,
    ReplayCommand,
    RunCommand,
    SweepCommand,
)
from queue_fairness.cli.file_headless import run_file
from queue_fairness.cli.output import as_left, finish, tell
from queue_fairness.cli.progress import ProgressWriter
from queue_fairness.cli.record_file import record_request
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.cli.streams import complain
from queue_fairness.engine.series import SeriesRunner, SeriesStep
from queue_fairness.engine.session import Session
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.report.progress_text import progress_line
from queue_fairness.report.results import Result

S = TypeVar("S", Comparison, Sweep)


async def run_headless(options: Options, interruption: SignalHandler) -> int:
    """Carry out the command and print its result; returns the exit status."""
    if isinstance(options.command, ReplayCommand | JudgeCommand):
        return await run_file(options, options.command, interruption)
    record = record_request(options)
    async with Session(options.server, isolate=options.isolate, record=record) as session:
        result = await _carry_out(options, session, interruption)
    if options.notify and sys.stderr.isatty():
        complain(attention.call(attention.ending(result)))
    return finish(result, options, interruption)


async def _carry_out(options: Options, session: Session, interruption: SignalHandler) -> Result:
    command = options.command
    if isinstance(command, RunCommand):
        return await _run(session, options, interruption)
    if isinstance(command, CompareCommand):
        names = tuple(command.strategies)
        asked = Comparison(plan=command.plan, strategies=names, repeats=command.repeats)
        return await _run_series(SeriesRunner(session, asked), options, interruption)
    assert isinstance(command, SweepCommand)
    return await _run_series(SeriesRunner(session, command.sweep), options, interruption)


async def _run(session: Session, options: Options, interruption: SignalHandler) -> Snapshot:
    """Make one run, and report its progress and its warnings as they come."""
    run = await session.start(options.command.plan)
    interruption.stop = run.stop
    with ProgressWriter(sys.stderr, interruption.hang_up) as progress:

        def last_words() -> None:
            interruption.begin_to_tell()
            progress.close()
            tell(as_left(interruption.in_loop(run.snapshot), None), options, interruption.status)

        interruption.last_words = last_words
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
    return run.snapshot()


async def _run_series(series: SeriesRunner[S], options: Options, interruption: SignalHandler) -> S:
    """Make several runs, report their progress, and leave a line for each that has ended."""
    names = [series.result.name_of(plan) for plan in series.result.plans]
    interruption.stop = series.stop
    with ProgressWriter(sys.stderr, interruption.hang_up) as progress:
        progress.println(
            f"{numbers.plural(series.result.planned, 'run')}{duration.about(series.result)}"
        )

        def last_words() -> None:
            interruption.begin_to_tell()
            progress.close()
            left = interruption.in_loop(lambda: as_left(series.result, series.present))
            tell(left, options, interruption.status)

        interruption.last_words = last_words
        ending = asyncio.create_task(
            series.execute(
                began=lambda step: progress.update(step_line(step, series)),
                ended=lambda step: progress.println(ended_line(step, names)),
            ),
            name="several runs",
        )
        try:
            while not ending.done():
                await asyncio.wait({ending}, timeout=progress.period_s)
                if series.step is not None and not ending.done():
                    progress.update(step_line(series.step, series))
            return await ending
        finally:
            ending.cancel()


def step_line(step: SeriesStep, series: SeriesRunner[S] | None = None) -> str:
    """Which of several runs is being made, how far it is, and when all of them are done.

    Args:
        step: The run.
        series: What it is one of; None to say nothing of the others.
    """
    picture = step.run.snapshot()
    again = step.number > 1 and picture.phase is Phase.STARTING
    said = "starting" if again else progress_line(picture)
    left = duration.said(duration.left_s(series.result, series.present)) if series else ""
    parts = (f"run {step.number} of {step.of}", left, step.name, said)
    return " · ".join(filter(None, parts))


def ended_line(step: SeriesStep, names: Sequence[str]) -> str:
    """Which of several runs has ended, and how: its verdict and the numbers behind it.

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
    waits = picture.assessment.measures.worst_wait_rounds
    worst = format_score(waits.max if picture.picked_up else None)
    rate = numbers.rate(picture.throughput_per_s)
    return f"{number}  {label:{LABEL_WIDTH}}  worst {worst:>4} rounds  {rate:>13}"
