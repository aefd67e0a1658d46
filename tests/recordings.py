"""Recordings made of scripted runs: the lines that the writer would write."""

import json
from collections.abc import Iterator
from pathlib import Path

from script import Scene, ScriptedRun, events, sustained_events

from queue_fairness.engine.run_parts import weights_of
from queue_fairness.events import Event
from queue_fairness.metrics.phase import Phase
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness.trace.end import end_of
from queue_fairness.trace.facts import FOLDED, flat, line_of, unflat
from queue_fairness.trace.recording import header_of

AT_ONCE = 100


def final_of(plan: Plan) -> Snapshot:
    """The end of the scripted run of a plan."""
    return ScriptedRun(plan, Scene(Phase.DRAINED if plan.is_drain else Phase.ENDED, 1.0)).snapshot()


def lines(plan: Plan) -> Iterator[str]:
    """Its recording; its events were looked at a hundred at a time."""
    strategy = ScriptedRun(plan, Scene(Phase.STARTING, 0.0)).parts.strategy
    weights = {str(each): share for each, share in weights_of(plan).items()}
    queue = {"limit": strategy.limit, "ordered_by": strategy.ordered_by, "weights": weights}
    yield json.dumps(header_of(plan, None, queue)) + "\n"
    names = [json.dumps(plan.partition_name(each)) for each in range(plan.all_partitions + 8)]
    happened: list[Event] = list((events if plan.is_drain else sustained_events)(plan))
    for first in range(0, len(happened), AT_ONCE):
        batch = happened[first : first + AT_ONCE]
        yield from (line_of(unflat(flat(each)), names) for each in batch)
        yield json.dumps({"t": batch[-1].at, "event": FOLDED}) + "\n"
    yield json.dumps(end_of(final_of(plan))) + "\n"


def recorded(plan: Plan, path: Path) -> Path:
    """The same as a file."""
    path.write_text("".join(lines(plan)))
    return path
