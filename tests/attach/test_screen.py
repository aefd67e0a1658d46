"""The screen of `attach` over a real server: what is on it, its keys, and how it is left."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import redis
from attach.layouts import agentexec, rq
from redis.asyncio import Redis
from servers import on_one_engine, until
from textual.pilot import Pilot
from tty_program import COMMAND, Tty

from queue_fairness.attach.session import attached
from queue_fairness.cli.attach_options import AttachOptions
from queue_fairness.cli.options import parse_any
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.server.server import Server
from queue_fairness_tui.attach_app import AttachApp
from queue_fairness_tui.screens.lane_detail import LaneDetail, UnknownDialog

pytestmark = on_one_engine
TENANTS = {"acme": 5, "bolt": 3, "p17": 1}


def _text(app: AttachApp) -> str:
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.crop(0, width).text for strip in strips[:height])


@asynccontextmanager
async def _watching(
    url: str, *arguments: str, size: tuple[int, int] = (120, 30)
) -> AsyncIterator[tuple[AttachApp, Pilot[None]]]:
    options = parse_any(["attach", "--redis-url", url, "--every", "0.1", *arguments], {})
    assert isinstance(options, AttachOptions)
    async with attached(options.url, options.plan) as attachment:
        app = AttachApp(attachment, options, SignalHandler())
        async with app.run_test(size=size) as pilot:
            await until(lambda: attachment.watch.looks >= 2)
            await pilot.pause()
            yield app, pilot


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50), (40, 12)])
async def test_screen_shows_who_waits_at_any_size(
    server: Server, client: Redis, size: tuple[int, int]
) -> None:
    await rq(client, TENANTS, "acme")

    async with _watching(server.endpoint.url, size=size) as (app, _):
        shown = _text(app)

    room = len(TENANTS) if size[1] > 12 else 1
    assert sum(name in shown for name in TENANTS) >= room
    assert "HEALTHY" in shown


async def test_screen_names_the_cause(server: Server, client: Redis) -> None:
    await rq(client, TENANTS, "acme")
    await client.hset("rq:job:p17-0", "enqueued_at", "2026-01-01T00:00:00Z")

    async with _watching(server.endpoint.url) as (app, _):
        shown = _text(app)

    assert "STARVED  p17 has waited" in shown
    assert "acme holds 1 of 1 task in service" in shown
    assert "✗ p17" in shown


async def test_one_tenant_is_found_and_told_where_it_stands(server: Server, client: Redis) -> None:
    await rq(client, TENANTS, "acme")

    async with _watching(server.endpoint.url) as (app, pilot):
        await pilot.press("slash", *"bol", "enter")
        await pilot.pause()
        shown = _text(app)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, LaneDetail))
        await pilot.pause()
        detail = _text(app)
        await pilot.press("escape", "escape")
        await until(lambda: "acme" in _text(app))

    assert "bolt: number" in shown
    assert "of 3 by wait" in shown
    assert "Tenant bolt" in detail
    assert "share of the workers" in detail


async def test_line_for_the_incident_channel_is_copied(server: Server, client: Redis) -> None:
    await agentexec(client, {"acme": 2}, "acme")

    async with _watching(server.endpoint.url) as (app, pilot):
        await pilot.press("y")
        copied = app.clipboard

    assert "acme: 2 waiting" in copied
    assert "oldest ≥" in copied
    assert "lock" in copied


async def test_what_cannot_be_known_is_told(server: Server, client: Redis) -> None:
    await agentexec(client, {"acme": 2})

    async with _watching(server.endpoint.url) as (app, pilot):
        await pilot.press("n")
        await until(lambda: isinstance(app.screen, UnknownDialog))
        await pilot.pause()
        shown = _text(app)

    assert "which worker has a task" in shown


async def test_cursor_stays_on_its_tenant(server: Server, client: Redis) -> None:
    await rq(client, TENANTS)

    async with _watching(server.endpoint.url) as (app, pilot):
        table = app.screen.query_one("LaneTable")
        await pilot.press("end")
        before = table.chosen  # type: ignore[attr-defined]
        await client.rpop(f"rq:queue:{before.name}")
        await client.delete(f"rq:queue:{before.name}")
        looks = app.attachment.watch.looks
        await until(lambda: app.attachment.watch.looks > looks + 2)

        assert table.chosen.name == before.name  # type: ignore[attr-defined]


async def test_lost_server_is_said_and_the_picture_stays(server: Server, client: Redis) -> None:
    await rq(client, TENANTS)

    async with _watching(server.endpoint.url) as (app, _):
        await client.config_set("maxclients", 1)
        await client.client_kill_filter(_type="normal", skipme=True)
        try:
            await until(lambda: "trying again" in _text(app))
            assert "bolt" in _text(app)
        finally:
            await client.config_set("maxclients", 1000)
        await until(lambda: "trying again" not in _text(app))


def test_leaving_prints_the_report(server: Server, tmp_path: Path) -> None:
    with redis.Redis.from_url(server.endpoint.url) as client:
        client.sadd("rq:queues", "rq:queue:acme")
        client.rpush("rq:queue:acme", "1")
    path = tmp_path / "found.json"
    arguments = ["attach", "--redis-url", server.endpoint.url, "--json", str(path)]

    begun = time.monotonic()
    with Tty(arguments, command=COMMAND) as tty:
        tty.sees("Tenants by longest wait")
        assert time.monotonic() - begun < 10
        tty.press(b"q")
        status = tty.ends()
        assert tty.becomes_restored()

        assert status == 0
        assert "RQ on " in tty.scrollback
    assert '"kind": "attach"' in path.read_text()
