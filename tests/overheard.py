"""What happens in a run, as it is told."""

from queue_fairness.engine.run import Run
from queue_fairness.events import Event


def overheard(run: Run) -> list[Event]:
    """All events of a run from now on, in the order in which they are told, in a list that grows.

    Ask as soon as the run has been started: who makes events is given the way to tell them once.
    """
    told: list[Event] = []
    record = run.recorder.record

    def record_and_keep(event: Event) -> None:
        told.append(event)
        record(event)

    run.recorder.record = record_and_keep  # type: ignore[method-assign]
    return told
