"""What the keys do: they start runs, and move between the run and the results of the session."""

import asyncio
import dataclasses
from collections.abc import Callable, Iterable
from functools import partial

from textual import on, work
from textual.app import App, SystemCommand
from textual.command import CommandPalette
from textual.driver import Driver
from textual.screen import Screen
from textual.widgets import Input

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.engine.file_session import FileSession
from queue_fairness.engine.run_handle import RunHandle
from queue_fairness.engine.series import SeriesRunner, SeriesStep
from queue_fairness.engine.session import Session
from queue_fairness.errors import OutputError
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.limits import Limits
from queue_fairness.strategies.custom import compared_names, strategy_names
from queue_fairness_tui import screens
from queue_fairness_tui.results import Entry, Results
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.main_screen import MainScreen
from queue_fairness_tui.screens.series_screen import SeriesScreen
from queue_fairness_tui.series_control import Result, Runner, SeriesControl

FROM_PLANS = ("try_advised", "rerun", "edit", "next_strategy", "compare_all")
"""Actions that make runs, which what is read from a file has no plan for."""
NOTICE_S = 8.0
"""How long a sentence of news stays on the screen, in seconds."""


class RunKeys(App[None]):
    """The part of the application that the keys of a run and of its results act on."""

    def __init__(
        self,
        session: Session,
        plan: Plan,
        limits: Limits,
        clock: Callable[[], float],
        driver_class: type[Driver],
    ) -> None:
        super().__init__(driver_class=driver_class)
        self.is_leaving = False
        """Whether the user has asked to quit: no screen is opened any more."""
        self.session = session
        self.plan = plan
        self.limits = limits
        self.series = SeriesControl()
        self.results = Results()
        self._clock = clock
        self._before: Snapshot | None = None
        """The run from whose summary the present one was started."""
        self._first_frame = asyncio.Event()

    def has_ended(self, result: Snapshot | Result) -> None:
        """Called when a run of its own, or a whole series, has ended by itself."""

    async def begin(self, plan: Plan, before: Snapshot | None = None) -> None:
        """End the current run or series, start the next run and show it.

        Args:
            plan: Of the next run.
            before: The run to show beside it; None for none.
        """
        if self.is_leaving:
            return
        last = self.session.run
        self.series.cancel()
        self.plan = plan
        run = await self.session.start(plan)
        if last is not None:
            self._keep(last)
        self._before = before
        self.results.look_at(None)
        self.show(self._live_screen(run))

    def _live_screen(self, run: RunHandle) -> LiveScreen:
        if isinstance(self.session, FileSession):
            # Not before: the first frame of a run does without.
            from queue_fairness.engine.replayed_run import ReplayedRun

            if isinstance(run, ReplayedRun):
                return screens.ReplayScreen(run, self._clock)
        return LiveScreen(run, self._clock)

    @on(LiveScreen.Ended)
    def show_summary(self, message: LiveScreen.Ended) -> None:
        """Show the summary, unless another run has started or the form is open."""
        if self.series.runner is not None:
            return  # the next run of the series, or its result, follows
        if message.run is self.session.run and isinstance(self.screen, LiveScreen):
            entry = self._keep(message.run)
            if entry is not None:
                self.has_ended(entry.result)
                self.show_result(entry)

    def show_result(self, entry: Entry) -> None:
        """Show a result of the session, beside the run that it was started from."""
        self.results.look_at(entry)
        result = entry.result
        if isinstance(result, Snapshot):
            self.show(screens.SummaryScreen(result, self.limits.check(result), entry.before))
        else:
            self.show(_result_screen(result))

    def _keep(self, run: RunHandle) -> Entry | None:
        """Keep the result of a run that has ended by itself; None for one of a series."""
        final = run.snapshot()
        if not final.phase.is_final or self.series.made(run):
            return None
        return self.results.add(final, self._before)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The commands of the palette: all keys that work now, then some of Textual's own."""
        for node, binding, enabled, tooltip in screen.active_bindings.values():
            if enabled and binding.id and tooltip and binding.action != "command_palette":
                run = partial(self.run_action, binding.action, node)
                key = self.get_key_display(binding)
                yield SystemCommand(tooltip.rstrip("."), f"key {key}", run)
        if isinstance(screen, MainScreen):
            yield SystemCommand("Save a picture of the screen", "SVG", self.save_picture)
        for command in super().get_system_commands(screen):
            if command.title not in ("Quit", "Keys", "Screenshot"):
                yield command

    def main_screen(self) -> MainScreen | None:
        """The screen that the keys act on; None where a form or the help lies over it."""
        # The palette lies over the screen to which its commands apply.
        stack = [each for each in self.screen_stack if not _is_palette(each)]
        return stack[-1] if isinstance(stack[-1], MainScreen) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key works now."""
        if self.is_leaving:
            return action in ("quit", "interrupt")
        screen = self.main_screen()
        match action:
            case _ if isinstance(self.session, FileSession) and action in FROM_PLANS:
                return False
            case "edit":
                return screen is not None and not isinstance(screen.focused, Input)
            case "try_advised":
                return screen is not None and screen.advised is not None
            case "next_strategy":
                return screen is not None and screen.series is None
            case "compare":
                is_single = screen is not None and screen.series is None
                return is_single and self.series.runner is None and self.series.result is not None
            case "stop_all":
                return self.series.runner is not None
            case "older" | "newer":
                return self._can_look(-1 if action == "older" else 1)
            case _:
                return super().check_action(action, parameters)

    async def action_rerun(self) -> None:
        """Run again what is in view: the plan of the run, or all runs of the series."""
        screen = self.main_screen()
        if screen is None:
            return
        if screen.series is not None:
            self.begin_series(dataclasses.replace(screen.series, runs=()))
        else:
            await self.begin(screen.plan, _to_show_beside(screen))

    async def action_try_advised(self) -> None:
        """Run what the result in view advises, and show it beside the run in view."""
        screen = self.main_screen()
        if screen is not None and screen.advised is not None:
            await self.begin(screen.advised, _to_show_beside(screen))

    async def action_next_strategy(self) -> None:
        """Run the load in view with the next strategy in the list."""
        screen = self.main_screen()
        if screen is not None:
            names = strategy_names()
            following = names[(names.index(screen.plan.strategy) + 1) % len(names)]
            plan = dataclasses.replace(screen.plan, strategy=following)
            await self.begin(plan, _to_show_beside(screen))

    def action_compare_all(self) -> None:
        """Run the load in view with each strategy that `compared_names` picks; compare them."""
        screen = self.main_screen()
        if screen is not None:
            plan = screen.plan
            names = compared_names(strategy_names(), plan.fair_by, plan.strategy)
            self.begin_series(Comparison(plan=plan, strategies=names, repeats=1))

    def action_compare(self) -> None:
        """Go back to the last comparison or sweep."""
        if self.series.result is not None:
            self.show_result(self.results.add(self.series.result))

    def action_older(self) -> None:
        """Show the result before the one in view; the run goes on meanwhile."""
        self._look(-1)

    def action_newer(self) -> None:
        """Show the result after the one in view; after the last one the run that goes on."""
        self._look(1)

    def _look(self, by: int) -> None:
        entry = self.results.neighbor(by)
        if entry is not None:
            is_leaving_run = self.results.place is None
            self.show_result(entry)
            if is_leaving_run:
                self._tell_end()
        elif self._has_run_to_show():
            self._show_run()

    def _can_look(self, by: int) -> bool:
        if len([each for each in self.screen_stack if not _is_palette(each)]) > 2:
            return False  # over a comparison, to which escape goes back
        return self.results.neighbor(by) is not None or (by > 0 and self._has_run_to_show())

    def _has_run_to_show(self) -> bool:
        """Whether a run goes on while an older result is in view."""
        run = self.session.run
        return self.results.place is not None and run is not None and not _is_over(run)

    def _show_run(self) -> None:
        assert self.session.run is not None
        self.results.look_at(None)
        step = self.series.runner.step if self.series.runner is not None else None
        if step is not None:
            self._show_step(step)
        else:
            self.show(self._live_screen(self.session.run))

    @work(group="looking-back", exclusive=True)
    async def _tell_end(self) -> None:
        """Say that the run has ended, while an older result is in view."""
        run = self.session.run
        await self.session.wait()
        if run is None or self.results.place is None or self.series.runner is not None:
            return
        entry = self._keep(run)
        if entry is not None:
            self.has_ended(entry.result)
            self.notify("The run has ended: ] goes on to its result.", timeout=NOTICE_S)
            self.screen.refresh_bindings()

    def begin_series(self, series: Result) -> None:
        """End the current run or series, and make the runs of this one."""
        self.series.cancel()
        self.results.look_at(None)
        self.run_series(SeriesRunner(self.session, series))

    @work(group="series")
    async def run_series(self, runner: Runner) -> None:
        """Make the runs of a comparison or sweep, each on the live screen; then show the result."""
        # Again: the run before may have ended, and shown its summary, in the meantime.
        self.results.look_at(None)
        result = await self.series.execute(runner, self._show_step)
        if runner.result.runs:
            entry = self.results.add(runner.result)
            if result is not None:
                self.has_ended(result)
            if result is not None and self.results.place is None:
                self.show_result(entry)
            elif result is not None:
                self.notify("All runs are done: ] goes on to the result.", timeout=NOTICE_S)

    @on(SeriesScreen.Chosen)
    def show_chosen(self, message: SeriesScreen.Chosen) -> None:
        """Open the summary of one run of a series, over the result of the series."""
        if self.is_leaving:
            return
        self.push_screen(screens.SummaryScreen(message.run, self.limits.check(message.run)))

    def _show_step(self, step: SeriesStep) -> None:
        if self.results.place is None and self.series.runner is not None:
            self.show(LiveScreen(step.run, self._clock, self.series.runner))

    def action_stop_all(self) -> None:
        """End the present run and make no other of its series."""
        self.series.stop()

    async def action_edit(self) -> None:
        """Ask for another plan and run it; the current run goes on until then."""
        screen = self.main_screen()
        if screen is None:
            return
        before, series = _to_show_beside(screen), screen.series

        def go_on(plan: Plan | None) -> None:
            if plan is not None and series is not None:
                self.begin_series(dataclasses.replace(series, plan=plan, runs=()))
            elif plan is not None:
                self.run_worker(self.begin(plan, before))

        form = screens.PlanForm(screen.plan, series)
        # Awaited, so that keys typed meanwhile wait for the form instead of going elsewhere.
        await self.push_screen(form, go_on)
        form.focus_first()

    async def action_help(self) -> None:
        """Explain the screen that is open."""
        await self.push_screen(screens.HelpScreen(list(self.screen.active_bindings.values())))

    async def action_save(self) -> None:
        """Ask what to save of the screen in view, then save it."""
        screen = self.main_screen()
        if screen is not None:
            from queue_fairness_tui import keeping

            picture = self.export_screenshot()
            kinds = keeping.kinds(_result_in_view(screen))

            def go_on(kind: str | None) -> None:
                if kind is not None:
                    self._save(kind, screen, picture)

            await self.push_screen(screens.SaveMenu(kinds), go_on)

    def save_picture(self) -> None:
        """Save a picture of the screen in view, once the palette is gone."""
        screen = self.main_screen()
        if screen is not None:
            from queue_fairness_tui import keeping

            self.set_timer(
                0.1, lambda: self._save(keeping.PICTURE, screen, self.export_screenshot())
            )

    def _save(self, kind: str, screen: MainScreen, picture: str) -> None:
        from queue_fairness_tui import keeping

        result = _result_in_view(screen) or screen.run_in_view
        assert result is not None
        try:
            said = keeping.keep(kind, result, picture, self.copy_to_clipboard)
        except OutputError as error:
            self.notify(str(error), severity="error", timeout=NOTICE_S, markup=False)
        else:
            self.notify(said, timeout=NOTICE_S, markup=False)

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


def _result_in_view(screen: MainScreen) -> Result | Snapshot | None:
    """The result that can be reported; None where a run goes on."""
    if isinstance(screen, LiveScreen):
        return None
    return screen.series or screen.run_in_view


def _to_show_beside(screen: MainScreen) -> Snapshot | None:
    """The run in view, if it was served to the end: the next one is shown beside it."""
    run = screen.run_in_view
    return run if run is not None and run.phase.is_complete and run.picked_up else None


def _is_over(run: RunHandle) -> bool:
    return run.snapshot().phase.is_final


def _is_palette(screen: Screen[object]) -> bool:
    return isinstance(screen, CommandPalette)
