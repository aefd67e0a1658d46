"""The live screen over a recording: it can be paused, hurried, stepped through and searched."""

import time
from collections.abc import Callable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from queue_fairness.engine.replayed_run import ReplayedRun
from queue_fairness.formatting import numbers
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.widgets.headline import Headline


class ReplayScreen(LiveScreen):
    """Shows a recorded run as it goes on again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "freeze", "Pause", tooltip="Pause, or go on.", id="freeze"),
        Binding(
            "right_square_bracket",
            "speed(1)",
            "Faster",
            key_display="]",
            tooltip="Play faster.",
            id="faster",
        ),
        Binding(
            "left_square_bracket",
            "speed(-1)",
            "Slower",
            key_display="[",
            tooltip="Play more slowly.",
            id="slower",
        ),
        Binding(
            "right", "step(1)", "Step", tooltip="Pause, and go a fiftieth of the run on.", id="step"
        ),
        Binding(
            "left",
            "step(-1)",
            "Back",
            tooltip="Pause, and go a fiftieth of the run back.",
            id="step-back",
        ),
        Binding(
            "w",
            "worst",
            "Worst",
            tooltip="Go to the end of the longest wait, and pause there.",
            id="worst",
        ),
        Binding("g", "seek", "Go to", tooltip="Go to a time.", id="seek"),
        Binding("x", "stop", "End", tooltip="Go to its end and show its summary.", id="stop"),
    ]

    def __init__(self, run: ReplayedRun, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(run, clock)
        self.recording = run

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is done to a run cannot be done to a recording."""
        if action in ("inject", "faults"):
            return False
        return super().check_action(action, parameters)

    def tick(self) -> None:
        """Show the next frame; the head says how fast it goes."""
        run = self.recording
        head = "PAUSED" if run.is_paused else f"REPLAY × {run.speed:g}"
        self.query_one(Headline).label = head
        super().tick()

    def action_freeze(self) -> None:
        """Pause the recording, or go on."""
        self.recording.is_paused = not self.recording.is_paused

    def action_speed(self, by: int) -> None:
        """Play faster (1) or more slowly (-1)."""
        self.recording.faster(by)

    def action_step(self, steps: int) -> None:
        """Go on (1) or back (-1)."""
        if self.recording.length_s is None:
            self._say_unknown()
        self.recording.step(steps)

    def action_worst(self) -> None:
        """Go to the worst moment."""
        worst = self.recording.worst_at
        if worst is None:
            self._say_unknown()
            return
        self.recording.is_paused = True
        self.recording.go_to(worst)
        self.notify(f"the longest wait ends at {numbers.seconds(worst)}", timeout=4, markup=False)

    @work
    async def action_seek(self) -> None:
        """Ask for a time, and go there."""
        at = await self.app.push_screen_wait(SeekDialog(self.recording.length_s))
        if at is not None:
            self.recording.go_to(at)

    def _say_unknown(self) -> None:
        self.notify("the recording is still being read: a moment", timeout=3)


class SeekDialog(ModalScreen[float | None]):
    """Asks for a time of the recording, in seconds."""

    DEFAULT_CSS = """
    SeekDialog { align: center middle; }
    SeekDialog > Static, SeekDialog > Input { width: 50; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel", tooltip="Stay where it is.", id="cancel"),
    ]

    def __init__(self, length_s: float | None) -> None:
        super().__init__()
        self._length_s = length_s

    def compose(self) -> ComposeResult:
        """One field."""
        upto = "" if self._length_s is None else f", up to {self._length_s:.4g}"
        yield Static(f"Go to which second{upto}?")
        yield Input(type="number", placeholder="seconds")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go there, if it is a number."""
        text = message.value
        try:
            self.dismiss(float(text))
        except ValueError:
            self.notify(f"{text or 'nothing'} is no number of seconds", timeout=3, markup=False)
