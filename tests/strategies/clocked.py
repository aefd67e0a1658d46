"""The real strategy on a real server, by a clock that the test sets: costs are exact then."""

from collections.abc import Mapping

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from strategies.hands import PREFIX

from queue_fairness.strategies.virtual_time_by_cost import VirtualTimeByCost

CLOCK = f"{PREFIX}:test-clock"
TIME = "redis.call('TIME')"
FROM_CLOCK = "{0, redis.call('GET', prefix .. 'test-clock')}"


class Clocked(VirtualTimeByCost):
    """Its scripts read the time, in µs, from a key in place of the server's clock."""

    def script(self, client: Redis, body: str) -> AsyncScript:
        text = super().script(client, body).script
        assert isinstance(text, str)
        assert text.count(TIME) == 1, "there is one place that reads the clock"
        return client.register_script(text.replace(TIME, FROM_CLOCK))


async def set_clock(client: Redis, time_us: int) -> None:
    await client.set(CLOCK, time_us)


def clocked(
    partitions: int,
    *,
    limit: int | None = None,
    weights: Mapping[int, float] | None = None,
    ttl_s: float = 3600.0,
) -> Clocked:
    names = [f"p{number}" for number in range(partitions)]
    return Clocked(PREFIX, names, concurrency_limit=limit, lease_ttl_s=ttl_s, weights=weights)
