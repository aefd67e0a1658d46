"""The smallest user that can read what was found, as a line of ACL."""

from queue_fairness.attach.libraries.base import ALWAYS, Adapter

USER = "qf-attach"


def acl_line(adapter: Adapter, *, before_7: bool = False) -> str:
    """The line; the password is left to whoever runs it.

    Args:
        adapter: Of the library that was found.
        before_7: Whether the server is older than Redis 7, which has no rights of reading keys
            alone and none for single subcommands of some commands.
    """
    by_payload = ("hstrlen", "lrange", "zrange") if adapter.settings.by.is_in_payload else ()
    commands = dict.fromkeys((*ALWAYS, *adapter.commands, *by_payload))
    mark = "~" if before_7 else "%R~"
    keys = " ".join(f"{mark}{_quoted(each)}" for each in adapter.key_patterns())
    granted = " ".join(f"+{each}" for each in commands)
    return f"ACL SETUSER {USER} reset on >PASSWORD resetchannels {keys} -@all {granted}"


def optional_grants(adapter: Adapter) -> str:
    """What may be granted besides, and is sent only with `--list-clients`."""
    return " ".join(f"+{each}" for each in ("client|no-touch", *adapter.optional))


def _quoted(pattern: str) -> str:
    """A pattern as it stands in a line of redis-cli."""
    plain = pattern.isascii() and pattern.isprintable() and not set(pattern) & set(" \"'\\")
    if plain:
        return pattern
    text = pattern.encode().decode("latin-1").encode("unicode_escape").decode()
    return '"' + text.replace('"', '\\"') + '"'
