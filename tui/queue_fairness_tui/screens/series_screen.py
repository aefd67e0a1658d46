"""What the screens of a comparison and of a sweep have in common."""

from textual.message import Message

from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui.screens.main_screen import MainScreen


class SeriesScreen(MainScreen):
    """Shows the result of a comparison or a sweep, whose runs can be opened."""

    class Chosen(Message):
        """The user opened a run."""

        def __init__(self, run: Snapshot) -> None:
            super().__init__()
            self.run = run
