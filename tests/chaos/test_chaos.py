"""Ten cases of chaos; `tests/chaos/run.py` runs as many as there is time for."""

import sys

import pytest
from chaos.case import draw
from chaos.owner import program_of
from chaos.promises import breaches
from chaos.runner import carry_out, command_of, hear_signals

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")

SEEDS = {
    4: "SIGINT headless",
    5: "a full standard output",
    8: "SIGQUIT to the process of --isolate",
    9: "a reader that leaves, then SIGHUP",
    22: "no standard error",
    28: "keys that are no UTF-8",
    52: "scripts flushed, and the supervisor asked to quit",
    57: "a paused server, and the program killed",
    60: "the guard killed",
    196: "SIGHUP, and Ctrl-C as the program says its last word",
}
"""Those that take little time, and what is done in each."""


@pytest.fixture(autouse=True, scope="module")
def _signals() -> None:
    hear_signals()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_is_kept_whatever_is_done(seed: int) -> None:
    case = draw(seed)
    if case.server != "owner" and program_of(case.server) is None:
        pytest.skip(f"{case.server} is not installed")

    found = breaches(case, carry_out(case))

    said = "".join(f"\n  {each.promise}: {each.seen}" for each in found)
    assert not found, f"{case}{said}\n{command_of(seed)}"
