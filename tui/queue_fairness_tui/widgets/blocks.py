"""Bars and shades out of block characters, eighth by eighth."""

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
