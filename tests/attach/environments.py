"""Environments of their own for other libraries, made when they are first asked for, and kept.

They clash with each other and with ours. They are kept outside the tree, by what is in them, so
that they are made once on a machine.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

FOLDER = Path(
    os.environ.get("QF_TEST_ENVIRONMENTS")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "queue-fairness-tui-tests")
)
LONGEST_S = 300.0

PACKAGES: dict[str, tuple[str, ...]] = {
    "agentexec": ("agentexec==0.3.0",),
    "rq": ("rq==3.0.0",),
    "celery": ("celery[redis]==5.7.0",),
    "saq": ("saq[redis]==0.26.4", "typing_extensions"),
    "arq": ("arq==0.28.0",),
    "dramatiq": ("dramatiq[redis]==2.2.1",),
    "huey": ("huey==3.5.4", "redis"),
    "taskiq": ("taskiq-redis==1.2.4",),
    "streaq": ("streaq==7.2.0",),
    "streams": ("redis==8.1.0",),
}
NODE_PACKAGES = ("bullmq@6.7.0", "bull@4.16.5", "ioredis@5")
NEWER_PYTHON = {"agentexec": (3, 12)}
"""Those that need a newer Python than ours may be."""


def python_of(library: str) -> Path:
    """The Python of a library's environment; skips the test where it cannot be had."""
    packages = PACKAGES[library]
    base = _python(NEWER_PYTHON.get(library, (3, 11)))
    if base is None:
        pytest.skip(f"{library} needs a Python that is not installed")

    def make(folder: Path) -> None:
        uv = shutil.which("uv")
        if uv is not None:
            _run(uv, "venv", "-q", "--no-python-downloads", "-p", str(base), str(folder))
            _run(uv, "pip", "install", "-q", "-p", str(folder / "bin/python"), *packages)
        else:
            _run(str(base), "-m", "venv", str(folder))
            _run(str(folder / "bin/python"), "-m", "pip", "install", "-q", *packages)

    return _made(library, (*packages, str(base)), make) / "bin" / "python"


def node_modules() -> Path:
    """The folder that holds Node's libraries; skips the test where it cannot be had."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")

    def make(folder: Path) -> None:
        folder.mkdir()
        _run(npm, "install", "--silent", "--no-audit", "--no-fund", *NODE_PACKAGES, cwd=folder)

    return _made("node", NODE_PACKAGES, make) / "node_modules"


def _made(name: str, content: tuple[str, ...], make: Callable[[Path], None]) -> Path:
    digest = hashlib.sha256(" ".join(content).encode()).hexdigest()[:10]
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = FOLDER / f"{name}-{digest}"
    with (FOLDER / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "made"
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            try:
                make(folder)
            except (subprocess.SubprocessError, OSError) as error:
                pytest.skip(f"{name} cannot be installed here: {error}")
            done.touch()
    return folder


def _run(*command: str, cwd: Path | None = None) -> None:
    subprocess.run(command, check=True, timeout=LONGEST_S, capture_output=True, cwd=cwd)


def _python(oldest: tuple[int, int]) -> Path | None:
    if sys.version_info[:2] >= oldest:
        return Path(sys.executable).resolve()
    return next((each for each in _pythons(oldest) if each.exists()), None)


def _pythons(oldest: tuple[int, int]) -> Iterator[Path]:
    """Where a newer one may be: on PATH, or beside ours as pyenv has them."""
    for minor in range(oldest[1], oldest[1] + 4):
        yield from sorted(Path(sys.base_prefix).parent.glob(f"3.{minor}.*/bin/python3"))
        found = shutil.which(f"python3.{minor}")
        if found is not None and "shims" not in found:
            yield Path(found)
