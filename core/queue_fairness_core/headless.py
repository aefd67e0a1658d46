"""The face without a screen: progress on stderr, the result on stdout.

stdout   the text report, or with `--json -` the JSON document: data, once, at the end
stderr   one line of progress, rewritten on a terminal, now and then elsewhere
"""

import asyncio
import sys
from pathlib import Path

from queue_fairness_core import document, report, words
from queue_fairness_core.interruption import Interruption
from queue_fairness_core.narrator import Narrator
from queue_fairness_core.options import Options
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
    return finish(run.snapshot(), options.json, interruption)


def finish(snapshot: Snapshot, json: str | None, interruption: Interruption) -> int:
    """Print the result, then say on stderr what went wrong; returns the exit status."""
    publish(snapshot, json)
    for complaint in (snapshot.failure, snapshot.warning):
        if complaint:
            sys.stderr.write(f"queue-fairness-tui: {complaint}\n")
    if interruption.status is not None:
        return interruption.status
    return 1 if snapshot.phase is Phase.FAILED else 0


def publish(snapshot: Snapshot, json: str | None) -> None:
    """Write the result to where it was asked for; the report goes to stdout unless JSON does."""
    if json is not None and json != "-":
        Path(json).write_text(document.to_json(snapshot), encoding="utf-8")
    sys.stdout.write(document.to_json(snapshot) if json == "-" else report.text(snapshot))
    sys.stdout.flush()


def progress_line(snapshot: Snapshot) -> str:
    """How far a run is, in under 80 columns."""
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
    return " · ".join(parts)
