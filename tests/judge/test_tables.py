"""Files of jobs: which columns are taken, which times, and what is said of what cannot be read."""

import gzip
import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from judge.tables import BEGIN, by_turns, rows, sequential

from queue_fairness.errors import TableError
from queue_fairness.fairness.word import Level
from queue_fairness.judge import JobRow, judge_rows, rows_of
from queue_fairness.judge.options import TableOptions
from queue_fairness.judge.reading import judge_source
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.report.results import FORMATS, render
from queue_fairness.trace.files import open_to_read

PLAIN = ("tenant", "ready_at", "started_at", "finished_at")
Show = Callable[[float | None], str]


def _moment(at: object) -> datetime:
    assert isinstance(at, float)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=round(at * 1e6))


def iso(at: object) -> str:
    return "" if at is None else _moment(at).isoformat()


def naive(at: object) -> str:
    return "" if at is None else _moment(at).replace(tzinfo=None).isoformat(sep=" ")


def postgres(at: object) -> str:
    """As psql prints a timestamptz in another zone."""
    there = timezone(timedelta(hours=2))
    return "" if at is None else _moment(at).astimezone(there).isoformat(sep=" ")[:-3]


def numbered(unit: int) -> Callable[[object], str]:
    def show(at: object) -> str:
        return "" if at is None else str(round(float(str(at)) * 1e6) * unit // 10**6)

    return show


def csv_of(
    jobs: Iterable[JobRow], show: Callable[[object], str] = iso, header: Sequence[str] = PLAIN
) -> str:
    lines = [",".join(header)]
    lines += [
        f"{each.tenant},{show(each.ready)},{show(each.started)},{show(each.finished)}"
        for each in jobs
    ]
    return "\n".join(lines) + "\n"


def judged(text: str | bytes, path: Path, **options: object) -> Snapshot:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with open_to_read(str(path)) as source:
        return judge_source(source, TableOptions(**options))  # type: ignore[arg-type]  # each its own


def rounds_of(snapshot: Snapshot) -> tuple[float, ...]:
    assert snapshot.assessment is not None
    worst = snapshot.assessment.measures.worst_wait_rounds
    first = snapshot.assessment.measures.first_pickup_rounds
    return (worst.p50, worst.p99, worst.max, first.mean, first.max)


@pytest.mark.parametrize(
    "show",
    [
        pytest.param(iso, id="ISO 8601"),
        pytest.param(naive, id="no zone"),
        pytest.param(postgres, id="PostgreSQL"),
        pytest.param(numbered(10**6), id="epoch us"),
        pytest.param(numbered(10**9), id="epoch ns"),
        pytest.param(lambda at: "" if at is None else f"{at:.6f}", id="epoch s"),
        pytest.param(numbered(10**3), id="epoch ms"),
    ],
)
@pytest.mark.parametrize("order", [sequential(40, 5), by_turns(40, 5)], ids=["one by one", "turns"])
def test_every_way_to_write_times_gives_the_same_rounds(
    show: Callable[[object], str], order: list[int], tmp_path: Path
) -> None:
    found = judged(csv_of(rows(order), show), tmp_path / "jobs.csv")

    assert rounds_of(found) == pytest.approx(rounds_of(judge_rows(rows(order))), abs=1e-6)


def test_a_zone_may_be_named(tmp_path: Path) -> None:
    text = csv_of(rows(by_turns(40, 5)), naive)

    found = judged(text, tmp_path / "jobs.csv", timezone="Europe/Berlin")
    assert rounds_of(found) == rounds_of(judged(text, tmp_path / "jobs.csv"))


@pytest.mark.parametrize(
    ("header", "system"),
    [
        (("queue", "inserted_at,scheduled_at", "attempted_at", "completed_at"), "Oban"),
        (("queue", "created_at,scheduled_at", "attempted_at", "finalized_at"), "River"),
        (("name", "created_on,start_after", "started_on", "completed_on"), "pg-boss"),
        (("name", "createdOn,startAfter", "startedOn", "completedOn"), "pg-boss"),
        (("queue_name", "created_at,scheduled_at", "performed_at", "finished_at"), "good_job"),
        (("task_name", "x,date_created", "date_started", "date_done"), "django-celery-results"),
        (("name", "delay,timestamp", "processedOn", "finishedOn"), "BullMQ"),
        (("customer_id", "x,created_at", "started_at", "completed_at"), ""),
        (("Tenant ID", "x,Ready At", "Started", "Finished At"), ""),
    ],
)
def test_columns_are_recognized_by_name(header: Sequence[str], system: str, tmp_path: Path) -> None:
    by, ready, started, finished = header
    whole = (f"id,{by}", ready, started, finished)
    lines = csv_of(rows(by_turns(40, 5)), header=whole).splitlines()
    # Two columns more: an id, and one before `ready` that is empty.
    body = [f"{number},{line.replace(',', ',,', 1)}" for number, line in enumerate(lines[1:])]

    found = judged("\n".join([lines[0], *body]), tmp_path / "jobs.csv")
    assert rounds_of(found) == rounds_of(judge_rows(rows(by_turns(40, 5))))
    assert found.plan.observed is not None
    label, value = found.plan.observed.facts[1]
    assert label == (f"columns, as {system} names them" if system else "columns")
    assert f"--by {by} " in value
    assert f"--started {started} " in value


def test_columns_can_be_told_even_in_objects(tmp_path: Path) -> None:
    text = "args\tdue\tbegan\tover\n" + "".join(
        f'"{{""shop"": {{""id"": ""{each.tenant}""}}}}"\t{iso(each.ready)}\t{iso(each.started)}\t'
        f"{iso(each.finished)}\n"
        for each in rows(by_turns(40, 5))
    )

    found = judged(
        text, tmp_path / "jobs.tsv", by="args.shop.id", ready="due", started="began",
        finished="over",
    )  # fmt: skip
    assert found.plan.partition_name(3) == "tenant 3"
    assert found.plan.partitions == 40


def test_json_lines_and_gzip_are_read(tmp_path: Path) -> None:
    lines = "".join(
        json.dumps(
            {"data": {"customer": each.tenant}, "delay": 0, "attemptsMade": 1}
            | {
                "timestamp": round(float(str(each.ready)) * 1e3),
                "processedOn": round(float(str(each.started)) * 1e3),
                "finishedOn": round(float(str(each.finished)) * 1e3),
            }
        )
        + "\n"
        for each in rows(by_turns(40, 5))
    )

    found = judged(gzip.compress(lines.encode()), tmp_path / "x", by="data.customer")
    assert rounds_of(found) == pytest.approx(rounds_of(judge_rows(rows(by_turns(40, 5)))), abs=1e-6)


def test_a_window_cuts_and_keeps_the_backlog(tmp_path: Path) -> None:
    jobs = list(rows(by_turns(40, 10)))
    begin, end = iso(BEGIN + 0.5), iso(BEGIN + 2.0)

    found = judged(csv_of(jobs), tmp_path / "jobs.csv", begin=begin, end=end)
    taken = [each for each in jobs if 0.5 <= float(str(each.started)) - BEGIN < 2.0]
    assert found.picked_up == len(taken)
    assert found.elapsed_s == pytest.approx(1.5)
    assert found.left == sum(float(str(each.started)) - BEGIN >= 2.0 for each in jobs)
    assert found.plan.observed is not None
    assert any("taken before the window" in each for each in found.plan.observed.notes)


def test_names_can_be_masked_and_stay_the_same(tmp_path: Path) -> None:
    text = csv_of(rows(sequential(40, 5)))

    one, other = (judged(text, tmp_path / "jobs.csv", mask=True) for _ in range(2))
    for form in FORMATS:
        assert "tenant 3" not in render(one, form)
    assert one.plan.partition_name(7) == other.plan.partition_name(7) != one.plan.partition_name(8)


GOOD = [f"t{number % 20}" for number in range(1000)]


def _with(*bad: str) -> str:
    jobs = [
        JobRow(tenant, BEGIN, BEGIN + at / 100, BEGIN + at / 100 + 0.04)
        for at, tenant in enumerate(GOOD)
    ]
    lines = csv_of(jobs).splitlines()
    return "\n".join([*lines[:500], *bad, *lines[500:]]) + "\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("t1,,2023-11-14T22:13:21+00:00,", "does not say when the job was ready"),
        ("t1,2023-11-14T22:13:22+00:00,2023-11-14T22:13:21+00:00,", "taken before it was ready"),
        (
            "t1,2023-11-14T22:13:20+00:00,2023-11-14T22:13:22+00:00,2023-11-14T22:13:21+00:00",
            "ended before it was taken",
        ),
        ("t1,2023-11-14T22:13:20+00:00,,2023-11-14T22:13:21+00:00", "ended and was never taken"),
        ("t1,soon,,", "'soon' is no time"),
        ("t1,9999-12-31T00:00:00+00:00,,", "is no time of a job"),
        ("t1,2023-11-14T22:13:20+00:00", "2 columns, not 4"),
        ("t1,\x1b[31m,,", r"'\x1b[31m' is no time"),
    ],
)  # fmt: skip
def test_a_bad_row_is_counted_shown_and_left_out(row: str, said: str, tmp_path: Path) -> None:
    found = judged(_with(row), tmp_path / "jobs.csv")

    assert found.picked_up == len(GOOD)
    assert found.plan.observed is not None
    (note,) = found.plan.observed.notes
    assert note.startswith("Left out: line 501: ")
    assert said in note
    assert found.assessment is not None
    assert found.assessment.verdict.word is Level.FAIR
    for form in FORMATS:
        assert "\x1b" not in render(found, form)


