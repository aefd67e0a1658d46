"""A run in a process of its own: whatever the screen does, it does not delay the workers.

```
this program ──stdin:  what to run, then one line per wish: stop, inject────► the run
             ◄─stdout: a snapshot now and then, and a last one at the end─── (isolated_child)
```

Nobody who looks at the run can tell: the snapshots are the same. The end of the pipe is the end of
the run, so that it dies with this program, and takes its keys along.
"""

import asyncio
import dataclasses
import pickle
import sys
from collections.abc import Awaitable, Callable

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.run import Run
from queue_fairness.errors import FairnessError, ServerError
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.server import Server

LENGTH = 8
"""Bytes before each snapshot, which say how long it is."""
END_S = 15.0
"""How long the process may take to end after its last snapshot."""


class IsolatedRun(Run):
    """A run whose workers are somewhere else; used as any other."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._process: asyncio.subprocess.Process | None = None
        self._seen: Snapshot | None = None

    async def execute(self, server_ready: Callable[[], Awaitable[Server]]) -> None:
        """Get a server, let the process do the rest, and watch it until it has ended."""
        try:
            server = await server_ready()
            await self._follow(server)
        except FairnessError as error:
            self._end_by(str(error))

    def stop(self) -> None:
        """Ask the run to end early and keep what it has measured."""
        self._stop_asked = True
        self._say("stop")

    def inject(self, fault: Fault) -> str:
        """Do something to the run; what came of it stands in its marks."""
        if self._seen is None or not self._seen.phase.is_working:
            return "only while the workers are at work"
        self._say(f"inject {fault.name}")
        return fault.value

    def snapshot(self) -> Snapshot:
        """The run as it was last shown."""
        return self._seen if self._seen is not None else super().snapshot()

    async def _follow(self, server: Server) -> None:
        process = self._process = await _start()
        assert process.stdin is not None
        asked = pickle.dumps(
            (
                self.plan,
                server.info,
                server.endpoint.url,
                server.is_ours,
                server.allow_eviction,
            )
        )
        process.stdin.write(len(asked).to_bytes(LENGTH, "big") + asked)
        if self._stop_asked:
            self._say("stop")
        try:
            await self._watch(process)
        finally:
            process.stdin.close()
            await self._see_off(process)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Take in snapshots until the last one."""
        assert process.stdout is not None
        while self._seen is None or not self._seen.phase.is_final:
            try:
                size = int.from_bytes(await process.stdout.readexactly(LENGTH), "big")
                # From our own child, over a pipe that nobody else can write to.
                seen = pickle.loads(await process.stdout.readexactly(size))
            except asyncio.IncompleteReadError:
                status = await process.wait()
                raise ServerError(
                    f"the process of --isolate died (status {status}); run again without --isolate"
                ) from None
            assert isinstance(seen, Snapshot)
            self._seen = seen

    async def _see_off(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(END_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def _say(self, wish: str) -> None:
        if self._process is None or self._process.stdin is None:
            return
        if not self._process.stdin.is_closing():
            self._process.stdin.write(f"{wish}\n".encode())

    def _end_by(self, failure: str) -> None:
        last = self._seen if self._seen is not None else super().snapshot()
        self._seen = dataclasses.replace(last, phase=Phase.FAILED, failure=failure)


async def _start() -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "queue_fairness.engine.subprocess_main"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Not the terminal's signals: this program says when to end.
            start_new_session=True,
        )
    except OSError as error:
        raise ServerError(
            f"the process of --isolate cannot be started ({error.strerror}); leave --isolate out"
        ) from error
