"""Mean waits below saturation, beside what queueing theory says of the very same arrivals.

    uv run python tests/bench/waits.py
    uv run python tests/bench/waits.py --strategies all --models M/D/4 --loads 0.5 --engines bundled

`planned` is exact for the arrivals and the work of the plan, `worked` for the arrivals and for how
long the work took: sleeps end late where processors are busy. Both are of a queue that costs
nothing. `long run` is the closed form, from which a short run may be far.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import runs
from bench.figures import engine_of, show_machine
from theory import md1, mdc, mean, mean_wait_of, mm1, mmc

from queue_fairness import event_loop
from queue_fairness.engine.session import Session
from queue_fairness.events import Event, Finished, PickedUp
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.strategies import STRATEGIES

BOUND, HANDOVER_MS = 0.15, 1.0
"""Share of the theory's wait by which the measured one may differ, or so much: it takes a push, a
word to an idle worker and its claim to hand a task over, and theory hands over at once."""
SHORTEST_S = 2.0
"""Seconds of the shortest run."""


@dataclass(frozen=True, slots=True)
class Model:
    """A queue of the textbooks, in Kendall's notation."""

    distribution: str
    workers: int
    closed_form: Callable[[float, float], float]
    """Mean wait, s, by load and mean work, s."""


MODELS = {
    "M/D/1": Model("constant", 1, md1),
    "M/M/1": Model("exponential", 1, mm1),
    "M/D/4": Model("constant", 4, lambda load, work_s: mdc(load, work_s, 4)),
    "M/M/4": Model("exponential", 4, lambda load, work_s: mmc(load, work_s, 4)),
}


def main() -> None:
    """Run the matrix and print a line for each run."""
    options = _options()
    programs = options.engines.split(",")
    show_machine("; ".join(map(engine_of, programs)))
    print(
        f"mean work {1000 * options.work:g} ms, waits in ms\n"
        f"  model  load  {'engine':12}  {'strategy':15}  tasks  long run  planned   worked"
        "  measured  measured - worked",
        flush=True,
    )
    for program in programs:
        event_loop.run(_measure_all(program, options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default=",".join(MODELS), help="of " + ", ".join(MODELS))
    parser.add_argument("--loads", default="0.1,0.5,0.7,0.9")
    parser.add_argument("--engines", default="redis-server,bundled")
    parser.add_argument("--strategies", default="fifo", help="or `all`")
    parser.add_argument("--work", type=float, default=0.05, help="mean work, s")
    parser.add_argument("--tasks", type=int, default=100, help="expected in a run")
    parser.add_argument("--seed", type=int, default=42)
    return parser.parse_args()


async def _measure_all(program: str, options: argparse.Namespace) -> None:
    names = list(STRATEGIES) if options.strategies == "all" else options.strategies.split(",")
    async with Session(ServerChoice(redis_server=program)) as session:
        for kind in options.models.split(","):
            for load in map(float, options.loads.split(",")):
                for name in names:
                    await _measure(session, kind, load, name, program, options)


async def _measure(
    session: Session,
    kind: str,
    load: float,
    name: str,
    program: str,
    options: argparse.Namespace,
) -> None:
    model = MODELS[kind]
    plan = Plan(
        partitions=200,
        workers=model.workers,
        work_duration=options.work,
        work_distribution=model.distribution,
        load=load,
        duration=max(SHORTEST_S, options.tasks * options.work / load / model.workers),
        strategy=name,
        concurrency_limit=0 if STRATEGIES[name].honors_limit else 1,
        seed=options.seed,
    )
    waits, worked_s = await measured(session, plan)
    planned, seen = 1000 * mean_wait_of(plan), 1000 * mean(waits)
    exact = 1000 * mean_wait_of(plan, worked_s)
    long_run = f"{1000 * model.closed_form(load, options.work):.2f}"
    if name == "key-shard":
        long_run = "–"
    share = f"{100 * (seen - exact) / exact:+.0f} %" if exact else "–"
    is_within = abs(seen - exact) <= max(BOUND * exact, HANDOVER_MS)
    within = "" if is_within else f"  beyond {BOUND:.0%} and {HANDOVER_MS:g} ms"
    print(
        f"  {kind:5}  {load:4}  {program:12}  {name:15}  {len(waits):5}"
        f"  {long_run:>8}  {planned:7.2f}  {exact:7.2f}  {seen:8.2f}"
        f"  {seen - exact:+6.2f}  {share:>6}{within}",
        flush=True,
    )


async def measured(session: Session, plan: Plan) -> tuple[list[float], dict[int, float]]:
    """The waits of one run, s, in the order of the pickups; and the work, s, by task."""
    run = runs.engine_of(await session.start(plan))
    waits: list[float] = []
    worked_s: dict[int, float] = {}
    began_at: dict[int, float] = {}
    emit = run.recorder.record

    def tap(event: Event) -> None:
        if isinstance(event, PickedUp):
            waits.append(event.at - event.arrived_at)
            began_at[event.task] = event.at
        elif isinstance(event, Finished):
            worked_s[event.task] = event.at - began_at[event.task]
        emit(event)

    run.recorder.record = tap  # type: ignore[method-assign]  # the pool is given it when it is made
    await session.wait()
    final = run.snapshot()
    if not final.phase.is_complete:
        raise SystemExit(f"the run ended as {final.phase}: {final.failure}")
    return waits, worked_s


if __name__ == "__main__":
    main()
