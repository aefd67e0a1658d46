"""Every text can be read: contrast as WCAG 2.2 defines it, from the styles that are rendered."""

import unicodedata
from collections.abc import Iterator

import pytest
from rich.color import Color
from rich.style import Style
from textual.pilot import Pilot
from textual.theme import Theme
from tui.stage import DONE, MIDDLE, compared, see, see_next, stage

from queue_fairness_tui import theme
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.screens.comparison import ComparisonScreen
from queue_fairness_tui.screens.fault_menu import FaultMenu
from queue_fairness_tui.screens.help import HelpScreen
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.plan_form import PlanForm
from queue_fairness_tui.screens.save_menu import SaveMenu
from queue_fairness_tui.screens.summary import SummaryScreen

LEAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""
TOLD_APART = 1.5
"""Least ratio of good to bad in print, and without color."""
THEMES = [theme.DARK, theme.LIGHT]


def luminance(color: Color) -> float:
    """WCAG's relative luminance, 0 to 1."""
    parts = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (each / 255 for each in color.get_truecolor())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Color, other: Color) -> float:
    """1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _is_text(text: str) -> bool:
    """Whether it is read, rather than looked at: no bars, shades, lines or blanks."""
    return any(unicodedata.category(each)[0] in "LNPS" and ord(each) < 0x2300 for each in text)


def _colors(style: Style) -> tuple[Color, Color] | None:
    if style.color is None or style.bgcolor is None:
        return None
    ground, ink = style.bgcolor, style.color
    return (ground, ink) if style.reverse else (ink, ground)


def too_faint(app: FairnessApp) -> Iterator[str]:
    """What on the screen has too little contrast, with its ratio."""
    for strip in app.screen._compositor.render_strips():
        for text, style, _ in strip:
            if style is None or not _is_text(text):
                continue
            found = _colors(style)
            assert found is not None, f"{text!r} has no color of its own"
            ratio = contrast(*found)
            if ratio < LEAST:
                yield f"{ratio:.1f} {text.strip()!r} {style}"


async def _look(pilot: Pilot[None], seen: dict[str, list[str]], name: str) -> None:
    await pilot.pause()
    app = pilot.app
    assert isinstance(app, FairnessApp)
    seen[name] = sorted(set(too_faint(app)))


@pytest.mark.parametrize("each", THEMES, ids=["dark", "light"])
async def test_every_text_has_enough_contrast(each: Theme) -> None:
    app = stage(MIDDLE, DONE)
    seen: dict[str, list[str]] = {}
    async with app.run_test(size=(120, 40)) as pilot:
        app.theme = each.name
        await see(pilot, LiveScreen)
        await _look(pilot, seen, "live")
        for key, kind in (
            ("question_mark", HelpScreen),
            ("exclamation_mark", FaultMenu),
            ("s", SaveMenu),
            ("e", PlanForm),
        ):
            await see_next(pilot, kind, key)
            await _look(pilot, seen, kind.__name__)
            await pilot.press("escape")
            await see(pilot, LiveScreen)
        await see_next(pilot, SummaryScreen, "x")
        for section in "123456":
            await pilot.press(section)
            await _look(pilot, seen, f"summary {section}")
        app.show(ComparisonScreen(compared(repeats=3)))
        await see(pilot, ComparisonScreen)
        await _look(pilot, seen, "comparison")

    assert {name: faint for name, faint in seen.items() if faint} == {}


@pytest.mark.parametrize("each", THEMES, ids=["dark", "light"])
def test_lightness_tells_what_color_tells(each: Theme) -> None:
    def of(text: str | None) -> Color:
        assert text is not None
        return Color.parse(text)

    own = theme.own_colors(each)

    assert contrast(of(each.success), of(each.error)) >= TOLD_APART
    assert contrast(of(own["band-good"]), of(own["band-bad"])) >= TOLD_APART
