"""Measures how long the server stood still, and not this program.

The lag probe sees our own event loop only, and the workers' requests do not come at even times: a
server that is stopped for five seconds makes each worker wait once, which no quantile of pop times
shows. So somebody who does nothing else asks it, ten times a second, on a connection of its own: a
PING, which waits for nothing but the server. Against thousands of requests a second this is
nothing, and where a run makes few, it is what shows that the server was there.

What an answer takes on an ordinary day (the quickest so far) and what our own loop was late
meanwhile are not the server's doing, and do not count.
"""

import asyncio

from redis.asyncio import Redis
from redis.exceptions import RedisError

from queue_fairness.metrics.loop_lag import LagProbe, StallTally
from queue_fairness.metrics.snapshot import Stall
from queue_fairness.server.outage import BROKEN, is_put_off

PERIOD_S = 0.1


class Pulse:
    """Asks the server now and then whether it is there, from before the first key to the last.

    Args:
        own: Measures our own event loop.

    Attributes:
        answers: How often it has answered.
        trouble: What came in place of an answer since the last one; None if nothing did.
    """

    def __init__(self, own: LagProbe) -> None:
        self.answers = 0
        self.trouble: RedisError | None = None
        self._own = own
        self._stalls = StallTally()
        self._quickest_s: float | None = None
        self._zero: float | None = None
        self._counts = False
        self._asked_at: float | None = None
        """When the question was put that is not answered; None where there is none."""
        self._late_before_s = 0.0

    async def beat(self, client: Redis) -> None:
        """Ask until cancelled."""
        try:
            while True:
                await self._ask(client)
                await asyncio.sleep(PERIOD_S)
        finally:
            await client.aclose()

    def begin(self) -> None:
        """From now on it counts where the server stands still; time counts from now on."""
        self._zero = asyncio.get_running_loop().time()
        self._counts = True

    def end(self) -> None:
        """What the server does from now on does not count."""
        self._note()
        self._counts = False

    def stall(self) -> Stall:
        """How long the server stood still, up to this instant; unknown before `begin`."""
        if self._zero is None:
            return Stall()
        if self._asked_at is None or not self._counts:
            return self._stalls.stall()
        return self._stalls.stall(self._asked_at - self._zero, self._silence_s())

    async def _ask(self, client: Redis) -> None:
        loop = asyncio.get_running_loop()
        asked_at = self._asked_at = loop.time()
        self._late_before_s = self._own.total_s()
        try:
            await client.ping()
        except RedisError as error:
            # Whether Redis is gone for good is for others to say, and so is what it refuses.
            self.trouble = error
            if not (isinstance(error, BROKEN) or is_put_off(error)):
                self.answers += 1
        else:
            took_s = loop.time() - asked_at
            self._quickest_s = min(took_s, took_s if self._quickest_s is None else self._quickest_s)
            self.trouble = None
            self.answers += 1
        finally:
            # Also where the run ends, or the connection breaks, before there was an answer.
            self._note()
            self._asked_at = None

    def _note(self) -> None:
        if self._counts and self._asked_at is not None and self._zero is not None:
            self._stalls.note(self._asked_at - self._zero, self._silence_s())

    def _silence_s(self) -> float:
        """How much longer than usual the answer has been awaited, less what we were late."""
        assert self._asked_at is not None
        asked_at = max(self._asked_at, self._zero or 0.0)
        waited_s = asyncio.get_running_loop().time() - asked_at
        late_s = self._own.total_s() - self._late_before_s
        return waited_s - late_s - (self._quickest_s or 0.0)
