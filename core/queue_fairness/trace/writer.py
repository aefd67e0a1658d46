"""The program that writes a recording: frames on stdin, facts to a file. Started by `recording`.

It has less claim to a processor than the run. What stops it is one sentence on stdout and status 1.
The end of its input is the end: a recording whose program was killed is whole up to there.
"""

import json
import marshal
import os
import signal
import sys
from collections.abc import Sequence
from typing import IO, Any

from queue_fairness.errors import TableError
from queue_fairness.trace.facts import FOLDED, line_of, unflat
from queue_fairness.trace.files import append_to
from queue_fairness.trace.frames import NAMES, TEXT, next_frame

NICENESS = 5


def write(stream: IO[bytes], file: IO[bytes]) -> None:
    """Write every frame of a stream.

    Raises:
        OSError: The file cannot be written.
    """
    names: Sequence[str] = ()
    while (frame := next_frame(stream)) is not None:
        kind, body = frame
        if kind == TEXT:
            file.write(body)
        elif kind == NAMES:
            names = marshal.loads(body)
        else:
            file.write(_lines(marshal.loads(body), names).encode())


def _lines(batch: Sequence[Sequence[Any]], names: Sequence[str]) -> str:
    """A batch, and that it was looked at together."""
    events = [unflat(each) for each in batch]
    lines = [line_of(each, names) for each in events]
    lines.append(json.dumps({"t": events[-1].at, "event": FOLDED}) + "\n")
    return "".join(lines)


def main(path: str) -> int:
    """Write a recording; returns the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    try:
        with append_to(path) as file:
            write(sys.stdin.buffer, file)
    except TableError as error:
        sys.stdout.write(str(error))
        return 1
    except OSError as error:
        sys.stdout.write(f"{error.strerror or error}")
        return 1
    return 0


if __name__ == "__main__":
    # The file may still hold what could not be written: to close it again would fail again.
    status = main(sys.argv[1])
    sys.stdout.flush()
    os._exit(status)
