"""What a server counts of its own doings: INFO, as far as it can be had.

Everything here is a convenience. A server that forbids INFO or does not know it can be measured;
only what it did on its own can then not be told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from queue_fairness.outside import from_outside

LONGEST_FIELD = 400
"""Characters of one of INFO's fields that are read: those of a command's counts are the longest."""
EMPTYING = ("cmdstat_flushall", "cmdstat_flushdb", "cmdstat_swapdb")
"""INFO's fields for the commands that take all keys of a database away."""
REMOVING = tuple(
    f"cmdstat_{each}"
    for each in ("del", "unlink", "getdel", "rename", "renamenx", "move", "migrate")
)
"""The same for those that take single keys away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """INFO at one instant; each field None where the server does not tell."""

    run_id: str | None = None
    """Drawn by the server at its start."""
    role: str | None = None
    replicas: int | None = None
    """How many are connected to it."""
    maxmemory: int | None = None
    """Bytes; 0 for no bound."""
    policy: str | None = None
    """Its maxmemory-policy."""
    used_memory: int | None = None
    """Bytes."""
    evicted_keys: int | None = None
    expired_keys: int | None = None
    flushes: int | None = None
    """Calls of FLUSHALL, FLUSHDB and SWAPDB."""
    removals: int | None = None
    """Calls of DEL, UNLINK and the like."""
    refused_writes: int | None = None
    """Commands refused for want of memory."""


class Connections(NamedTuple):
    """How many a server takes in, and has; each None where it does not tell."""

    most: int | None = None
    now: int | None = None


async def read(client: Redis) -> Reading:
    """Ask a server for all that it counts.

    Raises:
        redis.exceptions.RedisError: The connection broke. A refusal raises nothing.
    """
    try:
        return _reading(await read_info(client, "all"))
    except ResponseError:
        maxmemory = _number(await _setting(client, "maxmemory"))
        policy = await _setting(client, "maxmemory-policy")
        told = None if policy is None else from_outside(policy, LONGEST_FIELD)
        return Reading(maxmemory=maxmemory, policy=told)


async def read_connections(client: Redis) -> Connections:
    """Ask a server for its connections.

    Raises:
        redis.exceptions.RedisError: The connection broke. A refusal raises nothing.
    """
    try:
        facts = await read_info(client, "clients")
    except ResponseError:
        return Connections()
    most = _number(facts.get("maxclients"))
    if most is None:
        most = _number(await _setting(client, "maxclients"))
    return Connections(most, _number(facts.get("connected_clients")))


async def read_info(client: Redis, *sections: str) -> dict[str, str]:
    """INFO's fields as they are told; none where the answer is no text.

    Raises:
        redis.exceptions.RedisError: The connection broke, or the server refuses.
    """
    # As bytes: for the name as text redis-py has a reader of its own, which fails on what is not
    # quite INFO, and takes a version for a number.
    answer = await client.execute_command(b"INFO", *sections)  # type: ignore[no-untyped-call]
    text = answer.decode(errors="backslashreplace") if isinstance(answer, bytes) else answer
    lines = text.splitlines() if isinstance(text, str) else ()
    fields = (line.partition(":") for line in lines if not line.startswith("#"))
    return {name: from_outside(value, LONGEST_FIELD) for name, colon, value in fields if colon}


async def read_idle_timeout(client: Redis) -> int | None:
    """After how many idle seconds the server closes a connection; 0 for never, None if unknown.

    Raises:
        redis.exceptions.RedisError: The connection broke. A refusal raises nothing.
    """
    return _number(await _setting(client, "timeout"))


async def _setting(client: Redis, name: str) -> object:
    """One setting; None where it may not be asked, or there is none."""
    try:
        answer = await client.config_get(name)
    except ResponseError:
        return None
    # A list of names and values from who was met in the older protocol only.
    values = list(answer.values()) if isinstance(answer, dict) else list(answer)[1::2]
    value = next(iter(values), None)
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _reading(facts: Mapping[str, str]) -> Reading:
    counts_commands = any(name.startswith("cmdstat_") for name in facts)
    calls = partial(_part, facts, part="calls")
    return Reading(
        run_id=facts.get("run_id"),
        role=facts.get("role"),
        replicas=_number(facts.get("connected_slaves")),
        maxmemory=_number(facts.get("maxmemory")),
        policy=facts.get("maxmemory_policy"),
        used_memory=_number(facts.get("used_memory")),
        evicted_keys=_number(facts.get("evicted_keys")),
        expired_keys=_number(facts.get("expired_keys")),
        flushes=sum(map(calls, EMPTYING)) if counts_commands else None,
        removals=sum(map(calls, REMOVING)) if counts_commands else None,
        refused_writes=_part(facts, "errorstat_OOM", "count") if counts_commands else None,
    )


def _part(facts: Mapping[str, str], name: str, part: str) -> int:
    """One number of a field with several; 0 for what the server has never had to count."""
    parts = dict(each.partition("=")[::2] for each in facts.get(name, "").split(","))
    return _number(parts.get(part)) or 0


def _number(value: object) -> int | None:
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
