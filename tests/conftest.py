"""What holds for all tests, in whichever process they run."""

import asyncio
import gc
import os
import signal
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import redis
from hypothesis import settings
from redis.asyncio import Redis
from servers import ENGINES

from queue_fairness import outside
from queue_fairness.engine.session import Session
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server, open_server
from queue_fairness.strategies import custom

PROCESSES = min(8, 2 * (os.cpu_count() or 1))
"""Two per core, since half of a run is waiting; with more, what is timed is disturbed."""
for name in [each for each in os.environ if each.startswith("QUEUE_FAIRNESS_")]:
    del os.environ[name]
os.environ["XDG_CONFIG_HOME"] = os.devnull  # no settings of whoever runs the tests

RARELY = (10_000, 10, 20)
"""When the garbage collector of the tests' own processes runs, as for `gc.set_threshold`.

By default it looks through all that pytest, Textual and hypothesis hold more than once a screen,
which was two fifths of the time of the screens' tests. The programs under test keep their own.
"""

STOPPING = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--thorough` runs every case of the large matrices, not the sample of each day."""
    parser.addoption("--thorough", action="store_true", help="run whole matrices, not samples")
    parser.addoption(
        "--libraries", action="store_true", help="run the tests with real queue libraries as well"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of each matrix marked `sample(n)` keep one case in n, always the same; all, if one is named.

    Of every test some case is kept, and one that is no matrix always. What is kept lies on
    diagonals: where one parameter takes n values or more, each value of the others stays.
    """
    _leave_out_libraries(config, items)
    if config.option.thorough or any("::" in each for each in config.args):
        return
    matrices: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sample") is not None:
            matrices.setdefault(item.nodeid.partition("[")[0], []).append(item)
    left_out: set[pytest.Item] = set()
    for name, cases in matrices.items():
        mark = cases[0].get_closest_marker("sample")
        assert mark is not None
        diagonals = [place % mark.args[0] for place in _places(cases)]
        kept = sorted(set(diagonals))[zlib.crc32(name.encode()) % len(set(diagonals))]
        left_out.update(case for case, at in zip(cases, diagonals, strict=True) if at != kept)
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [each for each in items if each not in left_out]


def _places(cases: Sequence[pytest.Item]) -> list[int]:
    """Where each case stands in the matrix of its test: along each parameter, added up."""
    values = [case.callspec.params if hasattr(case, "callspec") else {} for case in cases]
    # Parameters that change together are one direction.
    directions = {_numbered([repr(each[name]) for each in values]) for name in values[0]}
    return [sum(each) for each in zip(*directions, strict=True)] or [0] * len(cases)


def _numbered(texts: Sequence[str]) -> tuple[int, ...]:
    """For each text the number of the first like it, distinct ones counted from 0."""
    seen: dict[str, int] = {}
    return tuple(seen.setdefault(text, len(seen)) for text in texts)


def _leave_out_libraries(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests with real libraries install these: only where they are asked for, or named."""
    is_named = any("test_real_libraries" in each for each in config.args)
    if config.option.libraries or is_named:
        return
    left_out = [each for each in items if each.get_closest_marker("libraries") is not None]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [each for each in items if each.get_closest_marker("libraries") is None]


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Share whole folders out between processes; single files run in this one, and so does `-n 0`.

    Not by `addopts`, as these options are unknown to who runs without the plugin. Coverage begins
    before this, so who measures it says how many processes: `--cov -n 4`.
    """
    if hasattr(config, "workerinput"):
        return  # one of those processes, which is not to share out once more
    option = config.option
    is_left_to_us = getattr(option, "numprocesses", 0) is None and option.dist == "no"
    is_alone = option.usepdb or getattr(option, "cov_source", None)
    if is_left_to_us and not is_alone and any(Path(each).is_dir() for each in config.args):
        option.numprocesses, option.dist = PROCESSES, "worksteal"


def pytest_collection_finish() -> None:
    """What collecting has made stays to the end: the garbage collector need not look at it."""
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    """Let the programs under test hear the signals that `nohup` and a shell's `&` ignore.

    They inherit what is ignored, and would live on after a signal that is to end them. One that is
    handled, even by doing nothing, is back at its default in them.
    """
    _keep_bytecode(config)
    os.environ["QUEUE_FAIRNESS_HISTORY"] = "off"  # of who runs the tests
    gc.set_threshold(*RARELY)
    # By the clock, an example that waits for a busy machine would be a fault.
    settings.register_profile("unhurried", deadline=None)
    settings.load_profile("unhurried")
    config.addinivalue_line("markers", "engines(*names): servers to test on; all, if not given")
    config.addinivalue_line("markers", "libraries: runs public libraries, fetched where needed")
    config.addinivalue_line("markers", "libraries: needs real queue libraries, see --libraries")
    config.addinivalue_line("markers", "sample(n): one case in n is run but for --thorough")
    for number in STOPPING:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _do_nothing)


def _keep_bytecode(config: pytest.Config) -> None:
    """Compile once what test processes import, even where Python is told to write no bytecode.

    Textual, redis-py and our own modules take a child 0.7 s to compile, and there are hundreds of
    children. What is kept is kept in pytest's own cache.
    """
    # Where `-p no:cacheprovider` is given there is nowhere to keep it.
    cache: pytest.Cache | None = getattr(config, "cache", None)
    if sys.dont_write_bytecode and not hasattr(config, "workerinput") and cache is not None:
        os.environ["PYTHONPYCACHEPREFIX"] = str(cache.mkdir("bytecode"))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _do_nothing(*_: object) -> None:
    pass


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that needs a server once per engine, or on those that its mark names."""
    mark = metafunc.definition.get_closest_marker("engines")
    given: set[str] = set()
    for each in metafunc.definition.iter_markers("parametrize"):
        given.update([each.args[0]] if isinstance(each.args[0], str) else each.args[0])
    for name in ("server", "own_server"):
        if name in metafunc.fixturenames and name not in given:
            metafunc.parametrize(name, mark.args if mark else ENGINES, indirect=True)


@pytest.fixture(autouse=True)
def _no_secret_of_another_test() -> Iterator[None]:
    """Passwords are masked for as long as the process lives: `wrong` would be, in any sentence."""
    known = dict(outside._secrets)
    yield
    outside._secrets.clear()
    outside._secrets.update(known)


@pytest.fixture(autouse=True)
def _no_queue_found_by_another_test() -> Iterator[None]:
    """Classes of users' own queues are kept once they are found: by name, whatever the path."""
    yield
    custom._found.clear()


@pytest.fixture(scope="session")
def shared_servers() -> Iterator[Callable[[str], Server]]:
    """Gives the one server of an engine, started when it is first asked for.

    All tests of this process share it: to start one takes longer than most of them.
    """
    opened: dict[str, Server] = {}
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        def of(engine: str) -> Server:
            if engine not in opened:
                opening = open_server(ServerChoice(redis_server=engine))
                opened[engine] = runner.run(stack.enter_async_context(opening))
            return opened[engine]

        yield of
        runner.run(stack.aclose())


@pytest.fixture
def server(
    request: pytest.FixtureRequest, shared_servers: Callable[[str], Server]
) -> Iterator[Server]:
    """A real server, empty; of each engine, or of those that the test's `engines` mark names."""
    shared = shared_servers(request.param)
    yield shared
    with redis.Redis.from_url(shared.endpoint.url) as client:
        client.config_set("maxmemory", 0, "maxmemory-policy", "noeviction")
        client.flushall()


@pytest.fixture
async def own_server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """A real server for one test, which may stop or end it; of the same engines as `server`."""
    async with open_server(ServerChoice(redis_server=request.param)) as opened:
        yield opened


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Redis]:
    """A connection to an empty server."""
    async with server.connect("control") as opened:
        yield opened


@pytest.fixture
async def session(server: Server) -> AsyncIterator[Session]:
    """A session on that server by its URL, as on a user's own Redis; no key of a run may stay."""
    async with Session(ServerChoice(redis_url=server.endpoint.url)) as opened:
        yield opened
    async with server.connect("test") as client:
        assert await client.keys("qf*") == []
