"""The program of a run in a process of its own: it carries the run out.

Started by `subprocess_run`, whose words it obeys: the plan and the server first, then a line per
wish. The end of its standard input asks it to end as well.
"""

import asyncio
import dataclasses
import gc
import os
import pickle
import sys
from array import array

from queue_fairness import event_loop
from queue_fairness.engine.fault import Fault
from queue_fairness.engine.paired_run import PairedRun, make_run
from queue_fairness.engine.run import Run
from queue_fairness.engine.subprocess_run import LENGTH, RunRequest
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.environment import NAME
from queue_fairness.server.server import Server

SHOW_S = 0.1
"""How often a snapshot is sent."""


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

    @property
    def is_ours(self) -> bool:
        """Whether it was started for us: its data dies with it."""
        return self._started_by_parent


async def main() -> None:
    """Carry out one run."""
    reader = asyncio.StreamReader(limit=2**20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    out, _ = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sys.stdout)
    size = int.from_bytes(await reader.readexactly(LENGTH), "big")
    # From our own parent, over a pipe that nobody else can write to.
    request = pickle.loads(await reader.readexactly(size))
    assert isinstance(request, RunRequest)
    if request.redis_url is not None:
        os.environ[NAME] = request.redis_url
    server = BorrowedServer(request)
    run = make_run(request.plan, request.key_prefix)

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
    # The last one is waited for: blocking is no harm any more.
    os.set_blocking(sys.stdout.fileno(), True)
    pending = out.get_write_buffer_size()
    while pending:
        await asyncio.sleep(0.01)
        pending = out.get_write_buffer_size()
    sys.stdout.buffer.write(_packed(run.snapshot()))
    sys.stdout.buffer.flush()


async def _obey(run: Run | PairedRun, reader: asyncio.StreamReader) -> None:
    """Do what is asked for, line by line."""
    while line := await reader.readline():
        match line.decode().split():
            case ["stop"]:
                run.stop()
            case ["inject", name]:
                run.inject(Fault[name])
    run.stop()


async def _show(run: Run | PairedRun, out: asyncio.WriteTransport) -> None:
    """Send snapshots, each in three short holds of the event loop instead of a long one.

    By our own timer: were we asked for them, each question would wake us on the processor on which
    the screen is about to paint, to wait there until it has.
    """
    while True:
        await asyncio.sleep(SHOW_S)
        # Whoever does not keep up with what was sent gets no more for now.
        if out.get_write_buffer_size():
            continue
        run.recorder.take_in()
        await asyncio.sleep(0)
        snapshot = run.snapshot()
        await asyncio.sleep(0)
        if not snapshot.phase.is_final:
            out.write(_packed(snapshot))


def _packed(snapshot: Snapshot) -> bytes:
    """A snapshot with its length before it; views become copies."""
    plain = dataclasses.replace(
        snapshot,
        first_pickup_s=array("d", snapshot.first_pickup_s),
        first_pickup_index=array("l", snapshot.first_pickup_index),
        partition_by_rank=array("l", snapshot.partition_by_rank),
    )
    body = pickle.dumps(plain, protocol=pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(LENGTH, "big") + body


if __name__ == "__main__":
    event_loop.run(main())
