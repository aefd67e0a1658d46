"""The first words over a connection, also to servers and gateways that know fewer of them.

HELLO (RESP3) and CLIENT SETNAME are conveniences: an old gateway, a renamed command or a user who
may not run them is no reason to refuse a server. So where HELLO is refused the older protocol is
spoken, and where a name cannot be told the connection goes without one. Wrong passwords and the
like are refusals of another kind, and stay errors.
"""

import asyncio
from contextlib import suppress
from typing import Any  # redis-py's kinds of connections have no common type

from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import NoPermissionError, ResponseError

OLDER, NEWER = 2, 3
"""The two versions of the protocol."""
OLDER_S = 3.0
"""How long a server that has refused HELLO may take for the older words."""


class _PatientHandshake:
    """What a connection does when it has been made; mixed into each kind of redis-py's."""

    # Of redis-py's connection, beside which this stands.
    client_name: str | None
    protocol: Any

    async def on_connect_check_health(self, check_health: bool = True) -> None:
        """Say hello and choose the database as redis-py does, then tell the name if allowed."""
        name, self.client_name = self.client_name, None
        greet = super().on_connect_check_health  # type: ignore[misc]
        try:
            try:
                await greet(check_health=check_health)
            except ResponseError as error:
                if not _is_about_hello(error):
                    raise
                self.protocol = OLDER
                await self._greet_older(error)
            if name:
                await self._tell(name)
        finally:
            self.client_name = name

    async def _greet_older(self, refusal: ResponseError) -> None:
        """The same in the older protocol; who does not answer that has refused for good."""
        try:
            async with asyncio.timeout(OLDER_S):
                await super().on_connect_check_health(check_health=False)  # type: ignore[misc]
        except TimeoutError:
            raise refusal from None

    async def _tell(self, name: str) -> None:
        await self.send_command("CLIENT", "SETNAME", name, check_health=False)  # type: ignore[attr-defined]
        # Only CLIENT LIST would have shown it.
        with suppress(ResponseError):
            await self.read_response()  # type: ignore[attr-defined]


class TCPConnection(_PatientHandshake, Connection):
    """redis-py's, with the patient handshake."""


class TLSConnection(_PatientHandshake, SSLConnection):
    """redis-py's, with the patient handshake."""


class SocketConnection(_PatientHandshake, UnixDomainSocketConnection):
    """redis-py's, with the patient handshake."""


def _is_about_hello(error: ResponseError) -> bool:
    text = str(error)
    if isinstance(error, NoPermissionError):
        return "hello" in text.lower()
    unknown = text.lower().startswith("unknown command") and "hello" in text.lower()
    return unknown or text.startswith("NOPROTO")
