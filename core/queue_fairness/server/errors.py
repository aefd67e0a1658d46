"""What went wrong with the server, in one sentence that says what to do.

redis-py wraps errors in each other, and more so over Unix sockets and TLS. `explain` walks from
the outermost to the innermost and takes the first one that a rule below knows.
"""

import errno
import re
import socket
import ssl
from collections.abc import Iterator

from redis import exceptions as redis_errors

from queue_fairness.errors import ServerError
from queue_fairness.outside import from_outside
from queue_fairness.server.outage import SilenceError

_REFUSED = f"[Errno {errno.ECONNREFUSED}]"
LONGEST_READ = 10_000
"""Characters of an error that are looked at."""
_SILENT = "does not answer in time; check host, port and firewall"
GRANT = "grant what `queue-fairness-tui acl` prints for this strategy, or use another user"
_IN_SCRIPT = ("user executing the script can't", "ACL failure in script")
"""What Redis 7.0 and what later ones and Valkey say of a command that a script may not call."""
_WANTS_CERTIFICATE = "CERTIFICATE_REQUIRED"
_OWN_CERTIFICATE = (
    "wants a certificate of yours; add ?ssl_certfile=FILE&ssl_keyfile=FILE to the URL"
)
_STRANGE = {
    "WRONGTYPE ": "a key is of another type",
    "NOGROUP ": "a stream has lost its group",
    "value is not an integer": "what should be a number is none",
    "value is not a valid float": "what should be a number is none",
    "attempt to ": "its script found what it cannot read",
}
"""What Redis says where somebody else has written to a key of the run, and what that means."""
_LOST_WORDS = ("closed by server", "reading from", "writing to", "not connected", "reset by peer")


def explain(error: BaseException, address: str, *, is_opening: bool = False) -> ServerError:
    """The error as a sentence for the user.

    Use it as `raise explain(error, address) from error`.

    Args:
        error: What redis-py, the operating system or a task group raised. A `ServerError` is
            given back as it is.
        address: How to name the server; no secrets.
        is_opening: Whether the server has not answered properly yet. Decides what a closed
            connection means.
    """
    for link in _chain(error):
        if isinstance(link, ServerError):
            return link
        if isinstance(link, SilenceError):
            return ServerError(f"{address} {_say_silence(link, address)}")
        sentence = _say(link, address, is_opening=is_opening)
        if sentence == _SILENT and address.startswith("rediss:"):
            # Plain Redis waits for the end of a line, which a TLS greeting does not have.
            sentence += "; if it speaks plain Redis, begin the URL with redis://"
        if sentence is not None:
            return ServerError(f"{address} {sentence}")
    return ServerError(f"{address} failed: {_plain(error)}")


def is_broken(error: BaseException) -> bool:
    """Whether the error may come from a server that is gone."""
    return any(
        isinstance(link, redis_errors.ConnectionError | redis_errors.TimeoutError | OSError)
        for link in _chain(error)
    )


