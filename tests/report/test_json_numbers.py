"""What the numbers of the document mean, and the list of them."""

import pytest
from script import snapshot

from queue_fairness.cli.options import parse
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan, plan_fields
from queue_fairness.report.json_numbers import GROUPS, NAMES_END, PLAN, number_names
from queue_fairness.report.limit import SHORT_NAMES, brief, full_name, numeric_names
from queue_fairness.report.limit_help import limit_help
from queue_fairness.report.run_json import document

EXPLAINED = [name for numbers in GROUPS.values() for name in numbers]
TEXTS = {
    *("failure", "failure_details", "library", "server_changes.policy"),
    *("server_fault", "source", "warning"),
}
"""What is text, or null."""
SUSTAINED = Plan(
    partitions=50,
    workers=8,
    work_duration=0.025,
    strategy="round-robin",
    load=1.2,
    duration=20,
    lease_ttl=2,
)


def test_every_number_has_unit_and_meaning_and_no_entry_is_stale() -> None:
    explained = {*EXPLAINED, *(f"{PLAN}{each.name}" for each in plan_fields())}
    plan = {name for name in explained if name.startswith(PLAN)}

    assert set(number_names()) - explained == set(), "add them to document_numbers.GROUPS"
    assert explained - plan - set(number_names()) == set(), "they are not in the document"
    assert len(EXPLAINED) == len(set(EXPLAINED))
    for numbers in GROUPS.values():
        for name, number in numbers.items():
            assert number.meaning, name
            assert number.unit or name == "schema", name


@pytest.mark.parametrize("plan", [Plan(), SUSTAINED], ids=["drain", "sustained"])
@pytest.mark.parametrize("until", [0.2, 1.0])
def test_names_are_those_of_a_real_document(plan: Plan, until: float) -> None:
    phase = Phase.DRAINED if plan.is_drain else Phase.ENDED

    names = numeric_names(document(snapshot(plan, phase, until)))
    found = [name for name in names if not name.endswith(NAMES_END)]

    assert set(found) - TEXTS == set(number_names())


def test_every_name_leads_back_to_its_number() -> None:
    names = number_names()

    for name in names:
        assert full_name(name, names) == name
        assert full_name(brief(name), names) == name
    for short, name in SHORT_NAMES.items():
        assert name in names
        assert full_name(short, names) == name


@pytest.mark.parametrize(
    ("short", "name"),
    [
        ("jain", "fairness.round_jain"),
        ("lost", "totals.lost"),
        ("dead", "totals.dead"),
        ("rounds", "evidence.rounds"),
        ("work_conservation", "evidence.work_conservation"),
        ("first_pickup_rounds", "fairness.first_pickup_rounds.max"),
        ("partition_wait_s", "partition_wait_s.max"),
    ],
)
def test_short_names_fit_the_document(short: str, name: str) -> None:
    assert full_name(short, number_names()) == name


@pytest.mark.parametrize("word", ["", "compare", "sweep"])
def test_help_lists_every_name(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([*word.split(), "--workers", "0", "--fail-if", "help"], {})

    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert said == limit_help()
    lines = said.splitlines()
    assert max(map(len, lines)) <= 100
    first_words = [line.split()[0] for line in lines if line.startswith("  ")]
    for name in number_names():
        assert brief(name) in first_words
    for short in SHORT_NAMES:
        assert short in first_words


def test_meanings_stand_in_one_column() -> None:
    lines = limit_help().splitlines()
    lost = next(line for line in lines if line.startswith("  totals.lost "))
    jain = next(line for line in lines if line.startswith("  round_jain "))

    assert lost.index("taken out") == jain.index("Jain's index")
    assert lost.index("tasks") == jain.index("index")
