"""Text from outside on the screens: shown as it is, obeyed by nobody; and no false end."""

import pytest
from faces import PASSWORD, URL_FORM, assert_harmless
from odd_server import odd_server, refusal
from redis.asyncio import Redis
from runs import engine_of
from servers import on_one_engine, until
from textual.widgets import Input
from tui.stage import DONE, see, see_next, stage, text_of

from queue_fairness.cli.signals import SignalHandler
from queue_fairness.engine.session import Session
from queue_fairness.plan import Plan
from queue_fairness.server import key_guard
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.plan_form import PlanForm
from queue_fairness_tui.screens.summary import SummaryScreen

pytestmark = on_one_engine


@pytest.fixture(autouse=True)
def _guard_of_little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that refuses to be cleaned keeps the guard for longer than the test lasts."""
    monkeypatch.setattr(key_guard, "PATIENCE_S", 0.3)


HOSTILE = f"ERR \x1b]0;PWNED\x07\x9b31m [red]x[/] [/nope] `|<b> \u202e {PASSWORD} {URL_FORM}"


@pytest.mark.parametrize("command", ["EVALSHA", "SCAN"])
async def test_what_a_server_says_steers_no_screen(server: Server, command: str) -> None:
    plan = Plan(partitions=5, tasks_per_partition=2, workers=2, strategy="round-robin")
    async with server.connect("test") as client:
        await client.acl_setuser(
            "me", enabled=True, passwords=[f"+{PASSWORD}"], keys=["*"], categories=["+@all"]
        )
    async with odd_server(server.endpoint.url, {command: refusal(HOSTILE)}) as url:
        choice = ServerChoice(redis_url=url.replace("redis://", f"redis://me:{URL_FORM}@"))
        async with Session(choice) as session:
            app = FairnessApp(session, plan, SignalHandler())
            async with app.run_test(size=(120, 40)) as pilot:
                await see(pilot, SummaryScreen)
                shown = text_of(app)
                picture = app.export_screenshot()
    async with server.connect("test") as client:
        await client.acl_deluser("me")

    assert_harmless(shown)
    assert r"\x1b]0;PWNED\x07\x9b31m [red]x[/] [/nope]" in " ".join(shown.split())
    assert "\x1b" not in picture
    assert "s3cr" not in picture


async def test_form_shows_what_was_typed_and_obeys_none_of_it() -> None:
    app = stage(DONE)
    async with app.run_test(size=(100, 24)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, PlanForm, "e")
        app.screen.query_one("#workers", Input).value = "[/nope] [red]7"
        await pilot.pause()

        assert "✗ [/nope] [red]7 is not a whole number" in text_of(app)


async def test_garbage_in_our_keys_is_no_drained_run_on_the_screen(server: Server) -> None:
    plan = Plan(partitions=20, tasks_per_partition=20, workers=4, strategy="scan")
    async with Session(ServerChoice(redis_url=server.endpoint.url)) as session:
        app = FairnessApp(session, plan, SignalHandler())
        async with app.run_test(size=(120, 40)) as pilot:
            await see(pilot, LiveScreen)
            run = session.run
            assert run is not None
            await until(lambda: run.snapshot().completed >= 10)
            async with server.connect("stranger") as client:
                await _spoil(client, engine_of(run).parts.keys.prefix)
            await see(pilot, SummaryScreen)
            shown = " ".join(text_of(app).split())

    assert "FAILED" in shown
    assert "DRAINED" not in shown
    assert "Redis gave an answer that makes no sense (ValueError" in shown


async def _spoil(client: Redis, prefix: str) -> None:
    async with client.pipeline() as pipe:
        for key in await client.keys(f"{prefix}:p*"):
            if isinstance(key, bytes) and not key.endswith(b":lock"):
                pipe.lpush(key, b"garbage")
                pipe.rpush(key, b"garbage")
        await pipe.execute()
