"""The collaborators of one run, made together and handed on as one value.

run ──► pool ──► worker context, load generator ──► workers
"""

from collections.abc import Mapping
from dataclasses import dataclass

from queue_fairness.engine.in_flight import InFlightTasks
from queue_fairness.engine.patience import Patience
from queue_fairness.engine.pulse import Pulse
from queue_fairness.engine.run_clock import RunClock
from queue_fairness.engine.run_keys import RunKeys
from queue_fairness.engine.schedule import TaskLog
from queue_fairness.events import Emit
from queue_fairness.load.pattern import parse_pattern
from queue_fairness.metrics.counters import SPARE_PARTITIONS
from queue_fairness.metrics.loop_lag import LagProbe
from queue_fairness.metrics.recorder import Recorder
from queue_fairness.plan import Plan
from queue_fairness.strategies import Strategy
from queue_fairness.strategies.custom import find_strategy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunParts:
    """What all who carry a run out work with."""

    plan: Plan
    keys: RunKeys
    strategy: Strategy
    """The queue's discipline, under the keys of this run."""
    recorder: Recorder
    """What has happened so far."""
    task_log: TaskLog
    """Every task that has been entered; at first those that wait at the start, and no others."""
    in_flight: InFlightTasks
    clock: RunClock
    lag: LagProbe
    """Measures the event loop while the workers work."""
    pulse: Pulse
    """Measures the server meanwhile."""
    patience: Patience
    """How long to bear with a server that does not answer."""

    @classmethod
    def of(cls, plan: Plan, key_prefix: str = "") -> "RunParts":
        """Those of a new run of a plan, with this before the names of its keys.

        Raises:
            PlanError: The plan's strategy is a class of the user's that cannot serve as a queue.
        """
        keys, weights, lag = RunKeys.draw(key_prefix), weights_of(plan), LagProbe()
        pulse = Pulse(lag)
        strategy = _strategy(plan, keys, weights)
        return cls(
            plan=plan,
            keys=keys,
            strategy=strategy,
            recorder=Recorder(plan, strategy.limit, weights, strategy.ordered_by),
            task_log=TaskLog(plan),
            in_flight=InFlightTasks(),
            clock=RunClock(),
            lag=lag,
            pulse=pulse,
            patience=Patience(pulse),
        )

    @property
    def emit(self) -> Emit:
        """Takes in each event."""
        return self.recorder.record


def weights_of(plan: Plan) -> dict[int, float]:
    """The weights that are not 1, by partition; the least weight counts as 1."""
    if plan.weights == "equal":
        return {}
    values = parse_pattern(plan.weights).values(plan.partitions)
    least = min(values)
    return {each: value / least for each, value in enumerate(values) if value != least}


def _strategy(plan: Plan, keys: RunKeys, weights: Mapping[int, float]) -> Strategy:
    partitions = plan.all_partitions + SPARE_PARTITIONS
    return find_strategy(plan.strategy)(
        keys.prefix,
        [plan.key_name(each) for each in range(partitions)],
        workers=plan.workers,
        concurrency_limit=plan.concurrency_limit,
        lease_ttl_s=plan.lease_ttl,
        weights=weights,
    )
