"""A session whose runs come from a file: nothing is started, and no server is asked."""

from collections.abc import Callable

from queue_fairness.engine.run_handle import RunHandle
from queue_fairness.engine.session import Session
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice


class FileSession(Session):
    """`async with FileSession(make) as session:`; each start makes the same again.

    Args:
        make: Makes the handle of what is played or read.
    """

    def __init__(self, make: Callable[[], RunHandle]) -> None:
        super().__init__(ServerChoice())
        self._make_run = make

    def open_early(self) -> None:
        """There is no server to open."""

    async def server_answers(self) -> bool:
        """There is none that could."""
        return False

    def _make(self, plan: Plan) -> RunHandle:  # noqa: ARG002 - the file has its own
        return self._make_run()
