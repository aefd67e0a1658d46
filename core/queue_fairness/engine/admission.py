"""Looks at a server before the first key of a run: rights, connections, open files, memory.

All that a run could fail for by no fault of its queue, and all that it could do to the data of
others, is asked here; a refusal leaves nothing behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.asyncio.connection import parse_url

from queue_fairness.engine.memory_need import need_of
from queue_fairness.engine.needs import Needs, needs_of
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.errors import ServerError
from queue_fairness.server.capacity import allow_files, check_connections
from queue_fairness.server.rights import Missing, Need, Probe
from queue_fairness.server.room import look_at_room
from queue_fairness.server.server import Server
from queue_fairness.server.watch import Watch

OTHER_USER = "NAME"
"""Stands for a user whose name is not shown, as it may be a password."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What is known of a server that a run may begin on."""

    warning: str | None = None
    may_scan: bool = True
    """Whether keys can be found by SCAN."""


async def admit(parts: RunParts, server: Server, control: Redis, watch: Watch) -> Admission:
    """Make sure that a run can be made, and can remove its keys.

    Args:
        parts: Those of the run.
        server: Where it will run.
        control: A connection of the run.
        watch: Takes its first reading, which is to count nothing that is tried here.

    Raises:
        ServerError: It cannot; says all that is missing, and what suffices.
        redis.exceptions.RedisError: The connection broke.
    """
    needs = needs_of(parts)
    workers = parts.plan.workers
    allow_files(needs.connections, workers)
    may_scan = True
    if not server.is_ours:
        may_scan = await _check_rights(parts, server, needs)
    reading = await watch.begin(control)
    await check_connections(control, server.name, server.connect, needs.connections, workers)
    if server.is_ours:
        return Admission()
    need = need_of(parts.plan)
    warning = look_at_room(reading, need, server.name, "this run", allow=server.allow_eviction)
    return Admission(warning, may_scan)


def names_of(parts: RunParts) -> Sequence[str]:
    """The names of all keys that a run may make, where none can be found by SCAN.

    Such a run leaves no witness: a user who may not touch its key could remove none beside it.
    """
    known = parts.strategy.known_keys()
    assert known is not None, "whoever does not know its names is not admitted without SCAN"
    foreign = parts.keys.foreign_prefix
    return [*known, *(f"{foreign}:{number}" for number in range(parts.plan.foreign_keys))]


def user_of(url: str) -> str:
    """The user's name in a URL; `NAME` where a lone word may be a forgotten password."""
    where = parse_url(url)
    name = where.get("username")
    if not name:
        return "default"
    return str(name) if where.get("password") else OTHER_USER


async def _check_rights(parts: RunParts, server: Server, needs: Needs) -> bool:
    """Refuse what could not be done or not be cleaned; whether keys can be found by SCAN."""
    queue = needs.keys[0]
    removing = [Need(each, key) for key in needs.keys for each in ("unlink", "del")]
    extra = (*removing, Need("scan", queue))
    client = server.connect("qf-probe")
    try:
        missing = await Probe(client, parts.keys.run_id).missing(
            tuple(dict.fromkeys((*needs.needs, *extra)))
        )
    finally:
        await client.aclose()
    refused = {*missing.commands, *missing.unknown}
    needless = _needless(needs, refused)
    missing = Missing(
        tuple(each for each in missing.commands if each not in needless),
        missing.beginnings,
        tuple(each for each in missing.unknown if each not in needless),
    )
    if missing:
        said = missing.sentence(user_of(server.endpoint.url))
        raise ServerError(f"{server.name} {said}")
    return "scan" not in refused


def _needless(needs: Needs, refused: set[str]) -> set[str]:
    """Commands that were tried, and that this run can do without."""
    wanted = {each.command for each in needs.needs}
    found = {"scan"} if needs.names_are_known else set()
    # Either of the two removes a key.
    found |= {"unlink", "del"} - {"unlink"} if {"unlink", "del"} <= refused else {"unlink", "del"}
    return found - wanted
