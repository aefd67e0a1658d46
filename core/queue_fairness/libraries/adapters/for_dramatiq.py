"""Dramatiq: its Worker with one thread, a process per worker."""

import signal
import time
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.worker import Worker

from queue_fairness.libraries.adapters.desk import listening, meet, told
from queue_fairness.libraries.adapters.peer import Adapter, serve


def make_actors(url: str, prefix: str, queues: list[str]) -> tuple[Any, dict[str, Any]]:
    """The broker, and an actor per queue."""
    broker = RedisBroker(url=url, namespace=f"{prefix}:dramatiq")
    dramatiq.set_broker(broker)
    actors = {
        name: dramatiq.actor(meet, actor_name=f"work_{name}", queue_name=name, broker=broker)
        for name in queues
    }
    return broker, actors


def queue_of(variant: str, partition: str) -> str:
    """The queue of a partition; names of queues are words without a colon."""
    return partition if variant else "default"


class Dramatiq(Adapter):
    """One queue, or one per partition."""

    package = "dramatiq"

    def open(self) -> None:
        """Connect the client."""
        self.actors: dict[str, Any] = {}

    def push(self, partition: str, task: str) -> None:
        """`Actor.send`."""
        if not self.actors:
            names = list(dict.fromkeys(queue_of(self.variant, each) for each in self.partitions))
            self.broker, self.actors = make_actors(self.url, self.prefix, names)
        self.actors[queue_of(self.variant, partition)].send(task)

    def start(self, workers: int) -> None:
        """Dramatiq's workers, a process each."""
        for _ in range(workers):
            self.spawn("for_dramatiq:be", name=self.next_name())

    def close(self) -> None:
        """Disconnect."""
        if self.actors:
            self.broker.close()


def be() -> None:
    """Be one worker."""
    asked = told()
    names = list(dict.fromkeys(queue_of(asked["variant"], each) for each in asked["partitions"]))
    broker, _ = make_actors(asked["url"], asked["prefix"], names)
    worker = Worker(broker, worker_threads=1)
    ending: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ending.append(number))
    worker.start()
    listening()
    while not ending:
        time.sleep(0.05)
    worker.stop(timeout=2000)
    broker.close()


def main() -> None:
    """Speak for Dramatiq."""
    serve(Dramatiq())
