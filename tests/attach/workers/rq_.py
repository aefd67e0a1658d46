"""RQ."""

import common
from redis import Redis
from rq import Queue


def job(customer: str, n: int = 0) -> None:
    common.block(customer)


if __name__ == "__main__":
    import rq_

    connection = Redis.from_url(common.url())
    queues = {each: Queue(each, connection=connection) for each in common.TENANTS}
    if common.asked() == "fill":
        for name, number in common.TENANTS.items():
            for n in range(number):
                queues[name].enqueue(rq_.job, name, n=n, job_timeout=900)
    elif common.asked() == "work":
        common.become(common.program("rq"), "worker", "-u", common.url(), *common.TENANTS)
    else:
        common.tell(
            {name: queue.count for name, queue in queues.items()},
            {
                name: queue.fetch_job(queue.job_ids[0]).enqueued_at.timestamp()
                for name, queue in queues.items()
            },
        )
