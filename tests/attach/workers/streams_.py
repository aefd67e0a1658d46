"""Plain streams with a group, by redis-py; a stream of each tenant, `jobs:TENANT`."""

import common
import redis

client = redis.Redis.from_url(common.url())
if common.asked() == "fill":
    for name, number in common.TENANTS.items():
        client.xgroup_create(f"jobs:{name}", "workers", id="0", mkstream=True)
        for n in range(number):
            client.xadd(f"jobs:{name}", {"customer": name, "n": n})
elif common.asked() == "work":
    while found := client.xreadgroup("workers", "w1", {"jobs:acme": ">"}, count=1, block=0):
        common.block("acme")
        client.xack("jobs:acme", "workers", found[0][1][0][0])
else:
    waiting, oldest = {}, {}
    for name in common.TENANTS:
        group = client.xinfo_groups(f"jobs:{name}")[0]
        waiting[f"jobs:{name}"] = group["lag"]
        after = b"(" + group["last-delivered-id"]
        first = client.xrange(f"jobs:{name}", after, "+", 1)[0][0]
        oldest[f"jobs:{name}"] = int(first.split(b"-")[0]) / 1000
    common.tell(waiting, oldest)
