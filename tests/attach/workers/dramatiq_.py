"""Dramatiq."""

import os
import sys

import common
import dramatiq
from dramatiq.brokers.redis import RedisBroker

broker = RedisBroker(url=common.url())
dramatiq.set_broker(broker)
for each in ("default", *common.TENANTS):
    broker.declare_queue(each)


@dramatiq.actor(max_retries=0, time_limit=900_000)
def job(customer: str, n: int = 0) -> None:
    common.block(customer)


if __name__ == "__main__":
    if common.asked() == "fill":
        for name, number in common.TENANTS.items():
            for n in range(number):
                broker.enqueue(job.message(customer=name, n=n).copy(queue_name=name))
    elif common.asked() == "work":
        os.environ["dramatiq_queue_prefetch"] = "1"
        queues = ["-Q", "acme"]
        common.become(sys.executable, "-m", "dramatiq", "dramatiq_", "-p", "1", "-t", "1", *queues)
    else:
        waiting, oldest = {}, {}
        for name in common.TENANTS:
            # Its own count is of all that is not acknowledged.
            waiting[name] = broker.client.llen(f"dramatiq:{name}")
            first = broker.client.lindex(f"dramatiq:{name}", 0)
            raw = broker.client.hget(f"dramatiq:{name}.msgs", first)
            oldest[name] = dramatiq.Message.decode(raw).message_timestamp / 1000
        common.tell(waiting, oldest)
