"""The command line: what it takes, and how it refuses."""

import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.options import parse
from queue_fairness.cli.words import WITHOUT_WORD, WORDS
from queue_fairness.plan import Plan, plan_fields
from queue_fairness.strategies import STRATEGIES


def test_nothing_asked_is_the_default_plan() -> None:
    options = parse([], {})

    assert options.command.plan == Plan()
    assert options.server.redis_url is None
    assert not options.headless


def test_every_option_reaches_the_plan() -> None:
    arguments = (
        "-P 60 -t 4 -w 3 --work-duration 0.5 --strategy round-robin --arrival-order shuffled"
        " --seed 9 --headless --json -"
    )

    options = parse(arguments.split(), {})

    assert options.command.plan == Plan(
        partitions=60,
        tasks_per_partition=4,
        workers=3,
        work_duration=0.5,
        strategy="round-robin",
        arrival_order="shuffled",
        seed=9,
    )
    assert options.headless
    assert options.json == "-"


def test_url_of_the_environment_gives_way_to_options() -> None:
    environment = {"REDIS_URL": "redis://env:1/0"}

    assert parse([], environment).server.redis_url == "redis://env:1/0"
    assert parse(["--redis-url", "redis://it:2"], environment).server.redis_url == "redis://it:2"
    chosen = parse(["--redis-server", "bundled"], environment).server
    assert (chosen.redis_url, chosen.redis_server) == (None, "bundled")
    assert parse([], {"REDIS_URL": ""}).server.redis_url is None


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param("--workers 0", "--workers 0 is too small: allowed are 1 to 1,024", id="bound"),
        pytest.param("-P ten", "--partitions ten is not a whole number", id="word"),
        pytest.param("--strategy best", "--strategy best is not known: choose one of ", id="name"),
        pytest.param("--partitions", "expected one argument", id="no-value"),
        pytest.param("--part 5", "no option --part; did you mean --partitions?", id="abbreviated"),
        pytest.param("--load 1 --for 30s", "--for is called --duration now", id="renamed"),
        pytest.param("--noisy 1 --paired yes", "--paired takes no value (yes): ", id="flag-value"),
        pytest.param("--noisy 1 --paired=no", "--paired takes no value (no): ", id="flag-equals"),
        pytest.param("--headless true -P 9", "--headless takes no value (true): ", id="any-flag"),
        pytest.param("--json /nowhere/a.json", "there is no folder /nowhere", id="no-folder"),
        pytest.param("--json /", "is a folder", id="folder"),
        pytest.param("--redis-url http://x", "--redis-url", id="scheme"),
        pytest.param(
            "--redis-url redis://x --redis-server bundled", "--redis-server", id="two-servers"
        ),
    ],
)
def test_refusal_is_one_line_and_status_2(
    arguments: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refusal:
        parse(arguments.split(), {})

    written = capsys.readouterr()
    assert refusal.value.code == 2
    assert complaint in written.err
    assert written.err.count("\n") == 1
    assert not written.out


def test_refused_url_keeps_its_password(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--redis-url", "redis://me:hunter2@host:99999/0"], {})

    assert "hunter2" not in capsys.readouterr().err


def test_help_explains_every_field_and_strategy(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--help-all"], {})

    said = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    for each in plan_fields():
        assert f"{each.help} ({each.bounds}; default {each.default_text})" in said
    for name, strategy in STRATEGIES.items():
        assert f"{name} {strategy.headline()}" in said


def test_flag_of_the_plan_is_off_unless_it_is_given() -> None:
    assert parse(["--noisy", "1", "--paired"], {}).command.plan == Plan(noisy=1, paired=True)
    assert parse(["--noisy", "1"], {}).command.plan == Plan(noisy=1)


def test_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--version"], {})

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{PROGRAM} {version(PROGRAM)}\n"


@pytest.mark.parametrize("word", [[], *([each] for each in WORDS)], ids="-".join)
def test_every_word_has_a_module_that_explains_itself(
    word: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([*word, "--help"], {})

    assert hasattr(import_module(WORDS[word[0]] if word else WITHOUT_WORD), "parser")
    assert ended.value.code == 0
    usage = capsys.readouterr().out.partition("\n")[0]
    assert usage.startswith(f"usage: {' '.join([PROGRAM, *word])} ")
    assert " [option ...]" in usage


@pytest.mark.parametrize("arguments", ["--help", "compare --help", "sweep --help", "--version"])
def test_help_loads_neither_event_loop_nor_engine(arguments: str) -> None:
    program = (
        "import sys\n"
        "from queue_fairness.cli.options import parse\n"
        "try:\n"
        f"    parse({arguments.split()!r}, {{}})\n"
        "finally:\n"
        "    print(*sys.modules, file=sys.stderr)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    loaded = set(done.stderr.split())
    slow = {"asyncio", "redis", "textual", "rich", "plotext", "jinja2", "shtab", "difflib"}
    rooms = {f"queue_fairness.{room}" for room in ("engine", "report", "metrics", "fairness")}
    assert "queue_fairness.plan" in loaded
    assert not loaded & (slow | rooms)


def test_unwritable_result_is_refused_before_the_run(tmp_path: Path) -> None:
    options = parse(["--json", str(tmp_path / "result.json")], {})

    assert options.json == str(tmp_path / "result.json")


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_other_names_of_stdout_mean_the_document_alone(path: str) -> None:
    options = parse(["--json", path], {})

    assert (options.json, options.stdout_format) == ("-", "json")


def test_a_result_file_without_a_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--json", ""], {})

    assert ended.value.code == 2
    assert "--json names no file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("--strategy fifo --redis-url redis://bob:hunter2@h", "ACL SETUSER bob ~qf:* +blpop "),
        ("--foreign-keys 5", "ACL SETUSER NAME ~qf:* ~qf-foreign:* +del "),
        ("--key-prefix app:", "ACL SETUSER NAME ~app:qf:* +del "),
    ],
)
def test_acl_prints_one_line(words: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["acl", *words.split()], {})

    printed = capsys.readouterr()
    assert ended.value.code == 0
    assert printed.out.startswith(line)
    assert len(printed.out.splitlines()) == 1
    assert "hunter2" not in printed.out + printed.err


def test_acl_for_several_strategies_covers_each(capsys: pytest.CaptureFixture[str]) -> None:
    lines = {}
    for names in ("scan,streams", "scan", "streams"):
        with pytest.raises(SystemExit):
            parse(["acl", "--strategies", names], {})
        lines[names] = set(capsys.readouterr().out.split())

    assert lines["scan,streams"] == lines["scan"] | lines["streams"]


def test_acl_refuses_what_a_run_would_refuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["acl", "-w", "0"], {})

    assert ended.value.code == 2
    assert "--workers 0 is too small" in capsys.readouterr().err
