"""arq: its Worker with one job at a time, a process per worker."""

from uuid import uuid4

from arq import create_pool, func
from arq.connections import RedisSettings
from arq.worker import Worker

from queue_fairness.libraries.adapters.desk import listening, meet_async, told
from queue_fairness.libraries.adapters.peer import AsyncAdapter, serve

POLL_S = {"": 0.5, "fast": 0.005}
"""By set-up; the first is arq's default."""


class Arq(AsyncAdapter):
    """One queue: a sorted set by the time of enqueueing."""

    package = "arq"

    async def connect(self) -> None:
        """`create_pool`."""
        settings = RedisSettings.from_dsn(self.url)
        self.pool = await create_pool(settings, default_queue_name=f"{self.prefix}:arq")

    async def enqueue(self, partition: str, task: str) -> None:  # noqa: ARG002
        """`enqueue_job`; the id is random, as it would be, but holds the run's."""
        await self.pool.enqueue_job("work", task, _job_id=f"{uuid4().hex}-{self.run}")

    def start(self, workers: int) -> None:
        """`arq` workers, a process each."""
        for _ in range(workers):
            self.spawn("for_arq:be", name=self.next_name())

    async def disconnect(self) -> None:
        """Disconnect."""
        await self.pool.aclose()


async def work(_context: object, task: str) -> None:
    """The job."""
    await meet_async(task)


async def startup(_context: object) -> None:
    """The worker is about to poll."""
    listening()


def be() -> None:
    """Be one worker."""
    asked = told()
    Worker(
        [func(work, name="work")],
        queue_name=f"{asked['prefix']}:arq",
        redis_settings=RedisSettings.from_dsn(asked["url"]),
        max_jobs=1,
        poll_delay=POLL_S[asked["variant"]],
        keep_result=0,
        on_startup=startup,
    ).run()


def main() -> None:
    """Speak for arq."""
    serve(Arq())
