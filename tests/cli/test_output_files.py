"""`-o` and `--json`: which files get the result, and in which format."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from queue_fairness.cli.commands import ENDINGS, FORMATS, OutputFile
from queue_fairness.cli.options import parse


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("word", ["", "compare", "sweep --partitions 5,10"])
def test_every_word_writes_several_files(word: str) -> None:
    words = [*word.split(), "-o", "a.html", "b.MD", "--output", "c.svg", "--json", "d"]

    assert parse(words, {}).files == (
        OutputFile(option="-o", path="a.html", format="html"),
        OutputFile(option="-o", path="b.MD", format="markdown"),
        OutputFile(option="-o", path="c.svg", format="svg"),
        OutputFile(option="--json", path="d", format="json"),
    )


def test_there_is_an_ending_for_every_format() -> None:
    assert sorted(ENDINGS.values()) == sorted(FORMATS)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("-o report.pdf", "-o report.pdf: the ending says the format, and is one of .txt, .md, "),
        ("-o report", "-o report: the ending says the format"),
        ("-o -", "-o - names no file: --format says what stdout gets"),
        ("-o a.html -o ./a.html", "-o ./a.html is named twice"),
        ("-o a.json --json a.json", "--json a.json is named twice"),
        ("-o nowhere/a.html", "-o nowhere/a.html: there is no folder "),
        ("-o", "expected at least one argument"),
    ],
)
def test_refusal_before_anything_is_run(
    words: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(words.split(), {})

    written = capsys.readouterr().err
    assert ended.value.code == 2
    assert complaint in written
    assert written.count("\n") == 1


def test_files_of_a_run_are_written_and_said() -> None:
    words = "--headless -P 6 -t 2 -w 2 --work-duration 1ms --require STARVING --allow-inconclusive"
    files = ["-o", "r.html", "r.json", "r.md"]
    done = subprocess.run(
        [sys.executable, "-m", "queue_fairness_tui", *words.split(), *files],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONUTF8": "1"},
    )

    assert "wrote r.html, r.json, r.md\n" in done.stderr
    assert json.loads(Path("r.json").read_text())["kind"] == "run"
    for name in ("r.html", "r.md"):
        assert "fail if verdict" in Path(name).read_text().replace("\\", ""), name
    assert done.stdout.startswith("scan · 6 partitions"), "stdout is as it was"
