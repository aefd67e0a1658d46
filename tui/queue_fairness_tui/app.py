"""The application: starts runs and moves between the screens. It computes nothing."""

import asyncio
import dataclasses
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.screen import Screen

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.cli.commands import Command, CompareCommand, SweepCommand
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.engine.series import SeriesRunner, SeriesStep
from queue_fairness.engine.session import Session
from queue_fairness.plan import Plan
from queue_fairness.report.limits import NO_LIMITS, Limits
from queue_fairness.strategies.custom import compared_names, strategy_names
from queue_fairness_tui import screens, terminal, theme
from queue_fairness_tui.charts import plot
from queue_fairness_tui.screens.kinds import MainScreen, SeriesScreen
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.series_control import Result, Runner, SeriesControl

FIRST_FRAME_S = 1.0
"""Longest time that the first run waits for the first frame, in seconds."""
NOTICE_S = 8.0
"""How long the screen says which Redis the environment has named."""
LEAVING_S = 1.5
"""How long the end of a run may take without a word, in seconds."""


class FairnessApp(App[None]):
    """Shows one run after another. The session owns the runs and outlives the application."""

    TITLE = "queue-fairness-tui"
    CSS_PATH = "app.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "rerun", "Rerun", tooltip="Run the same plan again.", id="rerun"),
        Binding("e", "edit", "Edit", tooltip="Edit the plan, then run it.", id="edit"),
        Binding(
            "d",
            "next_strategy",
            "Next",
            tooltip="Run the same load with the next strategy.",
            id="next-strategy",
        ),
        Binding(
            "D",
            "compare_all",
            "All",
            key_display="D",
            tooltip="Run the same load with all comparable strategies, then compare them.",
            id="compare-all",
        ),
        Binding(
            "c", "compare", "Compare", tooltip="Back to the comparison or sweep.", id="compare"
        ),
        Binding(
            "question_mark",
            "help",
            "Help",
            key_display="?",
            tooltip="Show the keys and what the numbers mean.",
            id="help",
        ),
        Binding("f1", "help", "Help", show=False, tooltip="The same."),
        Binding("q", "quit", "Quit", tooltip="End the run, quit, and print the report.", id="quit"),
        Binding("ctrl+q", "quit", "Quit", show=False, tooltip="The same."),
        Binding(
            "ctrl+c",
            "interrupt",
            "Interrupt",
            show=False,
            priority=True,  # over a form's field, where it would copy text
            tooltip="The same, with exit status 130; twice to quit at once.",
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
    ) -> None:
        # Named, whatever TEXTUAL_DRIVER says.
        super().__init__(driver_class=terminal.TerminalDriver)
        self.is_leaving = False
        """Whether the user has asked to quit: no screen is opened any more."""
        self.crash: str | None = None
        """What broke the screen, as a sentence; None while it holds."""
        self.limits = limits
        self._command = command
        self._clock = clock
        self.session = session
        self._first_frame = asyncio.Event()
        self._is_warm = False
        self.plan = plan
        self.signals = signals
        self.series = SeriesControl()
        self.animation_level = "none"
        for each in (theme.DARK, theme.LIGHT):
            self.register_theme(each)
        self.theme = theme.DARK.name

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
        else:
            await self.begin(self.plan)
        notice = self.session.choice.notice
        if notice is not None:
            self.notify(notice, timeout=NOTICE_S, markup=False)

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

    async def begin(self, plan: Plan) -> None:
        """End the current run or series, start the next run and show it."""
        if self.is_leaving:
            return
        self.series.cancel()
        self.plan = plan
        run = await self.session.start(plan)
        self.show(LiveScreen(run, self._clock))

    @on(LiveScreen.Ended)
    def show_summary(self, message: LiveScreen.Ended) -> None:
        """Show the summary, unless another run has started or the form is open."""
        if self.series.runner is not None:
            return  # the next run of the series, or its result, follows
        if message.run is self.session.run and isinstance(self.screen, LiveScreen):
            final = message.run.snapshot()
            self.show(screens.SummaryScreen(final, self.limits.check(final)))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The commands of the palette: all keys that work now, then Textual's own commands."""
        for node, binding, enabled, tooltip in screen.active_bindings.values():
            if enabled and binding.id:
                run = partial(self.run_action, binding.action, node)
                yield SystemCommand(binding.description, tooltip, run)
        for command in super().get_system_commands(screen):
            if command.title not in ("Quit", "Keys"):
                yield command

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key works now: over a form or the help only theirs do."""
        if self.is_leaving:
            return action in ("quit", "interrupt")
        # The palette lies over the screen to which its commands apply.
        stack = [each for each in self.screen_stack if not _is_palette(each)]
        if action in ("rerun", "edit", "next_strategy", "compare_all", "help"):
            return isinstance(stack[-1], MainScreen)
        if action == "compare":
            top = stack[-1]
            is_single_run = isinstance(top, MainScreen) and top.shows_one_run
            return is_single_run and self.series.runner is None and self.series.result is not None
        return super().check_action(action, parameters)

    async def action_rerun(self) -> None:
        """Run the same plan again."""
        await self.begin(self.plan)

    async def action_next_strategy(self) -> None:
        """Run the same load with the next strategy in the list."""
        names = strategy_names()
        following = names[(names.index(self.plan.strategy) + 1) % len(names)]
        await self.begin(dataclasses.replace(self.plan, strategy=following))

    def action_compare_all(self) -> None:
        """Run the same load with each strategy that `compared_names` picks, and compare them."""
        self.series.cancel()
        names = compared_names(strategy_names(), self.plan.fair_by, self.plan.strategy)
        comparison = Comparison(plan=self.plan, strategies=names, repeats=1)
        self.run_series(SeriesRunner(self.session, comparison))

    def action_compare(self) -> None:
        """Go back to the last comparison or sweep."""
        if self.series.result is not None:
            self.show(_result_screen(self.series.result))

    @work(group="series")
    async def run_series(self, runner: Runner) -> None:
        """Make the runs of a comparison or sweep, each on the live screen; then show the result."""
        result = await self.series.execute(runner, self._show_step)
        if result is not None:
            self.show(_result_screen(result))

    @on(SeriesScreen.Chosen)
    def show_chosen(self, message: SeriesScreen.Chosen) -> None:
        """Open the summary of one run of a series, over the result of the series."""
        if self.is_leaving:
            return
        self.push_screen(screens.SummaryScreen(message.run, self.limits.check(message.run)))

    def _show_step(self, step: SeriesStep) -> None:
        self.show(LiveScreen(step.run, self._clock, f"RUN {step.number} of {step.of}"))

    @work
    async def action_edit(self) -> None:
        """Ask for another plan and run it; the current run goes on until then."""
        plan = await self.push_screen_wait(screens.PlanForm(self.plan))
        if plan is not None:
            await self.begin(plan)

    def action_help(self) -> None:
        """Explain the screen that is open."""
        self.push_screen(screens.HelpScreen(list(self.screen.active_bindings.values())))

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

    def show(self, screen: Screen[None]) -> None:
        """Replace the base screen, closing any form, help or summary that lies over it."""
        if self.is_leaving:
            return
        while len(self.screen_stack) > 2:
            self.pop_screen()
        if len(self.screen_stack) == 1:
            self.push_screen(screen)
            screen.call_after_refresh(self._first_frame.set)
        else:
            self.switch_screen(screen)


def _result_screen(result: Result) -> Screen[None]:
    if isinstance(result, Sweep):
        return screens.SweepScreen(result)
    return screens.ComparisonScreen(result)


def _is_palette(screen: Screen[object]) -> bool:
    return isinstance(screen, CommandPalette)
