"""Help: the keys that work on the screen below it, and what the numbers mean."""

from typing import ClassVar

from rich.text import Text
from textual.binding import ActiveBinding, Binding, BindingType

from queue_fairness_tui.screens.dialog import Dialog

TERMS = (
    ("partition", "a tenant of the queue: one Redis list, served by at most one worker at a time"),
    ("round", "as many dispatches as there are partitions with work: one each under round robin"),
    (
        "worst wait",
        "the longest time that a partition with work went unserved, in rounds; 1 under round "
        "robin. It counts dispatches, so slow workers do not change it. Every wait counts, so an "
        "early first pickup hides nothing",
    ),
    ("debt", "tasks a partition is owed against an equal share of every dispatch; at most 1"),
    (
        "round Jain",
        "how evenly each round is shared: 1 at best, 1/n if one of n partitions gets it all. Over "
        "a whole drain any order would score 1, so it is computed per round",
    ),
    ("first pickup", "when a partition's first task was taken; later tasks may still wait long"),
    (
        "trips / pop",
        "round trips to Redis per task taken, polls of an empty queue included; a dash where a "
        "queue of your own does not report them",
    ),
    (
        "pop p50, p99, max",
        "time from the end of a worker's task to the start of its next one: the cost of Redis",
    ),
    (
        "ideal",
        "what strict round robin would give, computed: for one run at the run's own rate, in a "
        "comparison with a Redis that takes no time, where tasks/s are workers / work duration",
    ),
    (
        "same as the best",
        "marked =: the repeats of the two overlap, so the difference may be chance",
    ),
    ("work-bound", "the work alone limits the rate, so the rate says nothing about the queue"),
    ("lag", "how late the event loop was, p99 and max; no time is more precise than this"),
    (
        "stood still",
        "this program's event loop or the server paused for 0.1 s or more; above 1 s at once or "
        "5 % of the run, rates and times are not valid, while values in rounds are",
    ),
    (
        "even by construction",
        "workers in a closed loop do equal numbers of equal tasks, whatever the queue does",
    ),
    (
        "INCONCLUSIVE",
        "too few rounds, partitions or choices to judge: any order would look fair",
    ),
)


class HelpScreen(Dialog):
    """Keys and terms in one scrolling text, over the screen they explain."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "dismiss", "Close", show=False),
    ]

    def __init__(self, active: list[ActiveBinding]) -> None:
        super().__init__()
        self._active = active

    def texts(self) -> list[Text]:
        """Keys first, then terms."""
        return [self._keys(), _terms()]

    def _keys(self) -> Text:
        text = Text()
        text.append("Keys that work here\n", "bold")
        seen: dict[str, tuple[list[str], str]] = {}
        for _, binding, enabled, tooltip in self._active:
            if enabled and tooltip and binding.id:
                keys, _ = seen.setdefault(binding.action, ([], tooltip))
                keys.append(self.app.get_key_display(binding))
        width = max((len(", ".join(keys)) for keys, _ in seen.values()), default=0)
        for keys, meaning in seen.values():
            text.append(f"  {', '.join(keys):{width}}  ", "bold")
            text.append(f"{meaning}\n")
        text.append("Arrow keys, page up and page down scroll; the mouse works too.\n", "dim")
        return text


def _terms() -> Text:
    text = Text()
    text.append("What the numbers mean\n", "bold")
    for term, meaning in TERMS:
        text.append(f"  {term}: ", "bold")
        text.append(f"{meaning}\n")
    return text
