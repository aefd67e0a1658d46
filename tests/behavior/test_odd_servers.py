"""Servers that are not quite Redis: a sentence, what was measured, and never a traceback."""

import asyncio

import pytest
from faces import assert_all_harmless
from odd_server import HANGS, blob, odd_server, refusal
from servers import on_one_engine

from queue_fairness.engine.session import Session
from queue_fairness.metrics.completion import hardly_anything_done
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server import key_guard
from queue_fairness.server import server as server_module
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server

pytestmark = [on_one_engine, pytest.mark.sample(10)]


@pytest.fixture(autouse=True)
def _guard_of_little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that refuses to be cleaned keeps the guard for longer than the test lasts."""
    monkeypatch.setattr(key_guard, "PATIENCE_S", 0.3)


EVIL = "\x1b]0;PWNED\x07\x1b[31m\x1b[2J\u202e\u200b"
NOT_THESE = {
    "integer": b":42\r\n",
    "null": b"_\r\n",
    "null-blob": b"$-1\r\n",
    "plain": b"+OK\r\n",
    "text": blob("what?"),
    "empty": blob(""),
    "bytes": blob(b"\xff\x1b[31m\x00"),
    "list": b"*2\r\n+a\r\n:1\r\n",
    "empty-list": b"*0\r\n",
    "map": b"%1\r\n+a\r\n*0\r\n",
    "double": b",nan\r\n",
    "true": b"#t\r\n",
    "big": b"(" + b"9" * 300 + b"\r\n",
    "error": refusal(f"ERR {EVIL}"),
}


async def _run(
    server: Server, answers: dict[str, bytes], strategy: str = "round-robin"
) -> Snapshot:
    plan = Plan(
        partitions=6, tasks_per_partition=3, workers=2, work_duration=0.001, strategy=strategy
    )
    async with (
        odd_server(server.endpoint.url, answers) as url,
        asyncio.timeout(60),
        Session(ServerChoice(redis_url=url)) as session,
    ):
        run = await session.start(plan)
        await session.wait()
        return run.snapshot()


def _assert_told(final: Snapshot) -> None:
    assert_all_harmless(final)
    assert final.phase in (Phase.DRAINED, Phase.FAILED)
    if final.phase is Phase.DRAINED:
        assert final.completed == final.enqueued == 18 or hardly_anything_done(final)
    else:
        assert final.failure


@pytest.mark.parametrize("command", ["INFO", "HELLO", "PING", "CLIENT", "CONFIG", "TIME"])
@pytest.mark.parametrize("answer", NOT_THESE)
async def test_odd_answer_to_a_question_about_the_server(
    server: Server, command: str, answer: str
) -> None:
    _assert_told(await _run(server, {command: NOT_THESE[answer]}))


@pytest.mark.parametrize(
    "command", ["EVAL", "EVALSHA", "SCRIPT", "SCAN", "UNLINK", "SET", "EXISTS"]
)
@pytest.mark.parametrize("answer", NOT_THESE)
async def test_odd_answer_to_what_every_run_does(server: Server, command: str, answer: str) -> None:
    _assert_told(await _run(server, {command: NOT_THESE[answer]}))


@pytest.mark.parametrize(
    "command", ["RPUSH", "LPOP", "LLEN", "SCAN", "DEL", "SET", "GET", "EXISTS"]
)
@pytest.mark.parametrize("answer", NOT_THESE)
async def test_odd_answer_to_the_scanning_worker(server: Server, command: str, answer: str) -> None:
    _assert_told(await _run(server, {command: NOT_THESE[answer]}, "scan"))


@pytest.mark.parametrize(
    ("version", "shown"),
    [
        ("7.0.15", "7.0.15"),
        ("a=b", "unknown"),
        ("7" * 20_000, "unknown"),
        (f"7.0.15 {EVIL}", "unknown"),
        ("", "unknown"),
    ],
)
async def test_only_what_looks_like_a_version_is_one(
    server: Server, version: str, shown: str
) -> None:
    final = await _run(server, {"INFO": blob(f"# Server\r\nredis_version:{version}\r\n")})

    assert final.phase is Phase.DRAINED, final.failure
    assert final.server is not None
    assert final.server.version == shown
    assert_all_harmless(final)


async def test_primary_of_a_replica_is_named_harmlessly(server: Server) -> None:
    info = f"redis_version:7.0.1\r\nrole:slave\r\nmaster_host:{EVIL}\r\nmaster_port:{EVIL}\r\n"

    final = await _run(server, {"INFO": blob(info)})

    assert final.phase is Phase.FAILED
    assert r"primary (\x1b]0;PWNED\x07" in (final.failure or "")
    assert_all_harmless(final)


@pytest.mark.parametrize("command", ["INFO", "HELLO", "EVAL"])
async def test_server_that_hangs_at_once_is_given_up(
    server: Server, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(server_module, "ANSWER_TIMEOUT_S", 0.3)

    final = await _run(server, {command: HANGS})

    assert final.phase is Phase.FAILED
    assert "does not answer in time" in (final.failure or "")
