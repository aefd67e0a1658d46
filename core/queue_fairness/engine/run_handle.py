"""What screens, sessions and series need of a run, wherever its workers are."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from queue_fairness.engine.fault import Fault
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.server import Server

ServerReady = Callable[[], Awaitable[Server]]
"""Gets the server under test, opened at first need."""


class RunHandle(Protocol):
    """A plan that is being carried out."""

    @property
    def plan(self) -> Plan:
        """What is asked for."""

    async def execute(self, server_ready: ServerReady) -> None:
        """Carry it out; returns when every key of the run is gone. Never raises for Redis's sake.

        Args:
            server_ready: Awaited before the first key is written.
        """

    def stop(self) -> None:
        """Ask it to end early and keep what it has measured."""

    def snapshot(self) -> Snapshot:
        """The run at this instant, frozen, from the first moment to long after the end.

        The same object again and again once it has ended.
        """

    def inject(self, fault: Fault) -> str:
        """Do something to the workers or their load while they are at work.

        Returns:
            What was done, or why it could not be, in a few words for the user.
        """
