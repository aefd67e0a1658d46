"""The screens: which widgets, where, and which keys.

The first frame shows the live screen only, so the others are imported when they are first asked
for, by `screens.SummaryScreen`, or all of them by `load`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from queue_fairness_tui.screens.comparison import ComparisonScreen as ComparisonScreen
    from queue_fairness_tui.screens.fault_menu import FaultMenu as FaultMenu
    from queue_fairness_tui.screens.help import HelpScreen as HelpScreen
    from queue_fairness_tui.screens.plan_form import PlanForm as PlanForm
    from queue_fairness_tui.screens.replay import ReplayScreen as ReplayScreen
    from queue_fairness_tui.screens.save_menu import SaveMenu as SaveMenu
    from queue_fairness_tui.screens.summary import SummaryScreen as SummaryScreen
    from queue_fairness_tui.screens.sweep import SweepScreen as SweepScreen

LATER = {
    "ComparisonScreen": "comparison",
    "FaultMenu": "fault_menu",
    "HelpScreen": "help",
    "PlanForm": "plan_form",
    "ReplayScreen": "replay",
    "SaveMenu": "save_menu",
    "SummaryScreen": "summary",
    "SweepScreen": "sweep",
}
"""Screens that are imported later, and their files."""


def __getattr__(name: str) -> Any:  # noqa: ANN401  # a class, whose type is declared above
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{LATER[name]}"), name)


def load() -> None:
    """Import all screens; that would hold up workers, so it is done before them."""
    for file in LATER.values():
        import_module(f"{__name__}.{file}")
