"""Whether a run did its tasks: what counts, and where the line is."""

import dataclasses

import pytest
from script import snapshot

from queue_fairness.metrics import completion
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan


def _ended(phase: Phase = Phase.DRAINED, **counts: int) -> Snapshot:
    return dataclasses.replace(snapshot(Plan()), phase=phase, **{"enqueued": 100, **counts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("completed", "dead", "share", "hardly"),
    [
        pytest.param(100, 0, 1.0, False, id="all"),
        pytest.param(50, 50, 0.5, False, id="half"),
        pytest.param(49, 51, 0.49, True, id="less-than-half"),
        pytest.param(0, 100, 0.0, True, id="none"),
        pytest.param(0, 0, 0.0, True, id="no-task-came-to-an-end"),
        pytest.param(1, 0, 1.0, False, id="what-was-cut-short-does-not-count"),
    ],
)
def test_the_line_is_at_half_of_what_came_to_an_end(
    completed: int, dead: int, share: float, hardly: bool
) -> None:
    final = _ended(completed=completed, dead=dead)

    assert completion.share_done(final) == share
    assert completion.hardly_anything_done(final) is hardly
    assert completion.nothing_done(final) is (completed == 0)
    assert (completion.remark(final) is not None) is hardly


@pytest.mark.parametrize("phase", [Phase.STOPPED, Phase.FAILED, Phase.DRAINING, Phase.SERVING])
def test_a_run_that_did_not_go_to_its_end_is_not_blamed(phase: Phase) -> None:
    final = _ended(phase, completed=0, dead=60)

    assert not completion.nothing_done(final)
    assert not completion.hardly_anything_done(final)
    assert completion.label(final) == phase.value.upper()


def test_without_any_task_there_was_nothing_to_do() -> None:
    final = _ended(Phase.ENDED, enqueued=0, completed=0)

    assert completion.share_done(final) is None
    assert not completion.nothing_done(final)
    assert not completion.hardly_anything_done(final)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"dead": 100}, "Nothing was done: 100 tasks failed, after 3 attempts each."),
        ({"failed": 40}, "Nothing was done: all 40 attempts failed."),
        ({"cut_short": 8}, "Nothing was done: the run ended before the first task did."),
        ({}, "Nothing was done: of 100 tasks none was."),
        ({"completed": 10, "dead": 90}, "Most tasks failed: 10 of 100 were done (10 %)."),
    ],
)
def test_the_sentence_says_why(counts: dict[str, int], words: str) -> None:
    none = _ended(completed=0, dead=0, failed=0)
    said = completion.remark(dataclasses.replace(none, **counts))  # type: ignore[arg-type]

    assert said == words
    assert len(said) <= 70
