"""A program of its own: starts one server, and sees to it that nothing of it is left behind.

Run by `launcher.py` with the standard library only, in a session of its own. It owns the server
and the server's folder, and lives exactly as long as the pipe on its standard input:

```
main program ──pipe──► supervisor ──► server
                          └─ folder/  (0700)  s = the socket, log = the server's output,
                                              lock = held while the supervisor lives
```

However the main program ends, the pipe closes; then the server is killed and the folder removed.
On Linux the server also dies with the supervisor. One JSON object per line on standard output:
`folder` (made), `ready` (path of the socket), `failed` or `died` (why, as the rest of a sentence
that begins with the program's name).

Usage: supervisor.py PROGRAM SECONDS_TO_START PARENT_FOLDER...
"""

import contextlib
import fcntl
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

LOCK = "lock"
"""The file of a folder that its owner keeps locked for as long as it lives."""
STDIN = 0
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
LONGEST_SOCKET_PATH = 100
"""Bytes. Linux takes 107, macOS 103."""
POLL_S = 0.005
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SHUTDOWN_S = 0.5
"""How long a server may take to shut down when it is asked to."""
CHILDREN_S = 2.0
"""How long to go on killing what a program has left behind."""
LOG_END = 65_536
"""Bytes at the end of a log that are looked at."""
OWN_LINE = re.compile(r"\d+:[A-Z] \d\d \w+ \d{4} [\d:.]+ ([.*#-]) (.*)")
"""A line of a server's own log: its level, from `.` (debug) to `#` (warning), and its text."""
HARMLESS = re.compile(
    r"oO0|warning|\w+ version=|configuration loaded|server initialized|ready to|running mode",
    re.IGNORECASE,
)
"""What every server writes at its start, whatever the level."""
REASON = re.compile(r"crashed by signal|fatal|assertion|out of memory", re.IGNORECASE)
"""What says more than any line after it."""


class CannotStartError(Exception):
    """Why there is no server, as the rest of a sentence."""


def main(arguments: Sequence[str]) -> int:
    """Supervise one server until its end or ours; returns the exit status."""
    program, seconds, *parents = arguments
    wake = hear_signals()
    try:
        folder = make_folder(parents)
        report(folder=str(folder))
        try:
            hold(folder)
            supervise(program, folder, float(seconds), wake)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except CannotStartError as error:
        report(failed=str(error))
    return 0


def hear_signals() -> int:
    """Turn signals into bytes on a pipe; returns its read end.

    With no action of their own they cannot interrupt the cleanup.
    """
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    for number in (*STOP_SIGNALS, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)
    return read_end


def make_folder(parents: Sequence[str]) -> Path:
    """A new 0700 folder in the first parent that can hold the server's socket."""
    problem = "cannot be started: no folder for its socket is given"
    for parent in parents:
        folder = Path(parent, f"qf-{os.urandom(5).hex()}")
        if len(os.fsencode(folder / "s")) > LONGEST_SOCKET_PATH:
            problem = f"cannot be started: the path {parent} is too long for a socket"
            continue
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            problem = (
                f"cannot be started: no folder for its socket can be made in {parent}"
                f" ({error.strerror}); point TMPDIR to a folder you may write to"
            )
        else:
            return folder
    raise CannotStartError(problem)


def hold(folder: Path) -> int:
    """Lock a folder, so that nobody takes it for one left behind; returns the file to be closed.

    Not inherited by programs that are started; given up by the kernel with the process.
    """
    file = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    # A file system without locks: then nobody else can take it, either.
    with contextlib.suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return file


def supervise(program: str, folder: Path, seconds: float, wake: int) -> None:
    """Start the server, report on it, and kill it when it is no longer wanted."""
    adopt_orphans()
    server = start(program, folder)
    try:
        if not wait_until_ready(server, folder, seconds, wake):
            return
        report(ready=str(folder / "s"))
        while server.poll() is None:
            if shall_stop(wake, None):
                return
        report(died=f"died ({end_of(server)}){last_line(folder)}")
    finally:
        # Nothing of it is worth saving. The whole group: the program may be a wrapper's shell.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        shut_down(folder / "s")
        kill_children()


def adopt_orphans() -> None:
    """On Linux: whatever the program starts becomes our child when its own parent ends."""
    prctl = find_prctl()
    if prctl is not None:
        prctl(PR_SET_CHILD_SUBREAPER, 1)


def shut_down(path: Path) -> None:
    """End a server that left its process group, if one still listens there."""
    with socket.socket(socket.AF_UNIX) as connection, contextlib.suppress(OSError):
        connection.settimeout(SHUTDOWN_S)
        connection.connect(str(path))
        connection.sendall(b"SHUTDOWN NOSAVE\r\n")
        connection.recv(64)


