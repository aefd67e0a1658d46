"""Remove a run's keys, and no other key.

A run owns the keys `{prefix}:…`. The colon belongs to the rule: without it, removing `qf:{1a}`
would also take `qf:{1a}b:…` of another program.
"""

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import islice

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

MOST_PASSES = 2_000
"""What is written while keys are removed is gone after a few; a server may also not obey."""
SCAN_COUNT = 2000
"""Keys a server looks at per SCAN. Blocks it for 0.2 ms (Valkey 9.1) to 1 ms (Redis 7.0)."""
SHORTEST_MARK = 8
"""Characters of a run's id."""
SIGN = "witness"
"""Ends the name of the key that tells whose the others are: so it is removed last."""


async def remove_names(client: Redis, names: Iterable[str]) -> int:
    """Remove the keys of these names; those that are not there do no harm.

    Returns:
        How many were removed.

    Raises:
        redis.exceptions.RedisError: As the server says.
    """
    removed = 0
    waiting = iter(names)
    while some := list(islice(waiting, SCAN_COUNT)):
        removed += await _remove(client, some)
    return removed


async def remove_keys(client: Redis, prefix: str) -> int:
    """Remove every key that begins with the prefix and a colon.

    Passes are repeated until one finds nothing, so keys that are written meanwhile go as well;
    stop the writers first, or this gives up after `MOST_PASSES`.

    Args:
        client: Any client of the server.
        prefix: Taken literally, without the colon, as `qf:{1a2b3c4d}`.

    Returns:
        How many keys were removed.

    Raises:
        ValueError: If the prefix is empty.
        redis.exceptions.RedisError: As the server says.
    """
    if not prefix:
        raise ValueError("an empty prefix would remove keys of others")
    removed = 0
    sign, has_sign = f"{prefix}:{SIGN}".encode(), False
    for _ in range(MOST_PASSES):
        found_some = False
        async for page in _pages(client, f"{prefix}:"):
            has_sign = has_sign or sign in page
            keys = [key for key in page if key != sign]
            if keys:
                found_some = True
                removed += await _remove(client, keys)
        if not found_some:
            # Not to be touched where it was never left: the rights for it may be missing.
            return removed + (await _remove(client, [sign]) if has_sign else 0)
    raise ResponseError(f"keys that begin with {prefix} stay where they are when they are removed")


async def remove_marked(client: Redis, mark: str, indexes: Sequence[str] = ()) -> int:
    """Remove every key whose name holds a mark, and every member of some sets that does.

    For libraries that name their keys themselves, after names that hold the run's id.

    Args:
        client: Any client of the server.
        mark: The run's id: 8 hexadecimal digits, drawn at random.
        indexes: Names of sets or sorted sets; those that are not there do no harm.

    Returns:
        How many keys were removed.

    Raises:
        ValueError: If the mark is short enough to be in keys of others.
        redis.exceptions.RedisError: As the server says.
    """
    if len(mark) < SHORTEST_MARK:
        raise ValueError("so short a mark would remove keys of others")
    removed, cursor = 0, None
    while cursor != 0:
        cursor, found = await client.scan(cursor or 0, match=f"*{mark}*", count=SCAN_COUNT)
        names = [each if isinstance(each, bytes) else each.encode() for each in found]
        keys = [each for each in names if mark.encode() in each]
        removed += await _remove(client, keys) if keys else 0
    for index in indexes:
        kind = await client.type(index)
        if kind in (b"set", "set"):
            members = [each async for each in client.sscan_iter(index, match=f"*{mark}*")]
            if members:
                await client.srem(index, *members)
        elif kind in (b"zset", "zset"):
            pairs = [each async for each, _ in client.zscan_iter(index, match=f"*{mark}*")]
            if pairs:
                await client.zrem(index, *pairs)
    return removed


async def can_scan(client: Redis) -> bool:
    """Whether keys can be found by SCAN.

    Raises:
        redis.exceptions.RedisError: The connection broke. A refusal raises nothing.
    """
    try:
        await client.scan(0, count=1)
    except ResponseError:
        return False
    return True


async def _remove(client: Redis, keys: Sequence[str | bytes]) -> int:
    """UNLINK, which does not hold the server up; DEL where that is refused or not known."""
    try:
        return int(await client.unlink(*keys))
    except ResponseError as error:
        if not (isinstance(error, NoPermissionError) or "unknown command" in str(error).lower()):
            raise
        return int(await client.delete(*keys))


async def _pages(client: Redis, beginning: str) -> AsyncIterator[list[bytes]]:
    """All keys with this beginning, in one pass, some thousand at a time; a key may come twice.

    They may be removed meanwhile: SCAN still returns every key that stays. So nothing has to be
    remembered, however many there are.
    """
    cursor = 0
    while True:
        cursor, found = await client.scan(cursor, match=_literal(beginning) + "*", count=SCAN_COUNT)
        # The pattern is trusted to find, not to protect: what is removed is looked at once more.
        as_bytes = (key if isinstance(key, bytes) else key.encode() for key in found)
        keys = [key for key in as_bytes if key.startswith(beginning.encode())]
        if keys:
            yield keys
        if cursor == 0:
            return


def _literal(text: str) -> str:
    r"""A glob pattern that matches only the text: `*`, `?`, `[`, `]`, `^`, `-`, `\` escaped."""
    return re.sub(r"([*?\[\]^\\-])", r"\\\1", text)
