"""Reads the options, then runs with a screen or without."""

import dataclasses
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from queue_fairness.cli import signals, streams
from queue_fairness.errors import OutputError, ServerError
from queue_fairness_tui.served import is_served

if TYPE_CHECKING:
    from queue_fairness.cli.attach_options import AttachOptions
    from queue_fairness.cli.commands import Options
    from queue_fairness.engine.session import Session


def run() -> int:
    """Run the program; returns the exit status."""
    streams.complete()
    handler = signals.SignalHandler()
    try:
        return _run(handler)
    except (OutputError, ServerError) as error:
        from queue_fairness.cli.commands import PROGRAM

        streams.complain(f"{PROGRAM}: {error}\n")
    except OSError as error:
        if error.errno not in streams.READER_LEFT:
            raise
        streams.close_both()
    return handler.status or 1


def _run(handler: signals.SignalHandler) -> int:
    from queue_fairness.cli.attach_options import AttachOptions
    from queue_fairness.cli.options import parse_any

    options = parse_any(sys.argv[1:])
    if isinstance(options, AttachOptions):
        return _attach(options, handler)
    # Not before: `--help` does without.
    from queue_fairness.cli import consent
    from queue_fairness.cli.commands import FileCommand

    if not isinstance(options.command, FileCommand):
        can_ask = sys.stdin.isatty() and sys.stderr.isatty() and _is_in_foreground()
        status = consent.obtain(options.server, is_sure=options.is_sure, can_ask=can_ask)
        if status is not None:
            return status
    if options.web is not None:
        from queue_fairness_tui.web.server import serve

        return serve(options.web)
    import asyncio

    from queue_fairness.event_loop import run as run_loop
    from queue_fairness.server.redis_py import check_redis_py

    check_redis_py()
    try:
        return run_loop(_face(options, handler))
    except asyncio.CancelledError:
        if handler.status is None:
            raise
        return handler.status


def _attach(options: "AttachOptions", handler: signals.SignalHandler) -> int:
    """Watch a server of others."""
    import asyncio

    from queue_fairness.event_loop import run as run_loop
    from queue_fairness.server.redis_py import check_redis_py

    check_redis_py()
    try:
        return run_loop(_attached(options, handler))
    except asyncio.CancelledError:
        if handler.status is None:
            raise
        return handler.status


async def _attached(options: "AttachOptions", handler: signals.SignalHandler) -> int:
    import asyncio

    task = asyncio.current_task()
    assert task is not None
    handler.listen(asyncio.get_running_loop(), task)
    if options.notice is not None:
        from queue_fairness.cli.commands import PROGRAM

        streams.complain(f"{PROGRAM}: {options.notice}\n")
    if options.is_headless or not _is_terminal():
        from queue_fairness.cli.attach_headless import run_attach

        return await run_attach(options)
    from queue_fairness_tui.attach_app import show_attach

    return await show_attach(options, handler)


async def _face(options: "Options", handler: signals.SignalHandler) -> int:
    import asyncio

    task = asyncio.current_task()
    assert task is not None
    handler.listen(asyncio.get_running_loop(), task)
    # A screen is slow to import and needs a terminal; neither face loads the other.
    if options.headless or options.stdout_format == "json" or not _is_terminal():
        from queue_fairness.cli.headless import run_headless

        return await run_headless(options, handler)
    return await _show(options, handler)


async def _show(options: "Options", handler: signals.SignalHandler) -> int:
    import asyncio
    from importlib import import_module

    async with _session(options) as session:
        session.open_early()
        # In threads, so that the server starts while the screen is imported.
        background = asyncio.create_task(_background(options.theme))
        interactive = await asyncio.to_thread(import_module, "queue_fairness_tui.interactive")
        options = dataclasses.replace(options, theme=await background)
        finish: Callable[[], int] = await interactive.run_interactive(options, session, handler)
    return finish()


async def _background(theme: str) -> str:
    """`dark` or `light`, as was asked for or as the terminal is."""
    import asyncio

    if theme != "auto":
        return theme
    from queue_fairness_tui.background import is_light

    return "light" if await asyncio.to_thread(is_light) else "dark"


def _session(options: "Options") -> "Session":
    from queue_fairness.cli.commands import JudgeCommand, ReplayCommand
    from queue_fairness.cli.record_file import record_request
    from queue_fairness.engine.session import Session

    command = options.command
    if not isinstance(command, ReplayCommand | JudgeCommand):
        record = record_request(options)
        return Session(options.server, isolate=options.isolate, record=record)
    from queue_fairness.engine.file_session import FileSession
    from queue_fairness_tui.file_run import file_run

    return FileSession(lambda: file_run(command))


def _is_terminal() -> bool:
    """Whether a screen can be shown and keys can be read."""
    if is_served():
        return True
    is_one = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return is_one and _is_in_foreground()


def _is_in_foreground() -> bool:
    """Whether the terminal is ours: a job in the background is stopped when it reads from it."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        return True  # a terminal without job control, which has no background
