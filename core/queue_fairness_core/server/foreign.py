"""Keys of others in the same database: a queue that scans has to walk past them."""

from collections.abc import Iterator

from redis.asyncio import Redis

PER_COMMAND = 500
"""Keys per MSET. Holds a server up for well under a millisecond."""
PER_TRIP = 4
"""Commands sent before their replies are waited for."""


class ForeignKeys:
    """Adds keys that are none of the queue's; whoever made the run's prefix removes them.

    Args:
        prefix: Begins their names, before a colon. A queue that scans must not look for it.

    Attributes:
        added: How many there are.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.added = 0

    async def add(self, client: Redis, count: int) -> None:
        """Add so many more.

        Raises:
            redis.exceptions.RedisError: As the server says.
        """
        last = self.added + count
        while self.added < last:
            pipe = client.pipeline(transaction=False)
            for _ in range(PER_TRIP):
                some = range(self.added, min(self.added + PER_COMMAND, last))
                if some:
                    pipe.execute_command("MSET", *self._pairs(some))
                self.added += len(some)
            await pipe.execute()

    def _pairs(self, numbers: range) -> Iterator[str]:
        for number in numbers:
            yield f"{self.prefix}:{number}"
            yield "x"
