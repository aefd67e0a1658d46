"""Hypothesis strategies for loads: `@given(plan=loads())`, then `fairness(MyQueue, plan)`.

A run takes a tenth of a second, so give `@settings(deadline=None)` and few examples.
"""

from hypothesis import strategies as st

from queue_fairness.plan import Plan, plan_field

LEAST_PARTITIONS = 10
LEAST_TASKS = 5
PER_WORKER = 4
"""Fewest partitions per worker. With fewer, too little is contended, and too little seen, to judge
turns."""


@st.composite
def loads(
    draw: st.DrawFn,
    *,
    max_partitions: int = 40,
    max_tasks_per_partition: int = 8,
    max_workers: int = 8,
    work_duration: float = 0.001,
) -> Plan:
    """Drains that are large enough to be judged: sizes, workers, order of arrival and seed vary.

    A queue that takes turns is FAIR under all of them, or INCONCLUSIVE where the machine was
    disturbed. The simplest one is the smallest, enqueued partition by partition.

    Args:
        draw: Given by hypothesis.
        max_partitions: At least 10.
        max_tasks_per_partition: At least 5.
        max_workers: At least 1; there are never more than a fourth of the partitions.
        work_duration: Seconds of a task's work.
    """
    partitions = draw(st.integers(LEAST_PARTITIONS, max_partitions))
    return Plan(
        partitions=partitions,
        tasks_per_partition=draw(st.integers(LEAST_TASKS, max_tasks_per_partition)),
        workers=draw(st.integers(1, min(max_workers, partitions // PER_WORKER))),
        arrival_order=draw(st.sampled_from(plan_field("arrival_order").choices)),
        seed=draw(st.integers(0, 1_000)),
        work_duration=work_duration,
    )
