"""RQ under load, with a tenant that is starved by hand: no worker listens to its queue.

    PYTHON rq_load.py fill|feed|work URL

`fill` enqueues p17's tasks and a backlog; `feed` lets more come for two minutes; `work` is a worker
that looks into billing's queue before all others, and never into p17's.
"""

import random
import time

import common
from redis import Redis
from rq import Queue

SERVED = ("billing", "acme", "mail")
SERVICE_S = 0.15
FED_S = 120


def job(tenant: str) -> None:
    time.sleep(SERVICE_S)


if __name__ == "__main__":
    import rq_load

    connection = Redis.from_url(common.url())
    queues = {name: Queue(name, connection=connection) for name in (*SERVED, "p17")}
    if common.asked() == "fill":
        for name, number in {"p17": 5, "billing": 20, "acme": 10, "mail": 4}.items():
            for _ in range(number):
                queues[name].enqueue(rq_load.job, name)
    elif common.asked() == "feed":
        rng, end = random.Random(1), time.monotonic() + FED_S
        while time.monotonic() < end:
            name = rng.choices(SERVED, [6, 2, 1])[0]
            queues[name].enqueue(rq_load.job, name)
            time.sleep(SERVICE_S / 2)
    else:
        options = ("-u", common.url(), "-w", "rq.worker.SimpleWorker")
        common.become(common.program("rq"), "worker", *options, *SERVED)
