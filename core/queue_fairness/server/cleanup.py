"""Remove a run's keys, and no other key.

A run owns the keys `{prefix}:…`. The colon belongs to the rule: without it, removing `qf:{1a}`
would also take `qf:{1a}b:…` of another program.
"""

import re
from collections.abc import AsyncIterator

from redis.asyncio import Redis
from redis.exceptions import ResponseError

MOST_PASSES = 2_000
"""What is written while keys are removed is gone after a few; a server may also not obey."""
SCAN_COUNT = 2000
"""Keys a server looks at per SCAN. Blocks it for 0.2 ms (Valkey 9.1) to 1 ms (Redis 7.0)."""


SIGN = "witness"
"""Ends the name of the key that tells whose the others are: so it is removed last."""


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
    sign = f"{prefix}:{SIGN}".encode()
    for _ in range(MOST_PASSES):
        found_some = False
        async for page in _pages(client, f"{prefix}:"):
            keys = [key for key in page if key != sign]
            if keys:
                found_some = True
                removed += int(await client.unlink(*keys))
        if not found_some:
            return removed + int(await client.unlink(sign))
    raise ResponseError(f"UNLINK leaves keys that begin with {prefix}: where they are")


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
