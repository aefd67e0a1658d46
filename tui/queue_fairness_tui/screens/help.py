"""Help: the keys that work now, made from the bindings, and what the numbers mean."""

from typing import ClassVar

from rich.text import Text
from textual.binding import ActiveBinding, Binding, BindingType

from queue_fairness_tui.screens.dialog import Dialog

TERMS = (
    ("partition", "a tenant of the queue: one Redis list, served by at most one worker at a time"),
    ("round", "as many dispatches as there are partitions with work: by turns, one for each"),
    (
        "worst wait",
        "how many full turns a partition had to sit out; 1 by turns. It counts dispatches, so "
        "slow workers do not change it. One lucky first task hides nothing: every wait counts",
    ),
    ("debt", "tasks a partition is owed against an equal share of every dispatch; at most 1"),
    (
        "round Jain",
        "how evenly each round is shared, 1 at best, 1/n if one of n gets it all. Over a whole "
        "drain it would be 1 for any order, so it is taken round by round",
    ),
    ("first pickup", "when a partition's first task was taken; it says nothing about the others"),
    (
        "trips / pop",
        "round trips to Redis for each task taken, polls of an empty queue included; a dash where "
        "a queue of your own does not tell",
    ),
    (
        "pop p50, p99, max",
        "from the end of a worker's task to the start of its next: what Redis costs",
    ),
    (
        "ideal",
        "computed, not run: round robin without a lock. In a comparison Redis takes no time, so "
        "that tasks / s are workers / work duration; beside one run it has that run's own rate",
    ),
    ("same as the best", "marked =: the repeats of the two overlap, so chance explains it"),
    ("work-bound", "the work alone limits the rate, so the rate says nothing about the queue"),
    ("lag", "how late the event loop was, p99 and max: times are known no better than this"),
    (
        "stood still",
        "this program's event loop, or the server, for 0.1 s or more at a time; with more than 1 s "
        "at once or 5 % of the run no rate and no time holds, while what is in rounds does",
    ),
    (
        "even by construction",
        "workers in a closed loop do equally many equal tasks, whatever the queue does",
    ),
    (
        "INCONCLUSIVE",
        "too few rounds, partitions or choices to tell: every order would look fair here",
    ),
)


class HelpScreen(Dialog):
    """One scrolling list, over the screen it explains."""

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
