"""A sample of the runs whose verdicts `words.py` counts."""

from testing.words import tally


def test_no_word_of_small_runs_is_wrong() -> None:
    found = tally(28, 7, lambda _: None)

    assert found.wrong == []
    assert sum(found.words.values()) == 28
