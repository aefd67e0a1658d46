"""The fields of a plan: the one table that feeds `--help`, the form and the README.

Each field's default, unit, bounds and explanation stand together as the metadata of a dataclass
field; `table` reads them as `PlanField`s.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from queue_fairness.load.arrivals import ARRIVAL_PROCESSES
from queue_fairness.load.order import ARRIVAL_ORDERS
from queue_fairness.load.service import SERVICE_DISTRIBUTIONS
from queue_fairness.load.task_names import TASK_FORM, TASK_NAMES
from queue_fairness.plan.finders import find_custom_strategy, find_custom_task, find_pattern
from queue_fairness.strategies import STRATEGIES
from queue_fairness.strategies.base import STRATEGY_FORM

RETRIES = ("tail", "head", "backoff")
FAIR_BY = ("turns", "time", "tokens")
"""What fairness is about: dispatches, seconds of worker time, or what tasks report they cost."""
PATTERN_FORM = "zipf:0.99, values above 0 such as 5000,10 or 4*100,1"

T = TypeVar("T", bool, int, float, str)


def asked(
    default: T,
    *short: str,
    group: str,
    help: str,
    unit: str = "",
    bounds: tuple[float, float] | None = None,
    choices: tuple[str, ...] = (),
    other_form: str = "",
    find_other: Callable[[str], object] | None = None,
) -> T:
    """A field with its explanation, as `PlanField` describes it.

    Args:
        default: Its value where nothing is asked for.
        short: Further flags besides the long option, which is the field's name.
        group: The key of its heading in `table.GROUPS`.
        help: One sentence.
        unit: What it counts; empty for names.
        bounds: Its least and its greatest value; None for names.
        choices: The names it can take.
        other_form: How a value besides the choices is written.
        find_other: Checks such a value.
    """
    minimum, maximum = bounds or (None, None)
    found: T = field(
        default=default,
        metadata={
            "short": short,
            "group": group,
            "help": help,
            "unit": unit,
            "minimum": minimum,
            "maximum": maximum,
            "choices": choices,
            "other_form": other_form,
            "find_other": find_other,
        },
    )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFields:
    """What a plan can ask for; `Plan` adds the rules."""

    partitions: int = asked(
        200,
        "-P",
        group="load",
        unit="partitions",
        bounds=(1, 1_000_000),
        help="Number of partitions (tenants) that share the queue, one Redis list each.",
    )
    tasks_per_partition: int = asked(
        10,
        "-t",
        group="load",
        unit="tasks",
        bounds=(1, 1_000_000),
        help="Number of tasks that each partition has at the start.",
    )
    workers: int = asked(
        8,
        "-w",
        group="workers",
        unit="workers",
        bounds=(1, 1024),
        help="Number of workers that serve the queue, each with its own Redis connection.",
    )
    work_duration: float = asked(
        0.025,
        group="work",
        unit="seconds",
        bounds=(0, 3600),
        help="Duration of a task's simulated work; 0: none, which measures the queue alone.",
    )
    strategy: str = asked(
        "scan",
        group="queue",
        choices=tuple(STRATEGIES),
        other_form=STRATEGY_FORM,
        find_other=find_custom_strategy,
        help="How a worker finds its next task.",
    )
    arrival_order: str = asked(
        "block",
        group="load",
        choices=ARRIVAL_ORDERS,
        help="Order of the initial tasks: partition by partition, shuffled, or interleaved.",
    )
    seed: int = asked(
        42,
        group="load",
        bounds=(0, 2**32 - 1),
        help="Seed of everything random in the plan; the same seed gives every strategy the same "
        "load.",
    )
    rate: float = asked(
        0.0,
        group="load",
        unit="tasks/s",
        bounds=(0, 1_000_000),
        help="Open-loop load: total arrival rate, tasks/s; 0: drain a preloaded queue.",
    )
    load: float = asked(
        0.0,
        group="load",
        bounds=(0, 100),
        help="Open-loop load as a multiple of the workers' capacity: 1.2 is 20 % overload; 0: "
        "drain.",
    )
    duration: float = asked(
        60.0,
        group="load",
        unit="seconds",
        bounds=(0.1, 86_400),
        help="Duration of an open-loop load, and of the run.",
    )
    arrivals: str = asked(
        "poisson",
        group="load",
        choices=ARRIVAL_PROCESSES,
        help="Arrival process of an open-loop load: Poisson, bursts, or evenly spaced.",
    )
    burst_cv: float = asked(
        3.0,
        group="load",
        bounds=(1, 10),
        help="Burstiness of --arrivals bursts: coefficient of variation of the inter-arrival time "
        "(1: Poisson).",
    )
    sizes: str = asked(
        "equal",
        group="tenants",
        choices=("equal", "zipf"),
        other_form=PATTERN_FORM,
        find_other=find_pattern,
        help="Size of each partition: its tasks in a drain, its share of the arrivals otherwise.",
    )
    weights: str = asked(
        "equal",
        group="tenants",
        choices=("equal", "zipf"),
        other_form=PATTERN_FORM,
        find_other=find_pattern,
        help="Weight of each partition: the share of service it is due, if the strategy uses "
        "weights.",
    )
    fair_by: str = asked(
        "turns",
        group="tenants",
        choices=FAIR_BY,
        help="What must be shared fairly: turns, worker time, or the tokens that tasks report.",
    )
    noisy: int = asked(
        0,
        group="tenants",
        unit="partitions",
        bounds=(0, 1000),
        help="Number of extra noisy partitions; each enqueues --noisy-tasks tasks at once.",
    )
    noisy_tasks: int = asked(
        5000,
        group="tenants",
        unit="tasks",
        bounds=(1, 1_000_000),
        help="Number of tasks that each noisy partition enqueues at once.",
    )
    noisy_at: float = asked(
        5.0,
        group="tenants",
        unit="seconds",
        bounds=(0, 86_400),
        help="When the noisy partitions enqueue their tasks, after the workers' start.",
    )
    paired: bool = asked(
        False,
        group="tenants",
        choices=("no", "yes"),
        help="Run first without the noisy partitions, then with them, and compare the others' "
        "waits.",
    )
    newcomer_at: float = asked(
        0.0,
        group="tenants",
        unit="seconds",
        bounds=(0, 86_400),
        help="When the last partition submits its first task; 0: at the start.",
    )
    work_distribution: str = asked(
        "constant",
        group="work",
        choices=SERVICE_DISTRIBUTIONS,
        help="Distribution of the tasks' work around its mean, --work-duration.",
    )
    work_cv2: float = asked(
        10.0,
        group="work",
        bounds=(0.01, 50),
        help="Variability of log-normal and pareto work: its squared coefficient of variation.",
    )
    work_scale: str = asked(
        "equal",
        group="work",
        choices=("equal", "zipf"),
        other_form=PATTERN_FORM,
        find_other=find_pattern,
        help="Factor on the work of each partition's tasks.",
    )
    task: str = asked(
        "sleep",
        group="work",
        choices=TASK_NAMES,
        other_form=TASK_FORM,
        find_other=find_custom_task,
        help="What a task does: sleep, keep a processor busy, or call your own coroutine function.",
    )
    slow_worker: float = asked(
        1.0,
        group="workers",
        unit="times",
        bounds=(1, 1000),
        help="Slowdown factor of worker w0 (1: normal speed).",
    )
    crash_at: float = asked(
        0.0,
        group="workers",
        unit="seconds",
        bounds=(0, 86_400),
        help="When a worker crashes while it holds a task; 0: never.",
    )
    crash_return: float = asked(
        0.0,
        group="workers",
        unit="seconds",
        bounds=(0, 86_400),
        help="Time until the crashed worker restarts; 0: never.",
    )
    failure_rate: float = asked(
        0.0,
        group="workers",
        bounds=(0, 1),
        help="Probability that an attempt at a task fails.",
    )
    retry: str = asked(
        "tail",
        group="workers",
        choices=RETRIES,
        help="Where a failed task goes: to the tail or the head of its partition, or back after a "
        "delay.",
    )
    max_attempts: int = asked(
        3,
        group="workers",
        unit="attempts",
        bounds=(1, 100),
        help="Number of failed attempts after which a task is given up.",
    )
    concurrency_limit: int = asked(
        1,
        group="queue",
        unit="tasks",
        bounds=(0, 1024),
        help="Tasks of one partition that may be in service at once; 1: a lock, 0: no limit.",
    )
    lease_ttl: float = asked(
        30.0,
        group="queue",
        unit="seconds",
        bounds=(0.1, 3600),
        help="Lease time: a worker that is silent for longer loses its task to another worker.",
    )
    foreign_keys: int = asked(
        0,
        group="redis",
        unit="keys",
        bounds=(0, 10_000_000),
        help="Unrelated keys to add to the database for the duration of the run.",
    )
    results_ttl: float = asked(
        0.0,
        group="redis",
        unit="seconds",
        bounds=(0, 86_400),
        help="Time for which each task's result is kept in a key of its own; 0: no result is "
        "stored.",
    )
    network_delay: float = asked(
        0.0,
        group="redis",
        unit="seconds",
        bounds=(0, 1),
        help="Delay added to every round trip to Redis by a local proxy.",
    )
