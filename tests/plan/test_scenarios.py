"""Scenarios: those that come along are valid, those of users are refused with their place."""

import os
from pathlib import Path

import pytest

import queue_fairness.plan
from queue_fairness.cli.options import parse
from queue_fairness.errors import PlanError
from queue_fairness.plan import Plan, parse_plan
from queue_fairness.plan.scenarios import load_scenario, scenario_names

README = Path(queue_fairness.plan.__file__).parent / "README.md"
EXPECTED = (
    "drain overload busy noisy-neighbor many-noisy zipf heavy-tail slow-worker crash "
    "retry-storm shared-redis weights newcomer"
)


def test_the_scenarios_that_come_along() -> None:
    assert sorted(scenario_names()) == sorted(EXPECTED.split())


@pytest.mark.parametrize("name", scenario_names())
def test_scenario_is_a_plan_and_says_what_it_shows(name: str) -> None:
    scenario = load_scenario(name)

    plan = parse_plan(scenario.values)

    assert plan != Plan()
    assert len(scenario.about) < 100
    assert scenario.about[-1] in ".?"


def test_command_line_overrides_the_scenario() -> None:
    plan = parse(["--scenario", "overload", "--duration", "2min", "-w", "4"], {}).command.plan

    assert (plan.load, plan.duration, plan.workers, plan.partitions) == (1.2, 120, 4, 200)


def test_list_explains_each_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse(["scenarios"], {})

    out = capsys.readouterr().out
    assert end.value.code == 0
    for name in scenario_names():
        assert load_scenario(name).about in out


def test_flag_of_a_scenario_is_a_truth_value() -> None:
    assert parse_plan(load_scenario("many-noisy").values).paired is True


def test_users_own_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('about = "Mine."\n\n[plan]\nload = 0.5\nduration = "25s"\n')

    scenario = load_scenario(str(path))

    assert (scenario.name, scenario.about) == ("mine", "Mine.")
    assert parse_plan(scenario.values).duration == 25


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "[plan]\n\nlod = 3\n",
            "line 3, key lod is not an option: did you mean load? allowed are partitions,",
        ),
        ("[plan]\nload = 300\n", "line 2, key load: --load 300.0 is too large: allowed are 0"),
        (
            '[plan]\nretry = "soon"\n',
            "--retry soon is not known: choose one of tail, head",
        ),
        ("[plan]\nload = true\n", "line 2, key load is neither a number nor a text"),
        (
            '[plan]\npaired = "yes"\n',
            "key paired is neither true nor false: allowed are true, false",
        ),
        ("[plan]\nsizes = [1, 2]\n", "line 2, key sizes is neither a number nor a text"),
        ("[plan\n", "is not valid TOML"),
        ("abuot = 'x'\n[plan]\n", "line 1, key abuot is not known: allowed are about, plan"),
        ("about = 'x'\n", "has no table [plan]"),
        ("about = 3\n[plan]\n", "line 1, key about is not a text"),
    ],
)
def test_bad_file_is_refused_with_its_place(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)

    with pytest.raises(PlanError) as refusal:
        load_scenario(str(path))

    assert complaint in str(refusal.value)
    assert "bad.toml" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_unknown_name_is_refused_with_the_list() -> None:
    with pytest.raises(
        PlanError, match=r"overlod is not known: did you mean overload\? choose one"
    ):
        load_scenario("overlod")


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot be read"):
        load_scenario(str(tmp_path / "none.toml"))


def test_readme_lists_every_scenario() -> None:
    readme = README.read_text(encoding="utf-8")

    for name in scenario_names():
        assert f"| `{name}` | {load_scenario(name).about} |" in readme


def _refusal(path: Path) -> str:
    with pytest.raises(PlanError) as refused:
        load_scenario(str(path))
    assert refused.value.field == "scenario"
    said = str(refused.value)
    assert said.isprintable()
    assert len(said) < 1_000
    return said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x = " + b"[" * 900, "nests too deep"),
        (b"x = " + b"{a=" * 5_000, "nests too deep"),
        (b"a." * 9_000 + b"a = 1", "is not known"),
        (b"[plan]\npartitions = " + b"9" * 6_000, "a number too long"),
        (b"[plan]\npartitions = 0x" + b"f" * 6_000, "a number too long"),
        (b'[plan]\npartitions = "' + b"9" * 6_000 + b'"', "is not a whole number"),
        (b"[plan]\nload = 1e9999", "is not a finite number"),
        (b"#" * 10_000_000, "is larger than 20,000 bytes"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b'"\\u001b[31m' + b"k" * 5_000 + b'" = 1', r"\x1b[31mkkk"),
        (b'[plan]\nstrategy = "\\u001b[31m"', r"--strategy \x1b[31m is not known"),
        (b"a\x1b = 1", "is not valid TOML"),
    ],
    ids=[
        "nested-arrays",
        "nested-tables",
        "dotted-key",
        "long-decimal",
        "long-hexadecimal",
        "long-number-as-text",
        "infinite",
        "large-file",
        "not-utf-8",
        "hostile-key",
        "hostile-value",
        "control-character",
    ],
)
def test_file_that_is_no_scenario_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(content)

    assert said in _refusal(path)


def test_only_a_plain_file_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    (tmp_path / "folder.toml").mkdir()

    assert "is no plain file" in _refusal(tmp_path / "pipe.toml")
    assert "is no plain file" in _refusal(tmp_path / "zero.toml")
    assert "cannot be read" in _refusal(tmp_path / "loop.toml")
    assert "cannot be read: Is a directory" in _refusal(tmp_path / "folder.toml")
    assert "is not known" in _refusal(Path("x" * 300))
    assert "cannot be read" in _refusal(tmp_path / "none\x1b.toml")
