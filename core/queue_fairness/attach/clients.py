"""Connections of the server, as CLIENT LIST shows them, as evidence of who works."""

from collections.abc import Iterator
from dataclasses import dataclass

from queue_fairness.attach.reader import Reader, text_of
from queue_fairness.outside import from_outside

LONGEST_LIST = 4 << 20
"""Bytes of an answer that are looked at: twenty thousand connections."""
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Client:
    """One connection."""

    id: str
    address: str
    name: str
    """As CLIENT SETNAME told it; empty for none. Unsafe to show."""
    idle_s: int
    command: str
    """The last one, in small letters."""

    @property
    def title(self) -> str:
        """How to name it to a person."""
        told = f"{self.name}, " if self.name else ""
        return from_outside(f"{told}{self.address}, client {self.id}", LONGEST_NAME)


async def connections(reader: Reader) -> list[Client] | None:
    """All connections; None where they may not be listed."""
    text = text_of(await reader.one("CLIENT", "LIST"))
    return None if text is None else list(_parsed(text[:LONGEST_LIST]))


def _parsed(text: str) -> Iterator[Client]:
    for line in text.splitlines():
        told = dict(word.partition("=")[::2] for word in line.split(" "))
        idle = told.get("idle", "")
        if "id" in told and idle.isascii() and idle.isdigit():
            yield Client(
                told["id"],
                told.get("addr", ""),
                told.get("name", ""),
                int(idle),
                told.get("cmd", "").lower(),
            )
