"""Numbers and names in the sentences of a verdict: short ones, for 80 columns."""


def seconds(value: float | None) -> str:
    """`12.3 ms`, `4.21 s`; a dash where it is not known."""
    if value is None:
        return "–"
    if value < 5e-7:
        return "0 ms"
    if value < 0.9995:
        return f"{value * 1e3:.3g} ms"
    return f"{value:,.0f} s" if value >= 999.5 else f"{value:.3g} s"


def rounds(value: float) -> str:
    """`0.9`, `12.3`, `1,234`: without the unit."""
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.1f}"


def tasks(value: float) -> str:
    """`1.0 tasks`."""
    return f"{rounds(value)} tasks"


def percent(share: float, places: int = 0) -> str:
    """`12 %`; never 100 or 0 where it is not quite."""
    if 0 < share < 0.5 * 10 ** (-2 - places):
        return f"under {10**-places:g} %"
    return f"{share * 100:,.{places}f} %"


def count(number: int, noun: str) -> str:
    """`1 task`, `2 tasks`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
