"""A program of its own: passes bytes on between clients and one server, each after a delay.

Started by `delay.py` with the standard library only. Standard input brings one JSON line
(`delay_s`: for each direction; `address`: the path of a Unix socket, or host and port), and its
end is the end of this program. Standard output gets one line: the port on 127.0.0.1, or a JSON
object `{"failed": why}`.
"""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Sequence

CHUNK = 65536


async def main() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    asked = json.loads(sys.stdin.buffer.readline())
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    pairs: set[asyncio.Task[None]] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        pairs.add(task)
        try:
            await connect(reader, writer, asked["address"], asked["delay_s"])
        finally:
            pairs.discard(task)

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    print(json.dumps(server.sockets[0].getsockname()[1]), flush=True)  # noqa: T201
    await ended.wait()
    server.close()
    for task in pairs:
        task.cancel()


async def connect(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    address: Sequence[str],
    delay_s: float,
) -> None:
    """Stand between one client and the server until either hangs up."""
    with contextlib.suppress(OSError):
        try:
            if len(address) == 1:
                far_reader, far_writer = await asyncio.open_unix_connection(address[0])
            else:
                far_reader, far_writer = await asyncio.open_connection(*address)
            try:
                there = asyncio.create_task(carry(reader, far_writer, delay_s))
                back = asyncio.create_task(carry(far_reader, writer, delay_s))
                await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
                there.cancel()
                back.cancel()
                await asyncio.gather(there, back, return_exceptions=True)
            finally:
                far_writer.close()
        finally:
            writer.close()


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    """Pass bytes on, each so long after it came: a latency, not a limit to the rate."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not data:
                return
            writer.write(data)
            await writer.drain()

    delivering = asyncio.create_task(deliver())
    try:
        data = b"-"
        while data:
            data = await reader.read(CHUNK)
            under_way.put_nowait((loop.time() + delay_s, data))
        await delivering
    finally:
        delivering.cancel()


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    asyncio.run(main())
