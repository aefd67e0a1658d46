"""Gets a worker's own connection through a break, for as long as a run's patience lasts."""

from redis.asyncio import Redis
from redis.exceptions import RedisError

from queue_fairness.engine import patience
from queue_fairness.server.connection import drop_if_closed
from queue_fairness.server.outage import may_pass, reconnect


async def renew_if_closed(client: Redis) -> None:
    """Open another connection if the other end has closed this one while it was idle.

    Nothing is under way, so nothing is lost by it. Raises what `reconnect` does.
    """
    if await drop_if_closed(client):
        await reconnect(client, patience.PATIENCE_S)


async def get_through(client: Redis, error: RedisError) -> None:
    """Wait until the server answers again after an error; raises one that is no outage."""
    if not may_pass(error):
        raise error
    await reconnect(client, patience.PATIENCE_S)
