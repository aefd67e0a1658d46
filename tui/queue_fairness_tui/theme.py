"""The two themes. Blue is good, orange is bad: most color-blind readers can tell them apart.

The two differ in lightness as well, so that print and `NO_COLOR` keep the difference. Every text
has a contrast of 4.5:1 or more against what it stands on (WCAG 2.2, 1.4.3); a test computes it.
Hex colors are in this file only; other files name theme variables. The hues are those of Okabe and
Ito, "Color Universal Design" (2008).
"""

from textual.theme import Theme

OWN_DARK = {
    "muted": "#aab4bd",
    "band-bad": "#ffbe45",
    "band-bad-text": "#11161c",
    "band-good": "#0b5d94",
    "band-good-text": "#ffffff",
    "band-open": "#3a4552",
    "band-open-text": "#ffffff",
}
"""Colors that no theme of Textual has, on a dark ground: secondary text, and the verdict's band."""

OWN_LIGHT = {
    "muted": "#4d5660",
    "band-bad": "#703600",
    "band-bad-text": "#ffffff",
    "band-good": "#c6e2f6",
    "band-good-text": "#0b2f4a",
    "band-open": "#d5dbe1",
    "band-open-text": "#1c2126",
}
"""The same on a light ground."""

DARK = Theme(
    name="queue-fairness-dark",
    primary="#4799d2",
    secondary="#9fb3c4",
    accent="#ffbe45",
    success="#4799d2",
    warning="#ffbe45",
    error="#ffbe45",
    foreground="#d8dee4",
    background="#11161c",
    surface="#171d25",
    panel="#222b36",
    dark=True,
    variables={"footer-key-foreground": "#ffffff", "footer-description-foreground": "#d8dee4"},
)

LIGHT = Theme(
    name="queue-fairness-light",
    primary="#0068a3",
    secondary="#4d5a66",
    accent="#703600",
    success="#0068a3",
    warning="#703600",
    error="#703600",
    foreground="#1c2126",
    background="#fbfcfd",
    surface="#f1f4f7",
    panel="#e9edf1",
    dark=False,
    variables={"footer-key-foreground": "#000000", "footer-description-foreground": "#1c2126"},
)


def own_colors(theme: Theme) -> dict[str, str]:
    """The colors of our own beside those of a theme, whosever it is."""
    return dict(OWN_DARK if theme.dark else OWN_LIGHT)
