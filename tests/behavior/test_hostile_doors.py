"""Random texts through every door of the program, and a look at every face of it."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from faces import PASSWORD, URL_FORM, assert_all_harmless, assert_harmless
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from odd_server import blob, odd_server, refusal
from servers import on_one_engine

from queue_fairness.cli.options import parse
from queue_fairness.engine.session import Session
from queue_fairness.errors import PlanError
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.plan.scenarios import load_scenario
from queue_fairness.server import key_guard
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server

pytestmark = [on_one_engine, pytest.mark.sample(3)]


@pytest.fixture(autouse=True)
def _guard_of_little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that refuses to be cleaned keeps the guard for longer than the test lasts."""
    monkeypatch.setattr(key_guard, "PATIENCE_S", 0.3)


ECHO = f"AUTH default {PASSWORD} HELLO 3 AUTH me {URL_FORM} redis://me:{PASSWORD}@h"
"""As of a server that repeats what it was asked."""
NASTY = [
    "\x1b]0;PWNED\x07\x1b[31m\x1b[2J",
    "\x9b2J\x85\u2028\u202e\u2066\u200b\ufeff",
    "[red]x[/] [/nope] [@click=app.quit]",
    "`|<script>alert(1)</script>| [x](javascript:y) ```",
    "=cmd|' /C calc'!A0",
    "\udc80\udcff\x00\x7f",
    ECHO,
    "x" * 50_000,
]
TEXT = st.sampled_from(NASTY) | st.text(st.characters(), max_size=200)
SEVERAL = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SMALL = Plan(
    partitions=4, tasks_per_partition=2, workers=2, work_duration=0.001, strategy="round-robin"
)


def _with_password(url: str) -> str:
    return url.replace("redis://", f"redis://me:{URL_FORM}@")


async def _run(choice: ServerChoice, plan: Plan = SMALL) -> Snapshot:
    async with asyncio.timeout(60), Session(choice) as session:
        run = await session.start(plan)
        await session.wait()
        return run.snapshot()


@pytest.fixture
async def behind(server: Server) -> AsyncIterator[str]:
    """A server that lets anybody in by our password."""
    async with server.connect("test") as client:
        await client.execute_command(
            "ACL", "SETUSER", "me", "on", f">{PASSWORD}", "~*", "&*", "+@all"
        )  # type: ignore[no-untyped-call]
        yield server.endpoint.url
        await client.execute_command("ACL", "DELUSER", "me")  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("command", ["INFO", "HELLO", "EVAL", "EVALSHA", "SCAN", "PING"])
@given(said=TEXT, is_error=st.booleans())
@example(said=ECHO, is_error=True)
@SEVERAL
async def test_whatever_a_server_says_every_face_is_harmless(
    behind: str, command: str, said: str, is_error: bool
) -> None:
    info = f"redis_version:{said}\r\nrole:slave\r\nmaster_host:{said}\r\n"
    answer = refusal(said) if is_error else blob(info if command == "INFO" else said)
    async with odd_server(behind, {command: answer}) as url:
        final = await _run(ServerChoice(redis_url=_with_password(url)))

    assert_all_harmless(final)
    assert final.phase.is_final


@given(said=TEXT, raises_in=st.sampled_from(["open", "push", "pop", "lease"]))
@SEVERAL
async def test_whatever_a_queue_raises_every_face_is_harmless(
    server: Server, said: str, raises_in: str
) -> None:
    from custom import hostile

    hostile.SAID, hostile.RAISES_IN = said, raises_in
    plan = Plan(
        partitions=4, tasks_per_partition=2, workers=2, strategy="custom.hostile:HostileQueue"
    )
    ServerChoice(redis_url=f"redis://me:{URL_FORM}@nowhere")

    final = await _run(ServerChoice(redis_url=server.endpoint.url), plan)

    assert final.phase is Phase.FAILED
    assert_all_harmless(final)


@given(content=TEXT.map(lambda each: each.encode(errors="surrogateescape")) | st.binary())
@settings(max_examples=60, deadline=None)
def test_whatever_a_scenario_holds_its_refusal_is_harmless(content: bytes) -> None:
    for head in (b"", b"[plan]\n", b'[plan]\nstrategy = "', b"about = "):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "a\x1b[31m.toml")
            path.write_bytes(head + content)
            try:
                load_scenario(str(path))
            except PlanError as error:
                assert_harmless(str(error))


OPTIONS = [
    *("--scenario", "--strategy", "--task", "--sizes", "--weights", "-P", "--work-duration"),
    *("--redis-url", "--redis-server", "--require", "--fail-if", "--format", "--network-delay"),
]


@pytest.mark.parametrize("word", [[], ["compare"], ["sweep"]])
@pytest.mark.parametrize("option", [*OPTIONS, ""])
def test_whatever_an_option_says_its_refusal_is_harmless(
    word: list[str], option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for said in [*NASTY, "9" * 6000, "\x1b[31m:\x1b", "a:b\u202e", "~nobody/x", ""]:
        environment = {"REDIS_URL": f"redis://me:{URL_FORM}@host"}
        with pytest.raises(SystemExit) as ended:
            parse([*word, *filter(None, [option]), said, "--no-such-option"], environment)

        shown = capsys.readouterr().err
        assert ended.value.code == 2
        assert_harmless(shown, option)
        assert shown.count("\n") == 1


@pytest.mark.parametrize("name", ["REDIS_URL", "TERM", "TMPDIR", "LANG", "COLUMNS", "NO_COLOR"])
@pytest.mark.parametrize(
    "said", ["\x1b]0;PWNED\x07", "redis://me:s3cr%2Ft%20%25@\x1b[31m:1", "9" * 99]
)
def test_whatever_the_environment_says_the_streams_are_harmless(name: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "queue_fairness_tui", "--headless", "-P", "3", "-t", "1"],
        env={**os.environ, name: said},
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode in (0, 1, 2)
    for stream in (done.stdout, done.stderr):
        assert_harmless(stream.decode(), name)
        assert b"Traceback" not in stream
