"""The application that watches a live server of others: looks, and shows what was seen."""

import signal
from typing import ClassVar

from textual import work
from textual.app import App
from textual.binding import Binding, BindingType

from queue_fairness.attach.picture import take_picture
from queue_fairness.attach.record import Recorder
from queue_fairness.attach.session import Attachment, attached
from queue_fairness.cli.attach_headless import looks, publish, recorded
from queue_fairness.cli.attach_options import AttachOptions
from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.cli.streams import complain
from queue_fairness.errors import PlanError
from queue_fairness_tui import terminal, theme
from queue_fairness_tui.screens.attach import AttachScreen
from queue_fairness_tui.screens.help import HelpScreen

LEAST_SHOWN = 500
"""Tenants that the table holds; of more those that wait longest."""


class AttachApp(App[None]):
    """Looks, as long as the user watches. The attachment outlives the application."""

    TITLE = "queue-fairness-tui"
    CSS_PATH = "app.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "question_mark",
            "help",
            "Help",
            key_display="?",
            tooltip="Show the keys and what the numbers mean.",
            id="help",
        ),
        Binding("f1", "help", "Help", show=False, tooltip="The same."),
        Binding("q", "quit", "Quit", tooltip="Quit, and print the report.", id="quit"),
        Binding("ctrl+q", "quit", "Quit", show=False, tooltip="The same."),
        Binding("ctrl+c", "interrupt", "Interrupt", show=False, priority=True, id="interrupt"),
    ]

    def __init__(
        self,
        attachment: Attachment,
        options: AttachOptions,
        signals: SignalHandler,
        recorder: Recorder | None = None,
    ) -> None:
        super().__init__(driver_class=terminal.TerminalDriver)
        self.attachment, self.options, self.signals = attachment, options, signals
        self._recorder = recorder
        self.crash: str | None = None
        """What broke the screen, as a sentence; None while it holds."""
        self._view = AttachScreen()
        self.animation_level = "none"
        for each in (theme.DARK, theme.LIGHT):
            self.register_theme(each)
        self.theme = theme.DARK.name

    async def on_mount(self) -> None:
        """Show the screen, and begin to look."""
        await self.push_screen(self._view)
        self.watch_server()

    @work
    async def watch_server(self) -> None:
        """Look until the time is over or the user leaves."""
        number = max(LEAST_SHOWN, self.options.lanes)
        async for _ in looks(self.attachment, self._recorder, self.options.duration_s):
            if not self._view.is_attached:
                return  # the user has left
            if terminal.is_behind(self):
                continue
            self._view.show(take_picture(self.attachment, number))
            self._follow()
        self.exit()

    def _follow(self) -> None:
        """Let the tenant that is watched be read at every look."""
        watcher, found = self.attachment.watcher, self._view.table.chosen
        history = self.attachment.watch.lanes.get(found.name) if found is not None else None
        if watcher is not None:
            watcher.focus = frozenset(history.parts) if history is not None else frozenset()

    def action_help(self) -> None:
        """Explain the screen that is open."""
        if isinstance(self.screen, AttachScreen):
            self.push_screen(HelpScreen(list(self.screen.active_bindings.values())))

    def action_interrupt(self) -> None:
        """Quit as Ctrl-C does without a screen."""
        self.signals.status = 128 + signal.SIGINT
        self.exit()

    def request_leave(self) -> None:
        """Quit; may be called outside the application's own tasks."""
        self.call_later(self.exit)

    def hear(self, number: int) -> None:
        """Take a key or the end of the terminal for a signal; the driver calls it in a thread."""
        self.signals.hear(number)

    def break_down(self, error: BaseException) -> None:
        """End, because the screen is broken."""
        self._handle_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))

    def _handle_exception(self, error: Exception) -> None:
        if not self._exit:
            self.crash = self.crash or terminal.describe(error)
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # Not Textual's traceback: `crash` is said instead, below the report.
        self._close_messages_no_wait()


async def show_attach(options: AttachOptions, signals: SignalHandler) -> int:
    """Show the screen until the user quits, then print the report; returns the exit status."""
    try:
        async with attached(options.url, options.plan) as attachment:
            with recorded(options, attachment) as recorder:
                app = AttachApp(attachment, options, signals, recorder)
                await _run(app, signals)
            status = publish(take_picture(attachment), options)
    except PlanError as error:
        complain(f"{PROGRAM} attach: {error}\n")
        return 2
    if app.crash is not None:
        complain(f"{PROGRAM}: {app.crash}\n")
        return 1
    return signals.status or status


async def _run(app: AttachApp, signals: SignalHandler) -> None:
    signals.stop = app.request_leave
    try:
        await app.run_async()
    except Exception as error:  # noqa: BLE001 (what the environment may do to Textual is its own)
        app.crash = app.crash or terminal.describe(error)
    finally:
        terminal.give_back(app)
        terminal.dismiss(app)
