"""The face without a screen: progress on stderr, the result on stdout.

stdout   the text report, or with `--json -` the JSON document: data, once, at the end
stderr   one line of progress, rewritten on a terminal, now and then elsewhere; of a comparison
         also a line per run that has ended; then what went wrong
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from queue_fairness.analysis.backlog import backlog, forecast
from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.scoreboard import LABEL_WIDTH, format_score, short_label
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.cli.options import PROGRAM, Options
from queue_fairness.cli.progress import ProgressWriter
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.engine.series import SeriesRunner, SeriesStep, T
from queue_fairness.engine.session import Session
from queue_fairness.formatting import numbers
from queue_fairness.metrics import completion
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.metrics.stall_sentences import stall_sentences
from queue_fairness.plan import Plan
from queue_fairness.report import (
    comparison_json,
    comparison_text,
    run_json,
    run_text,
    sweep_json,
    sweep_text,
)
from queue_fairness.report.limit import LimitResult
from queue_fairness.report.limits import BROKEN_LIMIT


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
        series = Comparison(plan=options.plan, strategies=asked.strategies, repeats=asked.repeats)
        comparison = await _narrated(SeriesRunner(session, series), interruption)
    return finish_comparison(comparison, options, interruption)


async def run_sweep_headless(options: Options) -> int:
    """Carry out the plan at each value and print the tables; returns the exit status."""
    asked, interruption = options.sweep, SignalHandler()
    assert asked is not None
    async with Session(options.server, isolate=options.isolate) as session:
        sweep = await _narrated(SeriesRunner(session, asked.sweep), interruption)
    return finish_sweep(sweep, options, interruption)


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


def finish(snapshot: Snapshot, options: Options, interruption: SignalHandler) -> int:
    """Print the result, then say on stderr what went wrong; returns the exit status."""
    results = options.gate.check(snapshot)
    unwritten = publish(snapshot, options.json, results)
    if options.json == "-":
        _write(sys.stderr, _traceback(snapshot))  # elsewhere the report on stdout has it
    complaints = (
        completion.remark(snapshot),
        *stall_sentences(snapshot),
        snapshot.failure,
        snapshot.warning,
        unwritten,
    )
    for complaint in complaints:
        if complaint:
            _write(sys.stderr, f"{PROGRAM}: {complaint}\n")
    if interruption.status is not None:
        return interruption.status
    if snapshot.phase is Phase.FAILED or unwritten:
        return 1
    return options.gate.status(results, snapshot) or int(completion.hardly_anything_done(snapshot))


def publish(snapshot: Snapshot, json: str | None, results: Sequence[LimitResult]) -> str | None:
    """Write the result to where it was asked for; the report goes to stdout unless JSON does.

    Returns:
        Why the file could not be written; None if all is well.
    """
    gates = "".join(f"{line}\n" for line in run_text.gates(results))
    return _publish(
        json, lambda: run_json.to_json(snapshot), lambda: run_text.text(snapshot), gates
    )


def finish_comparison(comparison: Comparison, options: Options, interruption: SignalHandler) -> int:
    """Print the table, then say on stderr what went wrong; returns the exit status."""
    asked = options.comparison
    worded = comparison_text.markdown if asked and asked.markdown else comparison_text.text
    return _finish_several(
        comparison.runs,
        comparison.name_of,
        lambda: comparison_json.to_json(comparison),
        lambda: worded(comparison),
        options,
        interruption,
    )


def finish_sweep(sweep: Sweep, options: Options, interruption: SignalHandler) -> int:
    """Print the tables, then say on stderr what went wrong; returns the exit status."""
    asked = options.sweep
    worded = sweep_text.markdown if asked and asked.markdown else sweep_text.text
    return _finish_several(
        sweep.runs,
        sweep.name_of,
        lambda: sweep_json.to_json(sweep),
        lambda: worded(sweep),
        options,
        interruption,
    )


def _finish_several(
    runs: Sequence[Snapshot],
    name_of: Callable[[Plan], str],
    to_json: Callable[[], str],
    to_text: Callable[[], str],
    options: Options,
    interruption: SignalHandler,
) -> int:
    gated = [(run, options.gate.check(run)) for run in runs]
    gates = comparison_text.gates(gated, name_of)
    unwritten = _publish(options.json, to_json, to_text, gates)
    for run in runs:
        _write(sys.stderr, _traceback(run))
    complaints = [
        each for run in runs for each in (completion.remark(run), run.failure, run.warning)
    ]
    for complaint in (*complaints, unwritten):
        if complaint:
            _write(sys.stderr, f"{PROGRAM}: {complaint}\n")
    if interruption.status is not None:
        return interruption.status
    if unwritten or any(run.phase is Phase.FAILED for run in runs):
        return 1
    statuses = [options.gate.status(results, run) for run, results in gated]
    if BROKEN_LIMIT in statuses:
        return BROKEN_LIMIT
    return max(statuses, default=0) or int(any(map(completion.hardly_anything_done, runs)))


def _publish(
    json: str | None, to_json: Callable[[], str], to_text: Callable[[], str], gates: str
) -> str | None:
    """Write a result as JSON to where it was asked for, as text elsewhere; see `publish`."""
    unwritten = None
    if json is not None and json != "-":
        try:
            Path(json).write_text(to_json(), encoding="utf-8")
        except OSError as error:
            unwritten = f"--json {json} could not be written: {error.strerror}"
    if json == "-":
        _write(sys.stdout, to_json())
        _write(sys.stderr, gates)
    else:
        _write(sys.stdout, to_text() + gates)
    return unwritten


def _traceback(snapshot: Snapshot) -> str:
    return "".join(f"{line}\n" for line in run_text.details(snapshot))


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
        parts.append(run_text.verdict_so_far(snapshot.assessment))
    return " · ".join(parts)
