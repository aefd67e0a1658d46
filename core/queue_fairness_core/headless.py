"""The face without a screen: progress on stderr, the result on stdout.

stdout   the text report, or with `--json -` the JSON document: data, once, at the end
stderr   one line of progress, rewritten on a terminal, now and then elsewhere
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from queue_fairness_core import document, report, words
from queue_fairness_core.fairness.gates import GateResult
from queue_fairness_core.interruption import Interruption
from queue_fairness_core.narrator import Narrator
from queue_fairness_core.options import PROGRAM, Options
from queue_fairness_core.session import Session
from queue_fairness_core.snapshot import Phase, Snapshot


async def run_headless(options: Options) -> int:
    """Carry out the plan and print its result; returns the exit status."""
    interruption = Interruption()
    async with Session(options.server) as session:
        run = await session.start(options.plan)
        with interruption.handled(run.stop), Narrator(sys.stderr) as narrator:
            ending = asyncio.create_task(session.wait(), name="ending")
            while not ending.done():
                narrator.say(progress_line(run.snapshot()))
                await asyncio.wait({ending}, timeout=narrator.period_s)
            await ending
    return finish(run.snapshot(), options, interruption)


def finish(snapshot: Snapshot, options: Options, interruption: Interruption) -> int:
    """Print the result, then say on stderr what went wrong; returns the exit status."""
    results = options.gate.check(document.document(snapshot))
    unwritten = publish(snapshot, options.json, results)
    for complaint in (snapshot.failure, snapshot.warning, unwritten):
        if complaint:
            _write(sys.stderr, f"{PROGRAM}: {complaint}\n")
    if interruption.status is not None:
        return interruption.status
    if snapshot.phase is Phase.FAILED or unwritten:
        return 1
    return options.gate.status(results, snapshot.standing)


def publish(snapshot: Snapshot, json: str | None, results: Sequence[GateResult]) -> str | None:
    """Write the result to where it was asked for; the report goes to stdout unless JSON does.

    Returns:
        Why the file could not be written; None if all is well.
    """
    unwritten = None
    if json is not None and json != "-":
        try:
            Path(json).write_text(document.to_json(snapshot), encoding="utf-8")
        except OSError as error:
            unwritten = f"--json {json} could not be written: {error.strerror}"
    gates = "".join(f"{line}\n" for line in report.gates(results))
    if json == "-":
        _write(sys.stdout, document.to_json(snapshot))
        _write(sys.stderr, gates)
    else:
        _write(sys.stdout, report.text(snapshot) + gates)
    return unwritten


def _write(stream: TextIO, text: str) -> None:
    if not text:
        return  # even an empty write waits for a terminal that does not read
    stream.write(words.in_encoding(text, stream.encoding))
    stream.flush()


def progress_line(snapshot: Snapshot) -> str:
    """How far a run is, and the verdict so far."""
    total = snapshot.plan.total_tasks
    if snapshot.phase is Phase.STARTING:
        return "starting Redis"
    if snapshot.phase is Phase.ENQUEUEING:
        return f"enqueueing {snapshot.enqueued:,} of {total:,}"
    parts = [
        f"{snapshot.phase.value} {snapshot.completed:,} of {total:,}",
        words.percent(snapshot.progress),
        words.rate(snapshot.rate_per_s),
        f"{words.seconds(snapshot.elapsed_s)}",
    ]
    if snapshot.time_left_s is not None:
        parts.append(f"left ~{words.seconds(snapshot.time_left_s)}")
    if snapshot.standing is not None:
        parts.append(report.verdict_so_far(snapshot.standing))
    return " · ".join(parts)
