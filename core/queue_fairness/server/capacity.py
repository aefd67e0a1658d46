"""Whether there are connections and open files enough for a run, before its first key."""

import asyncio
import contextlib
import os
import resource
from collections.abc import Callable
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from queue_fairness.errors import ServerError
from queue_fairness.server.reading import read_connections

SPARE_FILES = 40
"""Open files beside connections that a run comes to need: pipes, sockets, results, modules. More
than the 32 by which a server of ours, under the same limit, needs more than it has clients."""
ATTEMPTS, PAUSE_S = 10, 0.05
"""How often, and how long in between, to look again: others may have just closed theirs."""
AT_ONCE = 32


def allow_files(connections: int, workers: int) -> None:
    """Allow this process as many open files as a run takes: a usual soft limit may be too low.

    Args:
        connections: That it will hold beside what is open now.
        workers: Those of the run, for the advice.

    Raises:
        ServerError: The hard limit is lower; names a number that suffices.
    """
    need = _open_files() + connections + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= need:
        return
    if hard == resource.RLIM_INFINITY or hard >= need:
        # Some systems refuse what they have promised.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (need, hard))
            return
    limit = soft if hard == resource.RLIM_INFINITY else min(hard, max(soft, hard))
    raise ServerError(
        f"this run needs {need:,} open files, and this process may have {limit:,}: raise the limit"
        f" (ulimit -Hn {need} or more){_or_fewer(workers, need - limit)}"
    )


async def check_connections(
    control: Redis, name: str, connect: Callable[[str], Redis], need: int, workers: int
) -> None:
    """Make sure that a server takes in as many connections as a run makes.

    Args:
        control: One of them, which is connected.
        name: How to name the server; no secrets.
        connect: Opens another one.
        need: How many there will be at most, `control` included.
        workers: Those of the run, for the advice.

    Raises:
        ServerError: It does not; names a number that suffices.
        redis.exceptions.RedisError: The connection broke.
    """
    refusal = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            await asyncio.sleep(PAUSE_S)
        most, now = await read_connections(control)
        if most is None or now is None:
            await _try(connect, name, need, workers)
            return
        others = now - 1
        short = others + need - most
        if short <= 0:
            return
        refusal = (
            f"{name} takes in {most:,} connections (maxclients), {others:,} are in use, and this"
            f" run needs {need:,}: raise maxclients to {others + need:,}{_or_fewer(workers, short)}"
        )
    raise ServerError(refusal)


async def _try(connect: Callable[[str], Redis], name: str, need: int, workers: int) -> None:
    """Where the server tells nothing: make the connections, and close them again."""
    clients = [connect("qf-trial") for _ in range(need - 1)]
    made = 0
    try:
        for start in range(0, len(clients), AT_ONCE):
            some = clients[start : start + AT_ONCE]
            for outcome in await asyncio.gather(*map(_meet, some), return_exceptions=True):
                if isinstance(outcome, RedisConnectionError):
                    raise ServerError(
                        f"{name} takes in only {made + 1:,} connections more, and this run needs"
                        f" {need:,}: raise its maxclients by {need - made - 1:,}"
                        f"{_or_fewer(workers, need - made - 1)}"
                    )
                if isinstance(outcome, BaseException):
                    raise outcome
                made += 1
    finally:
        await asyncio.gather(*(each.aclose() for each in clients), return_exceptions=True)


async def _meet(client: Redis) -> None:
    with contextlib.suppress(ResponseError):
        await client.ping()


def _or_fewer(workers: int, short: int) -> str:
    """The other way out, where there is one."""
    return f", or use -w {workers - short}" if workers > short else ""


def _open_files() -> int:
    for folder in ("/proc/self/fd", "/dev/fd"):
        if Path(folder).is_dir():
            return len(os.listdir(folder))  # noqa: PTH208 (names alone: nothing is looked at)
    return 0
