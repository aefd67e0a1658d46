"""The mechanism: how the order of service comes about.

*In progress* is a partition that has been picked up and still has tasks waiting or in
service. Unit: partitions. Round robin brings every backlogged partition in progress; a drain of one
partition after another has about as many in progress as there are workers.

A *forced start* is the first pickup of a partition at which no partition that had been started
before could have been served. In a drain of one partition after another every start is forced: it
goes on with those it has begun as long as it can. Round robin and random choice start others while
those wait. Not counted are the starts by which workers come to their first task. It depends neither
on the number of tasks nor on that of the workers, and means nothing where partitions bring one task
each.

A *run* is a stretch of dispatches of one partition. A *burst* joins dispatches of a partition by
changing workers, each within two dispatches per worker of the one before. Where each worker takes
turns by itself and all begin alike, a burst has a task per worker; under random choice among P it
has about 1 / (1 - 2 W / P).

*The same again* is a dispatch whose worker took its task before it from the same partition, too: a
worker that goes on with what it has just done. Where runs are short, others work elsewhere.

*Own worker* has a partition all of whose tasks, three at least, were taken by one of several
workers.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from queue_fairness.fairness.partition import Partition
from queue_fairness.fairness.steps import Service

SEVERAL = -2


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Mechanism:
    """Counts that tell how the order of service came about."""

    started: int
    """Partitions served at least once."""
    peak_in_progress: int
    """The most partitions started and not yet empty at once."""
    starts: int
    """Starts that might have been forced."""
    forced_starts: int
    emptied: int
    """Partitions that have been empty after they were started."""
    tasks_per_run: float
    """Mean dispatches of one partition in a row; 0 without any."""
    other_worker_share: float
    """Share of the dispatches within a run that were made by another worker than the one before."""
    tasks_per_burst: float
    """Mean dispatches of a burst; 0 without any."""
    same_again_share: float
    """Share of the dispatches whose worker had its last task from the same partition; those without
    one before do not count; 0 without any."""


class MechanismFold:
    """Counts starts, runs and partitions in progress, O(1) per event.

    Args:
        counted_from: Dispatches from which starts are counted.
        workers: Number of workers, >= 1.
    """

    __slots__ = (
        "_close",
        "_counted_from",
        "_emptied",
        "_forced_starts",
        "_in_progress",
        "_last",
        "_last_worker",
        "_latest",
        "_near",
        "_others",
        "_repeats",
        "_same_again",
        "_starts",
        "peak_in_progress",
        "started",
    )

    def __init__(self, counted_from: int, workers: int) -> None:
        self.started = 0
        self.peak_in_progress = 0
        self._counted_from = counted_from
        self._in_progress = 0
        self._emptied = 0
        self._starts = 0
        self._forced_starts = 0
        self._last: Partition | None = None
        self._last_worker = -1
        self._repeats = 0
        self._others = 0
        self._latest: dict[int, Partition] = {}
        """By worker: the partition of its latest task."""
        self._same_again = 0
        self._near = 2 * workers
        self._close = 0
        """Dispatches that go on with a burst."""

    def pick_up(
        self, partition: Partition, worker: int, dispatches: int, begun_eligible: int
    ) -> None:
        """Note a pickup, in the state before it.

        Args:
            partition: The one picked up.
            worker: The worker that took the task.
            dispatches: Dispatches so far.
            begun_eligible: Eligible partitions that have been served before.
        """
        if partition is self._last:
            self._repeats += 1
            self._others += worker != self._last_worker
        self._last = partition
        self._last_worker = worker
        self._same_again += self._latest.get(worker) is partition
        self._latest[worker] = partition
        if partition.taken_by not in (-1, worker):
            self._close += dispatches - partition.taken_at <= self._near
        partition.taken_at = dispatches
        partition.taken_by = worker
        if partition.by_one_worker != worker:
            partition.by_one_worker = worker if partition.by_one_worker == -1 else SEVERAL
        if not partition.in_progress:
            self._start(partition, dispatches, begun_eligible)

    def take_all(self, services: Iterable[Service], dispatches: int) -> None:
        """Note pickups, and who was left with nothing.

        Args:
            services: They, in their order.
            dispatches: Dispatches before the first.
        """
        last, last_worker, latest, near = self._last, self._last_worker, self._latest, self._near
        repeats = others = same_again = close = 0
        for partition, worker, _, _, _, begun_eligible in services:
            if worker < 0:
                self.empty(partition)
                continue
            if partition is last:
                repeats += 1
                others += worker != last_worker
            last, last_worker = partition, worker
            if latest.get(worker) is partition:
                same_again += 1
            latest[worker] = partition
            taken_by = partition.taken_by
            if taken_by != worker:
                if taken_by != -1 and dispatches - partition.taken_at <= near:
                    close += 1
                partition.taken_by = worker
                # Of one worker it is only as long as that has always been the latest.
                partition.by_one_worker = worker if taken_by == -1 else SEVERAL
            partition.taken_at = dispatches
            if not partition.in_progress:
                self._start(partition, dispatches, begun_eligible)
            dispatches += 1
        self._last, self._last_worker = last, last_worker
        self._repeats += repeats
        self._others += others
        self._same_again += same_again
        self._close += close

    def _start(self, partition: Partition, dispatches: int, begun_eligible: int) -> None:
        partition.in_progress = True
        self._in_progress += 1
        if self._in_progress > self.peak_in_progress:
            self.peak_in_progress = self._in_progress
        if partition.rank < 0:
            partition.rank = self.started
            self.started += 1
            if dispatches >= self._counted_from:
                self._starts += 1
                self._forced_starts += not begun_eligible

    def empty(self, partition: Partition) -> None:
        """Note that a partition has nothing waiting and nothing in service."""
        if partition.in_progress:
            partition.in_progress = False
            self._in_progress -= 1
            if not partition.emptied:
                partition.emptied = True
                self._emptied += 1

    def mechanism(self, dispatches: int) -> Mechanism:
        """The counts after so many dispatches."""
        runs = dispatches - self._repeats
        later = dispatches - len(self._latest)
        return Mechanism(
            started=self.started,
            peak_in_progress=self.peak_in_progress,
            starts=self._starts,
            forced_starts=self._forced_starts,
            emptied=self._emptied,
            tasks_per_run=dispatches / runs if runs else 0.0,
            other_worker_share=self._others / self._repeats if self._repeats else 0.0,
            tasks_per_burst=dispatches / (dispatches - self._close) if dispatches else 0.0,
            same_again_share=self._same_again / later if later > 0 else 0.0,
        )
