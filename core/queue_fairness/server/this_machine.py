"""Whether an address is this machine's own: found out without sending anything to it."""

import ipaddress
import socket
import threading
from urllib.parse import urlsplit

LOOKUP_S = 2.0
"""How long a host's name may take to be looked up; one that takes longer is elsewhere."""


def is_this_machine(url: str) -> bool:
    """Whether a Redis URL leads to this machine; of a name whose address is unknown, False.

    Args:
        url: One that `url.check_url` accepts.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme == "unix" or not host or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return _is_own(str(ipaddress.ip_address(host)))
    except ValueError:
        found = _addresses(host)
    return bool(found) and all(map(_is_own, found))


def _addresses(host: str) -> set[str]:
    """What a name stands for; empty where nobody knows, or not in time."""
    found: set[str] = set()

    def look_up() -> None:
        try:
            found.update(str(each[4][0]) for each in socket.getaddrinfo(host, None))
        except (OSError, UnicodeError):
            return  # whoever connects to it will say so

    # The system's resolver cannot be interrupted, and may take much longer.
    thread = threading.Thread(target=look_up, name="name of a host", daemon=True)
    thread.start()
    thread.join(LOOKUP_S)
    return set() if thread.is_alive() else found


def _is_own(address: str) -> bool:
    """Whether what is sent to an address would leave from the same address."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if parsed.is_loopback or parsed.is_unspecified:
        return True
    family = socket.AF_INET6 if parsed.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))  # of datagrams: it only chooses a route
            return str(probe.getsockname()[0]).partition("%")[0] == str(parsed)
    except OSError:
        return False
