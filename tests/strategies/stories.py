"""Random stories, told to a queue on a real server."""

import asyncio
from collections.abc import Awaitable, Callable

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from redis.asyncio import Redis

from queue_fairness.server.server import Server

Story = list[tuple[str, object]]
"""What is done, one act after another, each with its argument."""


def live_through(
    stories: SearchStrategy[Story],
    server: Server,
    live: Callable[[Redis, Story], Awaitable[None]],
    examples: int,
) -> None:
    """Let many stories happen on one server, each on an empty one."""
    with asyncio.Runner() as runner:
        client = server.connect("world")

        async def one(story: Story) -> None:
            try:
                await live(client, story)
            finally:
                await client.flushall()

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(stories)
        def check(story: Story) -> None:
            runner.run(one(story))

        try:
            check()
        finally:
            runner.run(client.aclose())
