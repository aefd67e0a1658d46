"""How one field of a plan is asked for, checked and explained."""

import math
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from queue_fairness.errors import PlanError
from queue_fairness.formatting.similar import closest

PlanValue = int | float | str
"""The value of a field; a flag's is a bool."""

SECONDS = {
    **dict.fromkeys(("us", "µs", "μs"), Decimal("0.000001")),
    "ms": Decimal("0.001"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), Decimal(1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), Decimal(60)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), Decimal(3600)),
}
"""What a time may be given in, and the factor of each; several may follow each other: `1m30s`."""
THOUSANDS = {"k": 1_000, "K": 1_000, "M": 1_000_000}
"""What may follow a number that is no time."""
BEYOND = int("1" + "0" * 30)
"""Stands for every whole number that is larger: too large for any field."""

FORMS = {"seconds": " nor a time such as 25ms, 60s, 1m30s", "tasks/s": " nor a rate such as 300/s"}
"""By unit: what else is understood, for who has written something else."""

_PIECE = re.compile(
    r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]{1,4})?|\.[0-9]+)\s*([a-zµμ]+)"
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")

FLAG_TEXTS = {"no": False, "yes": True, "false": False, "true": True}
"""What may stand for a flag where it is written out: in the form and in a scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanField:
    """How one field of a plan is asked for, checked and explained."""

    name: str
    """The field's name in `Plan` and in JSON."""
    flags: tuple[str, ...]
    """Its options on the command line, the longest first."""
    kind: Callable[[str], PlanValue]
    """`int`, `float`, `str` or `bool`: the type of its value."""
    unit: str
    """What it counts, in words; empty for names and flags."""
    help: str
    """One sentence for `--help`, the form and the README."""
    default: PlanValue
    group: str = ""
    """The key of its heading in `table.GROUPS`."""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    other_form: str = ""
    """How a value besides the choices is written; empty if there is none besides them."""
    find_other: Callable[[str], object] | None = None
    """Raises LookupError if a text is not of that form, PlanError if it names nothing usable."""

    @property
    def option(self) -> str:
        """The long option, such as `--work-duration`."""
        return self.flags[0]

    @property
    def is_flag(self) -> bool:
        """Whether it is on or off, and its option takes no value."""
        return self.kind is bool

    @property
    def bounds(self) -> str:
        """The accepted values, in words: `1 to 1,024` or `block, shuffled, interleaved`."""
        if self.is_flag:
            return "a flag"
        if self.choices:
            return ", ".join((*self.choices, *filter(None, (self.other_form,))))
        return f"{self.minimum:,g} to {self.maximum:,.0f}"

    @property
    def default_text(self) -> str:
        """The default, as `--help` and the README show it."""
        if self.is_flag:
            return "on" if self.default else "off"
        return f"{self.default:g}" if isinstance(self.default, float) else str(self.default)

    def text(self, value: PlanValue) -> str:
        """A value as text that `parse` reads again."""
        return ("yes" if value else "no") if self.is_flag else str(value)

    def parse(self, text: str) -> PlanValue:
        """Turn what a user typed into a value.

        Raises:
            PlanError: The text is not such a value, or it is out of bounds.
        """
        text = text.strip()
        if self.is_flag:
            return self._parse_flag(text)
        try:
            value = self._read(text)
        except ValueError:
            why = f"is not {self._noun}{FORMS.get(self.unit, '')}"
            raise PlanError(self.name, self._refusal(text, why)) from None
        self.check(value)
        return value

    def _parse_flag(self, text: str) -> bool:
        if text.lower() not in FLAG_TEXTS:
            shown = text[:24] or "(empty)"
            raise PlanError(self.name, f"{self.option} {shown} is not known: choose yes or no")
        return FLAG_TEXTS[text.lower()]

    def _read(self, text: str) -> PlanValue:
        """A text as a value; a number may be followed by its unit, as in `60s` or `300/s`."""
        if self.kind is int:
            return _whole(text)
        if self.unit == "seconds":
            return read_seconds(text)
        if self.unit == "tasks/s":
            text = text.removesuffix("/s")
        return read_number(text) if self.kind is float else self.kind(text)

    def check(self, value: PlanValue) -> None:
        """Raise PlanError if a value is of another type or out of bounds."""
        if self.is_flag:
            if not isinstance(value, bool):
                raise PlanError(self.name, f"{self.option} is either on (True) or off (False)")
            return
        if not self._is_of_kind(value):
            raise PlanError(self.name, self._refusal(repr(value), f"is not {self._noun}"))
        if self.choices:
            self._check_choice(value)
            return
        assert not isinstance(value, str), f"{self.name} has neither choices nor numbers"
        if isinstance(value, float) and not math.isfinite(value):
            raise PlanError(self.name, self._refusal(value, "is not a finite number"))
        if self.minimum is not None and value < self.minimum:
            raise PlanError(self.name, self._refusal(value, "is too small"))
        if self.maximum is not None and value > self.maximum:
            raise PlanError(self.name, self._refusal(value, "is too large"))

    @property
    def _noun(self) -> str:
        """What its value is, in words."""
        if self.kind is str:
            return "a text"
        return "a whole number" if self.kind is int else "a number"

    def _is_of_kind(self, value: object) -> bool:
        """Whether a value has the field's type; a whole number is a number, a flag is none."""
        if self.kind is str:
            return isinstance(value, str)
        allowed = int if self.kind is int else int | float
        return isinstance(value, allowed) and not isinstance(value, bool)

    def _check_choice(self, value: PlanValue) -> None:
        if value in self.choices:
            return
        if self.find_other is None or not isinstance(value, str):
            raise PlanError(self.name, self._refusal(value, "is not known"))
        try:
            self.find_other(value)
        except LookupError:
            raise PlanError(self.name, self._refusal(value, "is not known")) from None

    def _refusal(self, value: object, why: str) -> str:
        allowed = "choose one of" if self.choices else "allowed are"
        shown = str(value)[:24] if value != "" else "(empty)"
        near = closest(str(value), self.choices)
        hint = f" did you mean {near}?" if near is not None else ""
        return f"{self.option} {shown} {why}:{hint} {allowed} {self.bounds}{self._unit_suffix()}"

    def _unit_suffix(self) -> str:
        return f" {self.unit}" if self.unit else ""


