"""The longest waits: how old they are, which of them are late, and what an empty panel says."""

import dataclasses

import pytest
from script import snapshot
from textual.app import App, ComposeResult

from queue_fairness.fairness.thresholds import FAIR_WAIT
from queue_fairness.fairness.worst import WaitingPartition
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness_tui.theme import own_colors
from queue_fairness_tui.widgets.worst_partitions import OLD_S, WorstPartitions

SEEN = snapshot(Plan(partitions=20, tasks_per_partition=5), Phase.DRAINING, until=0.5)


class _Stage(App[None]):
    def get_theme_variable_defaults(self) -> dict[str, str]:
        return own_colors(self.current_theme)

    def compose(self) -> ComposeResult:
        yield WorstPartitions()


async def _shown(picture: Snapshot) -> tuple[str, str]:
    """Its title, and what it says."""
    app = _Stage()
    async with app.run_test(size=(60, 12)) as pilot:
        widget = app.query_one(WorstPartitions)
        widget.snapshot = picture
        await pilot.pause()
        said = "\n".join(
            "".join(text for text, _ in line) for line in widget.paint(picture, 58, 10)
        )
        return str(widget.border_title), said


@pytest.mark.parametrize(
    ("age_s", "title"),
    [
        (0.0, "Longest waits now"),
        (OLD_S - 0.1, "Longest waits now"),
        (OLD_S + 0.6, "Longest waits, 2 s ago"),
    ],
)
async def test_title_says_how_old_the_waits_are(age_s: float, title: str) -> None:
    assert SEEN.assessment is not None
    later = dataclasses.replace(SEEN, elapsed_s=SEEN.assessment.at + age_s)

    assert (await _shown(later))[0] == title


@pytest.mark.parametrize(
    ("rounds", "sign"), [(1.0, " "), (FAIR_WAIT, " "), (FAIR_WAIT + 0.1, "✗"), (9.0, "✗")]
)
def test_wait_is_late_where_a_fair_verdict_ends(rounds: float, sign: str) -> None:
    assert SEEN.assessment is not None
    waiting = WaitingPartition(partition=3, rounds=rounds, owed=1.0, waiting=5, served=0, arrived=5)
    worst = dataclasses.replace(SEEN.assessment.worst_now, partitions=(waiting,), tied=0)
    assessment = dataclasses.replace(SEEN.assessment, worst_now=worst)
    lines = WorstPartitions().paint(dataclasses.replace(SEEN, assessment=assessment), 58, 10)

    assert lines[1][0][0] == sign


async def test_not_measured_is_not_nobody_served() -> None:
    unmeasured = dataclasses.replace(SEEN, assessment=None)
    unserved = dataclasses.replace(unmeasured, picked_up=0)

    assert (await _shown(unmeasured))[1] == "not measured yet"
    assert (await _shown(unserved))[1] == "no partition has been served yet"
