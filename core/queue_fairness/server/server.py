"""Open the server under test, whichever it is, and know when it is gone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext
from urllib.parse import quote

from redis.asyncio import Redis
from redis.exceptions import RedisError

from queue_fairness.errors import ServerError
from queue_fairness.formatting.numbers import plural
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.dead_runs import find_runs, remove_run
from queue_fairness.server.errors import explain, is_broken
from queue_fairness.server.info import ServerInfo, inspect
from queue_fairness.server.key_guard import KeyGuard, guard_keys
from queue_fairness.server.launcher import LocalServer, launch, socket_parents
from queue_fairness.server.loopback import password_on, port_on
from queue_fairness.server.origin import OriginKind, ServerOrigin
from queue_fairness.server.programs import find_program
from queue_fairness.server.stale_folders import remove_stale_folders

ANSWER_TIMEOUT_S = 10.0
"""How long a server may take to connect and answer the first questions."""

SWEEP_S = 5.0
"""How long looking for what dead runs have left may delay a start."""
_DEATH_NOTICE_S = 0.5
"""A broken connection is seen a little before the supervisor's word why."""


class Server:
    """A server that answered, ready to be measured.

    Attributes:
        info: Engine, version and origin, to be shown with every result.
        endpoint: How to reach it.
        allow_eviction: Whether a run may go over its memory; of no account where it is ours.
        key_prefix: What the user wants before the names of all keys of a run.
        remark: What the user has to know about its state before the first run; None for nothing.
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
        self.remark: str | None = None
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

    @asynccontextmanager
    async def reachable(self, *, by_tcp: bool) -> AsyncIterator[Endpoint]:
        """How a run reaches it while the block lasts; connections of ours begin inside.

        Args:
            by_tcp: Whether a Unix socket will not do. A server of ours then listens on loopback,
                behind a password; where it cannot, it is the socket all the same.
        """
        usual = self.endpoint
        if not (by_tcp and self._local is not None):
            yield usual
            return
        async with self.connect("qf-port") as client:
            await client.ping()
            async with password_on(client) as password:
                self.endpoint = Endpoint(_socket_url(self._local, f":{password}@"))
                try:
                    async with port_on(client, password) as endpoint:
                        yield endpoint or self.endpoint
                finally:
                    self.endpoint = usual

    def guard_keys(
        self, prefixes: Sequence[str], mark: str = "", indexes: Sequence[str] = ()
    ) -> AbstractAsyncContextManager[KeyGuard | None]:
        """See to it that no key of a run survives; nothing to do where the server is ours."""
        if self.is_ours:
            return nullcontext()
        return guard_keys(self.endpoint, prefixes, self.key_prefix, mark, indexes)

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
    await remove_stale_folders(socket_parents())
    if choice.redis_url is not None:
        endpoint = Endpoint(choice.redis_url)
        kind = OriginKind.VARIABLE if choice.is_from_environment else OriginKind.URL
        origin = ServerOrigin(kind, endpoint.address)
        async with aclosing(endpoint.connect("qf-opening")) as client:
            info = await _meet(client, origin, endpoint.address)
            remark = await _sweep(client, choice.key_prefix)
        server = Server(
            info,
            endpoint,
            allow_eviction=choice.allow_eviction,
            key_prefix=choice.key_prefix,
        )
        server.remark = remark
        yield server
        return
    program = await find_program(choice)
    async with launch(program.path) as local:
        endpoint = Endpoint(_socket_url(local))
        async with aclosing(endpoint.connect("qf-opening")) as client:
            info = await _meet(client, program.origin, str(program.path))
        yield Server(info, endpoint, local, key_prefix=choice.key_prefix)


def _socket_url(local: LocalServer, user: str = "") -> str:
    return f"unix://{user}{quote(str(local.socket_path))}"


async def _meet(client: Redis, origin: ServerOrigin, address: str) -> ServerInfo:
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return await inspect(client, origin, address)
    except ServerError:
        raise
    except Exception as error:  # a server that is not quite Redis makes redis-py raise anything
        raise explain(error, address, is_opening=True) from error


async def _sweep(client: Redis, key_prefix: str) -> str | None:
    """Remove what runs that died have left, as far as that is quick; says what it was."""
    removed = {}
    try:
        async with asyncio.timeout(SWEEP_S):
            for run in await find_runs(client, key_prefix, with_sign=True):
                if run.why_dead is not None:
                    removed[run.run_id] = await remove_run(client, run.run_id, key_prefix)
    except (RedisError, OSError):
        # To tidy up after others is a courtesy; whatever is wrong here, the run will say it.
        return None
    if not removed:
        return None
    keys = plural(sum(removed.values()), "key")
    return f"removed {keys} of {plural(len(removed), 'run')} that had died: {', '.join(removed)}"


def _name(info: ServerInfo, endpoint: Endpoint) -> str:
    return endpoint.address if info.origin.is_running else str(info)
