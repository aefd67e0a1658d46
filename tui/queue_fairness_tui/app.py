"""The application: opens the first run and moves between the screens. It holds no number."""

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
from queue_fairness.cli.headless import finish
from queue_fairness.cli.options import ComparisonChoice, Options
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.engine.series import ComparisonRunner, SeriesRunner, SeriesStep
from queue_fairness.engine.session import Session
from queue_fairness.plan import Plan
from queue_fairness.report.limits import NO_LIMITS, Limits
from queue_fairness.strategies.custom import compared_names, strategy_names
from queue_fairness_tui import terminal, theme
from queue_fairness_tui.charts import plot
from queue_fairness_tui.screens.comparison import CompareScreen
from queue_fairness_tui.screens.help import HelpScreen
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.plan_form import PlanForm
from queue_fairness_tui.screens.summary import SummaryScreen
from queue_fairness_tui.screens.sweep import SweepScreen

FIRST_FRAME_S = 1.0
"""How long the first run waits for the first frame, at most."""


class FairnessApp(App[None]):
    """Shows one run after another. The session, which owns them, outlives the application."""

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
            tooltip="Run the same load with every strategy, one after another, and compare.",
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
            tooltip="Keys, and what the numbers mean.",
            id="help",
        ),
        Binding("f1", "help", "Help", show=False, tooltip="The same."),
        Binding(
            "q", "quit", "Quit", tooltip="End the run, leave, and print the report.", id="quit"
        ),
        Binding("ctrl+q", "quit", "Quit", show=False, tooltip="The same."),
        Binding(
            "ctrl+c",
            "interrupt",
            "Interrupt",
            show=False,
            tooltip="The same, with exit status 130; twice to leave at once.",
            id="interrupt",
        ),
        Binding(
            "ctrl+z", "suspend_process", "Suspend", show=False, tooltip="Suspend; the run too."
        ),
    ]

    def __init__(
        self,
        session: Session,
        plan: Plan,
        interruption: SignalHandler,
        gate: Limits = NO_LIMITS,
        asked: ComparisonChoice | Sweep | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.gate = gate
        self._asked = asked
        self._clock = clock
        self.session = session
        self._first_frame = asyncio.Event()
        self._is_warm = False
        self.plan = plan
        self.interruption = interruption
        self.series: SeriesRunner[Comparison] | SeriesRunner[Sweep] | None = None
        """The comparison or sweep under way; None between them."""
        self.comparison: Comparison | Sweep | None = None
        """The last comparison or sweep that has ended."""
        self.last_result: Comparison | Sweep | None = None
        """The comparison or sweep that is the last result; None if a run of its own is."""
        self.animation_level = "none"
        for each in (theme.DARK, theme.LIGHT):
            self.register_theme(each)
        self.theme = theme.DARK.name

    async def on_mount(self) -> None:
        """Begin with the plan of the command line: no questions before work."""
        if isinstance(self._asked, Sweep):
            self.run_series(SeriesRunner(self.session, self._asked))
        elif self._asked is not None:
            self.run_series(
                ComparisonRunner(
                    self.session, self.plan, self._asked.strategies, self._asked.repeats
                )
            )
        else:
            await self.begin(self.plan)

    async def warm_up(self) -> None:
        """After the first frame, and before any worker: load what would hold workers up later."""
        if self._is_warm:
            return
        self._is_warm = True
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_FRAME_S):
                await self._first_frame.wait()
        await asyncio.to_thread(plot.load)

    async def begin(self, plan: Plan) -> None:
        """End the present run or comparison, start the next run and show it."""
        self._cancel_series()
        self.last_result = None
        self.plan = plan
        run = await self.session.start(plan)
        self._show(LiveScreen(run, self._clock))

    @on(LiveScreen.Ended)
    def show_summary(self, message: LiveScreen.Ended) -> None:
        """Freeze into the summary, unless another run has begun or the form is open."""
        if self.series is not None:
            return  # the next of the runs, or what compares them, follows by itself
        if message.run is self.session.run and isinstance(self.screen, LiveScreen):
            final = message.run.snapshot()
            self._show(SummaryScreen(final, self.gate.check(final)))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every key that works now, then Textual's own commands."""
        for node, binding, enabled, tooltip in screen.active_bindings.values():
            if enabled and binding.id:
                run = partial(self.run_action, binding.action, node)
                yield SystemCommand(binding.description, tooltip, run)
        for command in super().get_system_commands(screen):
            if command.title not in ("Quit", "Keys"):
                yield command

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which keys work now: over a form or help only what belongs to it."""
        # The palette lies over the screen that its commands are for.
        stack = [each for each in self.screen_stack if not _is_palette(each)]
        if action in ("rerun", "edit", "next_strategy", "compare_all", "help"):
            return isinstance(stack[-1], LiveScreen | SummaryScreen | CompareScreen | SweepScreen)
        if action == "compare":
            is_beside = isinstance(stack[-1], LiveScreen | SummaryScreen)
            return is_beside and self.series is None and self.comparison is not None
        return super().check_action(action, parameters)

    async def action_rerun(self) -> None:
        """Run the same plan again."""
        await self.begin(self.plan)

    async def action_next_strategy(self) -> None:
        """Run the same load with the next strategy of the table."""
        names = strategy_names()
        following = names[(names.index(self.plan.strategy) + 1) % len(names)]
        await self.begin(dataclasses.replace(self.plan, strategy=following))

    def action_compare_all(self) -> None:
        """Run this load with every strategy that goes by turns, or all if cost is to be fair."""
        self._cancel_series()
        names = compared_names(strategy_names(), self.plan.fair_by, self.plan.strategy)
        self.run_series(ComparisonRunner(self.session, self.plan, names))

    def action_compare(self) -> None:
        """Go back to the last comparison or sweep."""
        if self.comparison is not None:
            self._show(_screen_of(self.comparison))

    @work(group="series")
    async def run_series(self, series: SeriesRunner[Comparison] | SeriesRunner[Sweep]) -> None:
        """Make the runs of a comparison or a sweep, each on the live screen, then show it."""
        self.series = series
        await series.execute(self._show_step)
        self.last_result = self.comparison = series.result
        if self.series is series:
            self.series = None
            self._show(_screen_of(series.result))

    @on(CompareScreen.Chosen)
    @on(SweepScreen.Chosen)
    def show_chosen(self, message: CompareScreen.Chosen | SweepScreen.Chosen) -> None:
        """Open the summary of one of several runs, over what shows them all."""
        gates = self.gate.check(message.run)
        self.push_screen(SummaryScreen(message.run, gates))

    def _show_step(self, step: SeriesStep) -> None:
        self._show(LiveScreen(step.run, self._clock, f"RUN {step.number} of {step.of}"))

    def _cancel_series(self) -> None:
        series, self.series = self.series, None
        if series is not None:
            series.stop()

    @work
    async def action_edit(self) -> None:
        """Ask for another plan and run it; the present run goes on until then."""
        plan = await self.push_screen_wait(PlanForm(self.plan))
        if plan is not None:
            await self.begin(plan)

    def action_help(self) -> None:
        """Explain the screen that is open."""
        self.push_screen(HelpScreen(list(self.screen.active_bindings.values())))

    async def action_quit(self) -> None:
        """End the run in order, then leave."""
        self.request_leave()

    def action_interrupt(self) -> None:
        """Leave as Ctrl-C does without a screen; a second time, without waiting for the run."""
        if self.interruption.status is not None:
            self.exit()
        self.interruption.status = 128 + signal.SIGINT
        self.request_leave()

    def request_leave(self) -> None:
        """Leave because of a signal, from outside the application's own tasks."""
        if self.interruption.status == 128 + signal.SIGHUP:
            terminal.abandon(self)
        self.call_later(self.leave)

    @work(exclusive=True, group="leave")
    async def leave(self) -> None:
        """Wait for the run's end before the screen goes: leaving cancels whatever still waits."""
        if self.series is not None:
            self.series.stop()
        await self.session.stop()
        self.exit()

    def _show(self, screen: Screen[None]) -> None:
        """Put a screen in the place of the last one, under any form or help that is open."""
        while len(self.screen_stack) > 2:
            self.pop_screen()
        if len(self.screen_stack) == 1:
            self.push_screen(screen)
            screen.call_after_refresh(self._first_frame.set)
        else:
            self.switch_screen(screen)


def _screen_of(result: Comparison | Sweep) -> Screen[None]:
    return SweepScreen(result) if isinstance(result, Sweep) else CompareScreen(result)


def _is_palette(screen: Screen[object]) -> bool:
    return isinstance(screen, CommandPalette)


async def run_app(options: Options, session: Session) -> Callable[[], int]:
    """Run the application in a session until the user leaves.

    Returns:
        What to do once the session is closed: it prints the result and gives the exit status.
    """
    interruption = SignalHandler()
    asked = options.sweep.sweep if options.sweep else options.comparison
    app = FairnessApp(session, options.plan, interruption, options.gate, asked)
    session.warm_up = app.warm_up
    with interruption.installed(app.request_leave):
        await app.run_async()
    return partial(_finish, app, options)


def _finish(app: FairnessApp, options: Options) -> int:
    run = app.session.run
    if run is None or app.return_code:
        return app.return_code or 1
    return finish(app.last_result or run.snapshot(), options, app.interruption)
