"""A server that is not quite Redis: a real one, but for some commands that it answers itself."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

HANGS = b""
"""In place of an answer: none, ever."""

_BLOBS = b"$!="
_PARTS = {b"*": 1, b"~": 1, b">": 1, b"%": 2, b"|": 2}
"""How many values follow for each that the head counts."""


@asynccontextmanager
async def odd_server(behind: str, answers: Mapping[str, bytes]) -> AsyncIterator[str]:
    """Such a server while the block lasts; its URL, on a port of this machine.

    Args:
        behind: URL of the real server, over a Unix socket.
        answers: By command in capitals, what is answered in its place, as RESP.
    """
    path = Path(unquote(urlsplit(behind).path))

    serving: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.create_task(serve(reader, writer), name="odd connection"))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        real_reader, real_writer = await asyncio.open_unix_connection(path)
        try:
            while True:
                asked = await read_value(reader)
                name = asked.split(b"\r\n")[2].decode().upper()
                answer = answers.get(name)
                if answer is None:
                    real_writer.write(asked)
                    answer = await read_value(real_reader)
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            real_writer.close()
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    finally:
        server.close()
        for each in serving:
            each.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def read_value(reader: asyncio.StreamReader) -> bytes:
    """One value of RESP 2 or 3, as its bytes."""
    head = await reader.readuntil(b"\r\n")
    kind, size = head[:1], head[1:-2]
    if kind in _BLOBS and int(size) >= 0:
        return head + await reader.readexactly(int(size) + 2)
    parts = _PARTS.get(kind, 0) * max(0, int(size)) if kind in _PARTS else 0
    return head + b"".join([await read_value(reader) for _ in range(parts)])


def blob(text: str | bytes) -> bytes:
    """A text as a server sends it."""
    data = text.encode(errors="surrogateescape") if isinstance(text, str) else text
    return b"$%d\r\n%b\r\n" % (len(data), data)


def refusal(text: str) -> bytes:
    """An error as a server sends it, in one line."""
    line = text.replace("\n", " ").replace("\r", " ")
    return b"-" + line.encode(errors="surrogateescape") + b"\r\n"
