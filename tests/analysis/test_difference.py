"""What differs between two kept results: made from real documents, by changing one thing each."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from script import snapshot
from sweeps import asked, made, slower_by_scan

from queue_fairness.analysis.baseline import Baseline
from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.difference import QUANTITIES, Change, Difference, difference
from queue_fairness.analysis.kept import groups, parse_document
from queue_fairness.errors import DocumentError
from queue_fairness.fairness.word import Level
from queue_fairness.plan import Plan
from queue_fairness.report.difference_json import difference_document
from queue_fairness.report.difference_report import difference_report, sentence
from queue_fairness.report.results import Result, render, render_made

NAMES = ("a.json", "b.json")
LOAD = Plan(partitions=20, tasks_per_partition=5, workers=4, strategy="round-robin")
Document = dict[str, Any]


def _document(result: Result) -> Document:
    found: Document = json.loads(render(result, "json"))
    return found


FAIR = _document(snapshot(LOAD))
UNFAIR = _document(snapshot(Plan(**{**FAIR["plan"], "strategy": "scan"})))


def _changed(document: Document, path: str, value: object) -> Document:
    """A copy in which one thing is otherwise."""
    found = copy.deepcopy(document)
    *parents, last = path.split(".")
    place = found
    for each in parents:
        place = place[each]
    place[last] = value
    return found


def _several(document: Document, *values: float, path: str) -> Document:
    """A comparison of repeats of one run, which differ in one number."""
    runs = [_changed(document, path, each) for each in values]
    name = document["plan"]["strategy"]
    return {"kind": "comparison", "schema": 2, "strategies": [name], "runs": runs}


def _change(found: Difference, path: str) -> Change:
    (pair,) = found.pairs
    return next(each.change for each in pair.measured if each.quantity.path == path)


@pytest.mark.parametrize(
    "make",
    [lambda: FAIR, lambda: UNFAIR, lambda: _document(made(asked(), slower_by_scan))],
    ids=["fair", "unfair", "sweep"],
)
def test_a_result_is_no_worse_than_itself(make: Callable[[], Document]) -> None:
    document = make()
    found = difference(document, document, NAMES)

    assert found.is_comparable
    assert not found.is_worse
    assert sentence(found) == "✓ NO WORSE  nothing differs by more than chance"
    changes = {each.change for pair in found.pairs for each in pair.measured}
    assert changes <= {Change.SAME, Change.UNKNOWN}


def test_a_worse_verdict_and_longer_waits_are_worse_and_the_other_way_round_better() -> None:
    worse, better = difference(FAIR, UNFAIR, NAMES), difference(UNFAIR, FAIR, NAMES)

    assert worse.is_worse
    assert sentence(worse).startswith("✗ WORSE  FAIR → UNFAIR, worst wait p99 0.95 → 4")
    assert "strategy round-robin, then scan" in worse.pairs[0].remarks
    assert not better.is_worse
    assert sentence(better).startswith("✓ BETTER  UNFAIR → FAIR")


@pytest.mark.parametrize(
    ("field", "value"), [("partitions", 30), ("work_duration", 0.5), ("sizes", "zipf")]
)
def test_other_loads_cannot_be_compared_and_are_named(field: str, value: object) -> None:
    found = difference(FAIR, _changed(UNFAIR, f"plan.{field}", value), NAMES)

    assert not found.is_comparable
    assert not found.is_worse
    assert f"the loads differ: {field} {LOAD.__getattribute__(field)}, then {value}" in sentence(
        found
    )


def test_another_seed_is_another_draw_of_the_same_load() -> None:
    found = difference(FAIR, _changed(FAIR, "plan.seed", 7), NAMES)

    assert found.is_comparable
    assert any("seed 42, then 7" in each for each in found.pairs[0].remarks)


def test_a_field_that_an_older_program_did_not_know_was_as_its_default_is() -> None:
    older = copy.deepcopy(FAIR)
    del older["plan"]["network_delay"]

    assert difference(older, FAIR, NAMES).is_comparable
    assert not difference(older, _changed(FAIR, "plan.network_delay", 0.1), NAMES).is_comparable


@pytest.mark.parametrize(
    ("path", "value", "change"),
    [
        ("fairness.worst_wait_rounds.max", 1.3, Change.SAME),
        ("fairness.worst_wait_rounds.max", 3.5, Change.WORSE),
        ("fairness.round_jain", 0.9, Change.SAME),
        ("fairness.round_jain", 0.5, Change.WORSE),
        ("totals.lost", 1, Change.WORSE),
        ("cost_per_pop.round_trips", 6.0, Change.WORSE),
        ("fairness.debt_tasks.max", None, Change.UNKNOWN),
        ("fairness.debt_tasks.max", "many", Change.UNKNOWN),
    ],
)
def test_a_single_run_differs_only_beyond_the_margin(
    path: str, value: object, change: Change
) -> None:
    assert _change(difference(FAIR, _changed(FAIR, path, value), NAMES), path) is change


def test_repeats_narrow_the_margin_and_their_own_spread_widens_it() -> None:
    path = "fairness.worst_wait_rounds.p99"
    before = _several(FAIR, 1.0, 1.0, 1.0, 1.0, path=path)

    assert _change(difference(FAIR, _changed(FAIR, path, 1.4), NAMES), path) is Change.SAME
    steady = _several(FAIR, 1.4, 1.4, 1.4, 1.4, path=path)
    assert _change(difference(before, steady, NAMES), path) is Change.WORSE
    scattered = _several(FAIR, 0.9, 1.4, 1.4, 1.4, path=path)
    assert _change(difference(before, scattered, NAMES), path) is Change.SAME


@pytest.mark.parametrize(
    ("repeats", "machine", "change"),
    [
        (1, None, Change.UNKNOWN),
        (3, None, Change.WORSE),
        (3, "another one", Change.UNKNOWN),
    ],
)
def test_times_decide_between_repeats_on_one_machine_only(
    repeats: int, machine: str | None, change: Change
) -> None:
    path = "totals.throughput_per_s"
    slower = _changed(FAIR, "machine", machine) if machine else FAIR
    before = _several(FAIR, *[1000.0] * repeats, path=path)
    after = _several(slower, *[500.0] * repeats, path=path)

    found = difference(before, after, NAMES)

    assert _change(found, path) is change
    measured = next(each for each in found.pairs[0].measured if each.quantity.path == path)
    assert measured.ratio == 0.5
    assert found.is_worse is (change is Change.WORSE)


def test_inconclusive_is_neither_better_nor_worse() -> None:
    undecided = _changed(FAIR, "verdict.word", "INCONCLUSIVE")

    assert difference(FAIR, undecided, NAMES).pairs[0].word is Change.UNKNOWN
    assert not difference(FAIR, undecided, NAMES).is_worse


@pytest.mark.parametrize("side", [0, 1])
def test_a_run_that_failed_cannot_be_compared(side: int) -> None:
    failed = _changed(FAIR, "phase", "failed")
    both = (failed, FAIR) if side == 0 else (FAIR, failed)

    found = difference(*both, NAMES)

    assert not found.is_comparable
    assert "CANNOT BE COMPARED" in sentence(found)


def test_strategies_of_comparisons_are_paired_by_name() -> None:
    def comparison(*names: str) -> Document:
        runs = tuple(snapshot(Plan(**{**FAIR["plan"], "strategy": each})) for each in names)
        return _document(Comparison(plan=LOAD, strategies=names, runs=runs))

    found = difference(comparison("scan", "fifo"), comparison("scan", "round-robin"), NAMES)

    assert [each.name for each in found.pairs] == ["scan"]
    assert found.alone == (("fifo",), ("round-robin",))


@pytest.mark.parametrize("form", ["text", "markdown", "csv", "html", "svg", "json"])
def test_a_difference_is_shown_in_every_format(form: str) -> None:
    found = difference(FAIR, UNFAIR, NAMES)
    report = difference_report(found, "diff a b")
    shown = render_made(report, difference_document(found, "diff a b"), form)

    assert "UNFAIR" in shown
    if form == "text":
        assert max(map(len, shown.splitlines())) <= 80


def test_a_baseline_has_the_numbers_of_the_same_load_and_strategy() -> None:
    baseline = Baseline(name="main", document=UNFAIR)
    plan = FAIR["plan"]

    assert baseline.number(plan, "fairness.worst_wait_rounds.max") == pytest.approx(
        UNFAIR["fairness"]["worst_wait_rounds"]["max"]
    )
    assert baseline.word(plan) is Level.UNFAIR
    assert baseline.number({**plan, "partitions": 7}, "totals.lost") is None
    assert baseline.word({**plan, "partitions": 7}) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        '"a"',
        "{}",
        '{"kind": "run"}',
        '{"kind": "run", "schema": 1}',
        "[" * 9999,
    ],
)
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match=r"^x\.json: "):
        parse_document(text, "x.json")


KEYS = ("kind", "schema", "plan", "runs", "points", "strategies", "verdict", "word", "phase")
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(["run", "comparison", "sweep"]),
    rest=st.dictionaries(st.sampled_from(KEYS[2:]), ANY),
)
def test_a_mangled_document_is_compared_or_refused(kind: str, rest: Document) -> None:
    document = {**rest, "kind": kind, "schema": 2}
    try:
        groups(document, "x")
        found = difference(document, FAIR, NAMES)
    except DocumentError:
        return
    difference_report(found, "")


def test_every_number_that_is_compared_is_in_the_document() -> None:
    assert all(_at(FAIR, each.path) is not None for each in QUANTITIES)


def _at(document: Document, path: str) -> object:
    for each in path.split("."):
        document = document[each]
    return document
