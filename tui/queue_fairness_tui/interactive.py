"""Runs the program with a screen; `cli.headless` is its counterpart without one."""

import sys
from collections.abc import Callable
from functools import partial

from queue_fairness.cli import attention
from queue_fairness.cli.commands import PROGRAM, Options
from queue_fairness.cli.output import as_left, finish, tell
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.cli.streams import complain
from queue_fairness.engine.session import Session
from queue_fairness.report.results import Result
from queue_fairness_tui import terminal
from queue_fairness_tui.app import FairnessApp


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
    session.warm_up = app.warm_up
    signals.stop = app.request_leave
    signals.last_words = partial(_last_words, app, options)
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


def _finish(app: FairnessApp, options: Options) -> int:
    result = _result(app)
    if result is not None:
        return finish(result, options, app.signals, app.crash)
    return app.signals.status or 0 if app.crash is None else _say(app.crash)


def _say(crash: str) -> int:
    complain(f"{PROGRAM}: {crash}\n")
    return 1


def _last_words(app: FairnessApp, options: Options) -> None:
    """Give the terminal back and print the result so far; in a thread, as the last deed."""
    app.signals.begin_to_tell()
    terminal.give_back(app)
    # Textual keeps what is printed for itself while it runs.
    assert sys.__stdout__ is not None
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__ or sys.stderr
    result = app.signals.in_loop(lambda: _result(app))
    if result is not None:
        tell(result, options, app.signals.status, app.crash)


def _result(app: FairnessApp) -> Result | None:
    """What has been measured last; None where no run was begun."""
    runner, run = app.series.runner, app.session.run
    if runner is not None:
        return as_left(runner.result, runner.present)
    if app.series.latest is not None:
        return app.series.latest
    return None if run is None else as_left(run.snapshot(), None)
