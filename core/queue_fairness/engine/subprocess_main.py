"""The program of a run in a process of its own: it carries the run out.

Started by `subprocess_run`, whose words it obeys: the plan and the server first, then a line per
wish. The end of its standard input asks it to end as well.
"""

import asyncio
import dataclasses
import gc
import os
import pickle
import threading
import time
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.paired_run import PairedRun, make_run
from queue_fairness.engine.recorded_run import RecordedRun
from queue_fairness.engine.run import Run
from queue_fairness.engine.subprocess_run import LENGTH, ChildFailure, RunRequest
from queue_fairness.engine.unforeseen import unforeseen_error
from queue_fairness.event_loop import run as run_loop
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.environment import NAME
from queue_fairness.server.server import Server

SHOW_S = 0.1
"""How often a snapshot is sent."""
LOOK_S = 0.5
"""How often we look whether the program that started us is there."""
AnyRun = Run | PairedRun | RecordedRun

ORPHAN_S = 5.0
"""How long the run may take to end without it; the guard of its keys lives on."""


class BorrowedServer(Server):
    """The server of the program that started us, which has opened it and will close it."""

    def __init__(self, request: RunRequest) -> None:
        endpoint = Endpoint(request.url)
        super().__init__(
            request.info,
            endpoint,
            allow_eviction=request.allow_eviction,
            key_prefix=request.key_prefix,
        )
        self._started_by_parent = request.is_ours
        self._queue_endpoint = Endpoint(request.queue_url)

    @asynccontextmanager
    async def reachable(self, *, by_tcp: bool) -> AsyncIterator[Endpoint]:
        """As it was opened for us."""
        yield self._queue_endpoint if by_tcp else self.endpoint

    @property
    def is_ours(self) -> bool:
        """Whether it was started for us: its data dies with it."""
        return self._started_by_parent


def end_with_parent(parent: int) -> None:
    """End some time after the program that started us, should the run hang by then.

    A thread, because a task that blocks holds up the event loop, which would hear of it otherwise.

    Args:
        parent: Its process id.
    """

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_S)
        time.sleep(ORPHAN_S)
        os._exit(1)

    threading.Thread(target=look, name="orphan", daemon=True).start()


@dataclass(frozen=True, slots=True)
class Pipes:
    """The two pipes to the program that started us, under numbers of their own."""

    wishes: BinaryIO
    pictures: BinaryIO

    @classmethod
    def take(cls) -> "Pipes":
        """Keep them from the user's own code, whose `print` and `input` would be taken for ours."""
        pipes = cls(os.fdopen(os.dup(0), "rb", 0), os.fdopen(os.dup(1), "wb", 0))
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        return pipes

    def send_last(self, message: object) -> None:
        """Send a last message, and wait until it is taken; whoever has gone needs none."""
        with suppress(OSError, ValueError):
            os.set_blocking(self.pictures.fileno(), True)
            rest = memoryview(_packed(message))
            while rest:
                rest = rest[os.write(self.pictures.fileno(), rest) :]


async def main(pipes: Pipes) -> None:
    """Carry out one run."""
    reader = asyncio.StreamReader(limit=2**20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipes.wishes)
    out, _ = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, pipes.pictures)
    size = int.from_bytes(await reader.readexactly(LENGTH), "big")
    # From our own parent, over a pipe that nobody else can write to.
    request = pickle.loads(await reader.readexactly(size))
    assert isinstance(request, RunRequest)
    if request.redis_url is not None:
        os.environ[NAME] = request.redis_url
    server = BorrowedServer(request)
    made = make_run(request.plan, request.key_prefix)
    run = made if request.record is None else RecordedRun(made, request.record)

    async def ready() -> Server:
        return server

    gc.collect()
    gc.freeze()
    beside = [
        asyncio.create_task(_obey(run, reader), name="obeying"),
        asyncio.create_task(_show(run, out), name="showing"),
    ]
    await run.execute(ready)
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    while out.get_write_buffer_size() and not out.is_closing():  # noqa: ASYNC110  # no event tells
        await asyncio.sleep(0.01)
    pipes.send_last(run.snapshot())


async def _obey(run: AnyRun, reader: asyncio.StreamReader) -> None:
    """Do what is asked for, line by line."""
    while line := await reader.readline():
        match line.decode().split():
            case ["stop"]:
                run.stop()
            case ["inject", name]:
                run.inject(Fault[name])
    run.stop()


async def _show(run: AnyRun, out: asyncio.WriteTransport) -> None:
    """Send snapshots, each in three short holds of the event loop instead of a long one.

    By our own timer: were we asked for them, each question would wake us on the processor on which
    the screen is about to paint, to wait there until it has.
    """
    while True:
        await asyncio.sleep(SHOW_S)
        # Whoever does not keep up with what was sent gets no more for now.
        if out.get_write_buffer_size():
            continue
        if out.is_closing():
            return
        run.recorder.take_in()
        await asyncio.sleep(0)
        snapshot = run.snapshot()
        await asyncio.sleep(0)
        if not snapshot.phase.is_final:
            out.write(_packed(snapshot))


def _packed(message: object) -> bytes:
    """A message with its length before it; views in a snapshot become copies."""
    if isinstance(message, Snapshot):
        message = dataclasses.replace(
            message,
            first_pickup_s=array("d", message.first_pickup_s),
            first_pickup_index=array("l", message.first_pickup_index),
            partition_by_rank=array("l", message.partition_by_rank),
        )
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(LENGTH, "big") + body


def run() -> None:
    """Carry out one run; what breaks is told to who started us, not to the terminal."""
    pipes = Pipes.take()
    try:
        run_loop(main(pipes))
    except (asyncio.IncompleteReadError, ConnectionError):
        return  # who started us was gone before it had said what to run
    except Exception as error:  # noqa: BLE001
        unforeseen = unforeseen_error(error)
        pipes.send_last(ChildFailure(str(unforeseen), unforeseen.details))


def begin() -> None:
    """Be the program."""
    end_with_parent(os.getppid())
    run()
