"""The frames in which events go to the writer: a kind and a length before each."""

import struct
from typing import IO

TEXT = 0
"""Lines as they are to be written, UTF-8."""
NAMES = 1
"""The tenants, by partition, as JSON texts: marshal."""
BATCH = 2
"""Events that were looked at together, flat: marshal."""
_HEAD = struct.Struct("!BI")


def framed(kind: int, body: bytes) -> bytes:
    """A frame."""
    return _HEAD.pack(kind, len(body)) + body


def next_frame(stream: IO[bytes]) -> tuple[int, bytes] | None:
    """The next frame; None at the end, or where the rest of one is missing."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, size = _HEAD.unpack(head)
    body = stream.read(size)
    return (kind, body) if len(body) == size else None
