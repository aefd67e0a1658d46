"""Jobs made by hand: orders of service as rows of a table, with the times they would have."""

from collections.abc import Iterator, Sequence

from queue_fairness.judge import JobRow

WORKERS = 4
WORK_S = 0.025
BEGIN = 1_700_000_000.0


def sequential(partitions: int, tasks: int) -> list[int]:
    """Tenants emptied one after another, as many at a time as there are workers."""
    return [
        tenant
        for first in range(0, partitions, WORKERS)
        for _ in range(tasks)
        for tenant in range(first, min(first + WORKERS, partitions))
    ]


def by_turns(partitions: int, tasks: int) -> list[int]:
    return list(range(partitions)) * tasks


def rows(order: Sequence[int], *, named: bool = False) -> Iterator[JobRow]:
    """A drain in that order: a start every so many ms, each worker in its turn."""
    tick = WORK_S / WORKERS
    for number, tenant in enumerate(order):
        at = BEGIN + number * tick
        worker = f"host-{number % WORKERS}" if named else None
        yield JobRow(f"tenant {tenant}", BEGIN, at, at + WORK_S, worker)
