"""Environments of their own for public libraries, made on demand by uv or npm.

```
make(environment) ──► ~/.cache/queue-fairness-tui/environments/NAME-HASH/
                          ├─ bin/python, lib/…         by uv, or
                          ├─ node_modules/…            by npm
                          └─ found.json                the versions; written last, so its presence
                                                       says that all of it is there
                      NAME-HASH.lock                   held while it is made, also by uv and npm
```

Installed is what the ranges allow, once: an environment stays as it is until its folder is removed.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from queue_fairness.errors import QueueError
from queue_fairness.outside import from_outside
from queue_fairness.server.environment import without_secrets

FETCH_S = 300.0
"""How long one call of uv or npm may take."""
LOCK_LOOK_S = 0.1
"""How often it is looked whether somebody else has finished to make the same environment."""
FOUND = "found.json"
OF_OTHERS = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "CONDA_PREFIX", "NODE_PATH")
"""Variables that would mix another environment into one of these."""

_FOLDER = "queue-fairness-tui/environments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What is to be installed together."""

    name: str
    """Begins the folder's name: a word such as `rq`."""
    tool: Literal["uv", "npm"]
    requirements: tuple[str, ...]
    """With ranges, as the tool writes them: `rq>=3,<4`, or `bullmq@>=6 <7`."""
    python: str = ""
    """A range of Python versions, as `>=3.12`; empty for the version that runs this program.
    The variable UV_PYTHON, if set, says which one."""

    @property
    def folder(self) -> Path:
        """Where it is, or would be."""
        told = json.dumps([self.tool, self.requirements, self._python])
        digest = hashlib.sha256(told.encode()).hexdigest()
        return cache_folder() / f"{self.name}-{digest[:10]}"

    @property
    def program(self) -> Path:
        """What runs a file in it: its Python, or Node.

        Raises:
            QueueError: There is no Node.
        """
        return self.folder / "bin" / "python" if self.tool == "uv" else _node(self.name)

    @property
    def _python(self) -> str:
        return (
            os.environ.get("UV_PYTHON") or self.python or ".".join(map(str, sys.version_info[:2]))
        )

    def variables(self) -> dict[str, str]:
        """The environment variables for a program that runs in it."""
        found = {each: word for each, word in without_secrets().items() if each not in OF_OTHERS}
        if self.tool == "npm":
            found["NODE_PATH"] = str(self.folder / "node_modules")
        return found

    def versions(self) -> Mapping[str, str] | None:
        """The version of each package in it; None while it has not been made."""
        try:
            return dict(json.loads((self.folder / FOUND).read_text()))
        except (OSError, ValueError):
            return None


