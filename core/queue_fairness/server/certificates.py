"""The files that a `rediss://` URL names, tried before anything is connected.

redis-py reads them while it connects, where a missing file looks like a missing server.
"""

import ssl
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from queue_fairness.errors import PlanError

_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")


def check_files(url: str, given_by: str = "--redis-url") -> None:
    """Refuse a URL whose certificates or key cannot be used; reads the files.

    Args:
        url: One that `check_url` lets pass.
        given_by: The option or variable that holds it, for the sentence.

    Raises:
        PlanError: With the field `redis_url`; names the file, and shows no secret.
    """
    options = dict(parse_qsl(urlsplit(url).query))
    problem = _problem(options)
    if problem is not None:
        raise PlanError("redis_url", f"{given_by}: {problem}")


def _problem(options: dict[str, str]) -> str | None:
    for name in _FILES:
        problem = _unreadable(name, options[name]) if name in options else None
        if problem is not None:
            return problem
    if "ssl_ca_path" in options and not Path(options["ssl_ca_path"]).is_dir():
        return f"ssl_ca_path={options['ssl_ca_path']} is no folder; name the one of certificates"
    if "ssl_keyfile" in options and "ssl_certfile" not in options:
        return "ssl_keyfile needs the certificate to which the key belongs: add ssl_certfile=FILE"
    return _unusable_authority(options) or _unusable_pair(options)


def _unreadable(name: str, path: str) -> str | None:
    try:
        with Path(path).open("rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return f"{name}={path} cannot be read ({why}); correct the path"
    return None


def _unusable_authority(options: dict[str, str]) -> str | None:
    path = options.get("ssl_ca_certs")
    if path is None:
        return None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except (ssl.SSLError, OSError):
        return f"ssl_ca_certs={path} holds no certificate (PEM); name the authority's"
    return None


def _unusable_pair(options: dict[str, str]) -> str | None:
    certificate, key = options.get("ssl_certfile"), options.get("ssl_keyfile")
    if certificate is None:
        return None
    password = options.get("ssl_password", "")
    shown = f"ssl_certfile={certificate}" + (f" with ssl_keyfile={key}" if key else "")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        # Without a password given here, OpenSSL would ask for one on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: password)
    except ssl.SSLError as error:
        why = _why(error, holder=key or certificate, has_key=key is not None)
        return f"{shown} cannot be used: {why}"
    except (OSError, ValueError) as error:
        return f"{shown} cannot be used ({error}); give ssl_password where the key has one"
    return None


def _why(error: ssl.SSLError, *, holder: str, has_key: bool) -> str:
    if "MISMATCH" in (error.reason or ""):
        return "the key belongs to another certificate"
    # OpenSSL's reasons differ by version where a password is wrong or missing.
    if b"ENCRYPTED" in Path(holder).read_bytes():
        return "the key is encrypted, and ssl_password does not open it"
    missing = "" if has_key else ", or its key: add ssl_keyfile=FILE"
    return f"it is no certificate with its key (PEM){missing}"
