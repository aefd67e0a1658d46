"""The names of a run's keys. They belong to the run, so that two runs never remove each other's."""

import secrets
from dataclasses import dataclass

from queue_fairness.server.cleanup import SIGN

QUEUE, FOREIGN = "qf", "qf-foreign"
"""The first words of a key of the queue, and of any other key of a run."""


@dataclass(frozen=True, slots=True)
class RunKeys:
    """What the keys of one run begin with, before a colon.

    The braces keep the keys of each kind in one slot of a cluster.
    """

    run_id: str
    key_prefix: str = ""
    """What the user wants before all of it; without braces, which would name another slot."""

    @classmethod
    def draw(cls, key_prefix: str = "") -> "RunKeys":
        """Those of a new run, under a random id of 8 hexadecimal digits."""
        return cls(secrets.token_hex(4), key_prefix)

    @staticmethod
    def beginnings(key_prefix: str = "") -> tuple[str, str]:
        """What the keys of any run begin with: those of queues, and all others."""
        return f"{key_prefix}{QUEUE}:", f"{key_prefix}{FOREIGN}:"

    @property
    def prefix(self) -> str:
        """Begins every key of the queue."""
        return f"{self.key_prefix}{QUEUE}:{{{self.run_id}}}"

    @property
    def foreign_prefix(self) -> str:
        """Begins every other key of this run, which the queue has to live with."""
        return f"{self.key_prefix}{FOREIGN}:{{{self.run_id}}}"

    @property
    def results_prefix(self) -> str:
        """Begins the keys in which tasks leave their results."""
        return f"{self.foreign_prefix}:result"

    @property
    def witness(self) -> str:
        """The key that tells whose the others are, and whose absence tells of a loss."""
        return f"{self.foreign_prefix}:{SIGN}"

    @property
    def prefixes(self) -> tuple[str, str]:
        """All that is to be removed at the end."""
        return self.prefix, self.foreign_prefix