def test_over_one_percent_of_bad_rows_nothing_is_judged(tmp_path: Path) -> None:
    found = judged(_with(*["t1,soon,,"] * 11), tmp_path / "jobs.csv")

    assert found.assessment is not None
    assert found.assessment.verdict.word is Level.INCONCLUSIVE
    assert "1.1 % of the rows" in " ".join(found.assessment.verdict.why)


def test_a_line_number_counts_the_lines_inside_of_fields(tmp_path: Path) -> None:
    text = csv_of([]) + (
        '"two\nlines",2023-11-14T22:13:20,2023-11-14T22:13:21,2023-11-14T22:13:22\nt1,soon,,\n'
    )

    found = judged(text, tmp_path / "jobs.csv")
    assert found.plan.observed is not None
    assert "line 4: " in found.plan.observed.notes[0]
    assert found.plan.partition_name(0) == r"two\nlines"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "is empty", id="nothing"),
        pytest.param("\n\n\n", "is empty", id="empty lines"),
        pytest.param(csv_of([]), "of 0 rows none is a job", id="header alone"),
        pytest.param("a,b\n1,2\n", "whose a job is: give --by COLUMN; there are a, b", id="names"),
        pytest.param("tenant,a\n1,2\n", "when a job might|from when on", id="no times"),
        pytest.param("\0\1\2" * 50, "is no text", id="binary"),
        pytest.param(b"PAR1" + b"\0\xff" * 50, "is no text", id="parquet"),
        pytest.param('[{"a": 1}]', "is one JSON array", id="array"),
        pytest.param('{"a": 1}\n', "whose a job is", id="object"),
        pytest.param('{"a": \n', "is no JSON object", id="half an object"),
        pytest.param(csv_of([]) + "t1,soon,,\n", "none is a job: line 2: 'soon'", id="all bad"),
        pytest.param(
            csv_of([]) + "a,2023-01-01T00:00:00Z,,\na,2023-01-01T00:00:00+02:00,,\n",
            "several zones",
            id="two zones",
        ),
        pytest.param(
            csv_of([]) + "a,2023-01-01T00:00:00Z,2023-01-01T00:00:00,\n",
            "several zones",
            id="some with a zone",
        ),
    ],
)
def test_what_is_no_table_of_jobs_is_refused_in_a_sentence(
    text: str | bytes, said: str, tmp_path: Path
) -> None:
    with pytest.raises(TableError, match=said):
        judged(text, tmp_path / "jobs.csv")


