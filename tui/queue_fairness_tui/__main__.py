"""The command `queue-fairness-tui`: reads the options, then runs with a screen or without."""

import errno
import os
import sys
from collections.abc import Callable

from queue_fairness.cli.commands import PROGRAM, Options
from queue_fairness.cli.options import parse


def main() -> int:
    """Run the program; returns the exit status."""
    options = parse(sys.argv[1:])
    # Not before: `--help` does without.
    import asyncio

    from queue_fairness import event_loop

    try:
        return event_loop.run(_face(options))
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EIO):
            raise
        # Whoever read our output has left: a pipe (`| head`), or a terminal that hung up. Keep
        # Python from flushing into the void.
        for stream in (sys.stdout, sys.stderr):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        # Interrupted before or after the part that ends in order, or for a second time.
        return 130


async def _face(options: Options) -> int:
    notice = options.server.notice
    if notice is not None and sys.stderr is not None:
        sys.stderr.write(f"{PROGRAM}: {notice}\n")
        sys.stderr.flush()
    # A screen is slow to import and needs a terminal; neither face loads the other.
    if options.headless or options.stdout_format == "json" or not _is_terminal():
        from queue_fairness.cli.headless import run_headless

        return await run_headless(options)
    return await _show(options)


async def _show(options: Options) -> int:
    import asyncio
    from importlib import import_module

    from queue_fairness.engine.session import Session

    async with Session(options.server, isolate=options.isolate) as session:
        session.open_early()
        # In a thread, so that the server starts while the screen is imported.
        interactive = await asyncio.to_thread(import_module, "queue_fairness_tui.interactive")
        finish: Callable[[], int] = await interactive.run_interactive(options, session)
    return finish()


def _is_terminal() -> bool:
    """Whether a screen can be shown and keys can be read."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


if __name__ == "__main__":
    sys.exit(main())
