"""Textual's driver for terminals as they are: any bytes, any size, gone in mid-run.

It draws on stdout, and leaves stderr to those who redirect it. It ends by giving the terminal back,
whoever asks for that, and only as long as it has it.
"""

import codecs
import os
import selectors
import signal
import sys
import termios
from contextlib import suppress
from typing import Any, Protocol, cast, runtime_checkable

from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key, Resize
from textual.geometry import Size
from textual.message import Message

from queue_fairness_tui import background
from queue_fairness_tui.terminal.keeper import RESTORE, Keeper
from queue_fairness_tui.terminal.output import Output

LARGEST = (640, 200)
"""Columns and rows of the largest screen that is drawn; the rest of a larger one stays empty."""
ABSURD = (2000, 1000)
"""More than any terminal has: whoever set up the pseudo terminal did not know its size."""
USUAL = (80, 25)
"""What is drawn on where the size is not known."""
SIGNAL_KEYS = {"ctrl+c": signal.SIGINT, "ctrl+backslash": signal.SIGQUIT}
"""Keys that are signals wherever they are pressed, even if the event loop stands still."""
INPUT_PAUSE_S = 0.1


@runtime_checkable
class Hearer(Protocol):
    """The application, as far as the driver speaks to it."""

    def hear(self, number: int) -> None:
        """Take something for a signal; called in any thread."""

    def break_down(self, error: BaseException) -> None:
        """End, because the screen is broken; called in the event loop."""


class TerminalDriver(LinuxDriver):
    """Shows the application on the terminal of stdout."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert isinstance(app, Hearer)
        assert sys.__stdout__ is not None
        assert sys.__stdin__ is not None
        self._hearer: Hearer = app
        self.output = Output(sys.__stdout__)
        self._file = cast("Any", self.output)
        self._input_encoding = sys.__stdin__.encoding
        self._keeper = Keeper(self.output.fileno())
        self._is_up = False
        self._is_written = True
        """Whether nothing of the screen is on the terminal, as far as it has read what we wrote."""
        self._size = size or self._get_terminal_size()

    def start_application_mode(self) -> None:
        """Take the terminal, unless it is gone or another job has it."""
        previous = self._writer_thread
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._is_up = self._writer_thread is not previous
        if self._is_up:
            self._is_written = False
            with suppress(termios.error):
                self._keeper.up(self.attrs_before, termios.tcgetattr(self.fileno))

    def stop_application_mode(self) -> None:
        """Give the terminal back, if we have it."""
        if self._is_up:
            self._is_up = False
            super().stop_application_mode()

    def close(self) -> None:
        """End the thread that writes, once the terminal has taken all of it."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().close()
            if not self._is_up:
                self._is_written = True
                self._keeper.down()

    def give_back(self) -> None:
        """Give the terminal back in a hurry: from any thread, waiting for no other.

        Raises:
            OSError: The terminal is gone.
            termios.error: The same.
        """
        self.output.is_gone = True
        self._is_up = False
        if not self._is_written:
            # From the background too: this must not stop the program.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            os.write(self.output.fileno(), RESTORE.encode())
            self._is_written = True
            self._keeper.down()

    def dismiss(self) -> None:
        """The terminal is given back for good: let the keeper end."""
        self._keeper.leave()

    def write(self, data: str) -> None:
        """Write, if there is somebody who takes it."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().write(data)

    def process_message(self, message: Message) -> None:
        """Take what was read; keys that are signals do not wait for the event loop."""
        if isinstance(message, Key) and message.key in SIGNAL_KEYS:
            self._hearer.hear(SIGNAL_KEYS[message.key])
            return
        if isinstance(message, Resize):
            size = Size(*_bounded(*message.size))
            message = Resize(size, size, pixel_size=message.pixel_size)
        super().process_message(message)

    def run_input_thread(self) -> None:
        """Read keys until the end, whatever bytes come."""
        decode = codecs.getincrementaldecoder(self._input_encoding)("replace").decode
        parser = XTermParser(self._debug)
        late = background.LateAnswers()
        typed = decode(background.take_typed())
        # An empty text would be the end of all.
        for message in parser.feed(typed) if typed else ():
            self.process_message(message)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                text = ""
                if selector.select(INPUT_PAUSE_S):
                    read = self._read()
                    if not read:
                        # The terminal is gone, and with it whoever could press a key.
                        self._hearer.hear(signal.SIGHUP)
                        return
                    text = late.without(decode(read))
                else:
                    text = late.rest()
                if text:
                    for message in parser.feed(text):
                        self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except BaseException as error:  # noqa: BLE001 (a thread has nobody else to tell)
            self._loop.call_soon_threadsafe(self._hearer.break_down, error)

    def _get_terminal_size(self) -> tuple[int, int]:
        return _bounded(*super()._get_terminal_size())

    def _sigcont_application(self, *_: object) -> None:
        # Not here: the handler may interrupt a write that holds the lock of the queue.
        self._loop.call_soon_threadsafe(self._take_again)

    def _take_again(self) -> None:
        if not self._auto_restart:
            return
        if self._is_up:
            # Stopped from outside: our threads live, but a shell has changed the terminal.
            self.suspend_application_mode()
        self.resume_application_mode()


def _bounded(*size: int) -> tuple[int, int]:
    """A size that can be drawn."""
    known = [
        usual if each > absurd else min(each, largest)
        for each, usual, absurd, largest in zip(size, USUAL, ABSURD, LARGEST, strict=True)
    ]
    return known[0], known[1]