def test_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="--by shop: there is no such column; there are tenant"):
        judged(csv_of(rows([1])), tmp_path / "jobs.csv", by="shop")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda text: "\ufeff" + text, id="BOM"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda text: text.replace(",", ";"), id="semicolons"),
        pytest.param(lambda text: text.replace(",", "\t"), id="tabs"),
        pytest.param(lambda text: text.replace("\n", "\n\n"), id="empty lines"),
        pytest.param(lambda text: text.removesuffix("\n"), id="no last line feed"),
        pytest.param(lambda text: text.encode("utf-16"), id="UTF-16"),
        pytest.param(lambda text: text.replace("tenant 3,", '"tenant 3",'), id="quotes"),
    ],
)
def test_a_table_may_be_written_in_many_ways(
    make: Callable[[str], str | bytes], tmp_path: Path
) -> None:
    found = judged(make(csv_of(rows(by_turns(40, 5)))), tmp_path / "jobs.csv")

    assert rounds_of(found) == rounds_of(judge_rows(rows(by_turns(40, 5))))
    assert found.plan.partition_name(3) == "tenant 3"


def test_ten_megabytes_in_a_field_are_read(tmp_path: Path) -> None:
    text = csv_of(rows(by_turns(40, 5)), header=(*PLAIN, "args"))
    lines = text.splitlines()
    body = [f"{line},{'x' * (10_000_000 if at == 7 else 1)}" for at, line in enumerate(lines[1:])]

    found = judged("\n".join([lines[0], *body]), tmp_path / "jobs.csv")
    assert found.picked_up == 200


