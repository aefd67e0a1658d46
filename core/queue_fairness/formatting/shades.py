"""One cell shaded by a share."""

SHADES = "·░▒▓█"


def shade(share: float) -> str:
    """One cell shaded by `share` (0 to 1): a dot for 0, solid only for 1."""
    if share <= 0:
        return SHADES[0]
    if share >= 1:
        return SHADES[4]
    return SHADES[1 + min(2, int(share * 3))]
