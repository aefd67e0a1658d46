"""The two themes. Blue is good, orange is bad: most color-blind readers can tell them apart.

Hex colors are in this file only; other files name theme variables. The pairs are
from Okabe and Ito, "Color Universal Design" (2008).
"""

from textual.theme import Theme

DARK = Theme(
    name="queue-fairness-dark",
    primary="#56b4e9",
    secondary="#0072b2",
    accent="#e69f00",
    success="#56b4e9",
    warning="#e69f00",
    error="#e69f00",
    foreground="#d8dee4",
    background="#11161c",
    surface="#171d25",
    panel="#222b36",
    dark=True,
)

LIGHT = Theme(
    name="queue-fairness-light",
    primary="#0072b2",
    secondary="#56b4e9",
    accent="#b35c00",
    success="#0072b2",
    warning="#b35c00",
    error="#b35c00",
    foreground="#1c2126",
    background="#fbfcfd",
    surface="#f1f4f7",
    panel="#e2e7ec",
    dark=False,
)
