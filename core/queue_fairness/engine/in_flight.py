"""Tracks which worker holds which task and which tasks are finished; knows no Redis, no time.

A worker *holds* a task from its pickup until the queue has heard that it is done, and *works* on
it for the first part of that. If the lease expires in the first part, the worker is late: its work
was in vain. If it expires in the second, the task was done, and is done once more all the same.
"""

from queue_fairness.strategies import Lease


class InFlightTasks:
    """The tasks that the workers of one run hold.

    Attributes:
        unfinished: Tasks known so far that are neither done nor given up.
    """

    def __init__(self) -> None:
        self.unfinished = 0
        self._finished = bytearray()
        """1 for each task that is done or given up, from number `_forgotten` on."""
        self._forgotten = 0
        self._settled = 0
        """Every task below this number was finished when it was looked at last."""
        self._held: dict[int, Lease] = {}
        self._working: set[int] = set()
        self._late: set[int] = set()

    @property
    def working(self) -> set[int]:
        """The workers that work on a task."""
        return self._working

    def expect(self, tasks: int) -> None:
        """So many tasks more are to be done; they are numbered on from those before."""
        self._finished.extend(bytes(tasks))
        self.unfinished += tasks

    def start(self, worker: int, lease: Lease) -> None:
        """A worker begins with a task."""
        self._held[worker] = lease
        self._working.add(worker)

    def end(self, worker: int) -> bool:
        """Its work has ended, well or not; whether it was too late."""
        self._working.discard(worker)
        if worker not in self._late:
            return False
        self._late.remove(worker)
        return True

    def acknowledge(self, worker: int) -> None:
        """The queue has heard of the end."""
        self._held.pop(worker, None)

    def crash(self, worker: int) -> Lease | None:
        """A worker is gone as it stood; returns what it worked on."""
        lease = self._held.get(worker) if worker in self._working else None
        self.end(worker)
        return lease

    def mark_finished(self, number: int) -> None:
        """A task is done or given up; counted once."""
        index = number - self._forgotten
        if index >= 0 and not self._finished[index]:
            self._finished[index] = 1
            self.unfinished -= 1

    def oldest_unfinished(self) -> int:
        """The lowest number of a task that is not finished. Amortized O(1)."""
        index = self._finished.find(0, max(0, self._settled - self._forgotten))
        self._settled = self._forgotten + (index if index >= 0 else len(self._finished))
        return self._settled

    def forget(self, before: int) -> None:
        """Keep nothing of the tasks below this number, all of which are finished."""
        del self._finished[: before - self._forgotten]
        self._forgotten = before

    def expire_lease(self, lease: Lease) -> bool:
        """A lease was taken back, or taken over as this one; whether its task had been counted."""
        index = lease.task.number - self._forgotten
        was_finished = False
        for worker, held in self._held.items():
            is_it = held.task == lease.task if lease.redelivered else held.token == lease.token
            if is_it and worker in self._working:
                self._late.add(worker)
            elif is_it:
                was_finished = index >= 0 and bool(self._finished[index])
        if was_finished:
            self._finished[index] = 0
            self._settled = min(self._settled, lease.task.number)
            self.unfinished += 1
        return was_finished
