"""Where a server under test comes from, and how to ask for the same one again."""

import enum
from dataclasses import dataclass
from urllib.parse import urlsplit

from queue_fairness.outside import harmless


class OriginKind(enum.Enum):
    """How a server was found."""

    BUNDLED = "bundled"
    """The Valkey that comes with this program."""
    PATH = "PATH"
    """The first one on PATH that could be used: the default."""
    PROGRAM = "--redis-server"
    """A program that the user named."""
    URL = "URL"
    """One that ran already."""
    VARIABLE = "REDIS_URL"
    """The same, named by that variable of the environment alone."""


@dataclass(frozen=True, slots=True)
class ServerOrigin:
    """A kind, and for all but `BUNDLED` and `PATH` which one; its text is what reports show."""

    kind: OriginKind
    value: str = ""
    """The program as the user named it, or the URL without a password; else empty."""

    def __str__(self) -> str:
        return f"{self.kind.value} {harmless(self.value)}" if self.value else self.kind.value

    @property
    def is_running(self) -> bool:
        """Whether it ran already, and is somebody's."""
        return self.kind in (OriginKind.URL, OriginKind.VARIABLE)

    @property
    def brief(self) -> str:
        """Its kind, and of one that ran already the host, or the socket's name."""
        if not self.is_running:
            return self.kind.value
        parts = urlsplit(self.value)
        place = parts.hostname or parts.path.rpartition("/")[2]
        return f"{self.kind.value} {place}".rstrip()

    @property
    def options(self) -> tuple[str, ...]:
        """The words of a command line that ask for it; none for the default."""
        match self.kind:
            case OriginKind.BUNDLED:
                return "--redis-server", "bundled"
            case OriginKind.PATH:
                return ()
            case OriginKind.PROGRAM:
                return "--redis-server", self.value
            case OriginKind.URL | OriginKind.VARIABLE:
                return "--redis-url", self.value
