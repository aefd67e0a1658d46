"""That the soak runs and tells growth; an hour of it is nobody's business here."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from bench.soak import KB_PER_MB, growth_mb_per_hour
from hypothesis import given
from hypothesis import strategies as st


@given(st.floats(-100, 100), st.floats(0, 1000), st.integers(2, 500))
def test_growth_is_the_slope_of_a_straight_line(slope: float, start_mb: float, count: int) -> None:
    at_s = [300.0 + number for number in range(count)]
    rss_kb = [(start_mb + slope * at / 3600) * KB_PER_MB for at in at_s]

    assert growth_mb_per_hour(at_s, rss_kb) == pytest.approx(slope, abs=1e-3)


def test_one_moment_tells_no_growth() -> None:
    assert growth_mb_per_hour([], []) is None
    assert growth_mb_per_hour([5.0], [80_000]) is None


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
def test_a_short_soak_ends_with_what_it_cannot_tell() -> None:
    command = [sys.executable, str(Path(__file__).with_name("soak.py")), "--minutes", "0.05"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    assert re.search(r"lag p50 / p99 / max: [\d.]+ / [\d.]+ / [\d.]+ ms", done.stdout), done.stdout
    assert re.search(r"open files: \d+", done.stdout)
    assert "run: ended" in done.stdout
    assert "verdict: ? no growth can be told" in done.stdout
