"""What is known about a server, and which servers cannot be measured."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from queue_fairness.errors import ServerError
from queue_fairness.outside import from_outside
from queue_fairness.server.errors import explain, is_refused
from queue_fairness.server.origin import ServerOrigin
from queue_fairness.server.programs import OLDEST
from queue_fairness.server.reading import read_info

LONGEST_FACT = 80
"""Most characters of what a server says of itself."""
# First match wins: the others also tell a redis_version, the one they are compatible with.
_ENGINES = (
    ("valkey_version", "Valkey"),
    ("dragonfly_version", "Dragonfly"),
    ("redis_version", "Redis"),
)


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """The server that was measured. Engines differ, so it belongs into every report."""

    engine: str
    """`Redis`, `Valkey`, or `Dragonfly`."""
    version: str
    """The engine's own version, as `9.1.2`."""
    origin: ServerOrigin

    def __str__(self) -> str:
        return f"{self.engine} {self.version} ({self.origin})"


async def inspect(client: Redis, origin: ServerOrigin, address: str) -> ServerInfo:
    """Ask a server who it is, and make sure that it can be measured: INFO, PING, a trivial script.

    Where INFO is forbidden or missing, HELLO tells most of it; without either, the run will show
    what the server cannot do. PING and scripts may be forbidden as well.

    Args:
        client: A fresh client of the server.
        origin: For `ServerInfo.origin`.
        address: How error messages name the server; no secrets.

    Raises:
        ServerError: If it does not answer, is too old, a cluster node, a sentinel or a read-only
            replica.
    """
    try:
        facts = await _facts(client)
        _refuse_unfit(facts, address)
        await _refuse_odd(client, address)
    except (RedisError, OSError) as error:
        raise explain(error, address, is_opening=True) from error
    return identify(facts, origin)


async def _refuse_odd(client: Redis, address: str) -> None:
    """Make sure that it answers as a Redis does, as far as this user may ask.

    What the user may do is looked at by each run, which knows what it needs.

    Raises:
        ServerError: It is none.
        redis.exceptions.RedisError: It cannot be asked now.
    """
    with suppress(NoPermissionError):
        await client.ping()
    try:
        answer = await client.eval("return 1", 0)
    except ResponseError as error:
        if is_refused(error):
            raise
        return
    if answer != 1:
        raise ServerError(
            f"{address} answers {from_outside(repr(answer), LONGEST_FACT)} to a script that returns"
            " 1: it is no Redis; check host and port"
        )


async def _facts(client: Redis) -> Mapping[str, str]:
    """INFO's fields, or those of HELLO under INFO's names; none where neither may be asked."""
    try:
        return await read_info(client)
    except ResponseError:
        pass
    try:
        # A dict with the newer protocol, a list of names and values with the older.
        answer = await client.execute_command("HELLO")  # type: ignore[no-untyped-call]
    except ResponseError:
        return {}
    pairs: Iterable[tuple[object, object]] = ()
    if isinstance(answer, dict):
        pairs = answer.items()
    elif isinstance(answer, list):
        pairs = zip(answer[::2], answer[1::2], strict=False)
    told = {_word(name): _word(value) for name, value in pairs}
    engine = told.get("server", "redis")
    facts = {
        f"{engine}_version": told.get("version"),
        f"{engine}_mode": told.get("mode"),
        "role": "slave" if told.get("role") == "replica" else told.get("role"),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _word(value: object) -> str:
    return from_outside(value, LONGEST_FACT)


def _version(told: str) -> str:
    """A version that looks like one, as `9.1.2`; whatever else is told is no version."""
    version = told.removeprefix("df-v")
    return version if re.fullmatch(r"\d{1,6}(\.[\w-]{1,16}){0,5}", version, re.ASCII) else "unknown"


def identify(facts: Mapping[str, str], origin: ServerOrigin) -> ServerInfo:
    """Engine and version out of INFO's fields."""
    for field, engine in _ENGINES:
        if field in facts:
            return ServerInfo(engine, _version(facts[field]), origin)
    return ServerInfo("Redis", "unknown", origin)


def _refuse_unfit(facts: Mapping[str, str], address: str) -> None:
    problem = _mode_problem(facts) or _age_problem(facts) or _role_problem(facts)
    if problem is not None:
        raise ServerError(f"{address} {problem}")


def _mode_problem(facts: Mapping[str, str]) -> str | None:
    # Valkey 9 says server_mode where Redis says redis_mode.
    match facts.get("redis_mode", facts.get("server_mode", facts.get("valkey_mode"))):
        case "cluster":
            return (
                "is a node of a cluster, and this version measures a single node;"
                " point --redis-url to a server without cluster mode"
            )
        case "sentinel":
            return "is a Sentinel and holds no data; point --redis-url to the primary it watches"
    return None


def _age_problem(facts: Mapping[str, str]) -> str | None:
    # The compatible version: an engine's own numbers may begin at 1.
    version = facts.get("redis_version", "")
    parts = tuple(int(part) for part in version.split(".")[:2] if re.fullmatch("[0-9]{1,6}", part))
    if len(parts) == 2 and parts < OLDEST:
        oldest = ".".join(str(part) for part in OLDEST)
        return f"is version {version}, which is too old; use a server of version {oldest} or newer"
    return None


def _role_problem(facts: Mapping[str, str]) -> str | None:
    if facts.get("role") == "slave" and facts.get("slave_read_only", "1") == "1":
        primary = facts.get("master_host")
        hint = f" ({primary}:{facts.get('master_port', '')})" if primary else ""
        return f"is a read-only replica; point --redis-url to its primary{hint}"
    return None
