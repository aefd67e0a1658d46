"""The file of kept results: what is kept is found again, whatever happens to the file."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from queue_fairness.errors import DocumentError
from queue_fairness.history.entry import Entry, KeptResult, check_tag, entry_of, loaded
from queue_fairness.history.place import place
from queue_fairness.history.store import Store


def _result(**values: object) -> KeptResult:
    entry = Entry(
        number=0,
        at="2026-11-25T10:00:00+00:00",
        kind="run",
        verdict="FAIR",
        strategy="round-robin",
        load="20 × 5",
        worst_wait_rounds=0.95,
        rate_per_s=100.0,
        tag="",
        command="queue-fairness-tui",
    )
    entry = Entry(**{**{name: getattr(entry, name) for name in entry.__slots__}, **values})
    return KeptResult(entry=entry, document='{"kind": "run"}', report="FAIR\n")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "new" / "folder" / "history.sqlite")


def test_what_is_kept_is_found_by_number_tag_and_as_the_last(store: Store) -> None:
    first = store.keep(_result(tag="main"))
    second = store.keep(_result(verdict="UNFAIR"))

    assert store.find(str(first)).entry.verdict == "FAIR"
    assert store.find("main").entry.number == first
    assert store.find("last").entry.number == second
    assert loaded(store.find("last")) == {"kind": "run"}
    assert store.find("last").report == "FAIR\n"
    assert store.path.stat().st_mode & 0o777 == 0o600


def test_a_tag_names_the_newest_of_it(store: Store) -> None:
    store.keep(_result(tag="main"))
    newest = store.keep(_result(tag="main"))

    assert store.find("main").entry.number == newest


def test_the_list_is_filtered_and_begins_with_the_newest(store: Store) -> None:
    store.keep(_result(strategy="scan,fifo", kind="comparison", verdict=""))
    store.keep(_result(strategy="scan-resume", verdict="FAIR ON AVERAGE ONLY"))
    store.keep(_result(strategy="fifo", verdict="UNFAIR", tag="main"))

    def numbers(**asked: str | int) -> list[int]:
        return [each.number for each in store.entries(**asked)]  # type: ignore[arg-type]

    assert numbers() == [3, 2, 1]
    assert numbers(most=2) == [3, 2]
    assert numbers(strategy="fifo") == [3, 1]
    assert numbers(strategy="scan") == [1]
    assert numbers(verdict="fair") == [2]
    assert numbers(tag="main") == [3]
    assert numbers(kind="comparison") == [1]
    assert numbers(kind="run", strategy="fifo", verdict="UNF") == [3]


def test_results_are_deleted_and_their_numbers_not_used_again(store: Store) -> None:
    store.keep(_result())
    store.keep(_result())

    assert store.delete([2, 77]) == 1
    assert store.keep(_result()) == 3
    assert [each.number for each in store.entries()] == [3, 1]


def test_tags_are_changed_and_taken_away(store: Store) -> None:
    number = store.keep(_result())
    store.tag(number, "main")
    assert store.find("main").entry.number == number
    store.tag(number, "")

    with pytest.raises(DocumentError, match="no result is kept as 'main'"):
        store.find("main")
    with pytest.raises(DocumentError, match="no result is kept as '9'"):
        store.tag(9, "main")


@pytest.mark.parametrize("tag", ["", "1", "last", "a/b", "a b", "x.json", "a" * 65, "é", "-x"])
def test_a_tag_can_be_told_from_everything_else(tag: str) -> None:
    with pytest.raises(DocumentError, match="begin with a letter"):
        check_tag(tag)


def test_nothing_is_made_by_looking(store: Store) -> None:
    assert store.entries() == ()
    assert store.delete([1]) == 0
    with pytest.raises(DocumentError):
        store.find("last")
    assert not store.path.parent.exists()


KEEP_AGAIN = """
import resource, signal, sys
from pathlib import Path
from queue_fairness.history.store import Store

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store, often, most_bytes = Store(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
kept = store.find("1")
if most_bytes:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
for _ in range(often):
    store.keep(kept)
"""
"""A program that keeps a result again and again; on a disk that is soon full, if told so."""


def _program(store: Store, often: int, most_bytes: int = 0) -> "subprocess.Popen[str]":
    words = (str(store.path), str(often), str(most_bytes))
    # Nothing that it imports is written down, for the limit would cut that off.
    return subprocess.Popen(
        [sys.executable, "-B", "-c", KEEP_AGAIN, *words], stderr=subprocess.PIPE, text=True
    )


def test_programs_that_write_at_once_lose_nothing(store: Store) -> None:
    store.keep(_result())
    programs = [_program(store, 15) for _ in range(4)]
    said = [each.communicate(timeout=60)[1] for each in programs]

    assert [each.returncode for each in programs] == [0] * 4, said
    assert sorted(each.number for each in store.entries(most=99)) == list(range(1, 62))


@pytest.mark.parametrize(
    "damage", [b"not a database at all" * 100, b"SQLite format 3\0" + b"x" * 5000]
)
def test_a_damaged_file_is_moved_aside_and_said_once(store: Store, damage: bytes) -> None:
    store.path.parent.mkdir(parents=True)
    store.path.write_bytes(damage)

    number = store.keep(_result())

    assert number == 1
    aside = store.path.with_name("history.sqlite.damaged-1")
    assert aside.read_bytes() == damage
    assert str(aside) in (store.remark or "")
    again = Store(store.path)
    assert again.keep(_result()) == 2
    assert again.remark is None


def test_a_file_damaged_in_the_middle_is_kept_for_who_can_repair_it(store: Store) -> None:
    for _ in range(60):
        store.keep(_result())
    whole = bytearray(store.path.read_bytes())
    whole[4096:8192] = b"\xff" * 4096
    store.path.write_bytes(whole)

    store.keep(_result())

    assert store.remark is not None
    assert len(store.entries()) == 1
    assert store.path.with_name("history.sqlite.damaged-1").exists()


def test_a_file_of_a_newer_version_is_left_alone(store: Store) -> None:
    store.keep(_result())
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()

    with pytest.raises(DocumentError, match="of a newer version"):
        store.keep(_result())
    with pytest.raises(DocumentError, match="of a newer version"):
        store.entries()


def test_a_full_disk_is_a_sentence_and_loses_nothing(store: Store) -> None:
    store.keep(_result())
    said = _program(store, 1000, most_bytes=40_000).communicate(timeout=60)[1]

    assert re.search(r"DocumentError: .*cannot be used", said), said
    assert store.find("1").entry.verdict == "FAIR"
    assert store.keep(_result()) > 1
    assert store.remark is None


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(DocumentError, match=r"cannot be used: (Not a directory|File exists)"):
        Store(tmp_path / "file" / "history.sqlite").keep(_result())


@pytest.mark.parametrize(
    ("asked", "environment", "path", "keeps"),
    [
        ("off", {}, None, False),
        ("NO", {}, None, False),
        ("/x/h.sqlite", {}, "/x/h.sqlite", True),
        ("/x/h.sqlite", {"CI": "true"}, "/x/h.sqlite", True),
        (None, {"CI": "true"}, "history.sqlite", False),
        (None, {"CI": "false"}, "history.sqlite", True),
        ("", {}, "history.sqlite", True),
    ],
)
def test_where_results_are_kept(
    asked: str | None, environment: dict[str, str], path: str | None, keeps: bool
) -> None:
    found = place(asked, environment)

    assert str(found.path).endswith(str(path))
    assert (not found.why_not) is keeps


def test_an_entry_says_what_its_document_does() -> None:
    run = {
        "kind": "run",
        "plan": {"strategy": "scan"},
        "verdict": {"word": "UNFAIR"},
        "fairness": {"worst_wait_rounds": {"max": 9.9}},
        "totals": {"throughput_per_s": None},
        "command": "queue-fairness-tui --strategy scan",
    }
    comparison = {
        "kind": "comparison",
        "plan": {},
        "strategies": ["scan", "fifo"],
        "recommendation": {"strategy": "fifo"},
    }

    one, several = entry_of(run, "few", "main"), entry_of(comparison, "few", "")

    assert (one.verdict, one.strategy, one.worst_wait_rounds, one.rate_per_s, one.tag) == (
        "UNFAIR",
        "scan",
        9.9,
        None,
        "main",
    )
    assert (several.verdict, several.strategy) == ("take fifo", "scan,fifo")
