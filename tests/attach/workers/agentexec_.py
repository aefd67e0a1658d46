"""agentexec, by its own backend and its own worker; a partition of each tenant.

Its `enqueue` gives no partition, so partitions are filled as its retries fill them.
"""

import asyncio
import multiprocessing
import os
import uuid

import common

os.environ["AGENTEXEC_REDIS_URL"] = common.url()
import agentexec  # noqa: F401 - its settings read the environment
from agentexec.core.task import Task, TaskDefinition
from agentexec.state import backend
from pydantic import BaseModel


class Context(BaseModel):
    """What a task is given."""

    customer: str
    n: int = 0


async def job(agent_id: uuid.UUID, context: Context) -> None:
    common.hold(context.customer)
    await asyncio.sleep(common.FOREVER_S)


async def main() -> None:
    pushed = {}
    for name, number in common.TENANTS.items():
        for n in range(number):
            context = {"customer": name, "n": n}
            task = Task(task_name="job", context=context, agent_id=uuid.uuid4())
            await backend.queue.push(task.model_dump_json(), partition_key=name)
        pushed[name] = number
    await backend.close()


if __name__ == "__main__":
    if common.asked() == "fill":
        asyncio.run(main())
    elif common.asked() == "work":
        from agentexec.worker.pool import Worker, WorkerContext

        spawning = multiprocessing.get_context("spawn")
        tasks = {"job": TaskDefinition("job", job, lock_key="{customer}")}
        context = WorkerContext(shutdown_event=spawning.Event(), tasks=tasks, tx=spawning.Queue())
        Worker(0, context).run()
