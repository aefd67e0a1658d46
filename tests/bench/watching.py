"""When the program's own server was first asked for a task: what no face shows to the millisecond.

The server is found by the folder that was given to the program as TMPDIR.
"""

import socket
import time
from pathlib import Path

from bench.terminal import DEADLINE_S, wait_until

WORKER = b" name=qf-w"
LOOK_S = 0.01


def first_sent(folder: Path, command: bytes) -> float:
    """When a command was first sent, in seconds since the epoch; exact, but slows the server.

    Args:
        folder: The program's TMPDIR.
        command: As MONITOR shows it, upper case, such as `"RPOP"`.
    """
    with _server(folder) as monitor:
        monitor.sendall(b"MONITOR\r\n")
        seen = b""
        while command not in seen.upper():
            seen = seen[seen.rfind(b"\n") + 1 :] + _receive(monitor)
    line = next(each for each in seen.splitlines() if command in each.upper())
    return float(line[1:].split()[0])


def first_claimed(folder: Path, command: bytes) -> float:
    """When a worker had first sent a command, in seconds since the epoch; within `LOOK_S`.

    Args:
        folder: The program's TMPDIR.
        command: As CLIENT LIST shows it, such as `evalsha`.
    """
    deadline = time.monotonic() + DEADLINE_S
    with _server(folder) as client:
        while time.monotonic() < deadline:
            client.sendall(b"CLIENT LIST\r\n")
            listed = _receive(client)
            header, _, body = listed.partition(b"\r\n")
            while len(body) < int(header[1:]):
                body += _receive(client)
            if any(WORKER in line and b" cmd=" + command in line for line in body.splitlines()):
                return time.time()
            time.sleep(LOOK_S)
    raise AssertionError(f"no worker has sent {command.decode()}")


def _server(folder: Path) -> socket.socket:
    wait_until(lambda: any(folder.glob("qf-*/s")))
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(DEADLINE_S)
    address = str(next(folder.glob("qf-*/s")))

    def connects() -> bool:
        try:
            client.connect(address)
        except OSError:  # the socket's file is there a moment before the server listens
            return False
        return True

    wait_until(connects)
    return client


def _receive(client: socket.socket) -> bytes:
    received = client.recv(65536)
    if not received:
        raise AssertionError("the server has gone")
    return received
