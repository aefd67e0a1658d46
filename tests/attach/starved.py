"""A queue under load of a real library, with one tenant starved by hand."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from attach.environments import python_of
from attach.live import WORKERS

WORKING = 2


@contextmanager
def starved_tenant(url: str) -> Iterator[None]:
    """RQ with two workers that never look into p17's queue, while the block lasts."""
    command = [str(python_of("rq")), str(WORKERS / "rq_load.py")]
    environment = {**os.environ, "PYTHONPATH": str(WORKERS)}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*command, "fill", url], env=environment, check=True, cwd=folder)
        running = [
            subprocess.Popen(
                [*command, action, url],
                env=environment,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for action in ("feed", *["work"] * WORKING)
        ]
        try:
            yield
        finally:
            for each in running:
                each.kill()
                each.wait()
