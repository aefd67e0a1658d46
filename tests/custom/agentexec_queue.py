"""The Redis backend of the public project agentexec (0.3, Python >= 3.12), as it is.

    queue-fairness-tui --strategy tests.custom.agentexec_queue:Agentexec

`scan` copies its commands; this runs its own code, so the two have to agree.
"""

import json
from importlib import import_module  # mypy need not find what is not installed everywhere

CONF = import_module("agentexec.config").CONF
Backend = import_module("agentexec.state.redis").Backend

Lease = tuple[bytes, str]


class Agentexec:
    """SCAN from cursor 0, SET NX, RPOP: agentexec's `queue.push`, `pop` and `complete`."""

    concurrency_limit = 1  # the lock of a partition

    async def open(self, url: str, prefix: str) -> None:
        CONF.redis_url, CONF.queue_prefix = url, f"{prefix}:tasks"
        self.backend = Backend()  # reads both settings, and makes a client of its own

    async def push(self, partition: str, task: bytes) -> None:
        payload = json.dumps({"partition": partition, "task": task.decode()})
        await self.backend.queue.push(payload, partition_key=partition)

    async def pop(self, _worker: str) -> Lease | None:
        data = await self.backend.queue.pop()
        return None if data is None else (data["task"].encode(), data["partition"])

    async def complete(self, lease: Lease) -> None:
        await self.backend.queue.complete(lease[1])

    async def close(self) -> None:
        await self.backend.close()
