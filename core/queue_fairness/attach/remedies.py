"""What the server refuses, and the grant that would show it."""

from collections.abc import Iterator

from queue_fairness.attach.libraries.base import Adapter
from queue_fairness.attach.model import Unknown
from queue_fairness.attach.reader import Reader

_SHOWS = {
    "info": "the server's own counts, and with them the coverage",
    "client|list": "whether anybody works under a lock, and who",
    "client|no-touch": "",
    "scan": "which lanes there are",
    "object|idletime": "how long tasks had waited before the attaching",
    "time": "the server's own time",
    "lpos": "how many tasks came and were taken between two looks",
    "pttl": "locks",
}
"""What each command is for; one with nothing to say is not missed."""


def refusals(reader: Reader, adapter: Adapter) -> Iterator[Unknown]:
    """One entry for each command that is refused, and one for all keys together."""
    is_key_said = False
    for command, is_key in reader.refused:
        if is_key and not is_key_said:
            is_key_said = True
            patterns = " ".join(f"%R~{each}" for each in adapter.key_patterns())
            yield Unknown("some lanes", "this user may not read their keys", f"grant {patterns}")
        what = _SHOWS.get(command, f"what {command.upper().replace('|', ' ')} tells")
        if not is_key and what:
            yield Unknown(what, "this user may not run it", f"grant +{command}")
    if not adapter.settings.may_list_clients and "client|list" in adapter.optional:
        yield Unknown(
            _SHOWS["client|list"],
            "a named user is not asked for it, lest a refusal stand in the ACL log",
            "grant +client|list +client|no-touch, and add --list-clients",
        )
