"""The screen in a real browser: `serve`."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import browser
import pytest

from queue_fairness.cli.options import parse

BYTES_CAME = "document.body.classList.contains('-first-byte')"
CLOSED = "document.body.classList.contains('-closed')"
LONGEST_S = 60.0
needs_browser = pytest.mark.skipif(browser.PROGRAM is None, reason=browser.MISSING)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    with browser.browser(tmp_path_factory.mktemp("profile")) as found:
        found.resize(1200, 700)
        yield found


class Served:
    """The server, its address, and what it has said."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout is not None
        self.address = process.stdout.readline().strip()

    @property
    def children(self) -> set[int]:
        """The processes that it has started and that have not ended."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return set(map(int, path.read_text().split()))

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(LONGEST_S)


@contextmanager
def _serving(*words: str) -> Iterator[Served]:
    process = subprocess.Popen(
        [sys.executable, "-m", "queue_fairness_tui", "serve", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={each: value for each, value in os.environ.items() if each != "REDIS_URL"},
    )
    try:
        yield Served(process)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=LONGEST_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def _is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def _until_gone(processes: set[int]) -> None:
    deadline = time.monotonic() + LONGEST_S
    while not all(map(_is_gone, processes)):
        assert time.monotonic() < deadline, processes
        time.sleep(0.05)


def test_only_the_whole_address_leads_anywhere() -> None:
    with _serving() as served:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", served.address)
        root, token = served.address.rsplit("/", 2)[:2]
        without = [f"{root}{each}" for each in ("/", "/ws", "/static/js/textual.js", "/focus.js")]
        wrong = f"{root}/{token[:-1]}{'x' if token[-1] != 'x' else 'y'}/"

        assert [_status(each) for each in (*without, wrong)] == [404] * 5
        assert _status(served.address) == 200
        assert _status(f"{served.address}focus.js") == 200
        with urllib.request.urlopen(served.address) as answer:
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert "http" not in answer.read().decode().replace(root, "")
        assert served.end() == 130


@needs_browser
def test_the_screen_takes_keys_and_ends(page: browser.Page) -> None:
    words = ("-P", "30", "-t", "200", "--redis-server", "bundled")
    with _serving(*words) as served:
        page.requests.clear()
        page.errors.clear()
        page.open(served.address)
        page.until(BYTES_CAME, True)
        (program,) = served.children

        page.press("q")
        page.until(CLOSED, True)

        host = served.address.split("/")[2]
        assert {each.split("/")[2] for each in page.requests if "://" in each} == {host}
        refused = [each for each in page.errors if "Content Security Policy" in each]
        assert not refused
        _until_gone({program})
        assert served.end() == 130


@needs_browser
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_the_end_of_the_server_is_that_of_the_run(page: browser.Page, how: signal.Signals) -> None:
    words = ("-P", "30", "-t", "500", "--redis-server", "bundled")
    with _serving(*words) as served:
        page.open(served.address)
        page.until(BYTES_CAME, True)
        children = served.children

        served.process.send_signal(how)
        served.process.wait(LONGEST_S)

        assert children
        _until_gone(children)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("serve --headless", "it shows a screen: leave --headless"),
        ("serve --port 70000", "--port 70000 is too large"),
        ("serve serve", "serve is named twice"),
        ("serve --wrokers 5", "did you mean --workers?"),
    ],
)
def test_refusals(words: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words.split(), {})

    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_what_is_served_is_any_command() -> None:
    options = parse(
        ["serve", "compare", "--strategies", "scan,fifo", "--port", "8000", "-P", "9"], {}
    )

    assert options.web is not None
    assert options.web.port == 8000
    assert options.web.arguments == ("compare", "--strategies", "scan,fifo", "-P", "9")
    assert options.command.plan.partitions == 9
