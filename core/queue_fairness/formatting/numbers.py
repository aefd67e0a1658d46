"""Numbers as words: seconds, counts and shares, rounded to what a reader can use."""

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
    if abs(value) < 0.0009995:
        return f"{digits(value * 1e6)} µs"
    if abs(value) < 0.9995:
        return f"{digits(value * 1e3)} ms"
    if abs(value) < 119.5:
        return f"{digits(value)} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 120:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60:,} h {minutes % 60} min"


def setting(value_s: float) -> str:
    """A duration that was asked for, exactly: `25 ms`, `0.5 ms`, `2 s`."""
    return f"{value_s * 1e3:g} ms" if 0 < value_s < 1 else f"{value_s:g} s"


def digits(value: float | None, significant: int = 3) -> str:
    """A number with so many significant digits and no exponent: `9.87`, `0.051`, `15,600`."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0"
    magnitude = 0
    scaled = abs(float(f"{value:.{significant}g}"))
    while scaled >= 10 and magnitude < significant:
        scaled /= 10
        magnitude += 1
    places = max(0, significant - 1 - magnitude)
    while scaled < 1 and places < 12:
        scaled *= 10
        places += 1
    return f"{value:,.{places}f}"


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
