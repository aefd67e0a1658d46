"""Takes the picture of `attach`: a real RQ with real workers, and one tenant starved by hand.

    uv run python screenshots/take_attach.py

RQ is installed into an environment of its own. The rest is as in take.py.
"""

import asyncio
import sys
from pathlib import Path

from take import SIZE, save

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from attach.live import server
from attach.starved import starved_tenant

from queue_fairness import event_loop
from queue_fairness.attach.session import attached
from queue_fairness.cli.attach_options import AttachOptions
from queue_fairness.cli.options import parse_any
from queue_fairness.cli.signals import SignalHandler
from queue_fairness_tui.attach_app import AttachApp

WATCHED_S = 40.0


async def screen(url: str) -> str:
    """The screen after a while, as SVG."""
    options = parse_any(["attach", "--redis-url", url, "--starved-after", "20s"], {})
    assert isinstance(options, AttachOptions)
    async with attached(options.url, options.plan) as attachment:
        app = AttachApp(attachment, options, SignalHandler())
        async with app.run_test(size=SIZE) as pilot:
            await asyncio.sleep(WATCHED_S)
            await pilot.pause()
            return app.export_screenshot(title="queue-fairness-tui")


if __name__ == "__main__":
    with server() as address, starved_tenant(address):
        picture = event_loop.run(screen(address))
    save(picture, "attach")
