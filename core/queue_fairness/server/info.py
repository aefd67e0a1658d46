"""What is known about a server, and which servers cannot be measured."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from queue_fairness.errors import ServerError
from queue_fairness.server.errors import explain
from queue_fairness.server.origin import ServerOrigin
from queue_fairness.server.programs import OLDEST

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
    """Ask a server who it is, and make sure that it can be measured: INFO, then a PING.

    Where INFO is forbidden or missing, HELLO tells most of it; without either, the run will show
    what the server cannot do.

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
        # What this user may do is looked at by each run, which knows what it needs.
        with suppress(NoPermissionError):
            await client.ping()
    except (RedisError, OSError) as error:
        raise explain(error, address, is_opening=True) from error
    return identify(facts, origin)


async def _facts(client: Redis) -> Mapping[str, str]:
    """INFO's fields, or those of HELLO under INFO's names; none where neither may be asked."""
    try:
        return {name: str(value) for name, value in (await client.info()).items()}
    except ResponseError:
        pass
    try:
        # A dict with the newer protocol, a list of names and values with the older.
        answer = await client.execute_command("HELLO")  # type: ignore[no-untyped-call]
    except ResponseError:
        return {}
    pairs = (
        answer.items() if isinstance(answer, dict) else zip(answer[::2], answer[1::2], strict=False)
    )
    told = {_word(name): _word(value) for name, value in pairs}
    engine = told.get("server", "redis")
    facts = {
        f"{engine}_version": told.get("version"),
        f"{engine}_mode": told.get("mode"),
        "role": "slave" if told.get("role") == "replica" else told.get("role"),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _word(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def identify(facts: Mapping[str, str], origin: ServerOrigin) -> ServerInfo:
    """Engine and version out of INFO's fields."""
    for field, engine in _ENGINES:
        if field in facts:
            return ServerInfo(engine, facts[field].removeprefix("df-v"), origin)
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
    parts = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if len(parts) == 2 and parts < OLDEST:
        oldest = ".".join(str(part) for part in OLDEST)
        return f"is version {version}, which is too old; use a server of version {oldest} or newer"
    return None


def _role_problem(facts: Mapping[str, str]) -> str | None:
    if facts.get("role") == "slave" and facts.get("slave_read_only", "1") == "1":
        primary = facts.get("master_host")
        hint = f" ({primary}:{facts.get('master_port')})" if primary else ""
        return f"is a read-only replica; point --redis-url to its primary{hint}"
    return None
