"""Pickles are read and not loaded: plain data comes out, and nothing ever runs."""

import contextlib
import datetime
import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_fairness.attach.pickled import LONGEST, Opaque, UnreadableError, read_pickle

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=300)
)
DATA = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(data=DATA, protocol=st.sampled_from([0, 1, 2, 4, 5]))
def test_plain_data_comes_out_as_it_went_in(data: object, protocol: int) -> None:
    found = read_pickle(pickle.dumps(data, protocol))

    if protocol >= 4:
        assert found == data


@given(raw=st.binary(max_size=200))
def test_whatever_the_bytes_it_reads_or_says_that_it_cannot(raw: bytes) -> None:
    with contextlib.suppress(UnreadableError):
        read_pickle(raw)


class Evil:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._path),)


@pytest.mark.parametrize("protocol", range(6))
def test_nothing_is_called(tmp_path: Path, protocol: int) -> None:
    target = tmp_path / "made"

    found = read_pickle(pickle.dumps({"a": Evil(target)}, protocol))

    assert isinstance(found["a"], Opaque)
    assert found["a"].name.endswith("mkdir")
    assert not target.exists()


def test_objects_are_named_and_not_made() -> None:
    found = read_pickle(pickle.dumps(datetime.datetime(2026, 1, 2)))

    assert isinstance(found, Opaque)
    assert found.name == "datetime.datetime"


def test_long_ones_are_not_looked_at() -> None:
    with pytest.raises(UnreadableError):
        read_pickle(pickle.dumps(b"x" * LONGEST))
