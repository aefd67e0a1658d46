"""A server of the user's own, for tests of this folder."""

from collections.abc import Iterator

import pytest
from servers import PROGRAMS, OwnServer, own_server


@pytest.fixture(params=PROGRAMS)
def redis(request: pytest.FixtureRequest) -> Iterator[OwnServer]:
    with own_server(str(request.param)) as server:
        yield server
