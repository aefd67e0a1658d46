"""Completion in real shells, and the manual page in a real formatter."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.completion import SHELLS
from queue_fairness.cli.man_page import page, roff
from queue_fairness.cli.options import parse, parser_of
from queue_fairness.cli.words import WORDS
from queue_fairness.strategies import STRATEGIES

Typed = dict[str, set[str]]
TYPED: Typed = {
    "--strat": {"--strategy"},
    "--strategy r": {"random-ready", "round-robin"},
    "--scenario over": {"overload"},
    "com": {"compare", "completion"},
    "compare --rep": {"--repeat"},
    "sweep --strategies fif": {"fifo"},
    "completion f": {"fish"},
    "judge jobs": {"jobs.csv"},
}
"""What is typed, and what may follow."""
BASH = """
source "$1"
COMP_WORDS=(queue-fairness-tui "${@:2}")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
$(complete -p queue-fairness-tui | sed 's/.*-F \\([^ ]*\\).*/\\1/') x "${@: -1}" "${@: -2:1}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Path]:
    (tmp_path / "jobs.csv").touch()
    monkeypatch.chdir(tmp_path)

    def write(shell: str) -> Path:
        with pytest.raises(SystemExit) as ended:
            parse(["completion", shell], {})
        assert ended.value.code == 0
        path = tmp_path / shell
        path.write_text(capsys.readouterr().out, encoding="utf-8")
        return path

    return write


def _needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"no {program} on PATH")


def _lines(*command: str) -> set[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not done.stderr
    return {line.partition("\t")[0].strip() for line in done.stdout.splitlines()}


@_needs("bash")
def test_bash_completes(script: Callable[[str], Path]) -> None:
    path = script("bash")

    for typed, meant in TYPED.items():
        found = _lines("bash", "--norc", "-c", BASH, "bash", str(path), *typed.split())
        assert found == meant, typed


@_needs("fish")
def test_fish_completes(script: Callable[[str], Path]) -> None:
    path = script("fish")

    for typed, meant in TYPED.items():
        ask = f"source {path}; complete -C'{PROGRAM} {typed}'"
        assert _lines("fish", "--no-config", "-c", ask) == meant, typed


@_needs("zsh")
def test_zsh_takes_the_script(script: Callable[[str], Path]) -> None:
    path = script("zsh")

    begin = f'autoload -U compinit; compinit -u -D; eval "$(<{path})"; print $_comps[{PROGRAM}]'
    assert _lines("zsh", "-f", "-c", begin) == {"_shtab_queue_fairness_tui"}
    assert path.read_text().startswith(f"#compdef {PROGRAM}\n")


@pytest.mark.parametrize("shell", SHELLS)
def test_every_script_knows_every_option(shell: str, script: Callable[[str], Path]) -> None:
    text = script(shell).read_text()

    for word in ("", *WORDS):
        for option in parser_of(word).option_names():
            assert option.lstrip("-") in text


@pytest.mark.parametrize("words", ["completion", "completion tcsh", "completion bash zsh"])
def test_a_wrong_shell_is_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words.split(), {})

    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(("word", "is_loaded"), [("completion bash", True), ("man", False)])
def test_the_library_is_loaded_only_then(word: str, is_loaded: bool) -> None:
    program = (
        "import sys, json\nfrom queue_fairness.cli.options import parse\n"
        f"try: parse({word.split()!r}, {{}})\n"
        "except SystemExit: print(); print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert ("shtab" in json.loads(done.stdout.splitlines()[-1])) is is_loaded


def test_the_page_explains_every_option_strategy_and_word() -> None:
    text = "\n".join(page())

    for word in ("", *WORDS):
        for option in parser_of(word).option_names():
            assert roff(option) in text
        assert word == "" or f".SS {roff(word)}" in text
    for name, strategy in STRATEGIES.items():
        assert f".B {roff(name)}\n{roff(strategy.headline())}" in text


@pytest.mark.parametrize("text", [".TH", "'x", "a\n.b", "\\n", "-x", '"'])
def test_roff_shows_any_text(text: str) -> None:
    shown = roff(text)

    assert not re.search(r"(?m)^[.']", shown)
    assert "\\e" in shown or "\\" not in text


@_needs("groff")
def test_the_formatter_has_no_complaint() -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww"],
        input="\n".join(page()),
        capture_output=True,
        text=True,
        check=True,
    )

    assert not done.stderr
    assert "--work-duration S" in re.sub(".\b", "", done.stdout)
