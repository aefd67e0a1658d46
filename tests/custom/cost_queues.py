"""Queues in memory that want to know what tasks cost, or have a second argument of another kind."""

from collections import defaultdict
from typing import ClassVar

from custom.broken import InMemory, Lease


class Recording(InMemory):
    """Writes down what each task cost."""

    costs: ClassVar[defaultdict[str, list[tuple[bytes, float]]]] = defaultdict(list)

    def note(self, lease: Lease, cost: float) -> None:
        task = lease[0]
        assert isinstance(task, bytes)
        self.costs[self.prefix].append((task, cost))


class Told(Recording):
    async def complete(self, lease: Lease, price: float) -> None:  # type: ignore[override]  # another form
        self.note(lease, price)


class ToldIfItLikes(Recording):
    async def complete(self, lease: Lease, cost: float = -1.0) -> None:
        self.note(lease, cost)


class ToldByStaticMethod(Recording):
    @staticmethod
    async def complete(_lease: Lease, cost: float) -> None:  # type: ignore[override]  # another
        ToldByStaticMethod.costs["static"].append((b"", cost))


class NotTold(Recording):
    """Its second argument is its own affair."""

    async def complete(self, lease: Lease, timeout_s: float = -1.0) -> None:
        self.note(lease, timeout_s)
