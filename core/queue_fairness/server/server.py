"""Open the server under test, whichever it is, and know when it is gone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from urllib.parse import quote

from redis.asyncio import Redis

from queue_fairness.errors import ServerError
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.errors import explain, is_broken
from queue_fairness.server.info import ServerInfo, inspect
from queue_fairness.server.key_guard import KeyGuard, guard_keys
from queue_fairness.server.launcher import LocalServer, launch
from queue_fairness.server.origin import OriginKind, ServerOrigin
from queue_fairness.server.programs import find_program

ANSWER_TIMEOUT_S = 10.0
"""How long a server may take to connect and answer the first questions."""

_DEATH_NOTICE_S = 0.5
"""A broken connection is seen a little before the supervisor's word why."""


class Server:
    """A server that answered, ready to be measured.

    Attributes:
        info: Engine, version and origin, to be shown with every result.
        endpoint: How to reach it.
        allow_eviction: Whether a run may go over its memory; of no account where it is ours.
        key_prefix: What the user wants before the names of all keys of a run.
    """

    def __init__(
        self,
        info: ServerInfo,
        endpoint: Endpoint,
        local: LocalServer | None = None,
        *,
        allow_eviction: bool = False,
        key_prefix: str = "",
    ) -> None:
        self.info = info
        self.endpoint = endpoint
        self.allow_eviction = allow_eviction
        self.key_prefix = key_prefix
        self._local = local

    @property
    def name(self) -> str:
        """How sentences name it; no secrets."""
        return _name(self.info, self.endpoint)

    @property
    def is_ours(self) -> bool:
        """Whether we started it: its data dies with us."""
        return self._local is not None

    @property
    def is_free(self) -> bool:
        """Whether its memory may be filled: it is ours, or the user says so."""
        return self.is_ours or self.allow_eviction

    @property
    def death(self) -> ServerError | None:
        """Why a server of ours is gone; None while it lives, and always for a URL."""
        if self._local is None or not self._local.death.done():
            return None
        return self._local.death.result()

    async def wait_for_death(self) -> ServerError:
        """Wait until a server of ours is gone, and say why; for a URL, wait until cancelled."""
        if self._local is None:
            await asyncio.Event().wait()
            raise AssertionError("nobody sets this event")
        return await asyncio.shield(self._local.death)

    def connect(self, name: str) -> Redis:
        """A client with one connection of its own; see `Endpoint.connect`."""
        return self.endpoint.connect(name)

    def guard_keys(self, prefixes: Sequence[str]) -> AbstractAsyncContextManager[KeyGuard | None]:
        """See to it that no key of a run survives; nothing to do where the server is ours."""
        return nullcontext() if self.is_ours else guard_keys(self.endpoint, prefixes)

    async def explain(self, error: BaseException) -> ServerError:
        """An error in mid-run as a sentence; for a dead server of ours, why it died.

        Use it as `raise await server.explain(error) from error`.
        """
        explained = explain(error, self.name)
        if self._local is not None and is_broken(error):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_DEATH_NOTICE_S):
                    return await self.wait_for_death()
        return explained


@asynccontextmanager
async def open_server(choice: ServerChoice) -> AsyncIterator[Server]:
    """The server of the user's choice while the block lasts; one of ours is stopped at its end.

    Raises:
        ServerError: If there is none, it cannot be started or reached, refuses us, or cannot be
            measured. The message is a sentence that says what to do.
    """
    if choice.redis_url is not None:
        endpoint = Endpoint(choice.redis_url)
        kind = OriginKind.VARIABLE if choice.is_from_environment else OriginKind.URL
        info = await _meet(endpoint, ServerOrigin(kind, endpoint.address), endpoint.address)
        yield Server(
            info,
            endpoint,
            allow_eviction=choice.allow_eviction,
            key_prefix=choice.key_prefix,
        )
        return
    program = await find_program(choice)
    async with launch(program.path) as local:
        endpoint = Endpoint("unix://" + quote(str(local.socket_path)))
        info = await _meet(endpoint, program.origin, str(program.path))
        yield Server(info, endpoint, local, key_prefix=choice.key_prefix)


async def _meet(endpoint: Endpoint, origin: ServerOrigin, address: str) -> ServerInfo:
    client = endpoint.connect("qf-opening")
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return await inspect(client, origin, address)
    except TimeoutError as error:
        raise explain(error, address, is_opening=True) from error
    finally:
        await client.aclose()


def _name(info: ServerInfo, endpoint: Endpoint) -> str:
    return endpoint.address if info.origin.is_running else str(info)
