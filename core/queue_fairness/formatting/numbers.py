"""Numbers as words: seconds, counts and shares, rounded to what a reader can use."""

import math
from collections.abc import Sequence

UNKNOWN = "–"
TICKS = {True: "✓", False: "✗", None: UNKNOWN}
"""Whether something holds; a dash where that cannot be said."""


def seconds(value: float | None) -> str:
    """A duration with three significant digits and its unit: `25 ms`, `1.56 s`, `3 min 20 s`."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0 s"
    for scale, unit in ((1e6, "µs"), (1e3, "ms")):
        if rounded(value * scale) < 1000:
            return f"{digits(value * scale)} {unit}"
    if rounded(value) < 120:
        return f"{digits(value)} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 120:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60:,} h {minutes % 60} min"


def brief_seconds(value: float | None) -> str:
    """A duration in a sentence, in ms or s, no zeros at its end: `12.3 ms`, `2 s`, `1,234 s`."""
    if value is None:
        return UNKNOWN
    if abs(value) < 5e-7:
        return "0 ms"
    if rounded(value * 1e3) < 1000:
        return f"{brief(value * 1e3)} ms"
    return f"{brief(value)} s"


def setting(value_s: float) -> str:
    """A duration that was asked for, exactly: `25 ms`, `0.5 ms`, `2 s`."""
    return f"{exact(value_s * 1e3)} ms" if 0 < value_s < 1 else f"{exact(value_s)} s"


def rounded(value: float, significant: int = 3) -> float:
    """The size of a number, rounded to so many significant digits: what decides its unit."""
    return abs(float(f"{value:.{significant}g}"))


def digits(value: float | None, significant: int = 3) -> str:
    """A number with so many significant digits and no exponent: `9.87`, `0.051`, `15,600`.

    What has more digits before the point is shown to the unit, and what is 0 in twelve places as 0.
    """
    if value is None:
        return UNKNOWN
    if not math.isfinite(value):
        return UNKNOWN
    exponent = int(f"{value:.{significant - 1}e}".partition("e")[2])
    if exponent < -12 or value == 0:
        return "0"
    return f"{value:,.{max(0, significant - 1 - exponent)}f}"


def brief(value: float, significant: int = 3) -> str:
    """The same without zeros at its end: `2`, `0.5`, `1,234`."""
    text = digits(value, significant)
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact(value: float) -> str:
    """A number that was asked for, with all of its digits, fifteen at most: `0.1`, `86400`."""
    text = f"{value:.15g}"
    if "e" not in text:
        return text
    places = max(0, 14 - int(text.partition("e")[2]))
    text = f"{float(text):.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(value: int | None) -> str:
    """A whole number with its thousands apart: `10,000`."""
    return UNKNOWN if value is None else f"{value:,}"


def percent(value: float | None, places: int = 0) -> str:
    """A share (0 to 1) as `58 %`."""
    return UNKNOWN if value is None else f"{value * 100:.{places}f} %"


def rate(value: float | None) -> str:
    """A rate: `319 tasks/s`."""
    return UNKNOWN if value is None else f"{digits(value)} tasks/s"


def of(number: int, whole: int | None) -> str:
    """`3 of 10`, or `3` where the whole is not known."""
    return f"{number:,}" if whole is None else f"{number:,} of {whole:,}"


def plural(number: int, noun: str) -> str:
    """`1 task`, `2 tasks`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(names: Sequence[str], most: int = 3) -> str:
    """Names in words: `a`, `a and b`, `a, b, c and 4 more`; at least one name."""
    shown = list(names[:most])
    if len(names) > most:
        shown.append(f"{len(names) - most:,} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


ASCII = str.maketrans(
    {"✓": "+", "✗": "x", "×": "x", "·": "-", "–": "-", "µ": "u", "…": "...", "≤": "<=", "≥": ">="}
)


def in_encoding(text: str, encoding: str) -> str:
    """The text as an output of that encoding can hold it; in ASCII where it cannot."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(ASCII).encode("ascii", "replace").decode("ascii")
    return text
