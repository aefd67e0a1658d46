"""Light or dark: what the terminal answers, what is typed meanwhile, and what comes too late."""

import os
import pty
import threading
from collections.abc import Iterator

import pytest
from tty_program import Tty

from queue_fairness.cli.options import parse
from queue_fairness_tui import background
from queue_fairness_tui.background import LateAnswers, ask, is_light, take_typed

WHITE = b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
LIGHT_GRAY = b"\x1b]11;rgba:e0/e0/e0/ff\x07"
BLACK = b"\x1b]11;rgb:1111/1616/1c1c\x07"
WHAT = b"\x1b[?62;22c"


@pytest.fixture(autouse=True)
def _unasked() -> Iterator[None]:
    yield
    take_typed()
    background._asked.is_unanswered = False


class Terminal:
    """A pseudo terminal that answers the question with these bytes; none for nothing."""

    def __init__(self, answer: bytes | None) -> None:
        self.main, self.below = pty.openpty()
        self._answer = answer
        self._thread = threading.Thread(target=self._reply, daemon=True)

    def __enter__(self) -> "Terminal":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.below)
        self._thread.join()
        os.close(self.main)

    def _reply(self) -> None:
        seen = b""
        while True:
            try:
                seen += os.read(self.main, 1024)
            except OSError:
                return
            if seen.endswith(background.QUESTION) and self._answer:
                os.write(self.main, self._answer)


@pytest.mark.parametrize(
    ("answer", "light", "typed"),
    [
        (WHITE + WHAT, True, b""),
        (LIGHT_GRAY + WHAT, True, b""),
        (BLACK + WHAT, False, b""),
        (WHAT, False, b""),
        (b"q" + WHITE + b"\x1b[A" + WHAT + b"d", True, b"q\x1b[Ad"),
        (b"\x1b]11;what?\x07" + WHAT, False, b""),
    ],
)
def test_an_answer_is_understood_and_keys_are_kept(
    answer: bytes, light: bool, typed: bytes
) -> None:
    with Terminal(answer) as terminal:
        seen = ask(terminal.below, terminal.below, 5)

    assert background._is_light(seen) is light
    assert take_typed() == typed
    assert take_typed() == b""


def test_a_terminal_that_says_nothing_is_not_waited_for_long() -> None:
    with Terminal(None) as terminal:
        assert ask(terminal.below, terminal.below, 0.05) == b""

    assert LateAnswers().without("\x1b]11;rgb:ff/ff/ff\x07\x1b[?6cq") == "q"


@pytest.mark.parametrize("pieces", range(1, 12))
def test_a_late_answer_is_no_key_however_it_is_cut(pieces: int) -> None:
    background._asked.is_unanswered = True
    text = "a" + (WHITE + WHAT).decode() + "b\x1b[A"
    size = -(-len(text) // pieces)
    late = LateAnswers()

    read = "".join(late.without(text[at : at + size]) for at in range(0, len(text), size))

    assert read == "ab\x1b[A"


def test_a_lone_escape_is_not_lost() -> None:
    background._asked.is_unanswered = True
    late = LateAnswers()

    assert late.without("\x1b") == ""
    assert late.rest() == "\x1b"
    assert late.rest() == ""


@pytest.mark.parametrize(
    ("environment", "light"),
    [
        ({"COLORFGBG": "0;15"}, True),
        ({"COLORFGBG": "0;default;7"}, True),
        ({"COLORFGBG": "15;0"}, False),
        ({"COLORFGBG": "x", "TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_the_environment_is_heard_first(environment: dict[str, str], light: bool) -> None:
    assert is_light(environment) is light


def test_theme_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse([], {}).theme == "auto"
    assert parse(["--theme", "light"], {}).theme == "light"
    assert parse([], {"QUEUE_FAIRNESS_THEME": "dark"}).theme == "dark"
    with pytest.raises(SystemExit):
        parse(["--theme", "ligth"], {})
    assert "did you mean light? choose one of auto, dark, light" in capsys.readouterr().err


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("option", "variable", "paper"),
    [
        ("--theme=light", "15;0", b"48;2;251;252;253"),
        ("--theme=auto", "0;15", b"48;2;251;252;253"),
        ("--theme=dark", "0;15", b"48;2;17;22;28"),
        ("--theme=auto", "", b"48;2;17;22;28"),
    ],
)
def test_the_screen_has_that_background(option: str, variable: str, paper: bytes) -> None:
    environment = {"COLORFGBG": variable, "COLORTERM": "truecolor"}
    with Tty(["-P", "5", "-t", "50", option], environment=environment) as tty:
        tty.sees("Longest waits")

        assert paper in tty.raw
        tty.press(b"\x03")
        assert tty.ends() == 130
