"""Runs the program with a screen; `cli.headless` is its counterpart without one."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from types import ModuleType

from queue_fairness.cli import attention
from queue_fairness.cli.commands import PROGRAM, Options
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.cli.streams import complain
from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui import terminal, theme
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.series_control import Result


async def run_interactive(
    options: Options, session: Session, signals: SignalHandler
) -> Callable[[], int]:
    """Run the application in a session until the user quits.

    Returns:
        What to call once the session is closed: it prints the result and returns the exit status.
    """
    command = options.command
    try:
        app = FairnessApp(
            session, command.plan, signals, options.limits, command, notify=options.notify
        )
    except Exception as error:  # noqa: BLE001 (what the environment may do to Textual is its own)
        return partial(_say, terminal.describe(error))
    app.theme = (theme.LIGHT if options.theme == "light" else theme.DARK).name
    app.keep = partial(_keep, options)
    session.warm_up = partial(_warm_up, app)
    signals.stop = app.request_leave
    signals.last_words = lambda: _ending().last_words(app, options)
    try:
        await app.run_async()
    except Exception as error:  # noqa: BLE001 (the same; the result is kept)
        app.crash = app.crash or terminal.describe(error)
    finally:
        terminal.give_back(app)
        terminal.dismiss(app)
        if options.notify:
            terminal.say(attention.GIVE_TITLE_BACK)
    return partial(_finish, app, options)


def _keep(options: Options, result: Snapshot | Result) -> Sequence[str]:
    # Not before: it brings all reports along.
    from queue_fairness.cli.keeping import keep

    return keep(result, options)


async def _warm_up(app: FairnessApp) -> None:
    await app.warm_up()
    await asyncio.to_thread(_ending)


def _ending() -> ModuleType:
    return import_module("queue_fairness_tui.ending")


def _finish(app: FairnessApp, options: Options) -> int:
    status: int | None = _ending().finish_app(app, options)
    if status is not None:
        return status
    return app.signals.status or 0 if app.crash is None else _say(app.crash)


def _say(crash: str) -> int:
    complain(f"{PROGRAM}: {crash}\n")
    return 1
