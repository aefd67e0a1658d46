"""Celery, with late acknowledgment and no prefetching."""

import sys

import common
from celery import Celery

app = Celery("celery_", broker=common.url())
app.conf.update(
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"queue_order_strategy": "priority"},
)


@app.task(name="job")
def job(customer: str, n: int = 0) -> None:
    common.block(customer)


if __name__ == "__main__":
    if common.asked() == "fill":
        for name, number in common.TENANTS.items():
            for n in range(number):
                job.apply_async((name,), {"n": n}, queue=name, priority=3 * (n % 2))
    elif common.asked() == "work":
        common.become(
            sys.executable,
            *("-m", "celery", "-A", "celery_", "worker", "-c", "1", "-P", "solo"),
            *("-Q", ",".join(common.TENANTS), "--without-gossip", "--without-mingle"),
        )
    else:
        with app.connection() as connection:
            channel = connection.default_channel
            counts = {name: channel._size(name) for name in common.TENANTS}
        common.tell(counts, dict.fromkeys(common.TENANTS))
