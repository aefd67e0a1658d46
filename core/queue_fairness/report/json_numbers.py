"""What the numbers of the JSON document mean, and in which unit they are.

Which numbers there are says the document itself, so that one that is added to it can be named in
`--fail-if` at once; its entry here, which a test asks for, makes it show up in `--fail-if help`.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from queue_fairness.fairness.fold import FairnessFold
from queue_fairness.metrics.assessor import assess
from queue_fairness.metrics.snapshot import blank_snapshot
from queue_fairness.plan import Plan, plan_field
from queue_fairness.report.limit import numeric_names
from queue_fairness.report.run_json import document
from queue_fairness.server.info import ServerInfo
from queue_fairness.server.origin import OriginKind, ServerOrigin
from queue_fairness.server.watch import Changes


@dataclass(frozen=True, slots=True)
class Number:
    """One number of the document."""

    unit: str
    """`s`, `tasks`, `rounds`; `share` is from 0 to 1, `yes/no` is true or false."""
    meaning: str
    """What it says, in a few words."""


PLAN = "plan."
"""Where the document has what was asked for; the plan's own table of fields explains it."""

NAMES_END = "_partition"
"""Ends the path of a partition's name: text, or null where there is none."""

SOURCE = "source"
"""What was read, where a table was judged; null for a run."""

MOMENTS = {
    "mean": "mean",
    "median": "median",
    "stdev": "standard deviation",
    "min": "smallest",
    "max": "largest",
    "spread": "largest less smallest",
}
WAIT_MOMENTS = {
    **{name: word for name, word in MOMENTS.items() if name != "spread"},
    "p95": "95th percentile",
    "p99": "99th percentile",
}


STALLS = {"longest_s": "longest", "longest_at_s": "when that began", "total_s": "in all"}


def _each(path: str, unit: str, of: str, words: Mapping[str, str]) -> dict[str, Number]:
    """The numbers of one quantity: their paths begin alike, and so do their meanings."""
    return {f"{path}.{name}": Number(unit, f"{of}: {word}") for name, word in words.items()}


def _shared(path: str, what: str, unit: str) -> dict[str, Number]:
    """The numbers of something that partitions share."""
    return {
        f"{path}.least": Number("share", f"{what}: of its due, the partition that got least"),
        f"{path}.median": Number("share", f"{what}: of its due, the median partition"),
        f"{path}.most": Number("share", f"{what}: of its due, the partition that got most"),
        f"{path}.largest_share": Number("share", f"{what}: of all of it, the largest taker"),
        f"{path}.largest_share_due": Number("share", f"{what}: of all of it, what was due to it"),
        f"{path}.lag_max": Number(unit, f"{what}: the most any partition was short of"),
        f"{path}.lag_share": Number("share", f"{what}: that, of what was due to it"),
        f"{path}.lag_tasks": Number("tasks", f"{what}: that, in tasks of mean size"),
        f"{path}.lag_by_chance": Number(unit, f"{what}: what the scatter of tasks makes of it"),
        f"{path}.lag_by_turns": Number(unit, f"{what}: what uneven turns make of it by chance"),
    }


