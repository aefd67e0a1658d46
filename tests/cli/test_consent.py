"""Another machine is named, and asked about; this one is not."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tty_program import Tty

from queue_fairness.cli.consent import DECLINED, REFUSED, obtain
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.this_machine import is_this_machine

ELSEWHERE = "redis://:hunter2@192.0.2.7:6379/0"
"""An address that is nobody's (RFC 5737)."""
HERE = "redis://127.0.0.1:6379"


def _choice(url: str, named_by: str = "") -> ServerChoice:
    return ServerChoice(redis_url=url, source=named_by)


def _own_addresses() -> Iterator[str]:
    yield from ("127.0.0.1", "127.8.9.1", "localhost", "LOCALHOST.", "redis.localhost", "[::1]")
    yield from ("0.0.0.0", socket.gethostname())


@pytest.mark.parametrize("host", _own_addresses())
def test_own_addresses_are_this_machine(host: str) -> None:
    assert is_this_machine(f"redis://{host}:6379/0")


def test_sockets_are_this_machine() -> None:
    assert is_this_machine("unix:///run/redis.sock")
    assert is_this_machine("redis://")


@pytest.mark.parametrize("host", ["192.0.2.7", "[2001:db8::7]", "198.51.100.1"])
def test_other_addresses_are_not(host: str) -> None:
    assert not is_this_machine(f"redis://{host}:6379/0")


@pytest.mark.parametrize(
    ("url", "named_by", "is_sure", "answer", "status"),
    [
        pytest.param(HERE, "", False, None, None, id="here"),
        pytest.param(HERE, "REDIS_URL", False, None, None, id="here-by-variable"),
        pytest.param(ELSEWHERE, "", False, "y\n", None, id="yes"),
        pytest.param(ELSEWHERE, "REDIS_URL", False, " YES \n", None, id="variable-yes"),
        pytest.param(ELSEWHERE, "", False, "n\n", DECLINED, id="no"),
        pytest.param(ELSEWHERE, "", False, "\n", DECLINED, id="enter"),
        pytest.param(ELSEWHERE, "", False, "", DECLINED, id="end-of-input"),
        pytest.param(ELSEWHERE, "REDIS_URL", True, None, None, id="sure"),
        pytest.param(ELSEWHERE, "", True, None, None, id="option-sure"),
    ],
)
def test_on_a_terminal(
    url: str,
    named_by: str,
    is_sure: bool,
    answer: str | None,
    status: int | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = 0

    def ask() -> str:
        nonlocal asked
        asked += 1
        assert answer is not None, "nobody is asked"
        return answer

    choice = _choice(url, named_by)

    assert obtain(choice, is_sure=is_sure, can_ask=True, ask=ask) == status
    said = capsys.readouterr().err
    assert "hunter2" not in said
    assert asked == (answer is not None), "once at most"
    if url == ELSEWHERE:
        assert "192.0.2.7" in said.splitlines()[0]
        assert "which is another machine" in said.splitlines()[0]


@pytest.mark.parametrize(
    ("named_by", "is_sure", "status"),
    [("", False, None), ("", True, None), ("REDIS_URL", True, None), ("REDIS_URL", False, REFUSED)],
)
def test_without_a_terminal_one_sentence_tells(
    named_by: str, is_sure: bool, status: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    choice = _choice(ELSEWHERE, named_by)

    assert obtain(choice, is_sure=is_sure, can_ask=False, ask=pytest.fail) == status
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "192.0.2.7:6379/0, which is another machine" in said
    assert ("--yes" in said) is (status is not None)


def test_a_remote_url_of_the_environment_is_refused_in_a_pipe() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "queue_fairness_tui", "-P", "5"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "REDIS_URL": ELSEWHERE},
        check=False,
    )

    assert (done.returncode, done.stdout) == (REFUSED, "")
    assert "192.0.2.7" in done.stderr
    assert "--yes" in done.stderr
    assert "hunter2" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_needs_no_redis_asks_nothing(tmp_path: Path) -> None:
    table = tmp_path / "jobs.csv"
    table.write_text("tenant,created_at,started_at,finished_at\na,1,2,3\nb,1,3,4\n")
    done = subprocess.run(
        [sys.executable, "-m", "queue_fairness_tui", "judge", str(table)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "REDIS_URL": ELSEWHERE},
        check=False,
    )

    assert "another machine" not in done.stderr
    assert "2 jobs of 2 tenants" in done.stdout


@contextmanager
def _asked(*options: str, **environment: str) -> Iterator[Tty]:
    with Tty(list(options), environment=environment) as tty:
        tty.sees("[y/N]")
        yield tty


def test_a_person_is_asked_before_the_screen() -> None:
    with _asked("-P", "5", "--redis-url", ELSEWHERE) as tty:
        tty.press(b"n\r")

        assert tty.ends() == DECLINED
        assert "nothing was run" in tty.text


def test_ctrl_c_answers_no() -> None:
    with _asked("-P", "5", REDIS_URL=ELSEWHERE) as tty:
        tty.press(b"\x03")

        assert tty.ends() == 130
