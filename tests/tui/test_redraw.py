"""What a frame of the live screen costs the terminal, and the workers, who share its event loop."""

import pytest
from script import ScriptedRun, events
from textual._compositor import Compositor, LayoutUpdate
from tui.stage import MIDDLE, PLAN, stage, text_of

from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.widgets.worker_bars import WorkerBars


async def test_a_frame_redraws_what_changed_and_not_the_whole_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = stage(MIDDLE)
    whole: list[LayoutUpdate] = []
    render_full_update = Compositor.render_full_update

    def noted(compositor: Compositor, simplify: bool = False) -> LayoutUpdate:
        whole.append(render_full_update(compositor, simplify))
        return whole[-1]

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, LiveScreen)
        run = app.screen.run
        assert isinstance(run, ScriptedRun)
        monkeypatch.setattr(Compositor, "render_full_update", noted)
        some = len(list(events(PLAN, until=MIDDLE.until)))
        first, *others = list(events(PLAN, until=MIDDLE.until + 0.1))[some:]
        # Frozen, so that no frame but those asked for comes between; the chart is drawn just now.
        await pilot.press("space")
        drawn = app.screen.chart_snapshot
        run.recorder.record(first)
        while app.screen.chart_snapshot is drawn:
            app.screen.refresh_snapshot()
        await pilot.pause()
        whole.clear()
        before = text_of(app).splitlines()
        for event in others:
            run.recorder.record(event)

        app.screen.refresh_snapshot()
        await pilot.pause()

        after = text_of(app).splitlines()
        changed = {row for row, (a, b) in enumerate(zip(before, after, strict=True)) if a != b}
        assert "6,79" in after[1]
        assert changed >= {1, 34}, "the headline and the first worker"
        assert after[3] == before[3]
        assert whole == []


async def test_a_title_is_shown_though_its_panel_is_not_redrawn() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        panel = app.screen.query_one(WorkerBars)
        # Frozen, or the next frame may put its own title back before this one is looked at.
        await pilot.press("space")

        panel.set_titles("Another title", "and what stands below")
        await pilot.pause()

        text = text_of(app)
        assert "Another title" in text
        assert "and what stands below" in text
