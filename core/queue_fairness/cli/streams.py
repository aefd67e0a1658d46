"""The three standard streams, any of which may be missing, full, or of another encoding.

```
stdin   missing: no terminal, so no screen
stdout  missing or full: one sentence on stderr, exit status 1
stderr  missing or full: nowhere to say anything; the result and the exit status are the same
```
"""

import contextlib
import errno
import io
import os
import sys

from queue_fairness.errors import OutputError
from queue_fairness.formatting import numbers

READER_LEFT = (errno.EPIPE, errno.EIO)
"""Whoever read our output has gone: a pipe (`| head`), or a terminal that hung up."""
ANY_TEXT = "utf-8"
"""The encoding of a stream in memory, which tells none and holds everything."""


class MissingOutput(io.TextIOBase):
    """Stands for a stdout that is closed."""

    encoding = "utf-8"

    def fileno(self) -> int:
        """The descriptor, which leads nowhere."""
        return 1

    def write(self, _text: str) -> int:
        """Refuse the text."""
        raise OSError(errno.EBADF, "it is closed")


def complete() -> None:
    """Put something in the place of each missing stream.

    Otherwise the next file or socket would get its number, and with it what others write there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, closefd=False)
    if sys.stdout is None:
        sys.stdout = MissingOutput()
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)


def write_out(text: str) -> None:
    """Write to stdout at once; characters that its encoding lacks become ASCII.

    Raises:
        OutputError: It is missing or full.
        OSError: Its reader has left, see `READER_LEFT`.
    """
    if not text:
        return  # even an empty write waits for a terminal that does not read
    try:
        sys.stdout.write(numbers.in_encoding(text, sys.stdout.encoding or ANY_TEXT))
        sys.stdout.flush()
    except OSError as error:
        if error.errno in READER_LEFT:
            raise
        close_stdout()
        raise OutputError(f"stdout could not be written: {error.strerror}") from error


def complain(text: str) -> None:
    """Write to stderr at once; where that is not possible there is nowhere else to say it."""
    with contextlib.suppress(OSError):
        if text:
            sys.stderr.write(numbers.in_encoding(text, sys.stderr.encoding or ANY_TEXT))
            sys.stderr.flush()


def close_stdout() -> None:
    """Let what is still unwritten go nowhere: Python would try again at its end, and fail."""
    _let_go(1)


def close_both() -> None:
    """The same for stdout and stderr."""
    _let_go(1)
    _let_go(2)


def _let_go(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
