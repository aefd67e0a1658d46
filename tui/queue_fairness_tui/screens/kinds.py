"""What the application must know of a screen before it has imported it."""

from typing import ClassVar

from textual.message import Message
from textual.screen import Screen

from queue_fairness.metrics.snapshot import Snapshot


class MainScreen(Screen[None]):
    """A screen over which a form or the help may open."""

    shows_one_run: ClassVar[bool] = False
    """Whether it shows a single run, from which a key leads back to a series."""


class SeriesScreen(MainScreen):
    """Shows the result of a comparison or a sweep, whose runs can be opened."""

    class Chosen(Message):
        """The user opened a run."""

        def __init__(self, run: Snapshot) -> None:
            super().__init__()
            self.run = run
