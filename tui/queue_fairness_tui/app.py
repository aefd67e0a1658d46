"""The application: starts runs and moves between the screens. It computes nothing."""

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.cli import attention
from queue_fairness.cli.commands import Command, CompareCommand, ReplayCommand, SweepCommand
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.engine.series import SeriesRunner
from queue_fairness.engine.session import Session
from queue_fairness.errors import FairnessError
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.limits import NO_LIMITS, Limits
from queue_fairness_tui import screens, terminal, theme
from queue_fairness_tui.charts import plot
from queue_fairness_tui.run_keys import RunKeys
from queue_fairness_tui.series_control import Result

FIRST_FRAME_S = 1.0
"""Longest time that the first run waits for the first frame, in seconds."""
NOTICE_S = 8.0
"""How long the screen says which Redis the environment has named."""
TITLE_S = 1.0
"""How often the title of the terminal is renewed, in seconds."""
LEAVING_S = 1.5
"""How long the end of a run may take without a word, in seconds."""


class FairnessApp(RunKeys):
    """Shows one run after another. The session owns the runs and outlives the application."""

    TITLE = "queue-fairness-tui"
    CSS_PATH = "app.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit", tooltip="End the run, quit, and print the report.", id="quit"),
        Binding("ctrl+q", "quit", "Quit", show=False, tooltip="The same."),
        Binding(
            "ctrl+c",
            "interrupt",
            "Interrupt",
            show=False,
            priority=True,  # over a form's field, where it would copy text
            tooltip="End the run and quit with exit status 130; twice: at once.",
            id="interrupt",
        ),
        Binding(
            "ctrl+z",
            "suspend_process",
            "Suspend",
            show=False,
            tooltip="Suspend the program and its run.",
        ),
    ]

    def __init__(
        self,
        session: Session,
        plan: Plan,
        signals: SignalHandler,
        limits: Limits = NO_LIMITS,
        command: Command | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        notify: bool = False,
    ) -> None:
        # Named, whatever TEXTUAL_DRIVER says.
        super().__init__(session, plan, limits, clock, terminal.driver_class())
        self.crash: str | None = None
        """What broke the screen, as a sentence; None while it holds."""
        self.keep: Callable[[Snapshot | Result], Sequence[str]] = lambda _: ()
        """Keeps a result that came to its end, in a thread; gives what is to be said of it."""
        self._command = command
        self._is_warm = False
        self._calls = notify
        """Whether the terminal calls the user when all is done, and has the progress as title."""
        self.signals = signals
        self.animation_level = "none"
        for each in (theme.DARK, theme.LIGHT):
            self.register_theme(each)
        self.theme = theme.DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colors, beside those of whichever theme is chosen."""
        return theme.own_colors(self.current_theme)

    async def on_mount(self) -> None:
        """Begin with the plan of the command line: no questions before work."""
        command = self._command
        if isinstance(command, SweepCommand):
            self.run_series(SeriesRunner(self.session, command.sweep))
        elif isinstance(command, CompareCommand):
            comparison = Comparison(
                plan=self.plan, strategies=tuple(command.strategies), repeats=command.repeats
            )
            self.run_series(SeriesRunner(self.session, comparison))
        elif isinstance(command, ReplayCommand) and command.is_series:
            self.read_series(command)
        else:
            await self.begin(self.plan)
        if self._calls:
            terminal.tell(self, attention.KEEP_TITLE)
            self.set_interval(TITLE_S, self._entitle)
        notice = self.session.choice.notice
        if notice is not None:
            self.notify(notice, timeout=NOTICE_S, markup=False)

    def has_ended(self, result: Snapshot | Result) -> None:
        """Keep the result, and call the user, if asked to."""
        self.keep_result(result)
        if self._calls:
            said = attention.ending(result)
            terminal.tell(self, attention.call(said) + attention.title(said))

    @work(group="keeping")
    async def keep_result(self, result: Snapshot | Result) -> None:
        """Keep a result, without holding up its screen."""
        for sentence in await asyncio.to_thread(self.keep, result):
            self.notify(sentence, timeout=NOTICE_S, markup=False)

    def _entitle(self) -> None:
        """Show the progress in the title of the terminal."""
        run = self.session.run
        if run is None or run.snapshot().phase.is_final:
            return
        share = numbers.percent(run.snapshot().progress)
        step = self.series.runner.step if self.series.runner is not None else None
        place = f" (run {step.number} of {step.of})" if step is not None else ""
        terminal.tell(self, attention.title(f"{share} {run.plan.strategy}{place}"))

    async def warm_up(self) -> None:
        """Load, after the first frame and before any worker, what would delay workers later."""
        if self._is_warm:
            return
        self._is_warm = True
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_FRAME_S):
                await self._first_frame.wait()
        await asyncio.to_thread(plot.load)
        await asyncio.to_thread(screens.load)

    @work
    async def read_series(self, command: ReplayCommand) -> None:
        """Show the comparison or sweep that a file holds."""
        from queue_fairness.cli.file_headless import read

        try:
            result = await asyncio.to_thread(read, command, lambda *_: None)
        except FairnessError as error:
            self.crash = str(error)
            self.exit()
            return
        if not isinstance(result, Snapshot):
            self.series.take(result)
            self.show_result(self.results.add(result))

    async def action_quit(self) -> None:
        """End the run in order, then quit."""
        self.request_leave()

    def action_interrupt(self) -> None:
        """Quit as Ctrl-C does without a screen; the second time without waiting for the run."""
        if self.signals.status is not None:
            self.exit()
        self.signals.status = 128 + signal.SIGINT
        self.request_leave()

    def request_leave(self) -> None:
        """Quit; may be called outside the application's own tasks."""
        self.is_leaving = True
        self.call_later(self.leave)

    def hear(self, number: int) -> None:
        """Take a key or the end of the terminal for a signal; the driver calls it in a thread."""
        self.signals.hear(number)

    def break_down(self, error: BaseException) -> None:
        """End, because the screen is broken. The session ends the run, whose result is kept."""
        self._handle_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))

    def _handle_exception(self, error: Exception) -> None:
        if self._exit:
            return  # a screen that was opened as the program left, and was not put together
        self.crash = self.crash or terminal.describe(error)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # Not Textual's traceback: `crash` is said instead, below the result.
        self._close_messages_no_wait()

    @work(exclusive=True, group="leave")
    async def leave(self) -> None:
        """Wait for the end of the run, then exit: exiting cancels whatever still waits."""
        self.set_timer(LEAVING_S, self._say_what_keeps_us)
        self.series.stop()
        await self.session.stop()
        await self.series.wait()
        self.exit()

    def _say_what_keeps_us(self) -> None:
        self.notify("Waiting for the run to end; ctrl+c does not wait.", timeout=60)
