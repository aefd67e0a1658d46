"""Do something to a run. Each fault is a few actions with their times, so that faults overlap."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chaos.case import Fault
from chaos.owner import Owner, ask
from chaos.program import Program
from redis import Redis
from redis.exceptions import RedisError, ResponseError

FRAME_S = 0.04
KILL_S = 20.0
"""How long a script is tried to be killed."""
GARBAGE = b"garbage \xff\x1b[31m"

MOUSE = (b"\x1b[<0;10;5M", b"\x1b[<0;10;5m", b"\x1b[<64;20;8M", b"\x1b[M\x9a\xff\x9c", b"\x1b[M !!")
INVALID = (b"\xc3\x28", b"\xff\xfe", b"\xe2\x82", b"\xf0\x9f\x98", b"\x80")
NAMED = (b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[5~", b"\x1b[6~", b"\r", b"\t", b"\x1b")
LETTERS = tuple(bytes([code]) for code in b" uxredDcs/123456?+-!m0fgGnbkjlh\x10\x7f.,:")


@dataclass(frozen=True, slots=True)
class Target:
    """What can be harmed: the program, and the owner's server where there is one."""

    program: Program
    owner: Owner | None
    folder: Path
    """Where the program's own server has its socket."""

    def server_pid(self) -> int | None:
        """The process of the server in use."""
        if self.owner is not None:
            return self.owner.pid
        return next((pid for pid, line in self.program.others().items() if _is_server(line)), None)

    def guard_pids(self) -> list[int]:
        """The processes that the program keeps beside itself, without its server."""
        return [pid for pid, line in self.program.others().items() if not _is_server(line)]

    def connect(self) -> Redis | None:
        """A connection to the server in use; None if there is no way to it."""
        if self.owner is not None:
            return self.owner.connect(5.0)
        sockets = list(self.folder.glob("*/s"))
        if not sockets:
            return None
        return Redis(unix_socket_path=str(sockets[0]), socket_timeout=5.0)

    def has_keys(self) -> bool:
        """Whether a run has made its first key."""
        with suppress(RedisError, OSError):
            client = self.owner.watch if self.owner else self.connect()
            if client is not None:
                found = any(True for _ in client.scan_iter(match="qf:*", count=5000))
                if self.owner is None:
                    client.close()
                return found
        return False


def _is_server(line: str) -> bool:
    first = line.split(" ", 1)[0]
    return first.rsplit("/", 1)[-1].startswith(("redis-server", "valkey-server"))


Action = tuple[float, Callable[[], object]]
"""When, in seconds after the fault's beginning, and what; it returns False if it hit nothing."""


def actions(fault: Fault, target: Target) -> list[Action]:
    """What a fault consists of; the last action ends it."""
    dice = random.Random(fault.number)
    whom, _, what = fault.kind.partition(" ")
    if whom in ("program", "guard") or fault.kind in ("server STOP", "server KILL"):
        return list(_signals(fault, target, whom, what, dice))
    if fault.kind == "server restart":
        return [(0.0, partial(_kill_server, target)), (fault.for_s, partial(_restart, target))]
    if fault.kind == "resize":
        count = max(1, int(fault.for_s / FRAME_S))
        sizes = [(dice.randint(1, 220), dice.randint(1, 70)) for _ in range(count)] + [(100, 30)]
        return [
            (number * FRAME_S, partial(target.program.resize, *size))
            for number, size in enumerate(sizes)
        ]
    if fault.kind == "keys":
        count = max(1, int(fault.for_s / (2 * FRAME_S)))
        pressed = [dice.choice(dice.choice((LETTERS, NAMED, MOUSE, INVALID))) for _ in range(count)]
        return [
            (number * 2 * FRAME_S, partial(target.program.press, keys))
            for number, keys in enumerate(pressed)
        ]
    if fault.kind in _AT_ONCE:
        return [(0.0, partial(_AT_ONCE[fault.kind], target.program))]
    # They may have to wait for a server that is hung.
    return [(0.0, partial(_beside, partial(_SERVER[fault.kind], target, fault, dice)))]