def test_a_quote_that_is_never_closed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_of, "LONGEST_FIELD", 100_000)

    with pytest.raises(TableError, match="is a quote never closed"):
        judged(csv_of([]) + '"' + csv_of(rows(by_turns(40, 50))), tmp_path / "jobs.csv")


def test_a_compressed_table_that_breaks_off_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(csv_of(rows(by_turns(40, 50))).encode())

    with pytest.raises(TableError, match="breaks off: its compression is not whole"):
        judged(whole[: len(whole) // 2], tmp_path / "jobs.csv.gz")


def test_names_steer_no_terminal(tmp_path: Path) -> None:
    names = ["\x1b[31mred", "\u202eright to left", "\u200b", "", "a" * 500]
    order = [names[number % 5] for number in range(100)]
    jobs = [
        JobRow(name, BEGIN, BEGIN + at / 100, BEGIN + at / 100 + 0.04)
        for at, name in enumerate(order)
    ]

    found = judged(csv_of(jobs), tmp_path / "jobs.csv")
    for form in FORMATS:
        text = render(found, form)
        assert not set(text) & {"\x1b", "\u202e", "\u200b"}
    assert found.plan.partitions == 5


def test_one_row_is_no_proof(tmp_path: Path) -> None:
    found = judged(csv_of(rows([0])), tmp_path / "jobs.csv")

    assert found.assessment is not None
    assert found.assessment.verdict.word is Level.INCONCLUSIVE


def test_one_tenant_is_no_proof(tmp_path: Path) -> None:
    found = judged(csv_of(rows([0] * 100)), tmp_path / "jobs.csv")

    assert found.assessment is not None
    assert found.assessment.verdict.word is Level.INCONCLUSIVE
    assert "nobody to share with" in " ".join(found.assessment.verdict.why)


def test_the_year_1970_is_a_year(tmp_path: Path) -> None:
    jobs = [each._replace(ready=0.0, started=float(str(each.started)) - BEGIN,
                          finished=float(str(each.finished)) - BEGIN)
            for each in rows(by_turns(40, 5))]  # fmt: skip

    assert rounds_of(judged(csv_of(jobs), tmp_path / "jobs.csv")) == rounds_of(judge_rows(jobs))


def test_what_is_piped_in_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Piped(io.BytesIO):
        pass

    text = csv_of(rows(by_turns(40, 5)))
    stdin = io.TextIOWrapper(io.BufferedReader(Piped(text.encode())))
    monkeypatch.setattr("sys.stdin", stdin)

    with open_to_read("-") as source:
        found = judge_source(source, TableOptions())
    assert found.picked_up == 200
    assert source.name == "stdin"
