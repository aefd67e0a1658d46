"""Files that may be compressed: written by their names' ends, read by their first bytes.

gzip is always there; zstd is a part of Python 3.14, and before that of the extra `zstd`.
"""

import gzip
import io
import sys
from importlib import import_module
from pathlib import Path
from typing import IO, Any, cast

from queue_fairness.errors import TableError
from queue_fairness.outside import harmless

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
"""How such files begin."""
ZSTD_NAMES = (".zst", ".zstd")
STDIN = "-"
PEEKED = 4096


def append_to(path: str) -> IO[bytes]:
    """Open a file to write behind what it has, compressed as its name says: .gz, .zst.

    Raises:
        TableError: It is to be zstd, and that is not installed.
        OSError: It cannot be written.
    """
    if path.endswith(".gz"):
        return cast("IO[bytes]", gzip.open(path, "ab", compresslevel=6))
    if path.endswith(ZSTD_NAMES):
        return cast("IO[bytes]", _zstd(path).open(path, "ab"))
    return Path(path).open("ab")


def check_suffix(path: str) -> None:
    """Refuse a name that asks for a compression that is not installed.

    Raises:
        TableError: It is zstd, and that is not.
    """
    if path.endswith(ZSTD_NAMES):
        _zstd(path)


def open_to_read(path: str) -> "Source":
    """Open a file, or with `-` what is piped in, and see through its compression.

    Raises:
        TableError: It is zstd, and that is not installed.
        OSError: It cannot be read.
    """
    raw = cast("IO[bytes]", sys.stdin.buffer) if path == STDIN else Path(path).open("rb")  # noqa: SIM115 - closed by who reads
    return Source(path, raw)


class Source:
    """Bytes that are read once.

    Attributes:
        name: What it is called in sentences; harmless.
        size: Bytes in all, as they lie there; None for what is piped in.
    """

    def __init__(self, path: str, raw: IO[bytes]) -> None:
        self.name = "stdin" if path == STDIN else harmless(Path(path).name)
        self.size = Path(path).stat().st_size if path != STDIN and Path(path).is_file() else None
        self._counted = _Counted(raw)
        buffered = io.BufferedReader(self._counted, 2**20)
        begin = buffered.peek(4)[:4]
        self.stream: io.BufferedReader[Any]
        if begin.startswith(GZIP):
            self.stream = io.BufferedReader(gzip.GzipFile(fileobj=buffered))
        elif begin == ZSTD:
            self.stream = io.BufferedReader(_zstd(path).ZstdFile(buffered))
        else:
            self.stream = buffered
        self._raw = raw

    def peek(self) -> bytes:
        """How it begins, some thousand bytes at most; nothing is taken away.

        Raises:
            OSError, EOFError: It cannot be read.
        """
        return self.stream.peek(PEEKED)[:PEEKED]

    @property
    def share_read(self) -> float | None:
        """How much of it was read, 0 to 1; None where its size is not known."""
        return min(1.0, self._counted.count / self.size) if self.size else None

    @property
    def bytes_read(self) -> int:
        """How many bytes were read as they lie there."""
        return self._counted.count

    def __enter__(self) -> "Source":
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._raw is not sys.stdin.buffer:
            self._raw.close()


class _Counted(io.RawIOBase):
    """Counts what is read."""

    def __init__(self, raw: IO[bytes]) -> None:
        super().__init__()
        self.count = 0
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable bytes
        read1 = getattr(self._raw, "read1", self._raw.read)
        found: bytes = read1(len(buffer))
        buffer[: len(found)] = found
        self.count += len(found)
        return len(found)


def _zstd(path: str) -> Any:  # noqa: ANN401 - a module
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    try:
        return import_module(name)
    except ImportError as error:
        raise TableError(
            f"{path} is compressed by zstd: install queue-fairness-tui[zstd], or use gzip"
        ) from error
