"""Redis URLs: checked before anything is connected, and shown without their secrets.

redis-py reads a URL leniently: a database that is no number becomes 0, and the query string
overrides what the program asked for (a `socket_timeout` there would bring back the lost tasks
which `connection.py` guards against). So the URL is held to a narrower grammar here.
"""

import re
import stat
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from queue_fairness.errors import PlanError
from queue_fairness.outside import SECRET, harmless, keep_secret

SHAPE = "redis://[user:password@]host[:port][/db]"
LONGEST_SOCKET_PATH = 107
"""Bytes; of Linux. On macOS it is 103, and the system says so."""

_SCHEMES = ("redis", "rediss", "unix")
_SSL_WORDS = ("ssl_cert_reqs", "ssl_check_hostname", "ssl_ca_certs", "ssl_ca_path")
_SSL_WORDS_FOR_CLIENT = ("ssl_certfile", "ssl_keyfile", "ssl_password")
_SECRET_WORDS = ("password", "ssl_password")
_SHOWN = frozenset({"db", "protocol", *_SSL_WORDS})
_ACCEPTED = _SHOWN | {"username", "password", *_SSL_WORDS_FOR_CLIENT}

# A password with an unescaped "/", "?" or "#" moves into another part of the URL. So whatever does
# not match this narrow form, or holds an "@" behind the host, is not shown at all.
_OTHER_SCHEMES = {
    **dict.fromkeys(("redis+tcp", "tcp", "valkey"), "redis"),
    **dict.fromkeys(("redis+ssl", "redis+tls", "redis-tls", "valkeys", "tls"), "rediss"),
    **dict.fromkeys(("redis+unix", "redis+socket", "unix+redis", "valkey+unix", "socket"), "unix"),
}
_OTHER_OPTIONS = {"virtual_host": "db", "ssl_ca_file": "ssl_ca_certs"}
_CLUSTERS = ("redis+sentinel", "sentinel", "redis-sentinel", "redis+cluster", "redis-cluster")

_PLAIN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)?"
    r"(?:(?P<user>[^:@/?#\s]*)(?P<password>:[^@/?#\s]*)?@)?"
    r"(?P<place>(?:[\w.-]+|\[[0-9a-f:.%]+\])?(?::\d+)?(?:/[^@?#\s]*)?)"
    r"(?:\?(?P<query>[^@#\s]*))?",
    re.IGNORECASE | re.ASCII,
)


def mask_url(url: str) -> str:
    """The URL as it may be shown: user and place stay, passwords and unknown options do not.

    A URL whose parts cannot be told apart is shown as its scheme and `***`.
    """
    match = _PLAIN.fullmatch(url)
    if match is None:
        scheme = re.match(r"(redis|rediss|unix|https?)://", url, re.IGNORECASE)
        return f"{scheme.group() if scheme else ''}{SECRET}"
    masked = (match["scheme"] or "") + _mask_user(match["user"], match["password"])
    masked += match["place"]
    if match["query"] is not None:
        masked += "?" + "&".join(_mask_option(option) for option in match["query"].split("&"))
    return harmless(masked)


def keep_secrets_of(url: str) -> None:
    """Let nothing that is shown from now on hold a password of this URL, be it a URL or not."""
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        return
    lone_word = parts.username if password is None else None
    keep_secret(password or lone_word or "")
    for option in parts.query.split("&"):
        name, _, value = option.partition("=")
        if name in _SECRET_WORDS:
            keep_secret(value)


def usual_spelling(url: str) -> str:
    """The URL with other programs' usual words for the same thing written as here.

    Those of kombu, Celery, redis-py, Django, Docker and Valkey. What is not understood is left as
    it is, and refused by `check_url`.
    """
    scheme, mark, rest = url.partition("://")
    scheme = _OTHER_SCHEMES.get(scheme.lower(), scheme) if mark else scheme
    place, question, query = rest.partition("?")
    if not question or "@" in query or "#" in query:
        return f"{scheme}{mark}{rest}"
    return f"{scheme}{mark}{place}?" + "&".join(map(_usual_option, query.split("&")))


def check_url(url: str, given_by: str = "--redis-url") -> None:
    """Refuse a URL which this program cannot use as it stands.

    Args:
        url: Anything.
        given_by: The option or variable that holds it, for the sentence.

    Raises:
        PlanError: With the field `redis_url`; the message shows no password.
    """
    problem = _problem(url)
    if problem is not None:
        raise PlanError("redis_url", f"{given_by} {mask_url(url)}: {problem}")


