"""The command `attach`: reports, documents, limits, streams, metrics, refusals."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import redis
from attach.live import server as tcp_server
from servers import OwnServer, on_one_engine, own_server

from queue_fairness.cli.options import parse_any
from queue_fairness.report.attach_limits import results
from queue_fairness.report.schema import schema
from queue_fairness.server.server import Server

pytestmark = on_one_engine
COMMAND = [sys.executable, "-m", "queue_fairness_tui", "attach"]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, env=kept, timeout=60, check=False
    )


def _fill(client: redis.Redis, tenants: dict[str, int], waited_s: float = 100) -> None:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - waited_s))
    for name, number in tenants.items():
        client.sadd("rq:queues", f"rq:queue:{name}")
        for n in range(number):
            client.rpush(f"rq:queue:{name}", f"{name}{n}")
            client.hset(f"rq:job:{name}{n}", "enqueued_at", at)


@pytest.fixture
def url(server: Server) -> str:
    """A server with RQ's queues."""
    with redis.Redis.from_url(server.endpoint.url) as client:
        _fill(client, {"acme": 3, "bolt": 1})
    return server.endpoint.url


def test_report_says_who_waits(url: str) -> None:
    done = _run("--redis-url", url, "--once", "--every", "0.1")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("STARVED: ")
    assert re.search(r"^  acme +3 +10\d s ", done.stdout, re.MULTILINE)
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80


def test_document_is_as_the_schema_says(url: str) -> None:
    done = _run("--redis-url", url, "--once", "--every", "0.1", "--json", "-")

    document: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(document, schema())
    assert (document["kind"], document["library"]) == ("attach", "rq")
    assert document["headline"]["word"] == "STARVED"
    assert document["lanes"][0]["oldest_s"]["bound"] == "exact"
    assert document["lanes"][0]["oldest_s"]["value"] == pytest.approx(100, abs=20)
    assert document["cost"]["round_trips"] > 0
    assert document["totals"]["waiting"] == 4


def test_document_of_an_empty_server_is_one_too(server: Server) -> None:
    done = _run("--redis-url", server.endpoint.url, "--once", "--json", "-")

    jsonschema.validate(json.loads(done.stdout), schema())
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("limit", "status"),
    [
        ("oldest_s.max > 600", 0),
        ("headline == STARVED", 3),
        ("coverage < 0.5", 4),
    ],
)
def test_limits_decide_the_exit_status(url: str, limit: str, status: int) -> None:
    done = _run("--redis-url", url, "--every", "0.1", "--fail-if", limit)

    assert done.returncode == status, done.stdout + done.stderr
    assert f"fail if {limit}" in done.stdout


@pytest.mark.parametrize(
    ("limit", "passed"),
    [
        ("oldest_s.max > 60", False),
        ("oldest_s.max > 600", None),
        ("oldest_s.max < 600", None),
        ("oldest_s.max < 50", True),
        ("waiting > 3", False),
        ("headline == HEALTHY", True),
        ("stuck != 0", True),
        ("forecast.drain_s > 5", None),
    ],
)
def test_limits_on_lower_bounds_and_unknowns(limit: str, passed: bool | None) -> None:
    document = {
        "oldest_s": {"max": 107.0, "bound": "at_least"},
        "headline": {"word": "STARVED"},
        "totals": {"waiting": 4, "stuck": 0},
        "forecast": {"drain_s": None},
    }
    (found,) = results([limit], document)

    assert found.passed is passed


