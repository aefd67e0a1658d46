"""What is said of words that are not understood, and the short help."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_fairness.cli.brief_help import LINES, WIDTH
from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.options import parse, parse_any, parser_of
from queue_fairness.cli.words import WORDS
from queue_fairness.formatting.similar import closest

EVERY_WORD = ["", *WORDS]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--worker 16", "no option --worker; did you mean --workers?"),
        ("--stratgy scan", "no option --stratgy; did you mean --strategy?"),
        ("--Work_Duration 1", "no option --Work_Duration; did you mean --work-duration?"),
        ("-p 5", "no option -p; did you mean -P?"),
        ("--url x", "no option --url; did you mean --redis-url?"),
        ("--xyzzy", "no option --xyzzy; --help-all lists all options"),
        ("run", "no command run: leave it out, or give one of compare, sweep, "),
        ("help", f"no command help: {PROGRAM} --help explains the options"),
        ("compere -P 5", "no command compere; did you mean compare?"),
        ("xyzzy", "no command xyzzy; there are compare, sweep, "),
        ("overload", "overload is a scenario: give --scenario overload"),
        ("fifo", "fifo is a strategy: give --strategy fifo"),
        ("compare -P 5 3", "3 belongs to no option of compare"),
        ("-P 5 compare", "the word compare comes first"),
        ("--total-tasks 5", f"--total-tasks is no option here, but of {PROGRAM} sweep"),
        ("clean --dryrun", "no option --dryrun; did you mean --dry-run?"),
        ("scenarios --for 5", "--for is called --duration now"),
        ("--scenario overlod", "--scenario overlod is not known: did you mean overload? choose"),
        ("compare --strategies scan,fifi", "--strategies fifi is not known: did you mean fifo?"),
        ("--require FARE", "FAIR"),
    ],
)
def test_one_sentence_says_what_was_meant(
    words: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words.split(), {})

    written = capsys.readouterr()
    assert ended.value.code == 2
    assert sentence in written.err
    assert written.err.count("\n") == 1
    assert not written.out


@pytest.mark.parametrize("word", EVERY_WORD)
def test_help_is_one_screen_of_what_there_is(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([*word.split(), "--help"], {})

    lines = capsys.readouterr().out.splitlines()
    assert ended.value.code == 0
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= WIDTH
    brief = parser_of(word).brief
    if brief is not None:
        named = [part for each in brief.options for part in each.replace(",", " ").split()]
        known = parser_of(word).option_names()
        assert {each for each in named if each.startswith("-")} <= set(known)


@pytest.mark.parametrize("word", EVERY_WORD)
def test_help_all_explains_every_option(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([*word.split(), "--help-all"], {})

    said = capsys.readouterr().out
    assert ended.value.code == 0
    for option in parser_of(word).option_names():
        assert option in said


@pytest.mark.parametrize("word", EVERY_WORD)
def test_examples_of_the_help_are_understood(
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    brief = parser_of(word).brief

    for example in brief.examples if brief is not None else ():
        status: object = 0
        try:
            parse_any(shlex.split(example), {})
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr().err
        assert status in (0, None) or "No such file" in said, example


@given(st.text(max_size=80))
def test_the_closest_is_one_of_the_names_or_none(word: str) -> None:
    assert closest(word, ("scan", "scan-resume", "fifo")) in ("scan", "scan-resume", "fifo", None)


def test_closest_of_nothing_is_none() -> None:
    assert closest("scan", ()) is None
    assert closest("", ("scan",)) is None