def _mask_user(user: str | None, password: str | None) -> str:
    if user is None:
        return ""
    # A lone word before the "@" is a user name to Redis, and a forgotten colon to many people.
    return f"{SECRET}@" if password is None else f"{user}:{SECRET}@"


def _mask_option(option: str) -> str:
    name, _, value = option.partition("=")
    if name in _SHOWN:
        return f"{name}={value}"
    return f"{name}={SECRET}" if name in _ACCEPTED else SECRET


def _usual_option(option: str) -> str:
    name, equals, value = option.partition("=")
    name = _OTHER_OPTIONS.get(name, name)
    if name == "ssl_cert_reqs":
        value = value.lower().removeprefix("ssl.").removeprefix("cert_")
    return f"{name}{equals}{value}"


def _problem(url: str) -> str | None:
    if not url.strip():
        return f"it is empty; give {SHAPE}"
    if re.search(r"\s", url):
        return "it holds white space; remove it, or write it as %20"
    if "\0" in url or "%00" in url:
        return "it holds a NUL character (%00), which no host, password or path has; remove it"
    try:
        parts = urlsplit(url)
    except ValueError:
        brackets = " and [ ] inside a password as %5B %5D" if "@" in url else ""
        return f"it is not a URL; give {SHAPE}{brackets and ',' + brackets}"
    if parts.scheme in _CLUSTERS:
        return f"Sentinel and Cluster are not measured; give the server itself, as {SHAPE}"
    if parts.scheme not in _SCHEMES or not url.lower().startswith(f"{parts.scheme}://"):
        return f"it must begin with redis://, rediss:// (TLS) or unix://; give {SHAPE}"
    if parts.fragment or "#" in url or "@" in parts.path or "@" in parts.query:
        return "write the characters / ? # @ inside a password as %2F %3F %23 %40"
    return _place_problem(parts) or _query_problem(parts)


def _place_problem(parts: SplitResult) -> str | None:
    if parts.scheme == "unix":
        if parts.hostname:
            return "a socket's path begins with a slash: unix:///path/to/redis.sock"
        return _socket_problem(unquote(parts.path))
    problem = _host_problem(parts.hostname or "")
    if problem is not None:
        return problem
    try:
        port = parts.port
    except ValueError:
        return "the port must be a number from 1 to 65535"
    if port == 0:
        return "the port must be a number from 1 to 65535"
    if parts.path not in {"", "/"} and not _is_index(parts.path[1:]):
        return "the database behind the slash must be a whole number, as in /0"
    return None


def _socket_problem(path: str) -> str | None:
    if not path.strip("/"):
        return "name the socket: unix:///path/to/redis.sock"
    if len(path.encode()) > LONGEST_SOCKET_PATH:
        return f"the path of a socket has at most {LONGEST_SOCKET_PATH} bytes; use a shorter one"
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return None  # what is not there now may be there later
    if stat.S_ISDIR(mode):
        return "it names a folder; name the socket in it: unix:///path/to/redis.sock"
    return None if stat.S_ISSOCK(mode) else "it names a file that is no socket; name the socket"


def _host_problem(host: str) -> str | None:
    """What is wrong with the form of a host name, as DNS has it (RFC 1035: 63 and 253 bytes)."""
    if not host or ":" in host:
        return None
    try:
        encoded = host.rstrip(".").encode("idna")
    except UnicodeError:
        return "its host is no host name: each part between dots has 1 to 63 characters"
    return None if len(encoded) <= 253 else "its host is longer than the 253 characters of a name"


def _query_problem(parts: SplitResult) -> str | None:
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in _ACCEPTED:
            return f"remove the option {_short(name)}: this program sets such things itself"
        if name.startswith("ssl_") and parts.scheme != "rediss":
            return f"the option {name} needs TLS: begin with rediss://"
        if name == "db" and not _is_index(value):
            return "the option db must be a whole number, as in db=0"
        if name == "protocol" and value not in {"2", "3"}:
            return "the option protocol must be 2 or 3"
        if name == "ssl_cert_reqs" and value not in {"none", "optional", "required"}:
            return "the option ssl_cert_reqs must be none, optional or required"
    return None


def _is_index(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,9}", text) is not None


def _short(name: str) -> str:
    # Part of a password may have slipped into the place of a name: only a plain word is shown.
    return name if re.fullmatch(r"[a-z]+(_[a-z]+)*", name) and "_" in name else f"{SECRET} from it"