def cache_folder() -> Path:
    """Where all environments are, by the rules of the system."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    usual = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    base = Path(named) if named.startswith("/") else Path(usual).expanduser()
    return base / _FOLDER


async def make(environment: Environment) -> Mapping[str, str]:
    """See to it that an environment is there; returns at once if it is.

    Returns:
        The version of each package in it.

    Raises:
        QueueError: uv, npm, Node, the network or a package is missing, in one sentence.
    """
    if environment.tool == "npm":
        _node(environment.name)
    found = environment.versions()
    if found is not None:
        return found
    tool = _tool(environment)
    async with _locked(environment) as lock:
        found = environment.versions()
        if found is not None:
            return found
        await asyncio.to_thread(shutil.rmtree, environment.folder, ignore_errors=True)
        run = _Runs(environment, tool, lock)
        found = await (_by_uv(environment, run) if environment.tool == "uv" else _by_npm(run))
        (environment.folder / FOUND).write_text(json.dumps(found))
    return found


async def _by_uv(environment: Environment, run: "_Runs") -> dict[str, str]:
    folder = str(environment.folder)
    try:
        await run("venv", "--quiet", "--no-project", "--python", environment._python, folder)
    except QueueError as error:
        raise QueueError(
            f"{environment.name} needs Python {environment._python}, and uv neither finds one nor"
            " can fetch it: point UV_PYTHON to one",
            error.details,
        ) from error
    chosen = ("--quiet", "--python", folder)
    await run("pip", "install", *chosen, *environment.requirements)
    listed = json.loads(await run("pip", "list", *chosen, "--format", "json"))
    return {each["name"]: each["version"] for each in listed}


async def _by_npm(run: "_Runs") -> dict[str, str]:
    environment = run.environment
    environment.folder.mkdir(parents=True)
    chosen = ("--prefix", str(environment.folder), "--no-audit", "--no-fund", "--loglevel=error")
    await run("install", *chosen, *environment.requirements)
    listed = json.loads(await run("ls", *chosen[:2], "--depth=0", "--json"))
    return {name: each["version"] for name, each in listed["dependencies"].items()}


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs uv or npm for one environment."""

    environment: Environment
    tool: str
    lock: int

    async def __call__(self, *arguments: str) -> str:
        """What it has printed.

        Raises:
            QueueError: It failed, or took too long.
        """
        process = await asyncio.create_subprocess_exec(
            self.tool,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.environment.folder.parent,
            env=self.environment.variables(),
            # Should we be killed: nobody takes a folder over into which it still writes.
            pass_fds=(self.lock,),
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(FETCH_S):
                printed, complaint = await process.communicate()
        except TimeoutError as error:
            raise self._error(f"did not end within {FETCH_S:g} s", "") from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode:
            words = complaint.decode(errors="replace").strip()
            raise self._error(f"says: {from_outside(_gist(words))}", words)
        return printed.decode()

    def _error(self, problem: str, details: str) -> QueueError:
        wanted = ", ".join(self.environment.requirements)
        sentence = f"{self.environment.name}: {wanted} cannot be installed; {self.environment.tool}"
        return QueueError(f"{sentence} {problem}", details)


def _gist(words: str) -> str:
    """What uv or npm says, in one line: npm's most telling one, uv's with its causes."""
    lines = [each.strip() for each in words.splitlines() if each.strip()]
    of_npm = [each.removeprefix("npm error").strip() for each in lines if "npm error" in each]
    if of_npm:
        told = [each for each in of_npm if each and not each.startswith(("code ", "errno "))]
        telling = ("No matching", "not found", "network", "request to")
        found = (each for each in told if any(word in each for word in telling))
        return next(found, next(iter(told), "nothing"))
    return " ".join(lines).removeprefix("error: ").replace(" cause: ", "; ") or "nothing"


def _tool(environment: Environment) -> str:
    """The path of uv or npm.

    Raises:
        QueueError: There is none.
    """
    own = os.environ.get("UV") if environment.tool == "uv" else None
    beside = Path(sys.executable).parent
    found = own or shutil.which(environment.tool) or shutil.which(environment.tool, path=beside)
    if found is None:
        raise QueueError(
            f"{environment.name} runs in an environment of its own, and there is no"
            f" {environment.tool} on PATH to make it: {_ADVICE[environment.tool]}"
        )
    return found


def _node(name: str) -> Path:
    found = shutil.which("node")
    if found is None:
        raise QueueError(f"{name} runs in Node, and there is none on PATH: {_ADVICE['npm']}")
    return Path(found)


_ADVICE = {
    "uv": "pip install uv",
    "npm": "install Node.js 20 or newer with npm",
}


@asynccontextmanager
async def _locked(environment: Environment) -> AsyncIterator[int]:
    """Hold the environment's lock while the block lasts."""
    folder = environment.folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder.with_name(folder.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise QueueError(
            f"{environment.name}: no environment can be made in {folder.parent}"
            f" ({error.strerror}); point XDG_CACHE_HOME to a folder you may write to"
        ) from error
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(LOCK_LOOK_S)
        yield lock
    finally:
        os.close(lock)


def make_all(environments: Sequence[Environment]) -> None:
    """Make several, one after another, outside of an event loop.

    Raises:
        QueueError: As `make`.
    """
    for each in environments:
        asyncio.run(make(each))
