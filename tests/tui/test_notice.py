"""The screen says which Redis the environment has named."""

import pytest
from servers import until
from tui.stage import MIDDLE, stage, text_of

from queue_fairness.server.choice import ServerChoice


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_a_url_of_the_environment_is_named_without_its_password(
    size: tuple[int, int],
) -> None:
    app = stage(MIDDLE)
    app.session.choice = ServerChoice(
        redis_url="redis://:hunter2@db.example.com/0", is_from_environment=True
    )

    async with app.run_test(size=size, notifications=True) as pilot:
        await until(lambda: "another" in text_of(app))
        await pilot.pause()
        said = "".join(text_of(app).split())

    assert "REDIS_URL" in said
    assert "db.example.com" in said
    assert "another" in said
    assert "hunter2" not in said


async def test_a_url_of_an_option_needs_no_notice() -> None:
    app = stage(MIDDLE)
    app.session.choice = ServerChoice(redis_url="redis://db.example.com/0")

    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()

        assert "another machine" not in text_of(app)
