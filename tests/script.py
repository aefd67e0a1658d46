"""A run out of a script instead of a Redis: the same counters and pictures, at a chosen instant.

Each order of service is a plain list of partitions; a dispatch happens every `tick` seconds, and
its task ends when the worker comes round to its next one.
"""

import dataclasses
import functools
import heapq
import pickle
from collections.abc import Iterator
from dataclasses import dataclass

from servers import until

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.observation import observe
from queue_fairness.engine.outcome import Outcome
from queue_fairness.engine.run_handle import RunHandle, ServerReady
from queue_fairness.engine.run_keys import RunKeys
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.engine.session import Session
from queue_fairness.engine.task_balance import TaskBalance
from queue_fairness.events import (
    Arrived,
    DequeueCost,
    Event,
    Finished,
    Joined,
    LeaseExpired,
    Left,
    Marked,
    PickedUp,
    Settled,
)
from queue_fairness.metrics.recorder import Recorder
from queue_fairness.metrics.snapshot import Lag, Lateness, Phase, Snapshot, Stall, Stalls
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.info import ServerInfo
from queue_fairness.server.origin import OriginKind, ServerOrigin

SCAN_PRICE = DequeueCost(round_trips=5, scans=1, lost_locks=1)
TURNS_PRICE = DequeueCost(round_trips=1)


def service_order(plan: Plan) -> list[int]:
    """The partition of each dispatch: sequential for `scan`, by turns for the others."""
    if plan.strategy != "scan":
        return list(range(plan.partitions)) * plan.tasks_per_partition
    order: list[int] = []
    for first in range(0, plan.partitions, plan.workers):
        side_by_side = range(first, min(first + plan.workers, plan.partitions))
        order += list(side_by_side) * plan.tasks_per_partition
    return order


def events(plan: Plan, *, until: float = 1.0) -> Iterator[Event]:
    """The events of a run up to a share of its dispatches."""
    for partition in range(plan.partitions):
        yield Arrived(0.0, partition, plan.tasks_per_partition)
    order = service_order(plan)
    upto = round(until * len(order))
    tick = plan.work_duration / plan.workers
    price = SCAN_PRICE if plan.strategy == "scan" else TURNS_PRICE
    for number in range(upto):
        worker = number % plan.workers
        if number >= plan.workers:
            yield Finished(
                number * tick, worker, order[number - plan.workers], number - plan.workers
            )
        at = number * tick
        yield PickedUp(at, worker, order[number], number, 0.0, price, number + 1, at)
    if until >= 1:
        for number in range(max(0, upto - plan.workers), upto):
            at = (number + plan.workers) * tick
            yield Finished(at, number % plan.workers, order[number], number)


CRASHES = {0.25: 3, 0.93: 5}
"""Which worker crashes at which share of a sustained run."""
JOINED_AT = 0.4
"""When there is one worker more, as a share of it."""


def sustained_events(plan: Plan, *, until: float = 1.0) -> Iterator[Event]:
    """The events of a sustained run up to a share of its time.

    Tasks come evenly and by turns, and are taken first come, first served. Two workers crash with
    a task in hand; the first one's is back, and goes to the end of the line, when its lease has
    expired. What is in hand when the run is over is finished.
    """
    end = until * plan.duration
    step = 0
    for event in sorted(_sustained(plan), key=lambda event: event.at):
        if event.at <= end or (until >= 1 and isinstance(event, Finished)):
            if isinstance(event, PickedUp):
                step += 1
                # No run's first task is sent for at the very instant at which its clock starts.
                yield event._replace(number=step, sent_at=event.at or 1e-9)
                continue
            yield event
            if isinstance(event, Finished):
                step += 1
                yield Settled(event.at, event.worker, step)


def _sustained(plan: Plan) -> Iterator[Event]:
    end, new = plan.duration, plan.workers
    crashes = {worker: share * end for share, worker in CRASHES.items()}
    line = [
        (number / plan.arrival_rate, number % plan.partitions, number)
        for number in range(round(plan.arrival_rate * end))
    ]
    yield from (Arrived(at, partition, 1) for at, partition, _ in line)
    yield Joined(JOINED_AT * end, new)
    yield Marked(JOINED_AT * end, f"worker w{new} joined")
    free = [*((0.0, worker) for worker in range(new)), (JOINED_AT * end, new)]
    while line:
        since, worker = heapq.heappop(free)
        arrived, partition, task = heapq.heappop(line)
        at, done = max(since, arrived), max(since, arrived) + plan.work_duration
        if at > end:
            return
        yield PickedUp(at, worker, partition, task, arrived, TURNS_PRICE)
        crash = crashes.get(worker, end + 1)
        if done <= crash:
            yield Finished(done, worker, partition, task)
            heapq.heappush(free, (done, worker))
            continue
        # One that has nothing in hand crashes with its next task.
        crash = max(crash, at)
        yield Left(crash, worker, crashed=True)
        yield Marked(crash, f"worker w{worker} crashed")
        yield LeaseExpired(crash + plan.lease_ttl, partition, task)
        heapq.heappush(line, (crash + plan.lease_ttl, partition, task))


