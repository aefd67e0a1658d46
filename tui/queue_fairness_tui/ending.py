"""The end of the program with a screen: gives the terminal back and prints the result.

It brings all reports along, so it is imported after the first frame.
"""

import sys

from queue_fairness.cli.commands import Options
from queue_fairness.cli.output import as_left, finish, tell
from queue_fairness.engine.file_session import FileSession
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.report.results import Result
from queue_fairness_tui import terminal
from queue_fairness_tui.app import FairnessApp


def finish_app(app: FairnessApp, options: Options) -> int | None:
    """Print what was measured; returns the exit status, None where no run was begun."""
    result = _result(app)
    return None if result is None else finish(result, options, app.signals, app.crash)


def last_words(app: FairnessApp, options: Options) -> None:
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
    if run is None:
        return None
    seen = run.snapshot()
    if isinstance(app.session, FileSession) and not seen.phase.is_complete:
        # Of half a file nothing is said; why it could not be read is.
        return seen if seen.phase is Phase.FAILED else None
    return as_left(seen, None)