def test_lower_bound_under_a_limit_leaves_it_open(server: Server) -> None:
    with redis.Redis.from_url(server.endpoint.url) as client:
        client.lpush("agentexec_tasks:a", '{"task_name": "j", "context": {}, "agent_id": "1"}')

    done = _run("--redis-url", server.endpoint.url, "--once", "--fail-if", "oldest_s.max > 600")

    assert done.returncode == 4
    assert "at least" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--redis-url"),
        (("--redis-url", "redis://127.0.0.1:1/0", "--library", "kafka"), "choose one of auto"),
        (("--redis-url", "redis://127.0.0.1:1/0", "--by", "moon"), "--by moon"),
        (("--redis-url", "redis://127.0.0.1:1/0", "--every", "0"), "--every"),
        (("--redis-url", "redis://127.0.0.1:1/0", "--once", "--stream"), "exclude each other"),
        (("--redis-url", "redis://127.0.0.1:1/0", "--fail-if", "moon > 1"), "no number is called"),
        (("--redis-url", "redis://127.0.0.1:1/0", "--fail-if", "headline == SAD"), "the words are"),
        (("--redis-url", "redis://127.0.0.1:1/0", "--format", "csv"), "text, markdown, json"),
        (("--redis-url", "redis://127.0.0.1:1/0", "--record", "/no/such/f"), "no folder"),
        (("--redis-url", "redis://127.0.0.1:1/0", "-P", "7"), "unrecognized"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_any(["attach", *arguments], {})

    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


def test_server_that_is_not_there_is_said(url: str) -> None:
    done = _run("--redis-url", "redis://127.0.0.1:1/0", "--once")

    assert done.returncode == 1
    assert "nothing listens there" in done.stderr
    assert url


def test_stream_is_a_document_a_line(url: str) -> None:
    done = _run("--redis-url", url, "--stream", "--every", "0.1", "--duration", "0.6")

    documents = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(documents) >= 3
    assert [each["looks"] for each in documents] == list(range(1, len(documents) + 1))
    assert done.returncode == 0


def test_record_holds_what_was_seen(url: str, tmp_path: Path) -> None:
    path = tmp_path / "seen.jsonl"
    _run("--redis-url", url, "--once", "--every", "0.1", "--record", str(path))

    lines = [json.loads(each) for each in path.read_text().splitlines()]
    assert lines[0]["kind"] == "attach"
    assert [each["event"] for each in lines[1:]] == ["look", "look"]


def test_acl_line_is_enough(server: Server, url: str) -> None:
    printed = _run("--redis-url", url, "--acl")
    line = printed.stdout.strip().replace(">PASSWORD", ">enough-1")
    with redis.Redis.from_url(server.endpoint.url) as client:
        client.execute_command(*line.split())
        client.acl_log_reset()
        named = url.replace("unix://", "unix://qf-attach:enough-1@")

        done = _run("--redis-url", named, "--once", "--every", "0.1", "--json", "-")

        assert json.loads(done.stdout)["totals"]["waiting"] == 4
        assert client.acl_log() == []
        client.acl_deluser("qf-attach")
    assert "enough-1" not in done.stdout + done.stderr


def test_metrics_are_written_and_bounded(url: str, tmp_path: Path) -> None:
    path = tmp_path / "attach.prom"
    done = _run(
        *("--redis-url", url, "--prometheus", str(path), "--lanes", "1"),
        *("--every", "0.1", "--duration", "0.3"),
    )

    text = path.read_text()
    assert done.returncode == 0, done.stderr
    assert "queue_fairness_attach_waiting 4.0" in text
    assert 'queue_fairness_attach_headline{word="STARVED"} 1.0' in text
    assert text.count("queue_fairness_attach_lane_waiting{") == 1


@contextmanager
def _serving(url: str, port: int) -> Iterator[None]:
    process = subprocess.Popen([*COMMAND, "--redis-url", url, "--prometheus", str(port)])
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def test_metrics_are_served_on_loopback(url: str) -> None:
    with _serving(url, 18345):
        deadline = time.monotonic() + 30
        text = ""
        while "attach_waiting 4.0" not in text:
            assert time.monotonic() < deadline, text
            try:
                with urllib.request.urlopen("http://127.0.0.1:18345/metrics", timeout=5) as told:
                    text = told.read().decode()
            except OSError:
                time.sleep(0.1)


def test_lock_is_explained_and_not_touched(server: Server) -> None:
    with redis.Redis.from_url(server.endpoint.url) as client:
        client.lpush("agentexec_tasks:a", '{"task_name": "j", "context": {}, "agent_id": "1"}')
        client.set("agentexec_tasks:a:lock", "1", ex=1500)

        done = _run("--redis-url", server.endpoint.url, "--explain-lock", "a")

        assert client.exists("agentexec_tasks:a:lock") == 1
    assert done.returncode == 0, done.stderr
    assert "redis-cli DEL agentexec_tasks:a:lock" in done.stdout
    assert "against one: no connection is silent" in done.stdout


def _documents(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)


def test_lost_server_is_said_and_looked_at_again_when_it_is_back() -> None:
    program = shutil.which("redis-server") or ""
    with own_server(program) as own:
        _start(own)
        process = subprocess.Popen(
            [*COMMAND, "--redis-url", own.url, "--stream", "--every", "0.1", "--duration", "20"],
            stdout=subprocess.PIPE,
            text=True,
        )
        documents = _documents(process)
        try:
            assert next(documents)["trouble"] is None
            own.stop()
            troubled = next(each for each in documents if each["trouble"])
            assert troubled["totals"]["waiting"] == 2
            _start(own)
            assert next(each for each in documents if not each["trouble"])["looks"] > 1
        finally:
            process.kill()
            process.communicate()


def _start(own: OwnServer) -> None:
    own.start()
    with redis.Redis.from_url(own.url) as client:
        _fill(client, {"acme": 2})


def test_server_over_tcp_is_looked_at_as_well() -> None:
    with tcp_server() as url, redis.Redis.from_url(url) as client:
        _fill(client, {"acme": 2})

        assert "acme" in _run("--redis-url", url, "--once", "--every", "0.1").stdout
