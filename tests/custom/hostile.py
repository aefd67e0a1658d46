"""A queue that says whatever a test wants it to, where the test wants it to."""

SAID = ""
RAISES_IN = ""


class HostileError(Exception):
    """Its repr is as hostile as its text."""

    def __repr__(self) -> str:
        return SAID


class HostileQueue:
    """Raises what it is told to."""

    async def open(self, _url: str, _prefix: str) -> None:
        self._may_raise("open")

    async def push(self, _partition: str, _task: bytes) -> None:
        self._may_raise("push")

    async def pop(self, _worker: str) -> object:
        self._may_raise("pop")
        return SAID.encode(errors="surrogateescape") if RAISES_IN == "lease" else None

    async def complete(self, _lease: object) -> None:
        self._may_raise("complete")

    async def close(self) -> None:
        self._may_raise("close")

    def _may_raise(self, method: str) -> None:
        if method == RAISES_IN:
            raise HostileError(SAID)
