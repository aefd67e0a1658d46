"""The names of a run's keys. They belong to the run, so that two runs never remove each other's."""

import secrets
from dataclasses import dataclass

from queue_fairness.server.cleanup import SIGN


@dataclass(frozen=True, slots=True)
class RunKeys:
    """What the keys of one run begin with, before a colon.

    The braces keep the keys of each kind in one slot of a cluster.
    """

    run_id: str

    @classmethod
    def draw(cls) -> "RunKeys":
        """Those of a new run, under a random id of 8 hexadecimal digits."""
        return cls(secrets.token_hex(4))

    @property
    def prefix(self) -> str:
        """Begins every key of the queue."""
        return f"qf:{{{self.run_id}}}"

    @property
    def foreign_prefix(self) -> str:
        """Begins every other key of this run, which the queue has to live with."""
        return f"qf-foreign:{{{self.run_id}}}"

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
