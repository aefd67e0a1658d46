"""What cannot serve as a queue is refused before the run, with one sentence."""

import sys
from pathlib import Path

import pytest

from queue_fairness.cli.options import parse
from queue_fairness.errors import PlanError
from queue_fairness.plan import Plan
from queue_fairness.strategies import STRATEGIES
from queue_fairness.strategies.custom import find_strategy, strategy_names

REFUSALS = {
    "custom/misshapen.py:Whole": "write it as package.module:Class",
    "custom.misshapen:": "write it as package.module:Class",
    ":Whole": "write it as package.module:Class",
    "no_such_package.module:Class": "there is no module no_such_package in the current directory",
    "custom.no_such_module:Class": "there is no module custom.no_such_module in the current",
    "custom.raises_on_import:Class": "cannot be imported: ValueError: first line second line",
    "custom.misshapen:NoSuchClass": "has no NoSuchClass",
    "queue:NoSuchClass": "the module queue (",
    "custom.misshapen:NOT_A_CLASS": "it is of type int, and a class is needed",
    "custom.misshapen:WithoutComplete": "it has no method complete(lease)",
    "custom.misshapen:PopWithoutWorker": "and it is called as pop(worker)",
    "custom.misshapen:PushWithPriority": "and it is called as push(partition, task)",
    "custom.misshapen:CompleteIsData": "its complete is no method but of type int",
    "custom.misshapen:CompleteWithTwoMore": "and it is called as complete(lease, cost)",
    "custom.misshapen:OpenWithoutPrefix": "and it is called as open(url, prefix)",
    "custom.misshapen:AsksForUrl": "its constructor takes (url: str): take the URL",
    "custom.misshapen:HalfLimit": "its concurrency_limit must be a whole number",
    "custom.misshapen:WeighsAtTimes": "its honors_weights must be True or False",
    "custom.misshapen:NoTime": "its timeout_s must be a number of seconds above 0",
    "custom.misshapen:Abstract": "it is abstract: write its wait",
}


@pytest.mark.parametrize(("path", "complaint"), REFUSALS.items(), ids=list(REFUSALS))
def test_refusal_says_why_in_one_line(path: str, complaint: str) -> None:
    with pytest.raises(PlanError) as refusal:
        Plan(strategy=path)

    assert refusal.value.field == "strategy"
    assert str(refusal.value).startswith(f"--strategy {path}: ")
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_name_that_is_neither_lists_both_ways() -> None:
    with pytest.raises(PlanError, match="did you mean round-robin") as refusal:
        Plan(strategy="round-robbin")

    assert "? choose one of scan" in str(refusal.value)
    assert str(refusal.value).endswith("package.module:Class")


def test_command_refuses_with_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        parse(["--strategy", "custom.misshapen:PopWithoutWorker"])

    assert ending.value.code == 2
    assert "it is called as pop(worker)" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["Whole", "Outer.Inner", "Defaults", "PopIsPlain"])
def test_class_with_the_right_methods_is_accepted(name: str) -> None:
    plan = Plan(strategy=f"custom.misshapen:{name}")

    found = find_strategy(plan.strategy)

    assert found.name == plan.strategy
    assert found.headline().endswith(("else.", "class.", f"{name}."))
    assert found.concurrency_limit == 0
    assert found is find_strategy(plan.strategy)
    assert plan.strategy in strategy_names()
    assert plan.strategy not in STRATEGIES
    assert f"--strategy {plan.strategy} " in f"{plan.command} "


def test_module_is_found_in_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    text = Path(__file__).with_name("misshapen.py").read_text(encoding="utf-8")
    (tmp_path / "queue_of_this_folder.py").write_text(text, encoding="utf-8")

    assert find_strategy("queue_of_this_folder:Whole").name == "queue_of_this_folder:Whole"
    assert sys.path[-1] == str(tmp_path), "it stays for later imports, behind everything else"
    assert sys.path.count(str(tmp_path)) == 1