LAG = Lag(p50=0.0002, p99=0.0021, maximum=0.0064)
STILL = Stall(longest_s=0.0, total_s=0.0)
LATENESS = Lateness(p50=0.0004, p99=0.0019, maximum=0.0052)
SERVER = ServerInfo("Valkey", "9.1.2", ServerOrigin(OriginKind.BUNDLED))


@dataclass
class Scene:
    """Where a scripted run stands."""

    phase: Phase
    until: float
    failure: str | None = None
    details: str | None = None


class ScriptedRun:
    """A run that stands still at one scene; a `RunHandle` without workers.

    Attributes:
        phase: Where it stands; a test may move it on.
        injected: What was done to it, in order.
    """

    def __init__(self, plan: Plan, scene: Scene) -> None:
        self.plan = plan
        is_kept = plan.total_tasks <= KEPT_TASKS
        played = pickle.loads(_kept(plan, scene.until)) if is_kept else _played(plan, scene.until)
        self.recorder: Recorder
        self.recorder, elapsed_s = played
        self.parts = dataclasses.replace(
            RunParts.of(plan), keys=RunKeys("5c21p7ed"), recorder=self.recorder
        )
        self.outcome = Outcome(
            enqueued=plan.total_tasks,
            elapsed_s=elapsed_s,
            locks_left=0,
            failure=scene.failure,
            failure_details=scene.details,
        )
        counters = self.recorder.counters
        gone = TaskBalance(counters, self.outcome, self.parts.strategy.lease_ttl_s).out_of_queue
        self.outcome.left = max(plan.total_tasks, counters.arrived) - gone
        self.phase = scene.phase
        self.injected: list[Fault] = []
        self._final: Snapshot | None = None

    async def execute(self, server_ready: ServerReady) -> None:
        """It stands still: there is nothing to carry out."""

    def inject(self, fault: Fault) -> str:
        """Write down what was asked for."""
        self.injected.append(fault)
        return f"done: {fault.value}"

    def snapshot(self) -> Snapshot:
        """The scene; the same object again and again once it is a final one."""
        if self._final is not None:
            return self._final
        seen = dataclasses.replace(
            observe(self.parts, self.outcome, self.phase, server=SERVER),
            lag=LAG,
            stalls=Stalls(program=STILL, server=STILL),
            lateness=Lateness() if self.plan.is_drain else LATENESS,
        )
        seen = dataclasses.replace(seen, assessment=self.recorder.latest_assessment(seen))
        if self.phase.is_final:
            self._final = seen
        return seen

    def stop(self) -> None:
        """Stopped at once."""
        if not self.phase.is_final:
            self.phase = Phase.STOPPED


KEPT_TASKS = 20_000
"""Runs of more tasks take longer to copy than to play."""


@functools.lru_cache(maxsize=64)
def _kept(plan: Plan, until: float) -> bytes:
    """What was played, for each run to take a copy of."""
    return pickle.dumps(_played(plan, until))


def _played(plan: Plan, until: float) -> tuple[Recorder, float]:
    """What has happened in a run when a scene is reached, and when that is, in seconds."""
    recorder = RunParts.of(plan).recorder
    last = 0.0
    for event in (events if plan.is_drain else sustained_events)(plan, until=until):
        recorder.record(event)
        last = event.at
    return recorder, last if plan.is_drain else until * plan.duration


class ScriptedSession(Session):
    """Starts scripted runs, each at the scene that stands next in the script."""

    def __init__(self, *scenes: Scene) -> None:
        super().__init__(ServerChoice())
        self.scenes = list(scenes)
        self.plans: list[Plan] = []

    async def start(self, plan: Plan) -> RunHandle:
        self.plans.append(plan)
        scene = self.scenes.pop(0) if len(self.scenes) > 1 else self.scenes[0]
        self.run = ScriptedRun(plan, scene)
        return self.run

    async def wait(self) -> None:
        run = self.run
        if run is not None:
            await until(lambda: run.snapshot().phase.is_final)

    async def stop(self) -> None:
        if self.run is not None:
            self.run.stop()


def snapshot(plan: Plan, phase: Phase = Phase.DRAINED, until: float = 1.0) -> Snapshot:
    """A picture out of the script."""
    return ScriptedRun(plan, Scene(phase, until)).snapshot()
