"""Runs the program with a screen; `cli.headless` is its counterpart without one."""

from collections.abc import Callable
from functools import partial

from queue_fairness.cli.commands import Options
from queue_fairness.cli.output import finish
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.engine.session import Session
from queue_fairness_tui.app import FairnessApp


async def run_interactive(options: Options, session: Session) -> Callable[[], int]:
    """Run the application in a session until the user quits.

    Returns:
        What to call once the session is closed: it prints the result and returns the exit status.
    """
    signals = SignalHandler()
    command = options.command
    app = FairnessApp(session, command.plan, signals, options.limits, command)
    session.warm_up = app.warm_up
    with signals.installed(app.request_leave):
        await app.run_async()
    return partial(_finish, app, options)


def _finish(app: FairnessApp, options: Options) -> int:
    run, result = app.session.run, app.series.latest
    if run is None or app.return_code:
        return app.return_code or 1
    return finish(result or run.snapshot(), options, app.signals)
