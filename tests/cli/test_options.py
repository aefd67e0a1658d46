"""The command line: what it takes, and how it refuses."""

from pathlib import Path

import pytest

from queue_fairness.cli.options import parse
from queue_fairness.plan import Plan, plan_fields
from queue_fairness.strategies import STRATEGIES


def test_nothing_asked_is_the_default_plan() -> None:
    options = parse([], {})

    assert options.plan == Plan()
    assert options.server.redis_url is None
    assert not options.headless


def test_every_option_reaches_the_plan() -> None:
    arguments = (
        "-P 60 -t 4 -w 3 --work-duration 0.5 --strategy round-robin --arrival-order shuffled"
        " --seed 9 --headless --json -"
    )

    options = parse(arguments.split(), {})

    assert options.plan == Plan(
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
    ("arguments", "first_task_traceback"),
    [
        pytest.param("--workers 0", "--workers 0 is too small: allowed are 1 to 1,024", id="bound"),
        pytest.param("-P ten", "--partitions ten is not a whole number", id="word"),
        pytest.param("--strategy best", "--strategy best is not known: choose one of ", id="name"),
        pytest.param("--partitions", "expected one argument", id="no-value"),
        pytest.param("--part 5", "unrecognized arguments: --part 5", id="abbreviated"),
        pytest.param("--json /nowhere/a.json", "there is no folder /nowhere", id="no-folder"),
        pytest.param("--json /", "is a folder", id="folder"),
        pytest.param("--redis-url http://x", "--redis-url", id="scheme"),
        pytest.param(
            "--redis-url redis://x --redis-server bundled", "--redis-server", id="two-servers"
        ),
    ],
)
def test_refusal_is_one_line_and_status_2(
    arguments: str, first_task_traceback: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refusal:
        parse(arguments.split(), {})

    written = capsys.readouterr()
    assert refusal.value.code == 2
    assert first_task_traceback in written.err
    assert written.err.count("\n") == 1
    assert not written.out


def test_refused_url_keeps_its_password(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--redis-url", "redis://me:hunter2@host:99999/0"], {})

    assert "hunter2" not in capsys.readouterr().err


def test_help_explains_every_field_and_strategy(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--help"], {})

    said = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    for each in plan_fields():
        assert f"{each.help} ({each.bounds}; default {each.default})" in said
    for name, strategy in STRATEGIES.items():
        assert f"{name} {strategy.headline()}" in said


def test_unwritable_result_is_refused_before_the_run(tmp_path: Path) -> None:
    options = parse(["--json", str(tmp_path / "result.json")], {})

    assert options.json == str(tmp_path / "result.json")
