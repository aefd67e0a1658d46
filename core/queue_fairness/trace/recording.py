"""Records a run while it goes on: its events go to a process that writes them down.

```
recorder ──128 events at a time──► flat, marshal ──pipe──► writer ──JSON, compressed──► the file
```

To write a fact as JSON takes longer than all else that is done for an event, so that is not done
here (tests/bench/record.py). Nothing here waits: what the writer does not take at once is kept, and
if that becomes too much, the recording ends, never the run.
"""

import asyncio
import json
import marshal
import os
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version

from queue_fairness.events import Event
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.outside import from_outside
from queue_fairness.plan import Plan, plan_fields
from queue_fairness.server.environment import without_secrets
from queue_fairness.server.info import ServerInfo
from queue_fairness.trace.end import end_of, server_fact
from queue_fairness.trace.facts import FORMAT, VERSION, flat
from queue_fairness.trace.frames import BATCH, NAMES, TEXT, framed

MOST_KEPT = 64 * 2**20
"""Bytes that the writer may be behind."""
PIPE_SIZE = 2**20
CLOSE_S = 120.0
"""How long the writer may take to write what it is behind."""


class Recording:
    """The recording of one run, appended to a file.

    Args:
        path: The file; by the end of its name it is compressed.
        header: What is known before the first event, see `header_of`.
        names: The tenants, by partition.
    """

    def __init__(self, path: str, header: Mapping[str, object], names: Sequence[str]) -> None:
        self._path = path
        self._kept: deque[bytes] = deque()
        self._bytes_kept = 0
        self._is_over = False
        self._complaint = ""
        try:
            self._writer: subprocess.Popen[bytes] | None = subprocess.Popen(
                (sys.executable, "-m", "queue_fairness.trace.writer", path),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Not the terminal's signals: the end of the run is its end.
                start_new_session=True,
                env=without_secrets(),
            )
        except OSError as error:
            self._writer = None
            self._end(f"its writer cannot be started ({error.strerror})")
            return
        assert self._writer.stdin is not None
        self._pipe = self._writer.stdin.fileno()
        os.set_blocking(self._pipe, False)
        _enlarge(self._pipe)
        self._put(framed(TEXT, f"{json.dumps(header)}\n".encode()))
        self._put(framed(NAMES, marshal.dumps([json.dumps(each) for each in names])))

    def take(self, events: Sequence[Event]) -> None:
        """Take in events that were looked at together; a plain call that waits for nothing."""
        if not self._is_over:
            self._put(framed(BATCH, marshal.dumps(list(map(flat, events)), 2)))

    async def close(self, final: Snapshot) -> str:
        """Write the end, and wait until all is on file.

        Returns:
            What went wrong, in a sentence; empty if nothing did.
        """
        if not self._is_over:
            self._put(framed(TEXT, f"{json.dumps(end_of(final))}\n".encode()))
        if self._writer is not None:
            said = await asyncio.to_thread(self._see_off, self._writer)
            self._complaint = self._complaint or said
        if not self._complaint:
            return ""
        return f"the recording {self._path} is not whole: {self._complaint}"

    def _put(self, frame: bytes) -> None:
        """Hand on, as far as the writer takes it."""
        self._kept.append(frame)
        self._bytes_kept += len(frame)
        try:
            while self._kept:
                frame = self._kept[0]
                written = os.write(self._pipe, frame)
                self._bytes_kept -= written
                if written == len(frame):
                    self._kept.popleft()
                else:
                    self._kept[0] = frame[written:]
        except BlockingIOError:
            if self._bytes_kept > MOST_KEPT:
                self._end("it could not be written as fast as the run went on")
        except OSError:
            self._end("")  # the writer has said why, and is gone

    def _end(self, complaint: str) -> None:
        self._is_over = True
        self._complaint = complaint
        self._kept.clear()

    def _see_off(self, writer: "subprocess.Popen[bytes]") -> str:
        """Give the writer the rest, and hear what it has to say; in a thread."""
        assert writer.stdin is not None
        os.set_blocking(self._pipe, True)
        with suppress(OSError):  # whoever has gone says why below
            for frame in self._kept:
                writer.stdin.write(frame)
            writer.stdin.close()
        assert writer.stdout is not None
        with writer.stdout:
            try:
                status = writer.wait(CLOSE_S)
            except subprocess.TimeoutExpired:
                writer.kill()
                writer.wait()
                return f"it was not written within {CLOSE_S:.0f} s"
            said = writer.stdout.read()
        return "" if status == 0 else from_outside(said) or f"its writer died (status {status})"


def header_of(
    plan: Plan,
    server: ServerInfo | None,
    queue: Mapping[str, object],
    run: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """The first fact of a run.

    Args:
        plan: What is asked for.
        server: The Redis under test.
        queue: Its discipline, as the measures need it: `limit`, `ordered_by`, `weights`.
        run: Which run it is of a comparison or a sweep; None for one alone.
    """
    return {
        "format": FORMAT,
        "version": VERSION,
        "time": "s",
        "source": f"queue-fairness-tui {version('queue-fairness-tui')}",
        "started_at": datetime.now(UTC).isoformat(),
        "plan": {each.name: getattr(plan, each.name) for each in plan_fields()},
        "server": None if server is None else server_fact(server),
        "queue": dict(queue),
        "series": None if run is None else dict(run),
    }


def _enlarge(pipe: int) -> None:
    """Let a pipe hold more, where the system can; the writer then need not be quick."""
    if sys.platform == "linux":
        import fcntl

        try:
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        except OSError:
            return  # the user may have no more; a smaller one does
