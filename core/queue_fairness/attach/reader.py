"""The one door to the server: it sends commands that read, and no others.

A command outside `ALLOWED` is refused here, before it is sent, whatever the user may do there. What
the server refuses is not sent again, so that the owner's ACL log does not fill.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import hiredis
from redis._parsers.hiredis import NOT_ENOUGH_DATA  # private: what the parser of a connection gives
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as LostError
from redis.exceptions import NoPermissionError, ResponseError

from queue_fairness.attach.model import Cost

PLAIN = (
    *("ping", "select", "info", "time", "dbsize", "scan", "type", "exists", "ttl", "pttl"),
    *("get", "mget", "strlen", "llen", "lindex", "lrange", "lpos"),
    *("hget", "hmget", "hlen", "hstrlen", "hscan", "scard", "sscan", "smembers", "sismember"),
    *("zcard", "zcount", "zrange", "zscore", "xlen", "xrange", "xrevrange", "xpending", "xread"),
)
WITH_SUBCOMMAND = (
    *("xinfo|groups", "xinfo|consumers", "xinfo|stream", "object|idletime"),
    *("client|no-touch", "client|list"),
)
ALLOWED = frozenset((*PLAIN, *WITH_SUBCOMMAND))
"""Every command that may be sent, as ACL names it."""
_FAMILIES = frozenset(each.partition("|")[0].upper() for each in WITH_SUBCOMMAND)
_SENT = frozenset(each.upper().replace("|", " ") for each in ALLOWED)
CHUNK = 500
"""Commands in one round trip: half a millisecond of the server's time."""
ANSWER_S = 10.0
"""How long the server may take to answer a round trip."""
USUAL_US = 1.0
"""What a command costs where the server does not tell: 0.7 to 1.3 µs were measured."""
USUAL_SCAN_US = 300.0
"""The same for a slice of a thousand keys."""
READ_SIZE = 1 << 18
NO_TOUCH = ("CLIENT", "NO-TOUCH", "ON")

Command = tuple[str | bytes | int, ...]
# Its own type says that a command has one word.
_packed: Callable[[Command], bytes] = hiredis.pack_command  # type: ignore[assignment]
# Any: an answer is whatever the server sends, and each place that asks knows the shape.
Answer = Any


class NotAReadingCommandError(Exception):
    """A command that might change something was about to be sent: a fault of this program."""


class Refusal(NamedTuple):
    """What the server does not let this user do."""

    command: str
    """As ACL names it."""
    is_key: bool
    """Whether the key is forbidden and not the command."""


