"""Every kind of result in every format."""

import csv
import dataclasses
import html
import io
import json
import os
import re
import shlex
import shutil
import subprocess

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from script import snapshot
from sweeps import Results, asked, made, slower_by_scan

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.cli.commands import FORMATS as OFFERED
from queue_fairness.cli.commands import CompareCommand
from queue_fairness.cli.options import parse
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.outside import harmless
from queue_fairness.plan import Plan
from queue_fairness.report.command import command
from queue_fairness.report.model import Measure, Report
from queue_fairness.report.render_csv import COLUMNS, FORMULA, render_csv
from queue_fairness.report.results import FORMATS, render, report_of
from queue_fairness.server.info import ServerInfo
from queue_fairness.server.origin import OriginKind, ServerOrigin

LOAD = Plan(partitions=20, tasks_per_partition=5, workers=4)
RUNS = tuple(snapshot(dataclasses.replace(LOAD, strategy=each)) for each in ("scan", "round-robin"))
COMPARISON = Comparison(plan=LOAD, strategies=("scan", "round-robin"), repeats=1, runs=RUNS)
RESULTS = Results(
    {
        "run": lambda: RUNS[0],
        "stopped": lambda: snapshot(LOAD, Phase.STOPPED, 0.4),
        "not begun": lambda: dataclasses.replace(
            snapshot(LOAD, Phase.STOPPED, 0.0), assessment=None
        ),
        "comparison": lambda: COMPARISON,
        "sweep": lambda: made(asked(), slower_by_scan),
        "sweep of nothing": asked,
    }
)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _with_text(text: str) -> Report:
    measure = Measure(
        strategy=text,
        partition=text,
        runs=1,
        measure="m",
        unit="s",
        median=-1.5,
        min=None,
        max=float("1e22"),
    )
    return Report(sentence="", headline=(), command="", measures=(measure,))


def test_formats_offered_are_those_there_are() -> None:
    assert tuple(FORMATS) == OFFERED


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", RESULTS)
def test_every_result_has_every_format(name: str, form: str) -> None:
    text = render(RESULTS[name], form)

    assert text.endswith("\r\n" if form == "csv" else "\n")
    if form == "json":
        json.loads(text, parse_constant=pytest.fail)
    elif form != "csv":
        assert command(RESULTS[name]) in html.unescape(text)


@pytest.mark.parametrize("name", RESULTS)
def test_markdown_tables_have_one_width(name: str) -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", render(RESULTS[name], "markdown"), re.MULTILINE)

    for block in blocks:
        lines = block.splitlines()
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1
        assert set(lines[1]) <= set("|-: ")
    assert blocks or name == "not begun"


def test_markdown_of_a_run_says_verdict_and_numbers() -> None:
    text = render(RUNS[0], "markdown")

    assert text.startswith("**✗ UNFAIR ")
    assert "- why: " in text
    assert "| this run | ideal | for FAIR |" in text
    assert "| round Jain |" in text


@pytest.mark.parametrize("name", RESULTS)
def test_csv_has_a_row_per_number_under_the_same_heads(name: str) -> None:
    text = render(RESULTS[name], "csv")
    rows = _rows(text)

    assert text.split("\r\n", 1)[0] == ",".join(COLUMNS)
    assert len(rows) == len(report_of(RESULTS[name]).measures) > 0
    keys = [(r["strategy"], r["field_value"], r["partition"], r["measure"]) for r in rows]
    assert len(keys) == len(set(keys))


def test_csv_holds_the_numbers_of_the_document() -> None:
    run, document = RUNS[0], json.loads(render(RUNS[0], "json"))
    found = {row["measure"]: row for row in _rows(render(run, "csv")) if not row["partition"]}

    assert float(found["totals.completed"]["median"]) == document["totals"]["completed"]
    worst = document["fairness"]["worst_wait_rounds"]["max"]
    assert float(found["fairness.worst_wait_rounds.max"]["median"]) == worst
    assert found["quiet_slowdown"]["median"] == "", "unknown is empty, not 0"
    assert found["stalled"]["median"] == "0"