def kill_children() -> None:
    """Kill what the program has left behind, until nothing is: each one's children come to us."""
    deadline = time.monotonic() + CHILDREN_S
    while time.monotonic() < deadline:
        children = list(find_children())
        for pid in children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(POLL_S)


def find_children() -> Iterator[int]:
    """Our children, by /proc; none elsewhere than on Linux."""
    for each in Path("/proc").glob("[0-9]*/stat"):
        # Behind the program's name, which may hold anything: the state, then the parent.
        with contextlib.suppress(OSError, ValueError, IndexError):
            if int(each.read_bytes().rpartition(b")")[2].split()[1]) == os.getpid():
                yield int(each.parent.name)


def start(program: str, folder: Path) -> "subprocess.Popen[bytes]":
    """Start the server in a process group of its own, its output going to a file."""
    command = [program, "--port", "0", "--unixsocket", str(folder / "s")]
    command += ["--unixsocketperm", "700", "--dir", str(folder), "--daemonize", "no"]
    command += ["--save", "", "--appendonly", "no", "--logfile", "", "--timeout", "0"]
    try:
        with (folder / "log").open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Redis 7 exits if the environment names a locale that is not installed.
                env={**os.environ, "LC_ALL": "C"},
                process_group=0,
                preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 (no threads here)
            )
    except OSError as error:
        raise CannotStartError(f"cannot be started ({error.strerror})") from error


def die_with_parent(parent: int) -> Callable[[], None]:
    """What the server's process does before it becomes the server: on Linux, tie its life to ours.

    The kernel sends the signal when the parent's *thread* ends; this program has only one.
    """
    prctl = find_prctl()

    def tie() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        # A parent that died before the call above would never be noticed.
        if os.getppid() != parent:
            os._exit(1)

    return tie


def find_prctl() -> "Callable[[int, int], int] | None":
    """The system call of that name; None elsewhere than on Linux."""
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            prctl: Callable[[int, int], int] = ctypes.CDLL(None).prctl
            return prctl
    return None


def wait_until_ready(
    server: "subprocess.Popen[bytes]", folder: Path, seconds: float, wake: int
) -> bool:
    """Wait until the server answers; False if it is no longer wanted."""
    deadline = time.monotonic() + seconds
    while not answers(folder / "s"):
        if shall_stop(wake, POLL_S):
            return False
        if server.poll() is not None:
            raise CannotStartError(f"ended at once ({end_of(server)}){last_line(folder)}")
        if time.monotonic() > deadline:
            raise CannotStartError(f"did not answer within {seconds:g} s{last_line(folder)}")
    return True


def answers(path: Path) -> bool:
    """Whether a server answers PING on the socket."""
    with socket.socket(socket.AF_UNIX) as connection, contextlib.suppress(OSError):
        connection.settimeout(0.2)
        connection.connect(str(path))
        connection.sendall(b"PING\r\n")
        return connection.recv(64).startswith(b"+PONG")
    return False


def shall_stop(wake: int, timeout_s: float | None) -> bool:
    """Wait for the pipe's end, a signal, or the time; whether the server is no longer wanted.

    The server's death (SIGCHLD) ends the wait too, but does not count as a wish to stop.
    """
    readable, _, _ = select.select([STDIN, wake], [], [], timeout_s)
    if STDIN in readable and not os.read(STDIN, 4096):
        return True
    return wake in readable and any(number in STOP_SIGNALS for number in os.read(wake, 4096))


def report(**message: str) -> None:
    """Tell the main program; if it is gone, the pipe's end says so too."""
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(message).encode() + b"\n")


def end_of(server: "subprocess.Popen[bytes]") -> str:
    """How a process ended: `status 1`, `killed by SIGKILL`."""
    status = server.wait()
    if status >= 0:
        return f"status {status}"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(-status).name}"
    return f"killed by signal {-status}"


def last_line(folder: Path) -> str:
    """The line of the server's output that says why it ended, as the end of a sentence.

    Nothing if there is none: that it was ready says nothing about its death.
    """
    with contextlib.suppress(OSError), (folder / "log").open("rb") as log:
        log.seek(max(0, os.fstat(log.fileno()).st_size - LOG_END))
        lines = log.read().decode(errors="replace").split("\n")
        telling = [line for each in lines if (line := telling_part(each.strip()))]
        line = next(filter(REASON.search, telling), telling[-1] if telling else "")
        return f"; its log says: {line[:200]}" if line else ""
    return ""


def telling_part(line: str) -> str:
    """What a line of the output may tell about the server's end; empty for harmless noise."""
    own = OWN_LINE.fullmatch(line)
    if own is None:
        return line
    level, text = own.groups()
    return text if level == "#" and not HARMLESS.match(text) else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
