"""A real browser without a window, spoken to through two pipes (Chrome DevTools Protocol).

The tests that need it are skipped where none is installed: on Debian `apt-get install chromium`.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PROGRAM = next(filter(None, map(shutil.which, PROGRAMS)), None)
"""The browser; None where there is none."""
MISSING = "no Chromium on PATH"
LONGEST_S = 60.0
START = """
import fcntl, os, sys
both = [fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]]
for number, each in zip((3, 4), both):
    os.dup2(each, number, inheritable=True)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Starts the browser with the two descriptors that it reads commands from and answers to."""


class Page:
    """One tab. Every request that it makes is noted in `requests`, every complaint in `errors`."""

    def __init__(self, process: "subprocess.Popen[bytes]", to: int, come: int) -> None:
        self._process, self._to, self._come = process, to, come
        self._number = 0
        self._rest = b""
        self._session: str | None = None
        self.requests: list[str] = []
        self.errors: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = str(attached["sessionId"])
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: object) -> Mapping[str, Any]:
        """Send a command and wait for its answer."""
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + LONGEST_S
        while True:
            answer = self._next(deadline)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                result: Mapping[str, Any] = answer["result"]
                return result

    def open(self, page: Path | str) -> None:
        """Show a file or an address, and wait until it is loaded."""
        url = page if isinstance(page, str) else page.as_uri()
        self.ask("Page.navigate", url=url)
        loaded = f"complete{url.partition('//')[0]}"
        self.until("document.readyState + location.protocol", loaded)

    def until(self, script: str, value: object) -> None:
        """Wait until an expression has a value."""
        deadline = time.monotonic() + LONGEST_S
        while (found := self.evaluate(script)) != value:
            assert time.monotonic() < deadline, f"{script} is {found}"
            time.sleep(0.05)

    def press(self, key: str) -> None:
        """Press and release a key that writes a character."""
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, text=key)

    def picture(self) -> bytes:
        """What the window shows, as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot")["data"])

    def resize(self, width: int, height: int = 900, scheme: str = "light") -> None:
        """A window of this width, light or dark."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.ask("Emulation.setEmulatedMedia", features=[feature])

    def evaluate(self, script: str) -> Any:
        """What an expression gives, as JSON has it."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def pdf(self) -> bytes:
        """The page as it is printed."""
        return base64.b64decode(self.ask("Page.printToPDF", printBackground=True)["data"])

    def _next(self, deadline: float) -> Mapping[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._come], [], [], deadline - time.monotonic())
            assert ready, "the browser does not answer"
            more = os.read(self._come, 1 << 16)
            assert more, "the browser has gone"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        message: Mapping[str, Any] = json.loads(line)
        self._note(message)
        return message

    def _note(self, message: Mapping[str, Any]) -> None:
        match message.get("method"):
            case "Network.webSocketCreated":
                self.requests.append(message["params"]["url"])
            case "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            case "Log.entryAdded":
                self.errors.append(message["params"]["entry"]["text"])
            case "Runtime.exceptionThrown" | "Runtime.consoleAPICalled":
                self.errors.append(json.dumps(message["params"]))


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A browser with a profile of its own in `folder`, ended with the block."""
    assert PROGRAM is not None, MISSING
    their_in, our_out = os.pipe()
    our_in, their_out = os.pipe()

    start = [sys.executable, "-c", START, str(their_in), str(their_out), PROGRAM]
    options = ["--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu"]
    options += ["--disable-dev-shm-usage", "--no-first-run", f"--user-data-dir={folder}"]
    process = subprocess.Popen(
        [*start, *options],
        pass_fds=(their_in, their_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(their_in)
    os.close(their_out)
    page = None
    try:
        page = Page(process, our_out, our_in)
        yield page
    finally:
        os.close(our_out)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(our_in)
