"""What a task was asked to do, as plain data, to find its tenant by; it is never shown.

Payloads are of others: JSON, pickles (read, never loaded), base64 and zlib around them, each of
them capped. What cannot be read has no tenant, and says why.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any  # data of others, of any shape

from queue_fairness.attach.pickled import Opaque, UnreadableError, read_pickle

LONGEST = 64 * 1024
"""Bytes of a payload that is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The arguments of a task."""

    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    data: Any = None
    """What Node's libraries call data, streams their fields, and agentexec its context."""
    since: float | None = None
    """When it was put in line, in s since 1970; None where the payload does not tell."""
    why_not: str = ""
    """Why it could not be read; empty if it could."""


def unread(why: str) -> Payload:
    """A payload of which only this is known."""
    return Payload(why_not=why)


def from_json(raw: object) -> Any:  # noqa: ANN401
    """The data in a JSON text; None for what is none, or is too long."""
    if not isinstance(raw, bytes | str) or len(raw) > LONGEST:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def from_pickle(raw: object) -> Any:  # noqa: ANN401
    """The plain data in a pickle; None for what cannot be read."""
    if not isinstance(raw, bytes):
        return None
    try:
        return read_pickle(raw)
    except UnreadableError:
        return None


def from_zlib(raw: object) -> bytes | None:
    """What was compressed, if it is not longer than allowed; None for anything else."""
    if not isinstance(raw, bytes) or len(raw) > LONGEST:
        return None
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(raw, LONGEST)
    except zlib.error:
        return None
    return data if unpacking.eof else None


def from_base64(raw: object) -> bytes | None:
    """What was encoded; None for what is no base64, or is too long."""
    if not isinstance(raw, bytes | str) or len(raw) > 2 * LONGEST:
        return None
    try:
        return base64.b64decode(raw, validate=True)
    except ValueError:
        return None


def mapping(data: object) -> Mapping[str, Any]:
    """The data if it is a mapping, with its keys as text; an empty one otherwise."""
    if not isinstance(data, Mapping):
        return {}
    return {k.decode(errors="replace") if isinstance(k, bytes) else str(k): data[k] for k in data}


def sequence(data: object) -> Sequence[Any]:
    """The data if it is a list; empty otherwise."""
    return data if isinstance(data, list | tuple) else ()


def plain(value: object) -> str | None:
    """A value as the name of a tenant: text, numbers and truth values; None for anything else."""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    if isinstance(value, Opaque):
        inner = value.arguments
        is_one = isinstance(inner, tuple) and len(inner) == 1
        return plain(inner[0]) if is_one else None
    if isinstance(value, str | int | float):
        return str(value)
    return None
