"""Environments on demand: what is missing is one sentence; what is there is not made again."""

import asyncio
from pathlib import Path

import pytest

from queue_fairness.errors import QueueError
from queue_fairness.libraries.environments import FOUND, Environment, cache_folder, make

NOWHERE = Environment(name="nowhere", tool="uv", requirements=("no-such-library-of-queues>=1",))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.parametrize("tool", ["uv", "npm"])
def test_a_missing_tool_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tool: str) -> None:
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    environment = Environment(
        name="some", tool="uv" if tool == "uv" else "npm", requirements=("some",)
    )

    with pytest.raises(QueueError) as caught:
        asyncio.run(make(environment))

    assert "on PATH" in str(caught.value)
    assert environment.versions() is None


def test_what_cannot_be_fetched_is_one_sentence_and_leaves_nothing_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")

    with pytest.raises(QueueError, match=r"^nowhere: no-such-.* cannot be installed; uv says: "):
        asyncio.run(make(NOWHERE))

    assert NOWHERE.versions() is None


def test_one_that_is_there_needs_no_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    NOWHERE.folder.mkdir(parents=True)
    (NOWHERE.folder / FOUND).write_text('{"some": "1.0"}')

    assert asyncio.run(make(NOWHERE)) == {"some": "1.0"}


def test_another_range_is_another_folder() -> None:
    other = Environment(name="nowhere", tool="uv", requirements=("no-such-library-of-queues>=2",))

    assert other.folder != NOWHERE.folder
    assert other.folder.parent == cache_folder()


def test_a_cache_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    with pytest.raises(QueueError, match="point XDG_CACHE_HOME to a folder"):
        asyncio.run(make(NOWHERE))


def test_a_missing_python_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.delenv("UV_PYTHON", raising=False)
    future = Environment(name="future", tool="uv", requirements=("rq>=3",), python=">=3.99")

    with pytest.raises(QueueError, match=r"^future needs Python >=3\.99, .* point UV_PYTHON"):
        asyncio.run(make(future))
