"""How one field of a plan is asked for, checked and explained."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from queue_fairness.errors import PlanError

PlanValue = int | float | str
"""The value of a field; a flag's is a bool."""

UNIT_SUFFIXES = {
    "seconds": (("ms", 0.001), ("min", 60.0), ("s", 1.0)),
    "tasks/s": (("/s", 1.0),),
}
"""By unit: the suffixes that a number may have, and the factor of each."""

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
            noun = "a whole number" if self.kind is int else "a number"
            raise PlanError(self.name, self._refusal(text, f"is not {noun}")) from None
        self.check(value)
        return value

    def _parse_flag(self, text: str) -> bool:
        if text.lower() not in FLAG_TEXTS:
            shown = text[:24] or "(empty)"
            raise PlanError(self.name, f"{self.option} {shown} is not known: choose yes or no")
        return FLAG_TEXTS[text.lower()]

    def _read(self, text: str) -> PlanValue:
        """A text as a value; a number may be followed by its unit, as in `60s` or `300/s`."""
        for suffix, factor in UNIT_SUFFIXES.get(self.unit, ()):
            if text.endswith(suffix):
                return float(text.removesuffix(suffix)) * factor
        return self.kind(text)

    def check(self, value: PlanValue) -> None:
        """Raise PlanError if a value of the right type is out of bounds."""
        if self.is_flag:
            if not isinstance(value, bool):
                raise PlanError(self.name, f"{self.option} is either on (True) or off (False)")
            return
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
        return f"{self.option} {shown} {why}: {allowed} {self.bounds}{self._unit_suffix()}"

    def _unit_suffix(self) -> str:
        return f" {self.unit}" if self.unit else ""
