"""Which server to measure: what the user may say, refused early where it makes no sense.

```
--redis-url URL          that server, as it is
--redis-server PROGRAM   started by us and stopped by us
--redis-server bundled   the Valkey that comes with this program
neither                  redis-server, then valkey-server on PATH (6.2 or newer), then bundled
```
"""

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from queue_fairness.errors import PlanError
from queue_fairness.outside import LONGEST, harmless
from queue_fairness.server.url import check_url, mask_url, usual_spelling

BUNDLED = "bundled"
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
LONGEST_PREFIX = 64


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
    key_prefix: str = ""
    """What stands before the names of all keys of a run."""
    is_from_environment: bool = False
    """Whether the URL is that of the variable REDIS_URL, and no option's."""
    source: str = ""
    """What else has named the server, such as a file of settings; empty for an option."""

    @property
    def named_by(self) -> str:
        """What has named the URL besides an option of this very command; empty for one."""
        return "REDIS_URL" if self.is_from_environment else self.source

    @property
    def given_by(self) -> str:
        """The option or variable that holds the URL."""
        return "REDIS_URL" if self.is_from_environment else "--redis-url"

    @property
    def notice(self) -> str | None:
        """What the user may not know of this choice, in a sentence without secrets; or None."""
        if not self.named_by or self.redis_url is None:
            return None
        parts = urlsplit(self.redis_url)
        is_here = parts.scheme == "unix" or parts.hostname in (None, *THIS_MACHINE)
        where = "" if is_here else ", which is another machine"
        return (
            f"{self.named_by} names the Redis to use{where}: {mask_url(self.redis_url)};"
            f" for a temporary one, give --redis-server {BUNDLED}"
        )

    def __post_init__(self) -> None:
        _check_key_prefix(self.key_prefix)
        if self.redis_url is not None:
            url = usual_spelling(self.redis_url)
            # A frozen value, which is corrected while it is made.
            object.__setattr__(self, "redis_url", url)
            check_url(url, self.given_by)
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


def _check_key_prefix(prefix: str) -> None:
    if len(prefix) <= LONGEST_PREFIX and re.fullmatch(r"[A-Za-z0-9_.:/-]*", prefix):
        return
    why = "braces would name another hash slot; " if set(prefix) & set("{}") else ""
    raise PlanError(
        "key_prefix",
        f"--key-prefix {ascii(prefix)[1:-1][:24]}: {why}use up to {LONGEST_PREFIX} letters, digits"
        " and . _ : / -",
    )


def _check_program(program: str) -> None:
    if program == BUNDLED or (program and locate(program) is not None):
        return
    raise PlanError(
        "redis_server",
        f"--redis-server '{harmless(program, LONGEST)}': there is no such program; give the path of"
        f" a redis-server, its name on PATH, or the word {BUNDLED}",
    )
