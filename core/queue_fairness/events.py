"""The events of a run: workers and the load generator emit them, metrics fold them.

Events are named tuples, not dataclasses: two are made per task inside the measured loop, and a
frozen dataclass costs three times as much to construct.

Times (`at`, `arrived_at`) are seconds on the run's clock, whose zero is the instant the workers
start. Partitions and workers are indices from 0; tasks are numbered from 0 over the whole run.

Events are emitted when their replies arrive, which is not the order in which Redis acted. A queue
that numbers its steps reports each number once, from 1 on without a gap: `PickedUp`, `Polled` and
`Settled` are one step each; events caused by a step are emitted before it. `dispatch_order`
restores the order from the numbers.
"""

from collections.abc import Callable
from typing import NamedTuple


class DequeueCost(NamedTuple):
    """What one attempt to dequeue cost, all failures on the way included."""

    round_trips: int = 0
    """Requests the worker waited for, that by which it waited to be woken included."""
    scans: int = 0
    """How many of them were SCAN calls."""
    lost_locks: int = 0
    """Lock attempts (SET NX) that another worker had won."""
    lock_races: int = 0
    """Locks won on a partition that had been emptied since it was seen."""


class Arrived(NamedTuple):
    """Tasks of one partition became available, or came back to be tried again."""

    at: float
    partition: int
    tasks: int
    again: bool = False
    """Whether they had arrived before, and are here again because they failed."""
    number: int = 0
    """The queue's step that brought them; 0 if it was none, or its number is not known."""


class PushBegan(NamedTuple):
    """Arrivals from here to the next `PushEnded` are on their way into the queue."""

    at: float


class PushEnded(NamedTuple):
    """The arrivals since `PushBegan` are in the queue."""

    at: float
    number: int = 0
    """The queue's last step before it came to be there; 0 if none, or not known."""


class PickedUp(NamedTuple):
    """A worker took a task out of the queue: the *dispatch* of queueing theory."""

    at: float
    worker: int
    partition: int
    task: int
    arrived_at: float
    dequeue_cost: DequeueCost
    number: int = 0
    """Of this step among all steps of the queue, from 1; 0 if it is not known."""
    sent_at: float = 0.0
    """When the command that decided it was sent; 0 if the queue numbers its steps."""


class Finished(NamedTuple):
    """A worker has done a task's work."""

    at: float
    worker: int
    partition: int
    task: int
    is_late: bool = False
    """Whether its lease had expired: the work was in vain, and the task is done once more."""
    cost: float | None = None
    """What it cost, as the task itself reported it, in the user's own unit (tokens), >= 0; None
    where it reported nothing."""


class Failed(NamedTuple):
    """A worker's attempt at a task has failed."""

    at: float
    worker: int
    partition: int
    task: int
    is_dead: bool
    """Whether it was the last attempt: the task is given up."""


class Polled(NamedTuple):
    """A worker looked for a task and found none it may take."""

    at: float
    worker: int
    dequeue_cost: DequeueCost
    number: int = 0
    """As in `PickedUp`."""


class Settled(NamedTuple):
    """The queue took a step in which it neither handed out a task nor answered an empty poll.

    A worker's completion or retry, a look into one of several partitions, or expired leases.
    """

    at: float
    worker: int
    """Whose call it was; `REAPER` for that of expired leases."""
    number: int
    """As in `PickedUp`; 0 if the call took no step."""


class ReplyLost(NamedTuple):
    """The connection broke while a worker waited for a task: it may have been popped and gone."""

    at: float
    worker: int


class LeaseExpired(NamedTuple):
    """A task went back to the queue, because the worker that had it was silent for too long.

    It is then picked up once more by right; that may be reported a little earlier than this.
    """

    at: float
    partition: int
    task: int
    was_finished: bool = False
    """Whether its `Finished` was reported before, in error: the queue did not hear of it."""
    number: int = 0
    """The queue's step that took it back, told next; 0 if it is not known."""


class Joined(NamedTuple):
    """A worker has joined, or has come back."""

    at: float
    worker: int


class Left(NamedTuple):
    """A worker has left or crashed."""

    at: float
    worker: int
    crashed: bool
    """Whether it stopped without returning the task it had in hand."""


class Marked(NamedTuple):
    """Something was done to the run that its figures must be read with, such as a fault."""

    at: float
    text: str
    """In a few words: `worker w3 crashed`."""


REAPER = -1
"""In place of a worker: whoever takes expired leases back."""

Event = (
    Arrived
    | PushBegan
    | PushEnded
    | PickedUp
    | Finished
    | Failed
    | Polled
    | Settled
    | ReplyLost
    | LeaseExpired
    | Joined
    | Left
    | Marked
)
Emit = Callable[[Event], None]
