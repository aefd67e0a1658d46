"""Classes that cannot serve as a queue, each for one reason."""

from abc import ABC, abstractmethod

NOT_A_CLASS = 3


class Whole:
    """Has all that is needed, and nothing else."""

    async def push(self, partition: str, task: bytes) -> None: ...

    async def pop(self, worker: str) -> tuple[bytes] | None: ...

    async def complete(self, lease: tuple[bytes]) -> None: ...


class WithoutComplete:
    async def push(self, partition: str, task: bytes) -> None: ...

    async def pop(self, worker: str) -> tuple[bytes] | None: ...


class PopWithoutWorker(Whole):
    async def pop(self) -> tuple[bytes] | None: ...  # type: ignore[override]  # on purpose


class PushWithPriority(Whole):
    async def push(  # type: ignore[override]  # on purpose
        self, partition: str, task: bytes, priority: int
    ) -> None: ...


class CompleteIsData(Whole):
    complete = 3  # type: ignore[assignment]  # on purpose


class OpenWithoutPrefix(Whole):
    async def open(self, url: str) -> None: ...


class AsksForUrl(Whole):
    def __init__(self, url: str) -> None: ...


class HalfLimit(Whole):
    concurrency_limit = 0.5


class WeighsAtTimes(Whole):
    honors_weights = "sometimes"


class NoTime(Whole):
    timeout_s = 0


class Abstract(Whole, ABC):
    @abstractmethod
    def wait(self) -> None: ...


class CompleteWithTwoMore(Whole):
    async def complete(  # type: ignore[override]  # on purpose
        self, lease: tuple[bytes], cost: float, worker: str
    ) -> None: ...


class Outer:
    class Inner(Whole):
        """Reached through another class."""


class PopIsPlain(Whole):
    def pop(self, worker: str) -> tuple[bytes] | None: ...  # type: ignore[override]  # on purpose


class Defaults(Whole):
    async def push(self, partition: str, task: bytes, priority: int = 0) -> None: ...

    @staticmethod
    async def open(url: str, prefix: str) -> None: ...

    @classmethod
    async def close(cls) -> None: ...
