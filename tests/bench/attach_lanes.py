"""What it costs to watch many lanes: `python tests/bench/attach_lanes.py 10000 100000`.

Fills a server of its own with lanes of agentexec's layout, one task each, and looks six times.
"""

import asyncio
import resource
import sys
import time
from pathlib import Path

from redis.asyncio import Redis

sys.path.insert(0, str(Path(__file__).parents[1]))
from attach.layouts import agentexec

from queue_fairness.attach.options import AttachPlan
from queue_fairness.attach.picture import take_picture
from queue_fairness.attach.session import attached
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import open_server

LOOKS = 6
SHOWN = 50


async def measure(lanes: int, looks: int = LOOKS, pause_s: float = 1.0) -> list[str]:
    """A line for each look."""
    said = []
    async with open_server(ServerChoice()) as server, server.connect("bench") as client:
        await agentexec(client, {f"tenant-{n}": 1 for n in range(lanes)})
        async with attached(server.endpoint.url, AttachPlan()) as attachment:
            for number in range(looks):
                redis_s, own_s = await _redis_cpu(client), _own_cpu()
                begun = time.perf_counter()
                look = await attachment.look()
                take_picture(attachment, SHOWN)
                wall = time.perf_counter() - begun
                assert look is not None, attachment.trouble
                said.append(
                    f"{lanes:,} lanes, look {number}: {wall:.2f} s, CPU of ours"
                    f" {_own_cpu() - own_s:.2f} s, of Redis"
                    f" {1000 * (await _redis_cpu(client) - redis_s):.0f} ms,"
                    f" {len(look.lanes):,} lanes read"
                )
                await asyncio.sleep(pause_s)
    return said


async def _redis_cpu(client: Redis) -> float:
    told = await client.info("cpu")
    return float(told["used_cpu_user_main_thread"] + told["used_cpu_sys_main_thread"])


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    for text in sys.argv[1:]:
        for line in asyncio.run(measure(int(text))):
            print(line, flush=True)
