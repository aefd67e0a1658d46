"""How one field of a plan is asked for, checked and explained."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from queue_fairness.errors import PlanError

PlanValue = int | float | str
"""The value of a field."""

UNIT_SUFFIXES = {
    "seconds": (("ms", 0.001), ("min", 60.0), ("s", 1.0)),
    "tasks/s": (("/s", 1.0),),
}
"""By unit: what may be written behind a number, and how many units it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanField:
    """How one field of a plan is asked for, checked and explained."""

    name: str
    """The field's name in `Plan` and in JSON."""
    flags: tuple[str, ...]
    """Its options on the command line, the longest first."""
    kind: Callable[[str], PlanValue]
    """`int`, `float` or `str`: how its text becomes a value."""
    unit: str
    """What it counts, in words; empty for names."""
    help: str
    """One sentence for `--help`, the form and the README."""
    default: PlanValue
    group: str = ""
    """The heading it stands under in `--help`, the form and the README."""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    other_form: str = ""
    """How a value besides the choices is written; empty if there is none besides them."""
    find_other: Callable[[str], object] | None = None
    """Raises LookupError if a text is not of that form, PlanError if there is nothing of it."""

    @property
    def option(self) -> str:
        """The long option, such as `--work-duration`."""
        return self.flags[0]

    @property
    def bounds(self) -> str:
        """The accepted values, in words: `1 to 1,024` or `block, shuffled, interleaved`."""
        if self.choices:
            return ", ".join((*self.choices, *filter(None, (self.other_form,))))
        return f"{self.minimum:,g} to {self.maximum:,.0f}"

    def parse(self, text: str) -> PlanValue:
        """Turn what a user typed into a value.

        Raises:
            PlanError: It is no such value, or out of bounds.
        """
        text = text.strip()
        try:
            value = self._read(text)
        except ValueError:
            noun = "a whole number" if self.kind is int else "a number"
            raise PlanError(self.name, self._refusal(text, f"is not {noun}")) from None
        self.check(value)
        return value

    def _read(self, text: str) -> PlanValue:
        """A text as a value; a number may have its unit behind it, as `60s` or `300/s`."""
        for suffix, units in UNIT_SUFFIXES.get(self.unit, ()):
            if text.endswith(suffix):
                return float(text.removesuffix(suffix)) * units
        return self.kind(text)

    def check(self, value: PlanValue) -> None:
        """Raise PlanError if a value of the right type is out of bounds."""
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
