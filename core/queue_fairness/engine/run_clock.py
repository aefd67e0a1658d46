"""The clock of a run: it starts with the workers."""

import time


class RunClock:
    """Counts seconds from the workers' start."""

    def __init__(self) -> None:
        self._zero = 0.0

    @property
    def is_running(self) -> bool:
        """Whether the workers have started."""
        return bool(self._zero)

    def start(self) -> None:
        """This is second 0."""
        self._zero = time.monotonic()

    def now(self) -> float:
        """Seconds since the start; 0 before."""
        return time.monotonic() - self._zero if self._zero else 0.0
