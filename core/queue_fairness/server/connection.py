"""Connections to the server under test: one per client, and nothing repeated in silence.

A script that takes a task must run once or fail visibly. What redis-py 8.1 (asyncio) does on its
own, by function, and what is done about it here:

- `Redis.execute_command`, `Pipeline.execute`, `PubSub._execute` and `AbstractConnection.connect`,
  `.connect_check_health`, `.check_health` all repeat through one object,
  `AbstractConnection.retry`. Its default (10 times) is set in `Redis.__init__` only; with
  `Retry(NoBackoff(), 0)`, `Retry.call_with_retry` raises the first error.
- `retry_on_timeout` and `retry_on_error` (`AbstractConnection.__init__`) only widen which errors
  that object repeats: with 0 repeats they change nothing. They are not set.
- `AbstractConnection.send_packed_command` opens a lost connection again for the *next* command.
  The command that was under way has raised by then, and is not sent again.
- `ConnectionPool.ensure_connection` reconnects once when a connection is taken out of the pool
  with unread data. That is before a command is sent, and with `single_connection_client` happens
  only at the start.
- Maintenance notifications (`AsyncMaintNotificationsAbstractConnectionPool.__init__`, on by
  default with RESP3 over TCP) let a server's push message close and move a connection between two
  commands (`mark_for_reconnect`), and change its timeouts. They are switched off.
- `AsyncScript.__call__` sends EVALSHA again after NOSCRIPT: the first one did not run.
- An idle TCP connection is kept alive by probes (`get_default_socket_keepalive_options`: after
  30 s, then every 5 s, three times); how long sent bytes may stay unheard is set here.
- `ConnectionPool.from_url` lets the URL's query string win over the program's arguments, so
  `parse_url` is used alone, and the arguments here win.
- `DefaultParser` is hiredis where it is installed; it is named here so that its absence shows.
- A pipeline takes a second connection out of its client's pool (`Pipeline.execute`), also with
  `single_connection_client`; it stays open, in the same pool, until the client is closed.
- `SSLConnection.__init__` makes a `RedisSSLContext` of its own, whose `get` reads the system's and
  the URL's certificates again for each connection: 63 ms in which nothing else runs. All
  connections of an `Endpoint` share one here, which redis-py has made from the same options.
- `UnixDomainSocketConnection._connect` calls `on_connect`, which `connect_check_health` then
  calls again: the handshake is made twice, and its errors arrive wrapped in `ConnectionError`.
"""

import os
import socket
from dataclasses import dataclass, field
from typing import Any

from redis._defaults import get_default_socket_keepalive_options  # private, as the next one
from redis._parsers import _AsyncHiredisParser  # private, though it is a documented argument
from redis.asyncio import Redis
from redis.asyncio.connection import (
    ConnectionPool,
    RedisSSLContext,
    SSLConnection,
    UnixDomainSocketConnection,
    parse_url,
)
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig

from queue_fairness.server.handshake import SocketConnection, TCPConnection, TLSConnection
from queue_fairness.server.url import keep_secrets_of, mask_url

CONNECT_TIMEOUT_S = 5.0
UNHEARD_MS = 30_000
"""How long sent bytes may stay unacknowledged. The kernel's own patience is a quarter of an hour,
in which a worker would wait for a reply that a firewall has swallowed."""


class _SharedTLSConnection(TLSConnection):
    """A TLS connection that takes its certificates from where others have read them."""

    # Any: the keywords of redis-py's connection.
    def __init__(self, *, shared: list[RedisSSLContext], **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        if not shared:
            shared.append(self.ssl_context)
        self.ssl_context = shared[0]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How to reach a server.

    The certificates of a `rediss://` URL are read once, by the first connection.
    """

    url: str
    """A checked URL (see `check_url`). May hold a password: show `address` instead."""
    _tls: list[RedisSSLContext] = field(default_factory=list, init=False, repr=False, compare=False)
    """What all connections share; empty before the first."""

    def __post_init__(self) -> None:
        keep_secrets_of(self.url)

    def __repr__(self) -> str:
        return f"Endpoint({self.address})"

    @property
    def address(self) -> str:
        """The URL without its secrets."""
        return mask_url(self.url)

    def connect(self, name: str) -> Redis:
        """A client with one connection of its own, opened by its first command.

        Close it with `aclose()`, or use it in `async with`. There is no timeout on replies: put
        `asyncio.timeout` around a wait. redis-py's own loses cancellations on Python 3.11.

        Args:
            name: Shown by CLIENT LIST; no spaces.
        """
        # Any: the keywords go through the pool to one of three connection classes.
        options: dict[str, Any] = {
            **parse_url(self.url),
            "socket_timeout": None,
            "socket_connect_timeout": CONNECT_TIMEOUT_S,
            "health_check_interval": 0,
            "retry": Retry(NoBackoff(), 0),
            "parser_class": _AsyncHiredisParser,
            "decode_responses": False,
            "client_name": name,
            # No CLIENT SETINFO: two requests per connection which say nothing about the run.
            "driver_info": None,
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        }
        if "path" not in options and hasattr(socket, "TCP_USER_TIMEOUT"):
            options["socket_keepalive_options"] = {
                **get_default_socket_keepalive_options(),
                socket.TCP_USER_TIMEOUT: UNHEARD_MS,
            }
        kind = options.get("connection_class")
        if kind is SSLConnection:
            options["connection_class"] = _SharedTLSConnection
            options["shared"] = self._tls
        else:
            is_socket = kind is UnixDomainSocketConnection
            options["connection_class"] = SocketConnection if is_socket else TCPConnection
        client = Redis(connection_pool=ConnectionPool(**options), single_connection_client=True)
        # As Redis.from_url does: closing the client closes the pool made for it.
        client.auto_close_connection_pool = True
        return client


async def drop_if_closed(client: Redis) -> bool:
    """Give up a connection that the other end has closed while nothing was under way.

    Servers and balancers close what is idle (Redis's setting `timeout`). The next command then
    opens another connection; sent over the old one it would break, and nobody could tell whether
    it was carried out. Costs next to nothing where the connection is open.

    Args:
        client: One with a connection of its own, on which nobody waits for a reply.

    Returns:
        Whether it was closed.
    """
    connection = client.connection
    if connection is None or not connection.is_connected:
        return False
    reader = connection._reader
    if reader is None or not (reader.at_eof() or reader.exception()):
        return False
    await connection.disconnect(nowait=True)
    return True


async def drop_unless_open(client: Redis) -> bool:
    """The same for a request that must not be lost: the system is asked, which costs 10 µs.

    What the other end has done in the last moment has not come to the event loop yet.

    Returns:
        Whether there is no connection now.
    """
    connection = client.connection
    if connection is None or not connection.is_connected:
        return True
    if await drop_if_closed(client):
        return True
    writer = connection._writer
    if writer is None or not _has_hung_up(writer.get_extra_info("socket").fileno()):
        return False
    await connection.disconnect(nowait=True)
    return True


def _has_hung_up(file: int) -> bool:
    with socket.socket(fileno=os.dup(file)) as probe:
        try:
            return not probe.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True
