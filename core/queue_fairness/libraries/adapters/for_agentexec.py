"""agentexec: its Redis backend's own push, pop and complete, a process per worker."""

import asyncio
import json
import signal
from typing import Any

from agentexec.config import CONF
from agentexec.state.redis import Backend

from queue_fairness.libraries.adapters.desk import listening, meet_async, told
from queue_fairness.libraries.adapters.peer import AsyncAdapter, serve

POLL_S = 0.001
"""Pause after a pop that found nothing."""


def make_backend(url: str, prefix: str) -> Any:  # noqa: ANN401  # none of its types is known here
    """The backend, which reads its settings when it is made."""
    CONF.redis_url, CONF.queue_prefix = url, f"{prefix}:tasks"
    return Backend()


class Agentexec(AsyncAdapter):
    """A list per partition, found by SCAN and locked."""

    package = "agentexec"

    async def connect(self) -> None:
        """Make the client."""
        self.backend = make_backend(self.url, self.prefix)

    async def enqueue(self, partition: str, task: str) -> None:
        """`queue.push`."""
        payload = json.dumps({"partition": partition, "task": task})
        await self.backend.queue.push(payload, partition_key=partition)

    def start(self, workers: int) -> None:
        """A loop of pop and complete, a process each."""
        for _ in range(workers):
            self.spawn("for_agentexec:be", name=self.next_name())

    async def disconnect(self) -> None:
        """Disconnect."""
        await self.backend.close()


async def work(backend: Any) -> None:  # noqa: ANN401
    """Pop, do, complete, until cancelled."""
    while True:
        data = await backend.queue.pop()
        if data is None:
            await asyncio.sleep(POLL_S)
            continue
        await meet_async(data["task"])
        await backend.queue.complete(data["partition"])


def be() -> None:
    """Be one worker."""
    asked = told()

    async def run() -> None:
        backend = make_backend(asked["url"], asked["prefix"])
        working = asyncio.create_task(work(backend))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
        listening()
        await asyncio.wait([working])
        if not working.cancelled():
            working.result()

    asyncio.run(run())


def main() -> None:
    """Speak for agentexec."""
    serve(Agentexec())