def _plain(text: str) -> str:
    """A number without what stands between its thousands: `1,000` or `1_000`."""
    text = re.sub("(?<=[0-9])_(?=[0-9])", "", text)
    return text.replace(",", "") if _GROUPED.fullmatch(text.partition(".")[0]) else text


def _whole(text: str) -> int:
    """A whole number, which may be written `1,000`, `10k` or `1e3`; ValueError if it is none."""
    factor = THOUSANDS.get(text[-1:], 1)
    plain = _plain(text[:-1].strip() if factor > 1 else text)
    if factor == 1 and not {"e", "E"} & set(plain):
        return int(plain)
    if not _NUMBER.fullmatch(plain):
        raise ValueError(text)
    # Not by float, which would round: 1.1M is 1,100,000.
    exact = Decimal(plain) * factor
    if exact > BEYOND:
        return BEYOND
    if exact != exact.to_integral_value():
        raise ValueError(text)
    return int(exact)


def read_number(text: str) -> float:
    """A number, which may be written `1,000`, `10k` or `1e3`; ValueError if it is none."""
    factor = THOUSANDS.get(text[-1:])
    return float(_plain(text)) if factor is None else float(_plain(text[:-1].strip())) * factor


def read_seconds(text: str) -> float:
    """A time, as `0.025`, `25ms` or `1m30s`; ValueError if it is none."""
    plain = re.sub("(?<=[0-9])_(?=[0-9])", "", text)
    with suppress(ValueError):
        return float(_plain(plain))
    pieces = _PIECE.findall(plain)
    if not pieces or _PIECE.sub("", plain).strip():
        raise ValueError(text)
    units = [SECONDS.get(unit) for _, unit in pieces]
    # From the largest unit to the smallest, each once.
    known = [each for each in units if each is not None]
    if len(known) < len(units) or sorted(set(known), reverse=True) != known:
        raise ValueError(text)
    numbers = (Decimal(number.replace(",", "")) for number, _ in pieces)
    return float(sum(number * unit for number, unit in zip(numbers, known, strict=True)))
