"""kombu, which Celery fetches by: its `ConsumerMixin`, a process per worker."""

from collections.abc import Callable
from typing import Any

from kombu import Connection, Exchange, Producer, Queue
from kombu.mixins import ConsumerMixin

from queue_fairness.libraries.adapters.desk import listening, meet, told
from queue_fairness.libraries.adapters.peer import Adapter, serve

EXCHANGE = Exchange("tasks", "direct")
ORDERS = ("round_robin", "priority", "sorted")


def connect(url: str, prefix: str, variant: str) -> Any:  # noqa: ANN401  # its types are unknown
    """A connection that takes queues in the order of the set-up."""
    order = variant if variant in ORDERS else "round_robin"
    options = {"queue_order_strategy": order, "global_keyprefix": f"{prefix}:"}
    return Connection(url, transport_options=options)


def queue_of(name: str) -> Any:  # noqa: ANN401
    """A queue by this name."""
    return Queue(name, EXCHANGE, routing_key=name)


class Kombu(Adapter):
    """A queue per partition, or one for all."""

    package = "kombu"

    def open(self) -> None:
        """Connect the client."""
        self.connection = connect(self.url, self.prefix, self.variant)
        self.producer = Producer(self.connection.channel(), serializer="json")
        self.declared: set[str] = set()

    def _name(self, partition: str) -> str:
        return partition if self.variant else "all"

    def push(self, partition: str, task: str) -> None:
        """`Producer.publish`."""
        name = self._name(partition)
        declare = [] if name in self.declared else [queue_of(name)]
        self.declared.add(name)
        self.producer.publish({"task": task}, exchange=EXCHANGE, routing_key=name, declare=declare)

    def start(self, workers: int) -> None:
        """A consumer of all queues, a process each."""
        queues = list(dict.fromkeys(self._name(each) for each in self.partitions))
        for number in range(workers):
            at = number * len(queues) // workers if self.variant == "rotated" else 0
            own = queues[at:] + queues[:at]
            self.spawn("for_kombu:work", name=self.next_name(), queues=own)

    def close(self) -> None:
        """Disconnect."""
        self.connection.close()


class Worker(ConsumerMixin):  # type: ignore[misc]  # none of its types is known here
    """Takes one message at a time."""

    def __init__(self, connection: object, queues: list[str]) -> None:
        self.connection = connection
        self.queues = [queue_of(each) for each in queues]

    def get_consumers(self, consumer: Callable[..., Any], _channel: object) -> list[Any]:
        """One consumer of all queues."""
        return [consumer(self.queues, callbacks=[self.take], prefetch_count=1)]

    def on_consume_ready(self, *_: object, **__: object) -> None:
        """It is about to fetch."""
        listening()

    def take(self, body: dict[str, str], message: Any) -> None:  # noqa: ANN401
        """Do a task, then acknowledge it."""
        meet(body["task"])
        message.ack()


def work() -> None:
    """Be one worker."""
    asked = told()
    Worker(connect(asked["url"], asked["prefix"], asked["variant"]), asked["queues"]).run()


def main() -> None:
    """Speak for kombu."""
    serve(Kombu())
