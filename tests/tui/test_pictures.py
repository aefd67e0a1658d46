"""How the screens look. A changed picture is looked at before it is taken over."""

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest
from servers import until
from textual.pilot import Pilot
from tui.stage import (
    DONE,
    ENDED,
    FAILED,
    MIDDLE,
    OWN_QUEUE_FAILED,
    PLAN,
    SERVING,
    START,
    SUSTAINED,
    compared,
    settled,
    stage,
)

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.plan import Plan
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.screens.comparison import ComparisonScreen
from queue_fairness_tui.screens.form_fields import Choice

SIZES = [
    pytest.param((80, 24), id="80x24"),
    pytest.param((120, 40), id="120x40"),
    pytest.param((200, 60), id="200x60"),
]

TURNS = dataclasses.replace(PLAN, strategy="round-robin")
Size = tuple[int, int]
Before = Callable[[Pilot[None]], Awaitable[None]]


class Compare(Protocol):
    def __call__(
        self, app: FairnessApp, *, terminal_size: Size, run_before: Before | None = None
    ) -> bool: ...


def _press(*keys: str) -> Before:
    async def press(pilot: Pilot[None]) -> None:
        for key in keys:
            await settled(pilot)
            await pilot.press(key)
        await settled(pilot)

    return press


@pytest.mark.parametrize("size", SIZES)
def test_start(snap_compare: Compare, size: Size) -> None:
    assert snap_compare(stage(START), terminal_size=size)


@pytest.mark.parametrize("plan", [PLAN, TURNS], ids=["scan", "round-robin"])
@pytest.mark.parametrize("size", SIZES)
def test_middle(snap_compare: Compare, size: Size, plan: Plan) -> None:
    assert snap_compare(stage(MIDDLE, plan=plan), terminal_size=size)


@pytest.mark.parametrize("size", SIZES)
def test_frozen(snap_compare: Compare, size: Size) -> None:
    assert snap_compare(stage(MIDDLE), terminal_size=size, run_before=_press("space"))


@pytest.mark.parametrize("plan", [PLAN, TURNS], ids=["scan", "round-robin"])
@pytest.mark.parametrize("size", SIZES)
def test_summary(snap_compare: Compare, size: Size, plan: Plan) -> None:
    assert snap_compare(stage(DONE, plan=plan), terminal_size=size)


@pytest.mark.parametrize("key", ["2", "3", "4", "5"])
def test_other_sections_of_the_summary(snap_compare: Compare, key: str) -> None:
    assert snap_compare(stage(DONE), terminal_size=(80, 24), run_before=_press(key))


def test_failed(snap_compare: Compare) -> None:
    assert snap_compare(stage(FAILED), terminal_size=(80, 24))


@pytest.mark.parametrize("scene", [MIDDLE, DONE], ids=["middle", "summary"])
@pytest.mark.parametrize(
    "size",
    [
        pytest.param((40, 10), id="40x10"),
        pytest.param((60, 30), id="60x30"),
        pytest.param((80, 15), id="80x15"),
    ],
)
def test_small_terminals(snap_compare: Compare, size: Size, scene: object) -> None:
    app = stage(MIDDLE if scene is MIDDLE else DONE)

    assert snap_compare(app, terminal_size=size)


def test_sixty_four_workers(snap_compare: Compare) -> None:
    plan = dataclasses.replace(PLAN, workers=64)

    assert snap_compare(stage(MIDDLE, plan=plan), terminal_size=(80, 24))


def test_form(snap_compare: Compare) -> None:
    assert snap_compare(stage(DONE), terminal_size=(80, 24), run_before=_press("e"))


def test_form_says_what_is_wrong(snap_compare: Compare) -> None:
    before = _press("e", "end", "backspace", "backspace", "backspace", "backspace", "x")

    assert snap_compare(stage(DONE), terminal_size=(80, 24), run_before=before)


def test_help(snap_compare: Compare) -> None:
    assert snap_compare(stage(MIDDLE), terminal_size=(80, 24), run_before=_press("question_mark"))


@pytest.mark.parametrize("scene", [MIDDLE, DONE], ids=["middle", "summary"])
def test_without_color(
    snap_compare: Compare, monkeypatch: pytest.MonkeyPatch, scene: object
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = stage(MIDDLE if scene is MIDDLE else DONE)

    assert snap_compare(app, terminal_size=(80, 24))


@pytest.mark.parametrize("size", SIZES)
def test_comparison(snap_compare: Compare, size: Size) -> None:
    async def compare(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, FairnessApp)
        asked = Comparison(plan=PLAN, strategies=("scan", "round-robin"), repeats=1)
        app.begin_series(asked)
        await until(lambda: isinstance(app.screen, ComparisonScreen))
        await settled(pilot)

    assert snap_compare(stage(DONE), terminal_size=size, run_before=compare)


def _comparing(repeats: int, *keys: str) -> Before:
    async def show(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, FairnessApp)
        await settled(pilot)
        app.show(ComparisonScreen(compared(repeats=repeats)))
        await settled(pilot)
        await pilot.press(*keys)
        await settled(pilot)

    return show


@pytest.mark.parametrize("size", [*SIZES, pytest.param((40, 10), id="40x10")])
def test_repeated_comparison(snap_compare: Compare, size: Size) -> None:
    assert snap_compare(stage(DONE), terminal_size=size, run_before=_comparing(3))


@pytest.mark.parametrize("key", ["right", "s", "p", "question_mark"])
def test_keys_of_the_comparison(snap_compare: Compare, key: str) -> None:
    assert snap_compare(stage(DONE), terminal_size=(80, 24), run_before=_comparing(3, key))


def test_comparison_without_color(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    assert snap_compare(stage(DONE), terminal_size=(120, 40), run_before=_comparing(3))


@pytest.mark.parametrize("size", SIZES[:2])
def test_failed_queue_of_ones_own(snap_compare: Compare, size: Size) -> None:
    assert snap_compare(stage(OWN_QUEUE_FAILED), terminal_size=size)


@pytest.mark.parametrize("size", [*SIZES, pytest.param((60, 30), id="60x30")])
def test_sustained_load(snap_compare: Compare, size: Size) -> None:
    assert snap_compare(stage(SERVING, plan=SUSTAINED), terminal_size=size)


def test_sustained_load_without_color(
    snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    assert snap_compare(stage(SERVING, plan=SUSTAINED), terminal_size=(80, 24))


@pytest.mark.parametrize("keys", [(), ("pagedown", "pagedown")], ids=["top", "faults"])
@pytest.mark.parametrize("size", SIZES[:2])
def test_summary_of_sustained_load(
    snap_compare: Compare, size: Size, keys: tuple[str, ...]
) -> None:
    app = stage(ENDED, plan=SUSTAINED)

    assert snap_compare(app, terminal_size=size, run_before=_press(*keys))


@pytest.mark.parametrize("size", SIZES[:2])
def test_fault_menu(snap_compare: Compare, size: Size) -> None:
    app = stage(SERVING, plan=SUSTAINED)

    assert snap_compare(app, terminal_size=size, run_before=_press("exclamation_mark", "down"))


def test_form_with_a_scenario(snap_compare: Compare) -> None:
    async def choose(pilot: Pilot[None]) -> None:
        await _press("e")(pilot)
        pilot.app.screen.query_one("#scenario", Choice).value = "overload"
        await settled(pilot)

    assert snap_compare(stage(DONE), terminal_size=(80, 24), run_before=choose)
