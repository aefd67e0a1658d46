"""Finds names by SCAN, a few slices a look, round and round: for libraries without an index."""

import asyncio
import time
from collections.abc import Sequence

from queue_fairness.attach.reader import Command, Reader, items

SLICE = 1000
"""Keys of a slice: 0.6 ms of the server's time; ten thousand would hold others up for 5 ms."""
SLICES_A_LOOK = 4
UNHURRIED = 20
"""Slices of the first round after which it makes pauses."""
PAUSES = 3
"""How many times as long as it takes a slice it then waits."""
MOST_SLICES = 20_000
"""Slices of the first round: twenty million keys."""


class Scanner:
    """Names of one shape.

    Attributes:
        names: Those that were found in this round or the one before.
        is_whole: Whether one round is over.
    """

    def __init__(self, match: bytes, kind: str | None = None) -> None:
        self._words: Sequence[str | bytes | int] = ("MATCH", match, "COUNT", SLICE)
        if kind is not None:
            self._words = (*self._words, "TYPE", kind)
        self.names: set[bytes] = set()
        self.is_whole = False
        self._seen: set[bytes] = set()
        self._cursor: bytes | int = 0

    async def step(self, reader: Reader) -> None:
        """Go on: to the end in the first round, and by a few slices later."""
        if not self.is_whole:
            await self._first_round(reader)
            return
        for _ in range(SLICES_A_LOOK):
            if await self._slice(reader):
                return

    async def _first_round(self, reader: Reader) -> None:
        for number in range(MOST_SLICES):
            begun = time.monotonic()
            if await self._slice(reader):
                break
            if number > UNHURRIED:
                await asyncio.sleep(PAUSES * (time.monotonic() - begun))
        self.is_whole = True

    async def _slice(self, reader: Reader) -> bool:
        """Returns whether a round is over."""
        command: Command = ("SCAN", self._cursor, *self._words)
        answer = items(await reader.one(*command))
        if len(answer) != 2:
            return True  # refused: what is known stays
        self._cursor, found = answer
        self._seen.update(found)
        self.names.update(found)
        if int(self._cursor) != 0:
            return False
        self.names, self._seen = self._seen, set()
        return True


async def members(reader: Reader, key: bytes | str) -> set[bytes]:
    """All members of a set, in slices; empty where it is none."""
    found: set[bytes] = set()
    cursor: bytes | int = 0
    while True:
        answer = items(await reader.one("SSCAN", key, cursor, "COUNT", SLICE))
        if len(answer) != 2:
            return found
        cursor = answer[0]
        found.update(answer[1])
        if int(cursor) == 0:
            return found
