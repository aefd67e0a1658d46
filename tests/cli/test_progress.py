"""What the progress leaves on a terminal and in a log."""

import os
import pty
from collections.abc import Callable

import pytest
from servers import until

from queue_fairness.cli.progress import ProgressWriter


def _narrated(
    ends: tuple[int, int], tell: Callable[[ProgressWriter], None], encoding: str
) -> bytes:
    reading, writing = ends
    with os.fdopen(writing, "w", encoding=encoding) as stream, ProgressWriter(stream) as progress:
        tell(progress)
    progress._thread.join()
    found = b""
    try:
        while piece := os.read(reading, 4096):
            found += piece
    except OSError:
        pass  # how Linux says that the other end of a terminal is closed
    os.close(reading)
    return found


def _ends(progress: ProgressWriter) -> None:
    for number in range(100):
        progress.println(f"{number} ✓ FAIR")


@pytest.mark.parametrize("opened", [os.pipe, pty.openpty], ids=["log", "terminal"])
def test_every_line_to_keep_is_there_in_order(opened: Callable[[], tuple[int, int]]) -> None:
    found = _narrated(opened(), _ends, "utf-8").decode()

    lines = found.replace("\r\x1b[K", "").splitlines()
    assert [line for line in lines if line] == [f"{number} ✓ FAIR" for number in range(100)]


def test_kept_line_is_written_over_no_progress() -> None:
    def tell(progress: ProgressWriter) -> None:
        progress.update("run 1: 99 %")
        progress.println("1 of 2  scan")

    found = _narrated(pty.openpty(), tell, "utf-8").decode()

    assert found.endswith("\r\x1b[K1 of 2  scan\r\n\r\x1b[K")


def test_stream_that_cannot_hold_the_glyphs_gets_ascii() -> None:
    found = _narrated(os.pipe(), lambda progress: progress.println("✓ FAIR · 5 ms"), "ascii")

    assert found == b"+ FAIR - 5 ms\n"


async def test_said_line_replaces_the_one_not_yet_written() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        progress = ProgressWriter(stream)
        for number in range(100):
            progress.update(f"{number} %")
        progress._thread.start()
        await until(lambda: progress._line is None)
        progress.__exit__()
        progress._thread.join()

    assert os.read(reading, 4096) == b"99 %\n"
    os.close(reading)
