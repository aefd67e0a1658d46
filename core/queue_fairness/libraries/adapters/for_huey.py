"""Huey: its Consumer with one worker, a process per worker."""

from huey import RedisHuey

from queue_fairness.libraries.adapters.desk import listening, meet, told
from queue_fairness.libraries.adapters.peer import Adapter, serve


def make_huey(url: str, prefix: str) -> tuple[RedisHuey, object]:
    """The queue, and its task."""
    huey = RedisHuey(prefix, url=url, results=False)
    return huey, huey.task(name="work")(meet)


class Huey(Adapter):
    """One list."""

    package = "huey"

    def open(self) -> None:
        """Connect the client."""
        self.huey, self.work = make_huey(self.url, self.prefix)

    def push(self, partition: str, task: str) -> None:  # noqa: ARG002
        """Call the task, which enqueues it."""
        self.work(task)  # type: ignore[operator]

    def start(self, workers: int) -> None:
        """`huey_consumer`, a process each."""
        for _ in range(workers):
            self.spawn("for_huey:be", name=self.next_name())


def be() -> None:
    """Be one consumer."""
    asked = told()
    huey, _ = make_huey(asked["url"], asked["prefix"])
    consumer = huey.create_consumer(workers=1, periodic=False)
    listening()
    consumer.run()


def main() -> None:
    """Speak for Huey."""
    serve(Huey())
