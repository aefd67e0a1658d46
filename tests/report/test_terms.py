"""The help and the pages explain the same words in the same way."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from queue_fairness.fairness.word import Level
from queue_fairness.report.terms import GLOSSARY, NUMBERS, WORDS
from queue_fairness_tui.screens.help import explained

ROOT = Path(__file__).parents[2]
Rows = Sequence[tuple[str, str]]


def _table(page: str, heading: str) -> list[tuple[str, str]]:
    text = (ROOT / page).read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [
        (row[1].replace("*", "").replace("`", ""), row[2].replace("*", "").replace("`", ""))
        for row in re.finditer(r"^\| ([^|]+?) \| ([^|]+?) \|$", text, re.MULTILINE)
    ]
    return [row for row in rows if row[0] not in ("word", "---")]


def test_the_six_words_are_those_of_the_readme() -> None:
    assert _table("README.md", "The six words") == list(WORDS)
    assert {word for word, _ in WORDS} == {f"{each.glyph} {each.text}" for each in Level}


def test_the_glossary_is_that_of_the_engine() -> None:
    assert _table("core/README.md", "Glossary") == list(GLOSSARY)


@pytest.mark.parametrize("width", [30, 56, 88])
@pytest.mark.parametrize("rows", [WORDS, NUMBERS, GLOSSARY])
def test_meanings_hang_beside_their_terms(rows: Rows, width: int) -> None:
    lines = explained("Title", rows, width).plain.splitlines()

    assert max(map(len, lines)) <= width
    starts = [line for line in lines if re.match(r"  \S", line)]
    assert len(starts) == len(rows), "a line that begins at the left begins a term"
