"""RQ: `rq worker` processes, as its documentation starts them."""

from redis import Redis
from rq import Queue

from queue_fairness.libraries.adapters.peer import Adapter, serve

JOB = "queue_fairness.libraries.adapters.rq_worker.work"
STRATEGIES = {"round_robin": "round_robin", "rotated": "round_robin", "random": "random"}


class Rq(Adapter):
    """One queue, or one per partition."""

    package = "rq"

    def open(self) -> None:
        """Connect the client."""
        self.redis = Redis.from_url(self.url)
        self.queues: dict[str, Queue] = {}
        self.jobs = 0

    def name(self, partition: str) -> str:
        """The queue of a partition."""
        return f"{self.prefix}:{partition}" if self.variant else f"{self.prefix}:all"

    def push(self, partition: str, task: str) -> None:
        """`Queue.enqueue`."""
        name = self.name(partition)
        if name not in self.queues:
            self.queues[name] = Queue(name, connection=self.redis)
        self.jobs += 1
        self.queues[name].enqueue(JOB, task, result_ttl=0, job_id=f"{self.run}-{self.jobs}")

    def start(self, workers: int) -> None:
        """`rq worker --dequeue-strategy … QUEUE...`, once per worker."""
        names = list(dict.fromkeys(self.name(each) for each in self.partitions))
        for _ in range(workers):
            worker = self.next_name()
            at = int(worker[1:]) * len(names) // self.workers if self.variant == "rotated" else 0
            self.spawn(
                "rq_worker:main",
                name=worker,
                worker=f"{self.run}-{worker}",
                strategy=STRATEGIES.get(self.variant, "default"),
                queues=names[at:] + names[:at],
            )

    def close(self) -> None:
        """Disconnect."""
        self.redis.close()


def main() -> None:
    """Speak for RQ."""
    serve(Rq())
