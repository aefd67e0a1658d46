"""The program under test: started as a user would, with or without a terminal."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

PROGRAM = (sys.executable, "-m", "queue_fairness_tui")
MARK = "CHAOS_CASE"
"""Every process of a case has it in its environment, and none else."""

_ASKS_FOR_SYNC = b"\x1b[?2026$p"
_HAS_SYNC = b"\x1b[?2026;2$y"

_REDIRECTIONS = {
    "stdin closed": "<&-",
    "stdout closed": ">&-",
    "stderr closed": "2>&-",
    "stdout full": ">/dev/full",
    "stderr full": "2>/dev/full",
    "stderr file": '2>"$CHAOS_STDERR"',
}


class Stream:
    """What arrives at a file descriptor, read by a thread until its end or `leave`."""

    def __init__(self, descriptor: int, heard: Callable[[bytes], None] | None = None) -> None:
        self.data = bytearray()
        self._descriptor = descriptor
        self._heard = heard
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def leave(self, patience_s: float = 5.0) -> None:
        """Stop to read after what is there already, and close the descriptor."""
        self._leaving.set()
        self._thread.join(patience_s)

    @property
    def has_ended(self) -> bool:
        """Whether nothing is read any more."""
        return not self._thread.is_alive()

    def _read(self) -> None:
        while True:
            ready, _, _ = select.select([self._descriptor], [], [], 0.02)
            if not ready:
                if self._leaving.is_set():
                    break
                continue
            try:
                chunk = os.read(self._descriptor, 65536)
            except OSError:  # how Linux says that nobody has a terminal's other side open
                break
            if not chunk:
                break
            self.data += chunk
            if self._heard:
                self._heard(chunk)
        os.close(self._descriptor)


class Program:
    """A run of the program.

    Attributes:
        started_at: On the monotonic clock.
        ended_at: When its end was noticed, on the same clock; None before.
        mark: What its processes have in their environment.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        size: tuple[int, int] | None,
        streams: str | None,
    ) -> None:
        self.mark = f"{MARK}={os.urandom(8).hex()}"
        self.ended_at: float | None = None
        self._terminal: tuple[int, int] | None = None
        self._has_terminal = size is not None
        self._folder = folder
        hidden = ("REDIS_URL", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
        inherited = {name: value for name, value in os.environ.items() if name not in hidden}
        settings: dict[str, str] = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        settings |= dict([self.mark.split("=", 1)])
        settings["CHAOS_STDERR"] = str(folder / "stderr")
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL}
        opened: list[int] = []
        redirected = _REDIRECTIONS.get(streams or "", "")
        if size is None:
            for name in ("stdout", "stderr"):
                mine, pipes[name] = os.pipe()
                opened += [mine, pipes[name]]
            lead = f'exec "$@" {redirected}'
            command = ["sh", "-c", lead, "sh", *PROGRAM, *arguments]
        else:
            mine, below = pty.openpty()
            self._terminal = (mine, below)
            self.resize(*size)
            self._stty = termios.tcgetattr(below)
            # The shell leads a session without a terminal: the first it opens becomes its own.
            lead = f'exec <"$0" >"$0" 2>"$0"; exec "$@" {redirected}'
            command = ["sh", "-c", lead, os.ttyname(below), *PROGRAM, *arguments]
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            command,
            **pipes,
            cwd=Path(__file__).parents[1] / "custom",
            env={**inherited, **settings, **environment},
            start_new_session=True,
        )
        self._streams: list[Stream] = []
        if self._terminal is not None:
            # Only a copy: the thread closes its own.
            self._streams = [Stream(os.dup(self._terminal[0]), self._answer)]
        else:
            os.close(opened[1])
            os.close(opened[3])
            self._streams = [Stream(opened[0]), Stream(opened[2])]

    @property
    def is_alive(self) -> bool:
        """Whether it runs; notes when it has ended."""
        if self.process.poll() is None:
            return True
        if self.ended_at is None:
            self.ended_at = time.monotonic()
        return False

    @property
    def stdout(self) -> bytes:
        """What has come on standard output, or on the terminal."""
        read = self._streams if self._has_terminal else self._streams[:1]
        return b"".join(bytes(stream.data) for stream in read)

    @property
    def stderr(self) -> bytes:
        """What has come on standard error, where it is not the terminal."""
        if not self._has_terminal:
            return bytes(self._streams[1].data)
        file = self._folder / "stderr"
        return file.read_bytes() if file.exists() else b""

    @property
    def stty_changed(self) -> bool:
        """Whether the terminal's line settings differ from those at the start."""
        if self._terminal is None:
            return False
        return termios.tcgetattr(self._terminal[1])[:4] != self._stty[:4]

    def press(self, keys: bytes) -> None:
        """Send bytes as a keyboard would."""
        if self._terminal is not None:
            with suppress(BlockingIOError, OSError):
                _, ready, _ = select.select([], [self._terminal[0]], [], 0.5)
                if ready:
                    os.write(self._terminal[0], keys)

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size."""
        if self._terminal is not None:
            size = struct.pack("HHHH", lines, columns, 0, 0)
            fcntl.ioctl(self._terminal[0], termios.TIOCSWINSZ, size)

    def hang_up(self) -> None:
        """Close the terminal under it."""
        if self._terminal is not None:
            self._streams[0].leave()
            for descriptor in self._terminal:
                os.close(descriptor)
            self._terminal = None

    def leave_output(self) -> None:
        """Stop to read standard output, and close it, as `| head` does; a terminal stays open."""
        self._streams[0].leave()

    def read_on(self) -> None:
        """Read again from a terminal that was not read for a while."""
        if self._terminal is not None and self._streams[0].has_ended:
            self._streams.append(Stream(os.dup(self._terminal[0]), self._answer))

    def close(self) -> None:
        """Read what is left, then close everything."""
        for stream in self._streams:
            stream.leave()
        if self._terminal is not None:
            for descriptor in self._terminal:
                os.close(descriptor)
            self._terminal = None

    def _answer(self, chunk: bytes) -> None:
        if _ASKS_FOR_SYNC in chunk:
            self.press(_HAS_SYNC)

    def others(self) -> dict[int, str]:
        """Its living processes but the first: their command lines by process id."""
        return processes(self.mark, self._folder / "t", but=self.process.pid)


def processes(mark: str, below: Path, *, but: int = 0) -> dict[int, str]:
    """Living processes of a case: their command lines by id.

    They have its mark in their environment, or work in a folder below that of the case: a server
    writes its title over its environment.
    """
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        # It may end, and somebody else's may not be read.
        with suppress(OSError):
            is_ours = mark.encode() in (folder / "environ").read_bytes()
            # What has been removed is marked behind its name.
            is_ours = is_ours or below in (folder / "cwd").readlink().parents
            if is_ours and int(folder.name) != but:
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(folder.name)] = line.decode(errors="replace").strip()
    return dict(sorted(found.items()))


def private_folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder with a name short enough for sockets in it."""
    return tempfile.TemporaryDirectory(prefix="chaos-", dir="/tmp", ignore_cleanup_errors=True)