GROUPS: Mapping[str, Mapping[str, Number]] = {
    "Fairness between the partitions": {
        **_each(
            "fairness.worst_wait_rounds",
            "rounds",
            "a partition's longest wait for a turn",
            {"p50": "median", "p99": "99th percentile", "max": "largest"},
        ),
        **_each(
            "fairness.first_pickup_rounds",
            "rounds",
            "a partition's wait for its first pickup",
            {"mean": "mean", "p50": "median", "p99": "99th percentile", "max": "largest"},
        ),
        "fairness.debt_tasks.now": Number("tasks", "the most any partition is owed at the end"),
        "fairness.debt_tasks.max": Number("tasks", "the most any partition was ever owed"),
        "fairness.round_jain": Number(
            "index", "Jain's index, mean of the rounds: 1 if all get the same"
        ),
        "fairness.window_shares.observed": Number(
            "windows", "of five turns each, in which a partition had tasks all the time"
        ),
        "fairness.window_shares.short": Number(
            "share", "windows in which it received less than half of its due"
        ),
        "fairness.window_shares.longest_turns": Number(
            "turns", "the longest any partition was passed over, in turns of its own"
        ),
        "fairness.window_shares.left_out": Number("share", "windows in which it received nothing"),
        "fairness.partitions_beyond_3_rounds": Number(
            "partitions", "sat out more than 3 rounds at a time"
        ),
        **_shared("fairness.worker_time", "worker time", "s"),
        **_shared("fairness.cost", "the tasks' own cost", "its unit"),
        "partitions_never_served": Number("partitions", "had tasks and were never served"),
        "starved_by_median_rule": Number(
            "partitions", "first served later than twice the median: a blind rule"
        ),
    },
    "Evidence for the verdict": {
        "evidence.integrity": Number("yes/no", "no task lost or done twice, no lock left behind"),
        "evidence.work_conservation": Number(
            "share", "of the workers' time not idle while a task was waiting"
        ),
        "evidence.rounds": Number("rounds", "seen in the run"),
        "evidence.contended_share": Number(
            "share", "of the pickups at which somebody had to be passed over"
        ),
    },
    "Tasks and time": {
        "totals.enqueued": Number("tasks", "put into the queue"),
        "totals.arrived": Number("tasks", "arrived, each counted once however often tried"),
        "totals.completed": Number("tasks", "done"),
        "totals.left": Number("tasks", "still in the queue at the end"),
        "totals.vanished": Number("tasks", "lost ones that are charged to the server"),
        "totals.share_done": Number("share", "tasks done, of those done or given up"),
        "totals.lost": Number("tasks", "taken out of the queue and never done"),
        "totals.dead": Number("tasks", "given up after their last attempt"),
        "totals.duplicated": Number("pickups", "of a task that had been picked up before"),
        "totals.failed_attempts": Number("attempts", "that failed"),
        "totals.leases_expired": Number("tasks", "back in the queue as their worker was silent"),
        "totals.locks_left": Number("locks", "of partitions, still held after the workers left"),
        "totals.lock_races": Number("attempts", "whose list was emptied before the lock"),
        "totals.polls": Number("attempts", "to dequeue that found nothing"),
        "totals.elapsed_s": Number("s", "since the workers started"),
        "totals.throughput_per_s": Number("tasks/s", "done, over the whole run"),
    },
    "Waits": {
        **_each("wait_s", "s", "wait of a task for a worker", WAIT_MOMENTS),
        **_each("first_pickup_s", "s", "when a partition was first served", MOMENTS),
        **_each(
            "first_pickup_share",
            "share",
            "dispatches before a partition was first served",
            {"mean": "mean", "max": "largest"},
        ),
        **_each("partition_wait_s", "s", "mean wait of a partition's tasks", MOMENTS),
        "quiet_wait_p95_s": Number("s", "wait in the quiet partitions: 95th percentile"),
        "quiet_wait_baseline_p95_s": Number("s", "the same in the paired run without the noise"),
        "quiet_wait_ideal_p95_s": Number("s", "the same with the noise, ideal"),
        "quiet_slowdown": Number("times", "as long the quiet ones wait because of the noise"),
    },
    "Workers": {
        "worker_fairness.ideal": Number("tasks", "of each worker if all did the same number"),
        "worker_fairness.stdev": Number("tasks", "of each worker: standard deviation"),
    },
    "Cost of the queue": {
        "cost_per_pop.round_trips": Number("per task", "round trips to Redis"),
        "cost_per_pop.scans": Number("per task", "SCAN calls"),
        "cost_per_pop.lost_locks": Number("per task", "locks lost to another worker"),
        "cost_per_pop.commands": Number("per task", "commands of a library, by the server's count"),
        "cost_total.round_trips": Number("count", "round trips to Redis"),
        "cost_total.scans": Number("count", "SCAN calls"),
        "cost_total.lost_locks": Number("count", "locks lost to another worker"),
        "cost_total.lock_races": Number("count", "lists emptied before their lock was taken"),
        **_each(
            "pop_s",
            "s",
            "from the end of a task to the next pickup",
            {"p50": "median", "p99": "99th percentile", "max": "largest"},
        ),
    },
    "What the server did in mid-run": {
        "server_changes.restarted": Number("yes/no", "it was restarted"),
        "server_changes.became_replica": Number("yes/no", "it became a read-only replica"),
        "server_changes.flushes": Number("calls", "FLUSHALL, FLUSHDB or SWAPDB, by anybody"),
        "server_changes.evicted_keys": Number("keys", "evicted for want of memory"),
        "server_changes.expired_keys": Number("keys", "expired"),
        "server_changes.removals": Number("calls", "DEL, UNLINK and the like, by anybody"),
        "server_changes.refused_writes": Number("calls", "refused for want of memory"),
        "server_changes.replicas_left": Number("replicas", "replicas that it had and lost"),
        "server_changes.witness_gone": Number("yes/no", "a key that nobody touches is gone"),
        "server_changes.idle_timeout_s": Number("s", "its setting timeout; 0 for none"),
        "server_changes.maxmemory": Number("bytes", "its bound; 0 for none"),
    },
    "The meter itself": {
        "pop_s.long_total": Number("s", "workers' time in pops of over 0.1 s, in all"),
        "stalled": Number("yes/no", "stood still for so long that no rate or time holds"),
        **_each("stalls.program", "s", "the program stood still", STALLS),
        **_each("stalls.server", "s", "the server stood still", STALLS),
        **_each(
            "event_loop_lag_ms",
            "ms",
            "how late the event loop was",
            {"p50": "median", "p99": "99th percentile", "max": "largest"},
        ),
        **_each(
            "generator_lateness_s",
            "s",
            "from when a task was due to the queue",
            {"p50": "median", "p99": "99th percentile", "max": "largest"},
        ),
        "timeline.step_s": Number("s", "between two values of the timeline"),
        "schema": Number("", "version of the document's form"),
    },
}
"""Every number but the plan's, by the heading it stands under in `--fail-if help`."""
_NUMBERS = {name: number for numbers in GROUPS.values() for name, number in numbers.items()}


def meaning_of(name: str) -> Number:
    """What the number of that path means; of the plan's, what its table of fields says.

    Raises:
        KeyError: There is no such number.
    """
    if name.startswith(PLAN):
        field = plan_field(name.removeprefix(PLAN))
        return Number(field.unit, field.help)
    return _NUMBERS[name]


@lru_cache(maxsize=1)
def number_names() -> tuple[str, ...]:
    """The paths of all numbers of the document, in its order."""
    blank = blank_snapshot(Plan())
    assessment = assess(FairnessFold(workers=1), blank)
    # What is no number even where it is null.
    texts = dataclasses.replace(
        blank,
        assessment=assessment,
        server=ServerInfo("", "", ServerOrigin(OriginKind.PATH)),
        failure="",
        failure_details="",
        warning="",
        library="",
        server_fault="",
        server_changes=Changes(policy=""),
    )
    return tuple(
        name
        for name in numeric_names(document(texts))
        if not name.endswith(NAMES_END) and name != SOURCE
    )
