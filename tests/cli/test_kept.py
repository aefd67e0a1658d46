"""The words `history` and `diff`, and the baseline, by the command's own door."""

import csv
import dataclasses
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faces import assert_harmless
from script import snapshot

from queue_fairness.cli.commands import Options, RunCommand
from queue_fairness.cli.keeping import against_baseline, keep
from queue_fairness.cli.options import parse
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.results import render

LOAD = Plan(partitions=20, tasks_per_partition=5, workers=4, strategy="round-robin")
FAIR, UNFAIR = snapshot(LOAD), snapshot(Plan(partitions=20, tasks_per_partition=5, workers=4))
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


@pytest.fixture
def command(
    history: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Says a word with its arguments; gives exit status, stdout and stderr."""
    monkeypatch.chdir(history.parent)

    def run(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            parse(words, {"QUEUE_FAIRNESS_HISTORY": str(history)})
        said = capsys.readouterr()
        assert_harmless((said.out + said.err).replace("\r\n", "\n"))
        return int(ended.value.code or 0), said.out, said.err

    return run


def _options(history: Path, *words: str) -> Options:
    return parse(words, {"QUEUE_FAIRNESS_HISTORY": str(history)})


@pytest.fixture
def kept(history: Path) -> Path:
    """A history of two results, the first of which has a tag."""
    keep(dataclasses.replace(FAIR), _options(history, "--tag", "main"))
    keep(dataclasses.replace(UNFAIR), _options(history))
    return history


def test_the_list_is_empty_at_first_and_says_where(command: Command, history: Path) -> None:
    status, said, _ = command("history")

    assert status == 0
    assert str(history) in said
    assert not history.exists()


@pytest.mark.usefixtures("kept")
def test_results_are_listed_in_each_format(command: Command) -> None:
    _, text, _ = command("history")
    _, rows, _ = command("history", "--format", "csv")
    _, markdown, _ = command("history", "--format", "markdown", "--tag", "main")
    _, values, _ = command("history", "--format", "json", "--verdict", "unf")

    assert text.index("UNFAIR") < text.index("round-robin")
    assert "20 × 5, 4 workers" in text
    assert [each["verdict"] for each in csv.DictReader(io.StringIO(rows))] == ["UNFAIR", "FAIR"]
    assert "| 1 |" in markdown
    assert "| 2 |" not in markdown
    assert [each["number"] for each in json.loads(values)] == [2]


@pytest.mark.usefixtures("kept")
def test_a_result_is_shown_tagged_exported_and_deleted(command: Command, history: Path) -> None:
    assert command("history", "show", "main")[1] == render(FAIR, "text")
    assert json.loads(command("history", "show", "last", "--format", "json")[1])["kind"] == "run"
    assert command("history", "tag", "2", "odd")[1] == "2 is called odd\n"
    assert "UNFAIR" in command("history", "show", "odd")[1]
    assert command("history", "export", "odd", "odd.json")[0] == 0
    assert json.loads((history.parent / "odd.json").read_text())["verdict"]["word"] == "UNFAIR"
    assert command("history", "delete", "1", "2", "3")[1] == "2 results removed\n"
    assert "nothing is kept" in command("history")[1]


@pytest.mark.usefixtures("kept")
def test_a_result_is_measured_again_by_its_own_command(history: Path) -> None:
    options = _options(history, "history", "rerun", "main")

    assert isinstance(options.command, RunCommand)
    assert options.command.plan == LOAD


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["history", "shout"], "shout: choose one of list, show"),
        (["history", "show"], "name one result"),
        (["history", "show", "nobody"], "no result is kept as 'nobody'"),
        (["history", "tag", "main", "x"], "'main' is no number of a result"),
        (["history", "tag", "1", "last"], "begin with a letter"),
        (["history", "delete"], "give at least one number"),
        (["history", "export", "1", "x.pdf"], "the file ends in .json"),
        (["history", "--most", "0"], "at least 1"),
        (["history", "--format", "pdf"], "choose one of text, markdown, csv, json"),
        (["history", "--history", "off"], "the history is off"),
        (["diff", "1", "77"], "no result is kept as '77'; `queue-fairness-tui history` lists"),
        (["diff", "1", "no.json"], "no.json: No such file or directory"),
        (["diff", "1", "."], "Is a directory"),
        (["diff", "1", "bad.json"], "bad.json: this is not JSON"),
        (["diff", "-", "-"], "stdin can be read once"),
        (["diff", "1", "2", "--format", "pdf"], "choose one of text"),
        (["diff", "1"], "the following arguments are required: AFTER"),
        (["--baseline", "nobody"], "--baseline nobody: there is no such file"),
        (["--baseline", "bad.json"], "this is not JSON"),
        (["--fail-if", "worst_wait > 2 * baseline"], "give --baseline NAME, too"),
        (["--tag", "a b"], "--tag 'a b': begin with a letter"),
        (["--save-baseline", "no/such/folder.json"], "there is no folder"),
    ],
)
@pytest.mark.usefixtures("kept")
def test_what_cannot_be_done_is_refused_in_one_sentence(
    command: Command, history: Path, words: list[str], sentence: str
) -> None:
    (history.parent / "bad.json").write_bytes(b"\xff\x1b[31m{")

    status, said, complaint = command(*words)

    assert (status, said) == (2, "")
    assert sentence in complaint
    assert len(complaint.splitlines()) == 1


@pytest.mark.usefixtures("kept")
def test_two_are_compared_and_the_status_says_which_way(command: Command, history: Path) -> None:
    file = history.parent / "other.json"
    other = {**json.loads(render(FAIR, "json")), "plan": {**_plan(), "partitions": 99}}
    file.write_text(json.dumps(other))

    assert command("diff", "main", "last")[0] == 3
    assert command("diff", "last", "main")[0] == 0
    status, said, _ = command("diff", "main", str(file))
    assert status == 4
    assert "CANNOT BE COMPARED  the loads differ: partitions 20, then 99" in said
    status, said, complaint = command("diff", "1", "2", "-o", "d.html", "--format", "json")
    assert json.loads(said)["worse"] is True
    assert "wrote d.html" in complaint
    assert "UNFAIR" in (history.parent / "d.html").read_text()


def _plan() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(FAIR, "json"))["plan"]
    return found


@pytest.mark.parametrize(
    ("run", "words", "status", "said"),
    [
        (FAIR, [], 0, "✓ NO WORSE"),
        (UNFAIR, [], 3, "✗ WORSE  FAIR → UNFAIR"),
        (snapshot(Plan(partitions=9, workers=2)), [], 4, "? CANNOT BE COMPARED"),
    ],
    ids=["same", "worse", "another load"],
)
@pytest.mark.usefixtures("kept")
def test_a_run_is_compared_with_the_baseline(
    history: Path,
    capsys: pytest.CaptureFixture[str],
    run: Snapshot,
    words: list[str],
    status: int,
    said: str,
) -> None:
    options = _options(history, "--baseline", "main", *words)

    assert against_baseline(run, options) == status
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("limit", "passed"),
    [
        ("worst_wait > 1.2 * baseline", False),
        ("worst_wait > baseline*9", True),
        ("worst_wait > baseline + 30", True),
        ("jain < baseline - 0.1", False),
        ("verdict < baseline", False),
        ("verdict != baseline", False),
        ("quiet_slowdown > baseline", None),
    ],
)
@pytest.mark.usefixtures("kept")
def test_a_limit_may_name_the_baseline(history: Path, limit: str, passed: bool | None) -> None:
    options = _options(history, "--baseline", "main", "--fail-if", limit)

    result, *_ = options.limits.check(UNFAIR)

    assert result.passed is passed, result.reason


@pytest.mark.usefixtures("kept")
def test_a_limit_on_the_baseline_of_another_load_is_undecided(history: Path) -> None:
    options = _options(history, "--baseline", "main", "--fail-if", "lost > baseline")
    run = snapshot(Plan(partitions=9, workers=2))

    assert [each.passed for each in options.limits.check(run)][:1] == [None]


@pytest.mark.parametrize("phase", [Phase.STOPPED, Phase.FAILED])
def test_what_did_not_come_to_its_end_is_not_kept(history: Path, phase: Phase) -> None:
    keep(snapshot(LOAD, phase, 0.5), _options(history))

    assert not history.exists()


def test_where_nothing_can_be_kept_a_sentence_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    (said,) = keep(dataclasses.replace(FAIR), _options(tmp_path / "file" / "history"))

    assert said.startswith("this result is not kept: the history")


def test_a_tag_in_ci_says_that_nothing_is_kept() -> None:
    options = parse(["--tag", "main"], {"CI": "true", "HOME": "/nowhere"})

    assert keep(FAIR, options) == ["not kept as main: CI is set"]


def test_a_result_is_kept_once(history: Path) -> None:
    run, options = dataclasses.replace(FAIR), _options(history, "--tag", "main")

    assert keep(run, options) == ["kept as 1, main"]
    assert keep(run, options) == []


def test_the_command_keeps_saves_and_compares(tmp_path: Path) -> None:
    small = ["--headless", "-P", "20", "-t", "5", "-w", "4", "--work-duration", "0.001"]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "queue_fairness_tui", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "QUEUE_FAIRNESS_HISTORY": "kept", "HOME": str(tmp_path)},
        )

    first = run(*small, "--strategy", "round-robin", "--tag", "main", "--save-baseline", "b.json")
    second = run(*small, "--strategy", "fifo", "--baseline", "b.json")

    assert first.returncode == 0
    assert "kept as 1, main" in first.stderr
    assert second.returncode == 3
    assert "before: b.json" in second.stdout
    assert run("diff", "main", "last").returncode == 3