def is_refused(error: BaseException) -> bool:
    """Whether the error comes from a server that works, but not for us and not now."""
    return any(_say_state(link, str(link)) is not None for link in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
            continue
        yield error
        error = error.__cause__ or error.__context__


def _say(error: BaseException, address: str, *, is_opening: bool) -> str | None:
    text = str(error)[:LONGEST_READ]
    return (
        _say_rights(error, text, address)
        or _say_state(error, text)
        or _say_protocol(error, text)
        or _say_network(error, text, address)
        or _say_lost(error, text, address, is_opening=is_opening)
        or _say_strange_data(error, text)
        or _say_refusal(error, text)
    )


def _say_silence(error: SilenceError, address: str) -> str:
    """For how long, and what is known of it."""
    lasted = f"has not answered for {max(1.0, error.lasted_s):.0f} s"
    for link in _chain(error.trouble):
        reason = _say_rights(link, str(link), address) or _say_state(link, str(link))
        reason = reason or _say_network(link, str(link), address)
        if reason is not None and reason != _SILENT:
            return f"{lasted} and {reason}"
    if error.trouble is not None:
        return f"{lasted}: the connection breaks; see whether the server still runs"
    return f"{lasted}; see whether it hangs, or what stands between (a firewall, a proxy)"


def _say_rights(error: BaseException, text: str, address: str) -> str | None:
    match error:
        case redis_errors.NoPermissionError():
            command = re.search(r"run the '([\w|.-]+)' command", text)
            what = f"run {command.group(1).upper()}" if command else "touch these keys"
            return f"does not let this user {what}; {GRANT}"
        case redis_errors.ResponseError() if any(word in text for word in _IN_SCRIPT):
            return f"does not let this user run or touch what the queue's script does; {GRANT}"
        case redis_errors.AuthenticationError() if "invalid" in text.lower():
            return "refuses the user name or password; correct them in --redis-url"
        case redis_errors.AuthenticationError() if "without any password" in text:
            return "has no password, but --redis-url gives one; remove it"
        case redis_errors.AuthenticationError():
            example = _with_password(address)
            return f"asks for a password; put it into the URL: {example}"
        case redis_errors.ResponseError() if text.startswith("DENIED"):
            return "is in protected mode; give it a password, or connect from its own machine"
        case redis_errors.ConnectionError() if "max number of clients" in text:
            return "has no connection left; raise its maxclients or use fewer workers"
    return None


def _with_password(address: str) -> str:
    """How a URL of the same kind gives a password."""
    scheme = address.partition(":")[0]
    if scheme == "unix":
        return "unix://:PASSWORD@/path/to/redis.sock"
    return f"{'rediss' if scheme == 'rediss' else 'redis'}://:PASSWORD@host:6379/0"


def _say_state(error: BaseException, text: str) -> str | None:
    """The server works, but not for us and not now."""
    word = text.partition(" ")[0]
    match error:
        # Before version 7 a script's error has Lua's words around it.
        case redis_errors.ResponseError() if "command not allowed when used memory" in text:
            return "is out of memory (used memory > maxmemory); raise maxmemory or use fewer tasks"
        case redis_errors.BusyLoadingError():
            return "is still loading its data; try again when it is done"
        case redis_errors.ReadOnlyError():
            return "is a read-only replica; point --redis-url to its primary"
        case redis_errors.MasterDownError():
            return "is a replica without its primary; point --redis-url to the primary"
        case (
            redis_errors.AskError()
            | redis_errors.ClusterDownError()
            | redis_errors.ClusterCrossSlotError()
            | redis_errors.TryAgainError()
        ):
            return "is a node of a cluster, and this version measures a single node"
        case redis_errors.ResponseError() if word == "MISCONF":
            return (
                "refuses writes because it cannot save to disk (MISCONF); see its log, or set"
                " stop-writes-on-bgsave-error no"
            )
        case redis_errors.ResponseError() if word == "BUSY":
            return "is busy with somebody's script; wait for it, or end it with SCRIPT KILL"
        case redis_errors.ResponseError() if word == "NOREPLICAS":
            return "refuses writes because it has too few replicas (min-replicas-to-write)"
    return None


def _say_protocol(error: BaseException, text: str) -> str | None:
    match error:
        case redis_errors.InvalidResponse() if r"\x15" in text or "\x15" in text:
            return "speaks TLS; begin the URL with rediss:// instead of redis://"
        case redis_errors.InvalidResponse():
            return "does not speak the Redis protocol; check host and port"
        case redis_errors.ResponseError() if "DB index" in text:
            return "has no database of this number; correct the number behind the slash"
        case redis_errors.ResponseError() if text.startswith("NOPROTO") or _misses(text, "HELLO"):
            return "is too old (it does not know HELLO 3); use version 6.2 or newer"
        case redis_errors.ResponseError() if _misses(text, "EVAL", "EVALSHA", "SCRIPT"):
            return "has scripts disabled, and taking a task needs them; allow EVAL and EVALSHA"
    return None


def _say_network(error: BaseException, text: str, address: str) -> str | None:
    match error:
        case ssl.SSLCertVerificationError():
            return (
                f"shows a certificate that is not trusted ({from_outside(error.verify_message)});"
                " add ?ssl_ca_certs=FILE to the URL, or correct the host name"
            )
        case ssl.SSLError() if _WANTS_CERTIFICATE in (error.reason or ""):
            return _OWN_CERTIFICATE
        case ssl.SSLError():
            return (
                "cannot be reached by TLS; if it speaks plain Redis, begin the URL with redis://"
                f" ({from_outside(error.reason or 'handshake failed')})"
            )
        case socket.gaierror():
            return "cannot be reached: its host name is not known; check the name"
        case FileNotFoundError() if address.startswith("rediss:"):
            return "cannot be reached: a certificate file of its URL is missing; correct the path"
        case FileNotFoundError():
            return "cannot be reached: there is no such socket; is the server running?"
        case PermissionError():
            return "cannot be reached: you may not open its socket"
        case ConnectionRefusedError() if address.startswith("unix:"):
            return "cannot be reached: nothing listens on its socket; start the server"
        case ConnectionRefusedError():
            return "cannot be reached: nothing listens there; start the server or check the port"
        case TimeoutError() | redis_errors.TimeoutError():
            return _SILENT
        case OSError() if error.errno in {errno.ENETUNREACH, errno.EHOSTUNREACH}:
            return "cannot be reached: there is no way to its network; check the host"
        # asyncio joins the errors of several addresses (::1 and 127.0.0.1) into one text.
        case OSError() | redis_errors.ConnectionError() if _REFUSED in text:
            return "cannot be reached: nothing listens there; start the server or check the port"
    return None


def _say_lost(error: BaseException, text: str, address: str, *, is_opening: bool) -> str | None:
    lost = isinstance(error, ConnectionError | EOFError) or (
        isinstance(error, redis_errors.ConnectionError)
        and any(word in text.lower() for word in _LOST_WORDS)
    )
    if not lost:
        return None
    if is_opening and address.startswith("rediss:"):
        return (
            "closes the connection at once; does it want a certificate of yours"
            " (?ssl_certfile=FILE&ssl_keyfile=FILE), and has it a connection left (maxclients)?"
        )
    if is_opening:
        return (
            "closes the connection at once; is it a Redis, does it want TLS (rediss://), and has it"
            " a connection left (maxclients)?"
        )
    return "was lost in mid-run: the connection broke; see whether the server still runs"


def _say_strange_data(error: BaseException, text: str) -> str | None:
    if not isinstance(error, redis_errors.ResponseError):
        return None
    for words, meaning in _STRANGE.items():
        if words in text:
            return (
                f"has data in this run's keys that is not the run's ({meaning}); run again when"
                " nobody else writes to them"
            )
    return None


def _say_refusal(error: BaseException, text: str) -> str | None:
    if isinstance(error, redis_errors.ResponseError):
        return f"refuses a command: {_without_arguments(text)}"
    return None


def _misses(text: str, *commands: str) -> bool:
    found = re.match(r"unknown command [`']?(\w+)", text, re.IGNORECASE)
    return found is not None and found.group(1).upper() in commands


def _without_arguments(text: str) -> str:
    # Old servers repeat what they did not understand, and a password may be among it.
    first_line = next(iter(text.splitlines()), "")
    return from_outside(first_line.partition(", with args")[0]) or "without a reason"


def _plain(error: BaseException) -> str:
    return f"{type(error).__name__}: {_without_arguments(from_outside(error))}"
