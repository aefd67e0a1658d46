"""What the JSON documents hold, as types: the JSON Schema is generated from them.

A builder of a document returns these types, so that the type checker compares the two; what a
number means and its unit are in `json_numbers.py`, what a text means in `schema.py`. A number
that is not known is null, never 0. Durations are in seconds unless the name says otherwise.
"""

from typing import Annotated, Any, Literal, TypedDict

from queue_fairness.plan import Plan
from queue_fairness.server.watch import Changes

SCHEMA: Literal[2] = 2
"""Changes when a field changes its meaning or goes; not when one is added."""

Number = float | None
Count = int | None


class Program(TypedDict):
    """What has written the document."""

    name: str
    version: str


class ServerDocument(TypedDict):
    """The Redis under test."""

    engine: str
    version: str
    origin: str


class SourceFact(TypedDict):
    """Something to be known of what was read."""

    label: str
    value: str


class SourceDocument(TypedDict):
    """What was read, where jobs of others were judged."""

    name: str
    facts: list[SourceFact]
    notes: list[str]


class Totals(TypedDict):
    """What became of the tasks, all partitions together."""

    enqueued: int
    completed: int
    left: Count
    lost: Count
    vanished: Count
    dead: Count
    share_done: Number
    failed_attempts: Count
    leases_expired: Count
    arrived: int
    polls: Count
    duplicated: Count
    locks_left: Count
    lock_races: Count
    elapsed_s: float
    throughput_per_s: Number


class WorkerDocument(TypedDict):
    """One worker."""

    id: str
    tasks: int
    share: Number


class WorkerFairness(TypedDict):
    """How evenly the workers were busy."""

    ideal: Number
    stdev: Number


class Moments(TypedDict):
    """One quantity over the partitions."""

    mean: Number
    median: Number
    stdev: Number
    min: Number
    max: Number
    spread: Number


class MeanAndMax(TypedDict):
    """One quantity over the partitions, in short."""

    mean: Number
    max: Number


class WaitMoments(TypedDict):
    """One quantity over the tasks."""

    mean: Number
    median: Number
    stdev: Number
    min: Number
    max: Number
    p95: Number
    p99: Number


class Percentiles(TypedDict):
    """One quantity in three numbers."""

    p50: Number
    p99: Number
    max: Number


class FirstPickupRounds(TypedDict):
    """When partitions were first served, in rounds."""

    mean: Number
    p50: Number
    p99: Number
    max: Number


class Debt(TypedDict):
    """What partitions are owed."""

    now: Number
    max: Number


class WindowShares(TypedDict):
    """What partitions got in windows of five turns."""

    observed: int
    short: Number
    left_out: Number
    longest_turns: Number


class Shared(TypedDict):
    """What partitions got of the workers' time, or of another cost."""

    least: Number
    median: Number
    most: Number
    largest_share: Number
    largest_share_due: Number
    largest_share_partition: str | None
    lag_max: Number
    lag_share: Number
    lag_tasks: Number
    lag_by_chance: Number
    lag_by_turns: Number
    lag_partition: str | None


class LongestWait(TypedDict):
    """A partition that waited longest."""

    partition: str
    rounds: float
    since_s: Number
    for_s: Number
    open: bool


class Fairness(TypedDict):
    """The measures of fairness between the partitions."""

    first_pickup_rounds: FirstPickupRounds
    worst_wait_rounds: Percentiles
    debt_tasks: Debt
    round_jain: Number
    window_shares: WindowShares
    worker_time: Shared
    cost: Shared
    partitions_beyond_3_rounds: int
    longest_waits: list[LongestWait]


class EvidenceDocument(TypedDict):
    """What the verdict rests on."""

    integrity: bool | None
    work_conservation: Number
    rounds: float
    contended_share: float


class Aspect(TypedDict):
    """The verdict on something else that partitions share."""

    name: str
    word: str
    headline: str
    why: str


class EvidenceItem(TypedDict):
    """One item of the evidence, in words."""

    name: str
    ok: bool | None
    text: str


Verdict = TypedDict(
    "Verdict",
    {
        "word": str,
        "headline": str,
        "why": str,
        "not": str,
        "try": str,
        "fair_by": str,
        "faults": list[str],
        "aspects": list[Aspect],
        "evidence": list[EvidenceItem],
    },
)


class CostPerPop(TypedDict):
    """What it costs to find and complete a task."""

    round_trips: Number
    scans: Number
    lost_locks: Number
    commands: Number


class PopTimesDocument(Percentiles):
    """How long workers took from one task to the next."""

    long_total: Number


class StallDocument(TypedDict):
    """How long something stood still."""

    longest_s: Number
    longest_at_s: Number
    total_s: Number


class StallsDocument(TypedDict):
    """Who stood still."""

    program: StallDocument
    server: StallDocument


class Crash(TypedDict):
    """What a crashed worker had in hand."""

    at_s: float
    worker: str
    partition: str
    task: int
    back_in_queue_at_s: Number


class MarkDocument(TypedDict):
    """Something that was done to the run, and how it took it."""

    at_s: float
    text: str
    back_to_normal_after_s: Number
    worst_mean_wait_s: Number


class TimelineDocument(TypedDict):
    """Tasks per step of time."""

    step_s: float
    arrived: list[int]
    picked_up: list[int]
    completed: list[int]


class NullableCost(TypedDict):
    """What all attempts to dequeue cost together."""

    round_trips: Count
    scans: Count
    lost_locks: Count
    lock_races: Count


class RunDocument(TypedDict):
    """One run."""

    schema: Literal[2]
    kind: Literal["run"]
    program: Program
    run_id: str
    command: str
    plan: Annotated[dict[str, Any], Plan] | None
    source: SourceDocument | None
    ignored_options: list[str]
    machine: str
    server: ServerDocument | None
    library: str | None
    phase: str
    failure: str | None
    failure_details: str | None
    warning: str | None
    server_fault: str | None
    server_changes: Annotated[dict[str, Any], Changes]
    totals: Totals
    workers: list[WorkerDocument]
    worker_fairness: WorkerFairness
    first_pickup_s: Moments
    first_pickup_share: MeanAndMax
    partitions_never_served: int
    fairness: Fairness | None
    evidence: EvidenceDocument | None
    verdict: Verdict | None
    cost_per_pop: CostPerPop
    wait_s: WaitMoments
    pop_s: PopTimesDocument
    partition_wait_s: Moments
    starved_by_median_rule: int
    event_loop_lag_ms: Percentiles
    stalled: bool
    stalls: StallsDocument
    quiet_wait_p95_s: Number
    quiet_wait_baseline_p95_s: Number
    quiet_wait_ideal_p95_s: Number
    quiet_slowdown: Number
    generator_lateness_s: Percentiles
    crashes: list[Crash]
    marks: list[MarkDocument]
    timeline: TimelineDocument
    cost_total: NullableCost
