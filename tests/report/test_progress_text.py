"""What the line of progress says of a server that does not answer."""

import dataclasses

import pytest

from queue_fairness.metrics.snapshot import Phase, blank_snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.progress_text import progress_line, silence
from queue_fairness_tui.widgets.state_band import state

BLANK = blank_snapshot(Plan())


@pytest.mark.parametrize("phase", [each for each in Phase if not each.is_final])
def test_silence_is_told_first_in_every_phase(phase: Phase) -> None:
    seen = dataclasses.replace(BLANK, phase=phase, silent_s=4.4)

    assert progress_line(seen).startswith("Redis has not answered for 4 s · ")
    assert state(seen) == ("-bad", "Redis has not answered for 4 s", ())


def test_a_server_that_answers_is_no_news() -> None:
    assert silence(BLANK) is None
    assert progress_line(BLANK) == "starting Redis"
