"""What can be done to a run while it goes on, to see how it takes it."""

import enum


class Fault(enum.Enum):
    """Something to do to a run; its value is how the menu calls it."""

    ADD_WORKER = "add a worker"
    REMOVE_WORKER = "remove a worker"
    CRASH_WORKER = "crash a worker that has a task in hand"
    SLOW_WORKER = "slow a worker down ten times"
    NOISY_PARTITION = "add a noisy partition"
    FOREIGN_KEYS = "add 20,000 foreign keys"


SLOWNESS = 10.0
"""How many times as long a slowed worker takes."""
FOREIGN_KEYS = 20_000
"""How many keys are added at a time."""