def _signals(
    fault: Fault, target: Target, whom: str, name: str, dice: random.Random
) -> Iterator[Action]:
    chosen: list[int] = []

    def send(number: signal.Signals) -> bool:
        if not chosen:
            if whom == "program":
                chosen.append(target.program.process.pid)
            elif whom == "guard":
                pids = target.guard_pids()
                chosen.extend([dice.choice(pids)] if pids else [])
            elif pid := target.server_pid():
                chosen.append(pid)
        for pid in chosen:
            if whom == "server" and number is signal.SIGKILL and target.owner is not None:
                target.owner.kill()
                continue
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return bool(chosen)

    yield 0.0, partial(send, signal.Signals[f"SIG{name}"])
    if name == "STOP":
        yield fault.for_s, partial(send, signal.SIGCONT)


def _kill_server(target: Target) -> None:
    assert target.owner is not None
    target.owner.kill()


def _restart(target: Target) -> None:
    assert target.owner is not None
    target.owner.start()


def _beside(act: Callable[[], None]) -> None:
    threading.Thread(target=act, daemon=True).start()


_AT_ONCE: dict[str, Callable[[Program], None]] = {
    "press q": lambda program: program.press(b"q"),
    "press ctrl+c": lambda program: program.press(b"\x03"),
    "hang up": Program.hang_up,
    "reader leaves": Program.leave_output,
}


def _asking(command: Callable[[Redis, Fault], list[str | bytes]]) -> "ServerAction":
    def act(target: Target, fault: Fault, _dice: random.Random) -> None:
        with suppress(RedisError, OSError):
            client = target.connect()
            if client is not None:
                with client:
                    ask(client, *command(client, fault))

    return act


def _flush(target: Target, fault: Fault, dice: random.Random) -> None:
    if target.owner is not None:
        target.owner.is_emptied = True
    _asking(lambda _client, _fault: ["FLUSHALL"])(target, fault, dice)


def _busy(target: Target, fault: Fault, _dice: random.Random) -> None:
    """A script of somebody that runs, and is killed after a while."""
    with suppress(RedisError, OSError):
        hurried, client = target.connect(), target.connect()
        if hurried is None or client is None:
            return
        hurried.ping()
        ended = threading.Event()
        killing = threading.Timer(fault.for_s, partial(_kill_scripts, hurried, ended))
        killing.start()
        with client:
            try:
                ask(client, "EVAL", "while true do end", 0)
            except ResponseError:  # how it says that it was killed
                ended.set()


def _kill_scripts(client: Redis, ended: threading.Event) -> None:
    """A server hears of it after its threshold only, and each connection may break until then."""
    deadline = time.monotonic() + KILL_S
    with client:
        while not ended.is_set() and time.monotonic() < deadline:
            with suppress(RedisError, OSError):
                ask(client, "SCRIPT", "KILL")
            ended.wait(0.05)


def _write(target: Target, _fault: Fault, dice: random.Random) -> None:
    """Something of others lands in one of the run's keys."""
    with suppress(RedisError, OSError):
        client = target.connect()
        if client is None:
            return
        with client:
            names = sorted(client.scan_iter(match="qf:*", count=5000))
            if not names:
                return
            name = dice.choice(names)
            kind = ask(client, "TYPE", name)
            how = dice.choice(("append", "append", "delete", "another type"))
            if how != "append":
                ask(client, "DEL", name)
            if how == "another type":
                ask(client, "SADD" if kind == b"string" else "SET", name, GARBAGE)
            elif how == "append":
                ask(client, *_appended(kind, name))


def _appended(kind: bytes, name: bytes) -> list[str | bytes]:
    known: dict[bytes, list[str | bytes]] = {
        b"list": ["RPUSH", name, GARBAGE],
        b"set": ["SADD", name, GARBAGE],
        b"zset": ["ZADD", name, "0", GARBAGE],
        b"hash": ["HSET", name, GARBAGE, GARBAGE],
        b"stream": ["XADD", name, "*", GARBAGE, GARBAGE],
    }
    return known.get(kind, ["SET", name, GARBAGE])


ServerAction = Callable[[Target, Fault, random.Random], None]

_SERVER: dict[str, ServerAction] = {
    "client kill": _asking(lambda *_: ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]),
    "client pause": _asking(
        lambda _client, fault: ["CLIENT", "PAUSE", str(int(fault.for_s * 1000)), "ALL"]
    ),
    "debug sleep": _asking(lambda _client, fault: ["DEBUG", "SLEEP", f"{fault.for_s:.2f}"]),
    "script kill": _asking(lambda *_: ["SCRIPT", "KILL"]),
    "script flush": _asking(lambda *_: ["SCRIPT", "FLUSH"]),
    "flushall": _flush,
    "foreign write": _write,
    "busy script": _busy,
}
