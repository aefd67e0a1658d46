"""The times of a table as whole nanoseconds: ISO 8601, or numbers since 1970 of any unit."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from operator import attrgetter
from zoneinfo import ZoneInfo

from queue_fairness.errors import TableError
from queue_fairness.judge.jobs import NEVER
from queue_fairness.judge.moments import EPOCH, LATEST, MICROSECOND, NAIVE_EPOCH
from queue_fairness.outside import harmless

NOTHING = frozenset(("", "NULL", "null", "\\N", "None", "nil", "NaT"))
"""How tables write that there is no value."""
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")
UNITS = ((1e11, 10**9), (1e14, 10**6), (1e17, 10**3), (1e20, 1))
"""Up to which size a number counts which unit, in ns: s until the year 5138, then ms, us, ns."""
_zone = attrgetter("tzinfo")


class TimeReader:
    """Reads the times of one table, all of which must be of one zone.

    Args:
        timezone: Of times that tell none; None to take them as they are.

    Raises:
        TableError: There is no such zone.
    """

    def __init__(self, timezone: str | None = None) -> None:
        self._named: tzinfo | None = None
        if timezone is not None:
            try:
                self._named = ZoneInfo(timezone)
            except (ValueError, OSError, KeyError) as error:
                raise TableError(
                    f"--timezone {timezone}: no such zone; give one such as Europe/Berlin"
                ) from error
        self._zones: set[float | None] = set()
        """The offsets from UTC that were told; None for none."""

    def column(self, texts: Sequence[str]) -> list[int]:
        """The times of a column; `NEVER` where there is none.

        Raises:
            ValueError: One of them is no time; `instant` says which.
            TableError: They are of several zones.
        """
        if not NOTHING.isdisjoint(texts):
            there = iter(self.column([each for each in texts if each not in NOTHING]))
            return [NEVER if each in NOTHING else next(there) for each in texts]
        if texts and NUMBER.fullmatch(texts[0]):
            return self._numbers(texts)
        moments = list(map(datetime.fromisoformat, texts))
        zones = set(map(_zone, moments))
        if self._named is not None or len(zones) > 1:
            return [self._since_1970(each) for each in moments]
        self._check({_offset(each) for each in zones})
        epoch = NAIVE_EPOCH if zones == {None} else EPOCH
        instants = [(each - epoch) // MICROSECOND * 1000 for each in moments]
        if instants and not -LATEST < min(instants) <= max(instants) < LATEST:
            raise ValueError("beyond 2116")
        return instants

    def instant(self, text: str) -> int:
        """One time; `NEVER` where there is none.

        Raises:
            ValueError: It is no time; the message says so.
            TableError: It is of another zone than those before.
        """
        text = text.strip()
        if text in NOTHING:
            return NEVER
        if NUMBER.fullmatch(text):
            return self._numbers((text,))[0]
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{_shown(text)} is no time") from None
        found = self._since_1970(moment)
        if abs(found) >= LATEST:
            raise ValueError(f"{_shown(text)} is no time of a job")
        return found

    def bound(self, text: str) -> int:
        """A time that bounds what is looked at: without a zone it is of the table's own.

        Raises:
            ValueError: It is no time.
        """
        if NUMBER.fullmatch(text):
            return self._numbers((text,))[0]
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None and self._named is not None:
            moment = moment.replace(tzinfo=self._named)
        epoch = EPOCH if moment.tzinfo is not None else NAIVE_EPOCH
        since = (moment - epoch) // MICROSECOND * 1000
        told = next(iter(self._zones), None)
        return since - round((told or 0.0) * 1e9) if moment.tzinfo is None else since

    def _since_1970(self, moment: datetime) -> int:
        if self._named is not None:
            if moment.tzinfo is not None:
                raise TableError("--timezone is for times that tell no zone: these do")
            moment = moment.replace(tzinfo=self._named)
        else:
            self._check({_offset(moment.tzinfo)})
        epoch = NAIVE_EPOCH if moment.tzinfo is None else EPOCH
        return (moment - epoch) // MICROSECOND * 1000

    def _numbers(self, texts: Sequence[str]) -> list[int]:
        """Numbers since 1970; their unit is told by their size."""
        self._check({0.0})
        try:
            whole = list(map(int, texts))
        except ValueError:
            return [_number(each) for each in texts]
        least, most = min(whole), max(whole)
        unit = _unit(max(most, -least), texts[0])
        if least >= 0 and unit == _unit(least, texts[0]) and most * unit < LATEST:
            return whole if unit == 1 else [each * unit for each in whole]
        return [_number(each) for each in texts]

    def _check(self, zones: set[float | None]) -> None:
        """Refuse a second zone."""
        if zones <= self._zones:
            return
        self._zones |= zones
        if len(self._zones) > 1:
            raise TableError(
                "times of several zones, or some with a zone and some without: export all of them "
                "in one, such as UTC"
            )


def _shown(text: str) -> str:
    return f"'{harmless(text, 30)}'"


def _number(text: str) -> int:
    """A number since 1970 as ns, to the last digit that it has."""
    if not NUMBER.fullmatch(text):
        raise ValueError(f"{_shown(text)} is no time, where others are numbers")
    unit = _unit(abs(float(text)), text)
    if "e" in text or "E" in text:
        found = round(float(text) * unit)
    else:
        number, _, digits = text.partition(".")
        places = len(str(unit)) - 1
        parts = int((digits + "0" * places)[:places] or "0")
        found = int(number or "0") * unit + (-parts if number.startswith("-") else parts)
    if abs(found) >= LATEST:
        raise ValueError(f"{_shown(text)} is no time of a job")
    return found


def _unit(size: float, text: str) -> int:
    """Which unit a number of that size counts, in ns."""
    for below, unit in UNITS:
        if size < below:
            return unit
    raise ValueError(f"{_shown(text)} is no time")


def _offset(zone: tzinfo | None) -> float | None:
    """A zone's offset from UTC, in seconds; None for no zone. Zones of ISO times are fixed."""
    if zone is None:
        return None
    offset = zone.utcoffset(datetime.now(UTC))
    return offset.total_seconds() if offset is not None else None
