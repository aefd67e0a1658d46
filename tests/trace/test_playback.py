"""A recording that is played gives the run that was recorded."""

import gzip
import json
from pathlib import Path

import pytest
from recordings import final_of, recorded

from queue_fairness.engine.replay import replayed
from queue_fairness.errors import TableError
from queue_fairness.metrics.phase import Phase
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.results import render
from queue_fairness.trace.files import open_to_read

DRAIN = Plan(partitions=30, tasks_per_partition=5, workers=4, work_duration=0.01)
SUSTAINED = Plan(
    partitions=20, workers=8, work_duration=0.025, strategy="round-robin", load=1.2,
    duration=5, lease_ttl=1,
)  # fmt: skip


def _played(path: Path, number: int | None = None) -> Snapshot:
    with open_to_read(str(path)) as source:
        found = replayed(source, number=number)
    assert isinstance(found, Snapshot)
    return found


@pytest.mark.parametrize("plan", [DRAIN, SUSTAINED], ids=["drain", "sustained"])
def test_the_document_is_that_of_the_run(plan: Plan, tmp_path: Path) -> None:
    played, was = _played(recorded(plan, tmp_path / "a.jsonl")), final_of(plan)

    mine, its = json.loads(render(played, "json")), json.loads(render(was, "json"))
    assert mine["run_id"] == its["run_id"]
    assert mine["fairness"] == its["fairness"]
    assert mine["verdict"] == its["verdict"]
    assert mine["totals"] == its["totals"]
    assert mine["timeline"] == its["timeline"]
    assert mine["wait_s"] == pytest.approx(its["wait_s"], rel=1e-12)


def test_compression_is_seen_through_whatever_the_name(tmp_path: Path) -> None:
    path = recorded(DRAIN, tmp_path / "a.jsonl")
    path.write_bytes(gzip.compress(path.read_bytes()))

    assert _played(path).completed == DRAIN.total_tasks


@pytest.mark.parametrize("whole_lines", [True, False])
def test_a_recording_that_breaks_off_is_played_up_to_there(
    whole_lines: bool, tmp_path: Path
) -> None:
    path = recorded(DRAIN, tmp_path / "a.jsonl")
    text = path.read_bytes()
    lines = text.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:200]) + (b"" if whole_lines else lines[200][:20]))

    played = _played(path)
    assert played.phase is Phase.STOPPED
    assert "breaks off" in (played.warning or "")
    assert 0 < played.picked_up < DRAIN.total_tasks
    assert played.left is None


def test_a_compressed_recording_that_breaks_off_is_played_up_to_there(tmp_path: Path) -> None:
    path = recorded(DRAIN, tmp_path / "a.jsonl")
    path.write_bytes(gzip.compress(path.read_bytes())[:-2000])

    assert _played(path).phase is Phase.STOPPED


def test_of_several_runs_the_first_is_played_unless_another_is_named(tmp_path: Path) -> None:
    first, second = recorded(DRAIN, tmp_path / "a"), recorded(SUSTAINED, tmp_path / "b")
    both = tmp_path / "both"
    both.write_bytes(first.read_bytes() + second.read_bytes())

    assert _played(both).plan.is_drain
    assert not _played(both, 2).plan.is_drain
    with pytest.raises(TableError, match="no run 3: it has 2"):
        _played(both, 3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda _: [], "is empty", id="empty"),
        pytest.param(lambda lines: lines[1:], "no header", id="no header"),
        pytest.param(lambda _: ["no json\n"], "line 1 is no JSON", id="no JSON"),
        pytest.param(lambda _: ["[1]\n"], "line 1 is no object", id="no object"),
        pytest.param(
            lambda lines: [lines[0].replace('"version": 1', '"version": 9')], "version 9", id="new"
        ),
        pytest.param(
            lambda lines: [lines[0].replace('"workers": 4', '"workers": "x"')],
            "no header of a run: workers is 'x'",
            id="plan",
        ),
        pytest.param(
            lambda lines: [lines[0].replace('"partitions": 30', '"partitions": 3000000')],
            "no header of a run",
            id="too large",
        ),
        pytest.param(
            lambda lines: [lines[0], *lines[100:]], "line [0-9]+: .*(hands|contradicts)", id="gap"
        ),
        pytest.param(
            lambda lines: [*lines[:50], lines[49].replace('"p', '"q')], "no tenant", id="tenant"
        ),
        pytest.param(
            lambda lines: [*lines[:-1], lines[-1].replace('"drained"', '"gone"')],
            "contradicts",
            id="end",
        ),
    ],
)
def test_what_cannot_be_played_is_refused_in_a_sentence(
    change: object, said: str, tmp_path: Path
) -> None:
    path = recorded(DRAIN, tmp_path / "a.jsonl")
    lines = path.read_text().splitlines(keepends=True)
    assert callable(change)
    path.write_text("".join(change(lines)))

    with pytest.raises(TableError, match=said):
        _played(path)
