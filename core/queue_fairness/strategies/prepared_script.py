"""Repeated calls of one script, whose constant arguments are packed only once.

redis-py packs every argument of every call, and `Redis.execute_command` wraps each in a lock, a
retry and a measurement: a third of what a claim takes (`tests/bench/claim.py`). This one hands its
bytes to the same connection, by its public methods.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.commands.core import AsyncScript


class Request:
    """Calls of one script over one connection.

    The client must have a connection of its own (`single_connection_client`), and nobody else may
    use it during a call: the client's own lock is passed by.

    Args:
        client: Whose connection it is.
        script: What to call.
        keys: Its keys, the same in every call.
        constants: What its arguments begin with, in every call.
        variables: How many arguments follow, different in every call.
    """

    def __init__(
        self,
        client: "Redis",
        script: "AsyncScript",
        keys: Sequence[str],
        constants: Sequence[str | bytes],
        variables: int,
    ) -> None:
        # Here, because `--help` shows strategies without waiting for redis-py.
        from redis.exceptions import NoScriptError

        self._unknown_script = NoScriptError
        self._client = client
        self._script = script
        arguments = ["EVALSHA", script.sha, str(len(keys)), *keys, *constants]
        self._beginning = b"*%d\r\n%b" % (
            len(arguments) + variables,
            b"".join(map(packed, arguments)),
        )

    # Any: what a script returns.
    async def call(self, end: bytes) -> Any:  # noqa: ANN401
        """Call the script.

        Args:
            end: The variable arguments, each `packed`.

        Raises:
            RedisError: As any command. After one the connection is closed, or in order.
        """
        connection = self._client.connection or await _connection_of(self._client)
        command = self._beginning + end
        await connection.send_packed_command(command, check_health=False)
        try:
            return await connection.read_response()
        except self._unknown_script:
            # It did not run, so that it may be sent again.
            await self._client.script_load(self._script.script)
        await connection.send_packed_command(command, check_health=False)
        return await connection.read_response()


# Any: what a command returns.
async def ask(client: "Redis", *command: str | bytes) -> Any:  # noqa: ANN401
    """Send one command over the client's own connection, which nobody else may use meanwhile.

    May be cancelled while it waits for the reply: the connection is closed then, and opened again
    by the next command.

    Raises:
        RedisError: As any command.
    """
    connection = client.connection or await _connection_of(client)
    request = b"*%d\r\n%b" % (len(command), b"".join(map(packed, command)))
    await connection.send_packed_command(request, check_health=False)
    return await connection.read_response()


# Any: redis-py's kinds of connections have no common type.
async def _connection_of(client: "Redis") -> Any:  # noqa: ANN401
    await client.initialize()
    assert client.connection is not None, "the client has no connection of its own"
    return client.connection


def packed(argument: str | bytes) -> bytes:
    """An argument as it is sent (RESP bulk string)."""
    value = argument.encode() if isinstance(argument, str) else argument
    return b"$%d\r\n%b\r\n" % (len(value), value)
