"""Bars and shades out of block characters, eighth by eighth."""

from collections.abc import Sequence

EIGHTHS = " ▏▎▍▌▋▊▉█"
HEIGHTS = " ▁▂▃▄▅▆▇█"
SHADES = "·░▒▓█"


def bar(share: float, width: int) -> str:
    """A horizontal bar of `share` (0 to 1, clamped) of the width, padded with spaces to it."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(width)


def gauge(share: float, width: int) -> str:
    """A bar whose empty part is shaded, so that its whole length shows."""
    return bar(share, width).replace(" ", "░")


def columns(heights: Sequence[int], top: int, rows: int) -> list[str]:
    """Bars of one cell's width side by side, from the top row down; anything above zero shows.

    Args:
        heights: Of each bar.
        top: The height that fills all rows.
        rows: How many there are.
    """
    eighths = [max(each > 0, round(each / top * rows * 8)) for each in heights]
    return [
        "".join(HEIGHTS[max(0, min(8, each - 8 * level))] for each in eighths)
        for level in reversed(range(rows))
    ]


def height(share: float) -> str:
    """One cell filled from below to `share` (0 to 1); anything above 0 shows."""
    return HEIGHTS[0 if share <= 0 else max(1, min(8, round(share * 8)))]


def shade(share: float) -> str:
    """One cell shaded by `share`: a dot for nothing, solid only for all."""
    if share <= 0:
        return SHADES[0]
    if share >= 1:
        return SHADES[4]
    return SHADES[1 + min(2, int(share * 3))]