def test_csv_of_a_comparison_has_the_ideal_beside() -> None:
    rows = _rows(render(COMPARISON, "csv"))
    jain = [row for row in rows if row["measure"] == "round_jain"]

    assert [row["strategy"] for row in jain] == ["scan", "round-robin"]
    assert [row["ideal"] for row in jain] == ["1.0", "1.0"]
    assert [row["unit"] for row in jain] == ["index", "index"]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8))
def test_csv_keeps_any_text_and_none_is_a_formula(text: str) -> None:
    row = next(iter(_rows(render_csv(_with_text(text)))))

    assert not row["strategy"].startswith(FORMULA)
    assert row["strategy"].removeprefix("'" if text.startswith(FORMULA) else "") == text
    assert float(row["median"]) == -1.5


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_formula_is_taken_for_text(name: str) -> None:
    assert next(iter(_rows(render_csv(_with_text(name)))))["partition"] == f"'{name}"


def _served_by(run: Snapshot, origin: ServerOrigin) -> Snapshot:
    return dataclasses.replace(run, server=ServerInfo("Redis", "7", origin))


@given(program=st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1))
def test_command_survives_a_shell_with_any_server_program(program: str) -> None:
    assume(program == harmless(program))
    run = _served_by(RUNS[0], ServerOrigin(OriginKind.PROGRAM, program))

    for result in (run, dataclasses.replace(COMPARISON, runs=(run,))):
        words = shlex.split(command(result))
        assert words[words.index("--redis-server") + 1] == program


@pytest.mark.skipif(shutil.which("bash") is None, reason="the escapes of $'…' are bash's and zsh's")
@pytest.mark.parametrize("program", ["\x1b[31m/a 'b'\\", "\u202eé\u200b", "\n\udcff`$(x)`"])
def test_command_with_what_steers_a_terminal_survives_bash(program: str) -> None:
    said = command(_served_by(RUNS[0], ServerOrigin(OriginKind.PROGRAM, program)))

    assert said.isprintable()
    word = said.partition("--redis-server ")[2]
    echoed = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
    assert echoed.stdout == os.fsencode(program)


@given(
    workers=st.integers(1, 1024),
    duration=st.floats(0, 3600),
    sizes=st.sampled_from(["equal", "zipf", "zipf:0.99", "5000,10", "4*100,1"]),
    task=st.sampled_from(["sleep", "cpu", "asyncio:sleep"]),
    strategy=st.sampled_from(["scan", "key-shard", "example_queue:NewestFirst"]),
)
def test_command_asks_for_the_same_plan(
    workers: int, duration: float, sizes: str, task: str, strategy: str
) -> None:
    plan = dataclasses.replace(
        LOAD, workers=workers, work_duration=duration, sizes=sizes, task=task
    )
    if ":" not in strategy:
        plan = dataclasses.replace(plan, strategy=strategy)
    comparison = Comparison(plan=plan, strategies=("scan", "fifo"), repeats=2)

    assert parse(shlex.split(plan.command)[1:], {}).command.plan == plan
    again = parse(shlex.split(comparison.command)[1:], {}).command
    assert isinstance(again, CompareCommand)
    assert dataclasses.replace(again.plan, strategy=plan.strategy) == plan
    assert again.strategies == ("scan", "fifo")


@pytest.mark.parametrize("name", ["a b:C", "$(x):C", "it's:C", "ünïcode:Ç", "a;b:C", "-x:C", "~:C"])
def test_odd_strategy_names_are_one_word_of_the_command(name: str) -> None:
    plan = dataclasses.replace(LOAD)
    # The command line refuses such names; pictures carry any.
    object.__setattr__(plan, "strategy", name)
    comparison = Comparison(plan=plan, strategies=(name, "fifo"), repeats=1)

    words = shlex.split(plan.command)
    assert name in (words[words.index("--strategy") + 1] if "--strategy" in words else words)
    assert f"{name},fifo" in shlex.split(comparison.command)
