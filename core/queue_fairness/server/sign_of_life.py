"""How others can tell whether a run is alive: its sign of life, the value of one of its keys.

run ──SET, every RENEW_S──► qf-foreign:{id}:witness = {machine, pid, started, at}
anybody ──GET──► same machine: does the process live?   another machine: how old is the sign?

It has no time to live: it stays with the keys of a run that died, and tells that it did.
"""

import hashlib
import json
import os
import platform
import re
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

RENEW_S = 5.0
LAPSE_S = 600.0
"""So old a sign from another machine is taken for a dead run's: 120 renewals have failed."""
LONGEST = 400
"""Bytes of a sign that are read: it is somebody else's text."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Who carries a run out, and when it was last heard of."""

    machine: str
    """Stands for a machine since its last start and, on Linux, a space of process ids."""
    pid: int
    started: str
    """When that process began, in words of its system; empty if unknown."""
    at: int
    """By the server's clock, in seconds since 1970."""

    def why_dead(self, now: int) -> str | None:
        """Why the run is over, in a few words; None if it may be alive.

        Args:
            now: By the server's clock.
        """
        if self.machine == this_machine():
            is_there = _lives(self.pid, self.started)
            return None if is_there else f"its process {self.pid} is gone"
        silent_s = now - self.at
        return f"no sign of life for {silent_s // 60} min" if silent_s > LAPSE_S else None


async def sign(client: Redis) -> bytes:
    """The sign of this process, now.

    Raises:
        redis.exceptions.RedisError: The connection broke.
    """
    pid = os.getpid()
    mine = Sign(this_machine(), pid, _start_of(pid) or "", await server_time(client))
    return json.dumps(asdict(mine)).encode()


async def server_time(client: Redis) -> int:
    """The server's clock, or where it does not tell ours, in seconds since 1970."""
    try:
        seconds, _ = await client.time()
    except ResponseError:
        return int(time.time())
    return int(seconds)


def read_sign(value: bytes | None) -> Sign | None:
    """What a run has left; None where that is nothing, or not of this kind."""
    if value is None or len(value) > LONGEST:
        return None
    # Whatever else stands there is of no run of ours; ValueError is also that of bad JSON.
    with suppress(ValueError, RecursionError):
        told = json.loads(value)
        if isinstance(told, dict) and told.keys() == set(Sign.__slots__):
            kinds = {"machine": str, "pid": int, "started": str, "at": int}
            if all(type(told[name]) is kind for name, kind in kinds.items()):
                return Sign(**cast("dict[str, str]", told))  # type: ignore[arg-type]
    return None


def this_machine() -> str:
    """16 hexadecimal digits that no other machine or container has, nor this one after a start."""
    parts = [platform.node(), str(uuid.getnode())]
    with suppress(OSError):
        parts = [Path("/proc/sys/kernel/random/boot_id").read_text().strip()]
    # Containers share a kernel, and each has a process 1.
    with suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))  # noqa: PTH115 (no path, but a name)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _lives(pid: int, started: str) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        # It is there, and another user's; or no process id at all, of which nothing is known.
        return True
    now_there = _start_of(pid)
    return now_there is None or not started or now_there == started


def _start_of(pid: int) -> str | None:
    """When a process began, in ticks since the machine's start; None where that is not told.

    A zombie has ended: nothing of it runs.
    """
    try:
        facts = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = re.split(r"\) ", facts)[-1].split()
    return "ended" if fields[0] in "ZX" else fields[19]
