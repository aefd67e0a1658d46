"""A run in a process of its own: whatever the screen does, it does not delay the workers.

```
this program ──stdin:  what to run, then one line per wish: stop, inject────► the run
             ◄─stdout: a snapshot now and then, and a last one at the end─── (subprocess_main)
```

Nobody who looks at the run can tell: the snapshots are the same. The end of the pipe is the end of
the run, so that it dies with this program, and takes its keys along.
"""

import asyncio
import dataclasses
import os
import pickle
import sys
from dataclasses import dataclass

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.fault_injection import NOT_AT_WORK
from queue_fairness.engine.observation import observe
from queue_fairness.engine.outcome import Outcome
from queue_fairness.engine.patience import unless
from queue_fairness.engine.recorded_run import RecordRequest
from queue_fairness.engine.run_handle import ServerReady
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.engine.unforeseen import unforeseen_error
from queue_fairness.errors import FairnessError, QueueError, ServerError
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.environment import NAME, without_secrets
from queue_fairness.server.info import ServerInfo
from queue_fairness.server.server import Server
from queue_fairness.strategies.custom import find_strategy

LENGTH = 8
"""Bytes before each message, which say how long it is."""
_CHILD = """
import signal
signal.signal(signal.SIGINT, signal.SIG_DFL)
from queue_fairness.engine.subprocess_main import begin
begin()
"""
"""A SIGINT that somebody sends to it ends it without Python's traceback, from its first moment."""
END_S = 15.0
"""How long the process may take to end after its last snapshot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """The first message to the process: what to run, and on which server."""

    plan: Plan
    info: ServerInfo
    url: str = dataclasses.field(repr=False)
    """May hold a password, so it is never part of a repr."""
    queue_url: str = dataclasses.field(repr=False)
    """The same server as the queue reaches it."""
    is_ours: bool
    """Whether this program has started the server."""
    allow_eviction: bool
    key_prefix: str = ""
    """Before the names of all its keys."""
    record: RecordRequest | None = None
    """Where it is recorded; None for nowhere."""
    redis_url: str | None = dataclasses.field(default=None, repr=False)
    """The variable REDIS_URL, for code of the user's own. Not in the environment with which the
    process is started: others can read that."""


@dataclass(frozen=True, slots=True)
class ChildFailure:
    """The last message of a process that could not carry the run out: why."""

    sentence: str
    details: str


class SubprocessRun:
    """A run whose workers are in another process; a `RunHandle`.

    Attributes:
        plan: What is asked for.
    """

    def __init__(self, plan: Plan, record: RecordRequest | None = None) -> None:
        self.plan = plan
        self._record = record
        self._process: asyncio.subprocess.Process | None = None
        self._seen = observe(RunParts.of(plan), Outcome(), Phase.STARTING)
        self._stop_asked = asyncio.Event()

    async def execute(self, server_ready: ServerReady) -> None:
        """Get a server, let the process do the rest, and watch it until it has ended."""
        try:
            server = await unless(self._stop_asked, server_ready())
            if server is None:
                self._seen = dataclasses.replace(self._seen, phase=Phase.STOPPED)
                return
            by_tcp = find_strategy(self.plan.strategy).wants_tcp
            async with server.reachable(by_tcp=by_tcp) as address:
                await self._follow(server, address.url)
        except FairnessError as error:
            self._fail(str(error), getattr(error, "details", None))
        except Exception as error:  # noqa: BLE001  # no run ends the program
            unforeseen = unforeseen_error(error)
            self._fail(str(unforeseen), unforeseen.details)

    def stop(self) -> None:
        """Ask the run to end early and keep what it has measured."""
        self._stop_asked.set()
        self._ask_for("stop")

    def inject(self, fault: Fault) -> str:
        """Do something to the run; what came of it stands in its marks."""
        if not self._seen.phase.is_working:
            return NOT_AT_WORK
        self._ask_for(f"inject {fault.name}")
        return fault.value

    def snapshot(self) -> Snapshot:
        """The run as it was last shown."""
        return self._seen

    async def _follow(self, server: Server, queue_url: str) -> None:
        process = self._process = await _start()
        assert process.stdin is not None
        request = RunRequest(
            plan=self.plan,
            info=server.info,
            url=server.endpoint.url,
            queue_url=queue_url,
            is_ours=server.is_ours,
            allow_eviction=server.allow_eviction,
            key_prefix=server.key_prefix,
            record=self._record,
            redis_url=os.environ.get(NAME),
        )
        message = pickle.dumps(request)
        process.stdin.write(len(message).to_bytes(LENGTH, "big") + message)
        if self._stop_asked.is_set():
            self._ask_for("stop")
        try:
            await self._watch(process)
        finally:
            process.stdin.close()
            await _see_off(process)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Take in snapshots until the last one."""
        assert process.stdout is not None
        while not self._seen.phase.is_final:
            try:
                size = int.from_bytes(await process.stdout.readexactly(LENGTH), "big")
                # From our own child, over a pipe that nobody else can write to.
                seen = pickle.loads(await process.stdout.readexactly(size))
            except asyncio.IncompleteReadError:
                status = await process.wait()
                raise ServerError(
                    f"the process of --isolate died (status {status}); run again without --isolate"
                ) from None
            if isinstance(seen, ChildFailure):
                raise QueueError(seen.sentence, seen.details)
            assert isinstance(seen, Snapshot)
            self._seen = seen

    def _fail(self, failure: str, details: str | None = None) -> None:
        self._seen = dataclasses.replace(
            self._seen.broken_off(Phase.FAILED),
            phase=Phase.FAILED,
            failure=failure,
            failure_details=details,
        )

    def _ask_for(self, wish: str) -> None:
        if self._process is None or self._process.stdin is None:
            return
        if not self._process.stdin.is_closing():
            self._process.stdin.write(f"{wish}\n".encode())


async def _see_off(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(END_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _start() -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _CHILD),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Not the terminal's signals: this program says when to end.
            start_new_session=True,
            env=without_secrets(),
        )
    except OSError as error:
        raise ServerError(
            f"the process of --isolate cannot be started ({error.strerror}); leave --isolate out"
        ) from error
