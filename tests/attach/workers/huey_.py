"""Huey, with a lock around each task."""

import common
from huey import Huey, RedisHuey


def make(name: str) -> tuple[Huey, object]:
    huey = RedisHuey(name, url=common.url())

    @huey.task(name="job")
    def job(customer: str, n: int = 0) -> None:
        with huey.lock_task(f"export-{customer}"):
            common.block(customer)

    return huey, job


huey, _job = make("acme")

if __name__ == "__main__":
    import huey_

    if common.asked() == "fill":
        for name, number in common.TENANTS.items():
            _, job = huey_.make(name)
            for n in range(number):
                job(name, n=n)  # type: ignore[operator]
    elif common.asked() == "work":
        common.become(common.program("huey_consumer"), "huey_.huey", "-w", "1", "-C")
    else:
        counts = {name: make(name)[0].pending_count() for name in common.TENANTS}
        common.tell(counts, dict.fromkeys(common.TENANTS))
