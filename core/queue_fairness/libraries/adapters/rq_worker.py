"""An `rq worker` process, and the job that it does."""

from rq import Worker
from rq.cli import main as rq

from queue_fairness.libraries.adapters.desk import listening, meet, told


def work(task: str) -> None:
    """The job."""
    meet(task)


class TellingWorker(Worker):  # type: ignore[misc]  # none of its types is known here
    """RQ's default worker, which says when it is about to dequeue for the first time."""

    def bootstrap(self, *arguments: object, **options: object) -> None:
        """Begin to work."""
        super().bootstrap(*arguments, **options)
        listening()


def main() -> None:
    """Be `rq worker`, with that class."""
    asked = told()
    command = ["worker", "--url", asked["url"], "--name", asked["worker"]]
    command += ["--worker-class", f"{__name__}.TellingWorker"]
    command += ["--dequeue-strategy", asked["strategy"], "--logging_level", "WARNING"]
    rq([*command, *asked["queues"]])
