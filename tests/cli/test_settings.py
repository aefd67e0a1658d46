"""Defaults of the user's own: which of several places holds, and what is refused."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from queue_fairness.cli.commands import CompareCommand, Options
from queue_fairness.cli.options import parse
from queue_fairness.cli.settings import OWN
from queue_fairness.plan import Plan
from queue_fairness.plan.table import note_set_elsewhere
from queue_fairness.server.programs import MARK


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    yield
    note_set_elsewhere(())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "queue-fairness-tui"
    found.mkdir()
    return found


def _parse(words: str, folder: Path, file: str = "", **variables: str) -> Options:
    (folder / "config.toml").write_text(file, encoding="utf-8")
    return parse(shlex.split(words), {"XDG_CONFIG_HOME": str(folder.parent), **variables})


def _refused(capsys: pytest.CaptureFixture[str]) -> str:
    written = capsys.readouterr()
    assert written.err.count("\n") == 1
    assert not written.out
    return written.err


@pytest.mark.parametrize(
    ("words", "variable", "file", "workers"),
    [
        ("", None, "", 8),
        ("", None, "workers = 2", 2),
        ("", "3", "workers = 2", 3),
        ("-w 4", "3", "workers = 2", 4),
        ("--no-config", "3", "workers = 2", 8),
        ("", None, 'workers = "1k"', 1000),
    ],
)
def test_the_higher_place_holds(
    words: str, variable: str | None, file: str, workers: int, folder: Path
) -> None:
    variables = {} if variable is None else {"QUEUE_FAIRNESS_WORKERS": variable}

    assert _parse(words, folder, file, **variables).command.plan.workers == workers


def test_every_kind_of_option_can_be_set(folder: Path) -> None:
    file = """
    work-duration = "5ms"
    noisy = 1
    paired = true
    headless = true
    isolate = false
    format = "markdown"
    key-prefix = "app:"
    require = ["FAIR", "avg"]
    fail-if = "lost > 0"
    yes = true
    """

    options = _parse("", folder, file)

    assert options.command.plan == Plan(work_duration=0.005, noisy=1, paired=True)
    assert (options.headless, options.isolate, options.format) == (True, False, "markdown")
    assert options.server.key_prefix == "app:"
    assert len(options.limits.limits) == 3
    assert options.is_sure


def test_a_list_that_is_typed_replaces_that_of_the_file(folder: Path) -> None:
    options = _parse("--require UNFAIR", folder, 'require = ["FAIR", "avg"]')

    assert len(options.limits.limits) == 1


@pytest.mark.parametrize("home", ["HOME", "QUEUE_FAIRNESS_CONFIG", "--config"])
def test_the_file_can_stand_elsewhere(home: str, tmp_path: Path) -> None:
    path = tmp_path / ".config" / "queue-fairness-tui" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("workers = 5")
    words = ["--config", str(path)] if home == "--config" else []
    variables = {home: str(tmp_path if home == "HOME" else path)} if not words else {}

    assert parse(words, variables).command.plan.workers == 5


def test_of_two_that_exclude_each_other_the_higher_holds(folder: Path) -> None:
    file = 'rate = 300\nredis-server = "bundled"\nformat = "csv"'
    url = {"REDIS_URL": "redis://here:1/0"}

    assert _parse("--load 0.5", folder, file).command.plan == Plan(load=0.5)
    assert _parse("--scenario overload", folder, file).command.plan.rate == 0
    options = _parse("--markdown", folder, file, **url)
    assert (options.server.redis_url, options.server.redis_server) == ("redis://here:1/0", None)
    assert options.format == "markdown"
    assert _parse("", folder, file).server.redis_server == "bundled"


def test_a_url_of_the_file_is_said_to_be_from_there(folder: Path) -> None:
    server = _parse("", folder, 'redis-url = "redis://there:1/0"').server

    assert not server.is_from_environment
    assert "config.toml, line 1" in server.named_by


def test_own_variable_comes_before_the_usual_one(folder: Path) -> None:
    both = {"REDIS_URL": "redis://a:1", "QUEUE_FAIRNESS_REDIS_URL": "redis://b:2"}

    assert _parse("", folder, "", **both).server.redis_url == "redis://b:2"


def test_a_scenario_stands_below_what_its_own_place_says(folder: Path) -> None:
    file = "scenario = 'overload'\nload = 0.7\npartitions = 30"

    assert _parse("", folder, file).command.plan.load == 0.7
    assert _parse("--scenario busy", folder, file).command.plan.load == 0.95
    assert _parse("--rate 9", folder, "scenario = 'overload'").command.plan.rate == 9


def test_what_belongs_to_another_word_is_passed_over(folder: Path) -> None:
    file = "strategies = 'fifo,scan'\nrepeat = 2\nstrategy = 'fifo'\ndry-run = true"

    assert _parse("", folder, file).command.plan.strategy == "fifo"
    command = _parse("compare", folder, file).command
    assert isinstance(command, CompareCommand)
    assert (command.strategies, command.repeats) == (("fifo", "scan"), 2)


@pytest.mark.parametrize(
    ("file", "complaint"),
    [
        ("\nwokers = 2", "config.toml, line 2, key wokers is not an option: did you mean workers?"),
        ("x\x00 = 1", "is not valid TOML"),
        ("workers = true", "line 1, key workers is not a number or a text"),
        ("headless = 1", "line 1, key headless is not true or false"),
        ("workers = [1]", "line 1, key workers is not a number or a text"),
        ("require = 3.5\n[plan]", "key plan is not an option"),
        ("output = 'a.html'", "key output is not an option"),
        ("workers = 0", "--workers 0 is too small: allowed are 1 to 1,024 workers (set by "),
        ("format = 'xml'", "--format xml: choose one of text, markdown"),
        ("strategy = 'scann'", "did you mean scan?"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(
    file: str, complaint: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        _parse("", folder, file)

    assert ended.value.code == 2
    assert complaint in _refused(capsys)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        (
            "WOKERS",
            "3",
            "QUEUE_FAIRNESS_WOKERS is no setting: did you mean QUEUE_FAIRNESS_WORKERS?",
        ),
        ("HEADLESS", "maybe", "QUEUE_FAIRNESS_HEADLESS: --headless is yes or no"),
        ("WORKERS", "x", "--workers x is not a whole number"),
        ("CONFIG", "/nowhere/a.toml", "QUEUE_FAIRNESS_CONFIG /nowhere/a.toml cannot be read"),
    ],
)
def test_a_wrong_variable_is_refused_in_one_sentence(
    name: str, value: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([], {f"QUEUE_FAIRNESS_{name}": value})

    assert ended.value.code == 2
    assert complaint in _refused(capsys)


@pytest.mark.parametrize("words", ["--help", "--version", "schema", "scenarios"])
def test_what_measures_nothing_works_beside_a_wrong_file(words: str, folder: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        _parse(words, folder, "wokers = 2", QUEUE_FAIRNESS_X="1")

    assert ended.value.code == 0


def test_a_printed_command_holds_beside_the_settings_that_it_was_printed_under(
    folder: Path,
) -> None:
    file = "concurrency-limit = 0\nretry = 'head'"

    plan = _parse("--concurrency-limit 1", folder, file).command.plan
    printed = shlex.split(plan.command)[1:]

    assert plan == Plan(retry="head")
    assert _parse(shlex.join(printed), folder, file).command.plan == plan
    assert parse(printed, {}).command.plan == plan


def test_show_config_says_where_each_value_is_from(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = "workers = 16\nrate = 300\nredis-url = 'redis://:hunter2@h/0'"
    with pytest.raises(SystemExit) as ended:
        _parse("--scenario overload -P 7 --show-config", folder, file, QUEUE_FAIRNESS_SEED="5")

    rows = {
        line.split()[0]: line.split(None, 2)[1:]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("--")
    }
    assert ended.value.code == 0
    assert rows["--partitions"] == ["7", "option"]
    assert rows["--seed"] == ["5", "QUEUE_FAIRNESS_SEED"]
    assert rows["--workers"] == ["16", f"{folder}/config.toml, line 1"]
    assert rows["--load"] == ["1.2", "--scenario overload"]
    assert rows["--rate"] == ["0.0", "built in"], "the scenario's load displaces it"
    assert rows["--redis-url"][0] == "redis://:***@h/0"
    assert rows["--arrivals"] == ["poisson", "built in"]


@pytest.mark.parametrize(
    "words", ["", "compare", "sweep -P 5,6", "acl", "judge a.csv", "replay a.jsonl"]
)
def test_every_word_that_has_settings_shows_them(
    words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        _parse(f"{words} --show-config", folder, "strategy = 'fifo'")

    shown = capsys.readouterr().out
    assert ended.value.code == 0
    assert shown.startswith(f"settings: {folder}/config.toml\n\noption ")


def test_a_setting_of_runs_does_not_turn_a_replay_into_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        _parse("replay a.jsonl --show-config", folder, "strategy = 'fifo'")

    assert "fifo" not in capsys.readouterr().out


def test_marks_of_our_own_are_no_settings() -> None:
    assert MARK in OWN
    assert parse([], {MARK: "1"}).command.plan == Plan()