class Reader:
    """Asks a server, in pipelines, and counts what that costs.

    Args:
        client: With a connection of its own, which is opened by the first question.
        keeps_idle_times: Whether to ask the server, at each connection, not to count our reading
            as use of a key (CLIENT NO-TOUCH, where it knows that).

    Attributes:
        calls: How often each command was sent.
        trips: Round trips so far.
        refused: What the server has refused, in the order in which it was found.
    """

    def __init__(self, client: Redis, *, keeps_idle_times: bool = False) -> None:
        self._client = client
        self._keeps_idle_times = keeps_idle_times
        self.calls: Counter[str] = Counter()
        self.trips = 0
        self.refused: dict[Refusal, ResponseError] = {}
        self._forbidden_keys: dict[object, ResponseError] = {}
        self._mean_us: dict[str, float] = {"SCAN": USUAL_SCAN_US}
        self._spent_us = 0.0
        self._greeted: object = None
        """The stream of the connection that has been told."""

    @property
    def cost(self) -> Cost:
        """What was spent so far."""
        return Cost(self.trips, sum(self.calls.values()), self.spent_us() / 1000)

    def spent_us(self) -> float:
        """The server's time so far, in µs: each call at the mean that was known at its time."""
        return self._spent_us

    def learn_costs(self, info: dict[str, str]) -> None:
        """Take the server's own mean times from the fields of INFO commandstats."""
        for name, value in info.items():
            if name.startswith("cmdstat_") and "usec_per_call=" in value:
                word = name.removeprefix("cmdstat_").upper().replace("|", " ")
                text = value.partition("usec_per_call=")[2].partition(",")[0]
                try:
                    self._mean_us[word] = float(text)
                except ValueError:
                    continue

    async def ask(self, commands: Sequence[Command]) -> list[Answer]:
        """The answers, in order; one that the server refuses is its ResponseError.

        Raises:
            NotAReadingCommandError: One of them is not allowed; none was sent.
            redis.exceptions.ConnectionError: The connection broke.
            TimeoutError: No answer came in time.
        """
        names = [_name(each) for each in commands]
        for name in names:
            if name not in _SENT:
                raise NotAReadingCommandError(name)
        answers: list[Answer] = []
        for start in range(0, len(commands), CHUNK):
            part = commands[start : start + CHUNK]
            answers += await self._trip(part, names[start : start + CHUNK])
        return answers

    async def one(self, *command: str | bytes | int) -> Answer:
        """The answer to one command."""
        return (await self.ask([command]))[0]

    async def close(self) -> None:
        """Let the connection go; the next question opens another."""
        connection = self._client.connection
        if connection is not None:
            await connection.disconnect(nowait=True)

    async def _trip(self, commands: Sequence[Command], names: Sequence[str]) -> list[Answer]:
        kept = self._known_refusals(commands, names) if self.refused else {}
        sent = [each for number, each in enumerate(commands) if number not in kept]
        replies = iter(await self._exchange(sent) if sent else ())
        self.trips += bool(sent)
        self._count([names[number] for number in range(len(names)) if number not in kept])
        answers = [
            kept[number] if number in kept else next(replies) for number in range(len(commands))
        ]
        for number, answer in enumerate(answers):
            if isinstance(answer, NoPermissionError) and number not in kept:
                self._note(commands[number], names[number], answer)
        return answers

    def _count(self, names: Sequence[str]) -> None:
        found = Counter(names)
        self.calls.update(found)
        mean = self._mean_us
        self._spent_us += sum(mean.get(name, USUAL_US) * number for name, number in found.items())

    def _known_refusals(
        self, commands: Sequence[Command], names: Sequence[str]
    ) -> dict[int, ResponseError]:
        found = {}
        for number, (name, command) in enumerate(zip(names, commands, strict=True)):
            error = self.refused.get(Refusal(_acl(name), is_key=False))
            if error is None and self._forbidden_keys:
                error = next(
                    (self._forbidden_keys[w] for w in command[1:] if w in self._forbidden_keys),
                    None,
                )
            if error is not None:
                found[number] = error
        return found

    def _note(self, command: Command, name: str, error: ResponseError) -> None:
        is_key = "key" in str(error) and "command" not in str(error)
        self.refused.setdefault(Refusal(_acl(name), is_key), error)
        if is_key:
            self._forbidden_keys[command[2 if name in ("XINFO GROUPS",) else 1]] = error

    async def _exchange(self, commands: Sequence[Command]) -> list[Answer]:
        """Send them at once and read as many answers.

        redis-py reads one answer at a time, which for 10,000 lanes takes longer than all else; so
        its parser is asked here directly, over its own connection.
        """
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._client.initialize()
                connection = self._client.connection
                assert connection is not None, "the client has no connection of its own"
                is_new = connection._reader is not self._greeted
                if not connection.is_connected:
                    await connection.connect()  # type: ignore[no-untyped-call]  # redis-py's
                    is_new = True
                hello = [NO_TOUCH] if is_new and self._keeps_idle_times else []
                packed = b"".join(map(_packed, (*hello, *commands)))
                await connection.send_packed_command([packed], check_health=False)
                answers = await _read_answers(connection, len(hello) + len(commands))
                self._greeted = connection._reader
                # A server that does not know it, or refuses it, counts our reading as use.
                self._count(["CLIENT NO-TOUCH" for _ in hello])
                return answers[len(hello) :]
        except BaseException:
            # Answers that were not read would be taken for those of the next question.
            await self.close()
            raise


async def _read_answers(connection: Any, number: int) -> list[Answer]:  # noqa: ANN401
    parser, stream = connection._parser._reader, connection._parser._stream
    answers: list[Answer] = []
    while len(answers) < number:
        answer = parser.gets(False)
        if answer is not NOT_ENOUGH_DATA:
            answers.append(answer)
            continue
        data = await stream.read(READ_SIZE)
        if not data:
            raise LostError("Connection closed by server.")
        parser.feed(data)
    return answers


def _name(command: Command) -> str:
    first = command[0]
    return f"{first!s} {command[1]!s}" if first in _FAMILIES else str(first)


def _acl(name: str) -> str:
    return name.lower().replace(" ", "|")


def text_of(answer: Answer) -> str | None:
    """An answer as text; None for none, or for an error."""
    if isinstance(answer, bytes):
        return answer.decode(errors="backslashreplace")
    return None if answer is None or isinstance(answer, Exception) else str(answer)


def number_of(answer: Answer) -> float | None:
    """An answer as a number; None for none, for an error, and for what is no number."""
    if isinstance(answer, bool) or answer is None or isinstance(answer, Exception):
        return None
    try:
        value = float(answer)
    except (TypeError, ValueError):
        return None
    return value if value == value and abs(value) < 1e18 else None


def whole(answer: Answer) -> int:
    """An answer as a whole number; 0 for none and for an error."""
    return answer if isinstance(answer, int) else int(number_of(answer) or 0)


def items(answer: Answer) -> list[Answer]:
    """An answer as a list; empty for none, for an error, and for what is no list."""
    return list(answer) if isinstance(answer, list | tuple | set) else []


def fields(answer: Answer) -> dict[bytes, Answer]:
    """Names and values, whichever version of the protocol has brought them; empty for none."""
    if isinstance(answer, dict):
        return answer
    listed = items(answer)
    return dict(zip(listed[::2], listed[1::2], strict=False))


def scored(answer: Answer) -> Iterator[tuple[bytes, float]]:
    """Members and scores of a ZRANGE with its scores, in either version of the protocol."""
    listed = items(answer)
    if listed and isinstance(listed[0], list | tuple):
        yield from ((member, float(score)) for member, score in listed)
    else:
        yield from (
            (member, float(score)) for member, score in zip(listed[::2], listed[1::2], strict=False)
        )
