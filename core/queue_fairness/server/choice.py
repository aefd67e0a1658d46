"""Which server to measure: what the user may say, refused early where it makes no sense.

```
--redis-url URL          that server, as it is
--redis-server PROGRAM   started by us and stopped by us
--redis-server bundled   the Valkey that comes with this program
neither                  redis-server, then valkey-server on PATH (6.2 or newer), then bundled
```
"""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from queue_fairness.errors import PlanError
from queue_fairness.outside import LONGEST, harmless
from queue_fairness.server.url import check_url

BUNDLED = "bundled"


@dataclass(frozen=True, slots=True)
class ServerChoice:
    """The server the user asks for; both fields None means the first one that can be found.

    Raises:
        PlanError: With the field's name, if a field makes no sense or both are given.
    """

    redis_url: str | None = field(default=None, repr=False)
    """Address of a running server. May hold a password, so it is never part of a repr."""
    redis_server: str | None = None
    """A program (path, or name on PATH) to start, or the word `bundled`."""
    allow_eviction: bool = False
    """Whether a run may go over the memory of a server that is not ours."""

    def __post_init__(self) -> None:
        if self.redis_url is not None:
            check_url(self.redis_url)
        if self.redis_server is not None:
            _check_program(self.redis_server)
        if self.redis_url is not None and self.redis_server is not None:
            raise PlanError(
                "redis_server",
                "--redis-server and --redis-url exclude each other: give one of them",
            )


def locate(program: str) -> Path | None:
    """Absolute path of a program given by path or by name on PATH; None where there is none."""
    try:
        found = shutil.which(program)
        if found is not None:
            return Path(found).absolute()
        path = Path(program).expanduser()
        return path.absolute() if path.is_file() else None
    except (OSError, ValueError, RuntimeError):
        # Too long for a path, a zero byte within, nobody's home: it names no program.
        return None


def _check_program(program: str) -> None:
    if program == BUNDLED or (program and locate(program) is not None):
        return
    raise PlanError(
        "redis_server",
        f"--redis-server '{harmless(program, LONGEST)}': there is no such program; give the path of"
        f" a redis-server, its name on PATH, or the word {BUNDLED}",
    )
