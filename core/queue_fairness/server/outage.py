"""Which errors are an outage, that may pass, and what is known of a request that met one.

the connection broke          the request may have been carried out: its reply is lost
BUSY, LOADING                 the server was there and did nothing: ask again
anything else                 no outage
"""

import asyncio

from redis import exceptions as redis_errors
from redis.asyncio import Redis

BROKEN = (redis_errors.ConnectionError, redis_errors.TimeoutError)
"""What redis-py raises where a connection breaks, or cannot be made."""
STEPS_S = (0.02, 1.0)
"""Pauses between attempts to get through: the first, doubled up to the longest."""


class SilenceError(redis_errors.TimeoutError):
    """A server has not answered for longer than anybody waits.

    Attributes:
        lasted_s: For how many seconds, as far as it was watched.
        trouble: What came instead of an answer; None if nothing came at all.
    """

    def __init__(self, lasted_s: float, trouble: BaseException | None) -> None:
        super().__init__(f"no answer for {lasted_s:.0f} s")
        self.lasted_s = lasted_s
        self.trouble = trouble


def is_put_off(error: BaseException) -> bool:
    """Whether the server refused a request for now, and has carried out nothing of it."""
    return isinstance(error, redis_errors.BusyLoadingError) or (
        isinstance(error, redis_errors.ResponseError) and str(error).startswith("BUSY ")
    )


def may_pass(error: BaseException) -> bool:
    """Whether it is worth while to wait and ask again: the server may be back."""
    if isinstance(error, redis_errors.AuthenticationError | redis_errors.AuthorizationError):
        return False
    return isinstance(error, BROKEN) or is_put_off(error)


async def reconnect(client: Redis, patience_s: float) -> None:
    """Wait until the server answers on this connection, or on a new one.

    Args:
        client: One on which nobody waits for a reply.
        patience_s: For how long to try, seconds.

    Raises:
        redis.exceptions.RedisError: The last error, once the time is over or waiting is no use.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_s
    pause_s = STEPS_S[0]
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                await client.ping()
        except TimeoutError:
            raise SilenceError(patience_s, None) from None
        except redis_errors.RedisError as error:
            if not may_pass(error) or loop.time() > deadline:
                raise
        else:
            return
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, STEPS_S[1])
