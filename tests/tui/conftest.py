"""What the tests of screens share: pictures of a screen that stands still, a real terminal."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from tui.stage import settled
from tui.tmux import Terminal

Before = Callable[[Pilot[None]], Awaitable[None]]


@pytest.fixture
def snap_compare(snap_compare: Callable[..., bool]) -> Callable[..., bool]:
    """Textual's own, which waits by the clock, and so on a busy machine may be too early."""

    def compare(app: Any, *, run_before: Before | None = None, **options: Any) -> bool:
        async def prepare(pilot: Pilot[None]) -> None:
            await settled(pilot)
            if run_before is not None:
                await run_before(pilot)
                await settled(pilot)

        return snap_compare(app, run_before=prepare, **options)

    return compare


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """A tmux server that dies with the test."""
    opened = Terminal(tmp_path / "tmux")
    yield opened
    opened.hang_up()
