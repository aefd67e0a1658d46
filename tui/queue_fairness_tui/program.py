"""Reads the options, then runs with a screen or without."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from queue_fairness.cli import signals, streams
from queue_fairness.errors import OutputError, ServerError

if TYPE_CHECKING:
    from queue_fairness.cli.attach_options import AttachOptions
    from queue_fairness.cli.commands import Options
    from queue_fairness.cli.options import Asked


def run() -> int:
    """Run the program; returns the exit status."""
    streams.complete()
    try:
        return _run()
    except (OutputError, ServerError) as error:
        from queue_fairness.cli.commands import PROGRAM

        streams.complain(f"{PROGRAM}: {error}\n")
        return 1
    except OSError as error:
        if error.errno not in streams.READER_LEFT:
            raise
        streams.close_both()
        return 1


def _run() -> int:
    from queue_fairness.cli.options import parse_any

    options = parse_any(sys.argv[1:])
    # Not before: `--help` does without.
    import asyncio

    from queue_fairness import event_loop
    from queue_fairness.server.redis_py import check_redis_py

    check_redis_py()
    handler = signals.SignalHandler()
    try:
        return event_loop.run(_face(options, handler))
    except asyncio.CancelledError:
        if handler.status is None:
            raise
        return handler.status


async def _face(options: "Asked", handler: signals.SignalHandler) -> int:
    import asyncio

    from queue_fairness.cli.attach_options import AttachOptions

    task = asyncio.current_task()
    assert task is not None
    handler.listen(asyncio.get_running_loop(), task)
    notice = options.notice if isinstance(options, AttachOptions) else options.server.notice
    if notice is not None:
        from queue_fairness.cli.commands import PROGRAM

        streams.complain(f"{PROGRAM}: {notice}\n")
    if isinstance(options, AttachOptions):
        return await _attach(options, handler)
    # A screen is slow to import and needs a terminal; neither face loads the other.
    if options.headless or options.stdout_format == "json" or not _is_terminal():
        from queue_fairness.cli.headless import run_headless

        return await run_headless(options, handler)
    return await _show(options, handler)


async def _attach(options: "AttachOptions", handler: signals.SignalHandler) -> int:
    if options.is_headless or not _is_terminal():
        from queue_fairness.cli.attach_headless import run_attach

        return await run_attach(options)
    from queue_fairness_tui.attach_app import show_attach

    return await show_attach(options, handler)


async def _show(options: "Options", handler: signals.SignalHandler) -> int:
    import asyncio
    from importlib import import_module

    from queue_fairness.engine.session import Session

    async with Session(options.server, isolate=options.isolate) as session:
        session.open_early()
        # In a thread, so that the server starts while the screen is imported.
        interactive = await asyncio.to_thread(import_module, "queue_fairness_tui.interactive")
        finish: Callable[[], int] = await interactive.run_interactive(options, session, handler)
    return finish()


def _is_terminal() -> bool:
    """Whether a screen can be shown and keys can be read."""
    is_one = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return is_one and _is_in_foreground()


def _is_in_foreground() -> bool:
    """Whether the terminal is ours: a job in the background is stopped when it reads from it."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        return True  # a terminal without job control, which has no background
