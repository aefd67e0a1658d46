"""Textual's driver for browsers, for a program that has signals and an end of its own."""

import asyncio
import signal
import sys

from textual.drivers.web_driver import WebDriver

from queue_fairness_tui.terminal.driver import Hearer

TAKEN = (signal.SIGINT, signal.SIGTERM)
"""Signals that Textual's driver takes for itself."""


class ServedDriver(WebDriver):
    """Shows the application through the pipes to the server."""

    def start_application_mode(self) -> None:
        """Begin; the signals stay with whom they were."""
        handlers = {number: signal.getsignal(number) for number in TAKEN}
        awake = signal.set_wakeup_fd(-1)
        super().start_application_mode()
        for number in TAKEN:
            asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, handlers[number])
        signal.set_wakeup_fd(awake, warn_on_full_buffer=False)

    def run_input_thread(self) -> None:
        """Read keys until the end; that of the server is the end of a terminal."""
        super().run_input_thread()
        app = self._app
        if not self.exit_event.is_set() and isinstance(app, Hearer):
            app.hear(signal.SIGHUP)

    def write(self, data: str) -> None:
        """Write, if the server is there to take it."""
        try:
            super().write(data)
        except BrokenPipeError:
            assert sys.__stdout__ is not None  # whoever reads the keys will notice
