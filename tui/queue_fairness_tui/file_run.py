"""A table that is being read and judged, as a run whose picture is its progress."""

import asyncio
import dataclasses

from queue_fairness.cli.commands import FileCommand, JudgeCommand
from queue_fairness.cli.file_headless import GivenUpError, read
from queue_fairness.engine.fault import Fault
from queue_fairness.engine.replayed_run import NOT_DISTURBED, ReplayedRun
from queue_fairness.engine.run_handle import ServerReady
from queue_fairness.errors import FairnessError
from queue_fairness.metrics.phase import Phase
from queue_fairness.metrics.snapshot import Snapshot, blank_snapshot
from queue_fairness.plan import Plan


def file_run(command: FileCommand) -> "ReplayedRun | JudgedRun":
    """What a command's file is on a screen."""
    if isinstance(command, JudgeCommand):
        return JudgedRun(command)
    plan, number = command.plan, command.number
    return ReplayedRun(command.path, plan, number=number, speed=command.speed)


class JudgedRun:
    """Reads and judges a file; a `RunHandle`.

    Attributes:
        plan: Stands for the load until the file is read.
        doing: What is being done, in words.
    """

    def __init__(self, command: JudgeCommand) -> None:
        self.plan: Plan = command.plan
        self.doing = "reading"
        self._command = command
        self._share: float | None = None
        self._is_over = False
        self._final: Snapshot | None = None

    async def execute(self, server_ready: ServerReady) -> None:  # noqa: ARG002 - it needs none
        """Read it, and judge it."""
        blank = blank_snapshot(self.plan)
        try:
            found = await asyncio.to_thread(read, self._command, self._tell)
        except FairnessError as error:
            self._final = dataclasses.replace(blank, phase=Phase.FAILED, failure=str(error))
        except GivenUpError:
            self._final = dataclasses.replace(blank, phase=Phase.STOPPED)
        else:
            is_run = isinstance(found, Snapshot)
            said = "it holds several runs: replay shows them"
            self._final = (
                found
                if isinstance(found, Snapshot)
                else dataclasses.replace(blank, phase=Phase.FAILED, failure=said)
            )
            assert is_run or self._final.failure

    def stop(self) -> None:
        """Give up: of half a table nothing is said."""
        self._is_over = True

    def snapshot(self) -> Snapshot:
        """How far it is, or the verdict."""
        if self._final is not None:
            return self._final
        return dataclasses.replace(
            blank_snapshot(self.plan), elapsed_s=self._share or 0.0, pair_label=self.doing
        )

    def inject(self, fault: Fault) -> str:  # noqa: ARG002 - whatever it is
        """Nothing can be done to it."""
        return NOT_DISTURBED

    def _tell(self, doing: str, share: float | None) -> None:
        if self._is_over:
            raise GivenUpError
        self.doing, self._share = doing, share
