"""Which set-ups of public libraries are run, and whether they can be."""

import asyncio

import pytest

from queue_fairness.errors import QueueError
from queue_fairness.libraries.catalogue import SETUPS
from queue_fairness.libraries.environments import make

USUAL = ("rq:round_robin", "bullmq:priority")
"""Those of every run of the tests: one of Python, one of Node; the rest by `--thorough`."""

_made: dict[str, str] = {}
"""By library: why it cannot be had here; empty if it can."""


def need(name: str) -> None:
    """Skip a test whose library cannot be had here, and say why."""
    library = SETUPS[name].library
    assert library is not None
    if library.name not in _made:
        try:
            asyncio.run(make(library.environment))
            _made[library.name] = ""
        except QueueError as error:
            _made[library.name] = str(error)
    if _made[library.name]:
        pytest.skip(_made[library.name])
