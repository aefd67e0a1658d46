"""Celery: `celery worker` nodes with prefork pools, as its documentation starts them."""

from typing import Any

from celery import Celery, signals

from queue_fairness.libraries.adapters.desk import listening, meet, told
from queue_fairness.libraries.adapters.peer import Adapter, serve


def make_app(url: str, prefix: str) -> Any:  # noqa: ANN401  # none of its types is known here
    """The application, alike in the client and in the nodes."""
    app = Celery("measured", broker=url)
    app.conf.update(
        broker_transport_options={"global_keyprefix": f"{prefix}:"},
        task_ignore_result=True,
        task_create_missing_queues=True,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
    )
    return app


class CeleryAdapter(Adapter):
    """A queue per partition, or one for all; one node, or one per worker."""

    package = "celery"

    def open(self) -> None:
        """Make the client."""
        self.app = make_app(self.url, self.prefix)

    def _queue(self, partition: str) -> str:
        return "celery" if self.variant == "one_queue" else partition

    def push(self, partition: str, task: str) -> None:
        """`send_task`."""
        self.app.send_task("work", [task], queue=self._queue(partition))

    def start(self, workers: int) -> None:
        """`celery worker -c N -Q QUEUE,…`, once, or once per worker."""
        queues = list(dict.fromkeys(self._queue(each) for each in self.partitions))
        each = 1 if self.variant == "nodes" else workers
        for _ in range(workers // each):
            name = self.next_name() if each == 1 else None
            self.spawn("for_celery:work", name=name, queues=queues, size=each)

    def close(self) -> None:
        """Disconnect."""
        self.app.close()


def work() -> None:
    """Be one node."""
    asked = told()
    app = make_app(asked["url"], asked["prefix"])
    app.task(name="work")(meet)
    signals.worker_ready.connect(lambda **_: listening(), weak=False)
    command = ["worker", "--concurrency", str(asked["size"]), "--loglevel", "ERROR"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main([*command, "--hostname", f"w{id(asked)}@%h", "-Q", ",".join(asked["queues"])])


def main() -> None:
    """Speak for Celery."""
    serve(CeleryAdapter())
