"""What the screens of runs and results have in common: the keys that act on what is in view.

The footer says what a key will do now ("Rerun scan"), in the order of `ORDER`, as many as fit; the
palette and the help say the same in whole phrases.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from textual.binding import ActiveBinding, Binding, BindingType
from textual.screen import Screen

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.duration import about
from queue_fairness.analysis.next_run import differences
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.formatting import numbers
from queue_fairness.formatting.wrapping import short_name
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness.strategies.custom import compared_names, strategy_names

ORDER = (
    "quit",
    "help",
    "back",
    "freeze",
    "stop",
    "stop-all",
    "open-run",
    "try",
    "rerun",
    "save",
    "edit",
    "compare-all",
    "pin",
    "sort",
    "filter",
    "pictures",
    "quantity",
    "compare",
    "older",
    "newer",
    "unit",
    "faults",
)
"""Ids of keys, those first that must never be cut from the footer."""
NAME = 14
"""Longest name of a strategy in the footer."""
BESIDE = 2
"""Columns of a key in the footer beside its two words."""

Words = Mapping[str, tuple[str, str]]
"""What keys do now, by id: in one or two words, and in a phrase."""


class MainScreen(Screen[None]):
    """A screen over which the form, the help and the menus may open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "app.try_advised", "Try", id="try"),
        Binding("r", "app.rerun", "Rerun", id="rerun"),
        # First of all, so that no key that follows goes to this screen instead of the form.
        Binding("e", "app.edit", "Change", id="edit", priority=True),
        Binding("d", "app.next_strategy", "Next", show=False, id="next-strategy"),
        Binding("D", "app.compare_all", "All strategies", key_display="D", id="compare-all"),
        Binding("c", "app.compare", "Comparison", id="compare"),
        Binding("s", "app.save", "Save", id="save"),
        Binding("left_square_bracket", "app.older", "Older", key_display="[", id="older"),
        Binding("right_square_bracket", "app.newer", "Newer", key_display="]", id="newer"),
        Binding("question_mark", "app.help", "Help", key_display="?", id="help"),
        Binding("f1", "app.help", "Help", show=False),
    ]

    @property
    def plan(self) -> Plan:
        """What the keys act on: the plan of the run in view, or the load of the series."""
        raise NotImplementedError

    @property
    def series(self) -> Comparison | Sweep | None:
        """The comparison or sweep in view; None for a single run."""
        return None

    @property
    def run_in_view(self) -> Snapshot | None:
        """The run in view as it is now; None for a series."""
        return None

    @property
    def advised(self) -> Plan | None:
        """The plan of the run that the result in view advises; None for none."""
        return None

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The keys that work now, in the order of `ORDER`, in words that say what they do now."""
        words = {**self._common_words(), **self.words()}
        found = super().active_bindings.items()
        described = [(key, _described(each, words)) for key, each in found]
        described.sort(key=lambda item: _place(item[1].binding))
        return dict(fitting(described, self.app.size.width))

    def words(self) -> Words:
        """What the keys of a kind of screen do now; the others keep the words they have."""
        return {}

    def on_resize(self) -> None:
        """Let the footer offer what fits."""
        self.refresh_bindings()

    def _comparing(self) -> str:
        """How many runs comparing all strategies takes, and about how long."""
        plan = self.plan
        names = compared_names(strategy_names(), plan.fair_by, plan.strategy)
        every = Comparison(plan=plan, strategies=names)
        runs = numbers.plural(every.planned, "run")
        return f"Compare all strategies on this load: {runs}{about(every)}"

    def _common_words(self) -> Words:
        plan, series = self.plan, self.series
        name = short_name(plan.strategy, NAME)
        words = {
            "quit": ("Quit", "End the run, quit, and print the report"),
            "help": ("Help", "Explain the keys and what the numbers mean"),
            "rerun": (f"Rerun {name}", f"Run {plan.strategy} again: the same plan and seed"),
            "edit": ("Change", "Change the plan of this run, then run it"),
            "compare-all": ("All strategies", self._comparing()),
            "compare": ("Comparison", "Go back to the last comparison or sweep"),
            "save": ("Save", "Save a picture or the report, or copy it"),
            "older": ("Older", "Go back to the result before this one"),
            "newer": ("Newer", "Go on to the result after this one, or to the run"),
            "next-strategy": ("Next", "Run the next strategy of the list on this load"),
        }
        if series is not None:
            kind = "sweep" if isinstance(series, Sweep) else "comparison"
            words["rerun"] = (
                f"Rerun all {series.planned}",
                f"Make this {kind} again: {numbers.plural(series.planned, 'run')}{about(series)}",
            )
            words["edit"] = ("Change", f"Change the load of this {kind}, then make it again")
        if self.advised is not None:
            words["try"] = _try_words(plan, self.advised)
        return words


def _try_words(plan: Plan, other: Plan) -> tuple[str, str]:
    """What trying another plan changes."""
    if other.strategy != plan.strategy:
        name = short_name(other.strategy, NAME)
        return f"Try {name}", f"Run {other.strategy} on this load, and show both side by side"
    changes = [f"{option} {after}" for option, _, after in differences(plan, other)]
    said = numbers.listed(changes) if changes else "again"
    short = changes[0] if changes else "again"
    return f"Try {short}", f"Run the same with {said}, and show both side by side"


def _described(each: ActiveBinding, words: Words) -> ActiveBinding:
    binding = each.binding
    if binding.action == "command_palette":
        shown = replace(binding, description="Commands", key_display="^p", show=True)
        return each._replace(binding=shown, tooltip="Find any of these by name")
    if binding.id is None or binding.id not in words:
        return each
    short, phrase = words[binding.id]
    return each._replace(binding=replace(binding, description=short), tooltip=f"{phrase}.")


def _place(binding: Binding) -> int:
    if binding.id in ORDER:
        return ORDER.index(binding.id)
    return len(ORDER)


def fitting(
    items: list[tuple[str, ActiveBinding]], width: int
) -> Iterator[tuple[str, ActiveBinding]]:
    """The keys, of which the footer shows no more than fit; the help shows all of them."""
    free, seen = width, set[str]()
    for key, each in items:
        binding = each.binding
        if binding.show and binding.action not in seen:
            seen.add(binding.action)
            free -= len(binding.key_display or binding.key) + len(binding.description) + BESIDE
            if free < 0:
                each = each._replace(binding=replace(binding, show=False))  # noqa: PLW2901
        yield key, each
