"""Bars and shades made of block characters, to an eighth of a cell."""

from collections.abc import Sequence

from queue_fairness.formatting.shades import SHADES, shade

__all__ = ["HEIGHTS", "SHADES", "bar", "gauge", "shade", "vertical_bars", "vertical_cell"]

WIDTHS = " ▏▎▍▌▋▊▉█"
HEIGHTS = " ▁▂▃▄▅▆▇█"


def bar(share: float, width: int) -> str:
    """A horizontal bar over `share` (0 to 1, clamped) of the width, padded with spaces."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (WIDTHS[rest] if rest else "")).ljust(width)


def gauge(share: float, width: int) -> str:
    """A horizontal bar whose empty part is shaded, so that the full length can be seen."""
    return bar(share, width).replace(" ", "░")


def vertical_bars(heights: Sequence[int], top: int, rows: int) -> list[str]:
    """Vertical bars side by side, one cell wide, as rows from the top; no positive one vanishes.

    Args:
        heights: Of the bars, each at least 0.
        top: The height that fills all rows.
        rows: Height of the chart, in cells.
    """
    eighths = [max(each > 0, round(each / top * rows * 8)) for each in heights]
    return [
        "".join(HEIGHTS[max(0, min(8, each - 8 * level))] for each in eighths)
        for level in reversed(range(rows))
    ]


def vertical_cell(share: float) -> str:
    """One cell filled from below to `share` (0 to 1); no positive share vanishes."""
    return HEIGHTS[0 if share <= 0 else max(1, min(8, round(share * 8)))]
