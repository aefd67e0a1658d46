r"""The gate for text from outside: servers, files, queues and tasks of a user's own, options.

```
a reply, a log, an exception, a file's words ──► from_outside ──► an error, a snapshot ──► a face
                                                 secrets masked,
                                                 what steers a terminal shown as \x1b,
                                                 cut to a length
```

Whoever makes an error, a snapshot or a sentence out of such text takes it through here, so that no
face has to know where a text is from. What a terminal obeys, what turns the order of letters round
and what cannot be seen is shown as its escape (Unicode TR 36 and TR 39: control and format
characters, default ignorables, lone surrogates).
"""

import html
import json
import re
import unicodedata
from urllib.parse import quote, quote_plus, unquote

SECRET = "***"
"""What stands in place of a password."""
LONGEST = 200
"""Most characters of one text from outside within a sentence."""
LONGEST_SENTENCE = 2_000
"""Most characters of a whole error; a list of all options is the longest of ours."""
LONGEST_DETAILS = 20_000
"""Most characters of what is shown below an error, such as a traceback."""
_LONGEST_READ = 100_000
"""Most characters that are looked at to make one sentence."""
SHORTEST_INSIDE_WORDS = 4
"""A secret of fewer characters is masked only where it stands alone: else no word were left."""

_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""What is printable by its category, and yet cannot be seen."""
_URL_PASSWORD = re.compile(r"(://[^\s:/@?#\"']*):[^\s\"'<>]*@")

_secrets: dict[str, re.Pattern[str]] = {}
"""Every way in which a secret of this process may be written, and what finds it."""


def keep_secret(secret: str) -> None:
    """Never show this text, however it is written; nothing to do for an empty one.

    Args:
        secret: As it stands in a URL or as it is meant: both are masked from now on.
    """
    for plain in {secret, unquote(secret)} - {""}:
        for form in _forms(plain):
            inside = re.escape(form)
            if len(form) < SHORTEST_INSIDE_WORDS:
                inside = rf"(?<!\w){inside}(?!\w)"
            _secrets[form] = re.compile(inside)


def masked(text: str) -> str:
    """The text without any secret that is known, or that stands in a URL.

    Servers cut what they repeat, so the beginning of a secret at the end of the text goes as well.
    """
    for form in sorted(_secrets, key=len, reverse=True):
        text = _secrets[form].sub(SECRET, text)
        for length in range(len(form) - 1, SHORTEST_INSIDE_WORDS - 1, -1):
            if text.rstrip("'\"`.…").endswith(form[:length]):
                text = text[: text.rindex(form[:length])] + SECRET
                break
    return _URL_PASSWORD.sub(rf"\1:{SECRET}@", text)


def harmless(text: str, longest: int = LONGEST_SENTENCE) -> str:
    """The text in one line in which nothing steers a terminal, at most so many characters long."""
    shown = _escaped(text[: longest + 1], kept="")
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def harmless_lines(text: str) -> str:
    """The same for several lines, of any length; line feeds and tabs stay."""
    return _escaped(text, kept="\n\t")


def from_outside(text: object, longest: int = LONGEST) -> str:
    """A text, or anything that has one, for a sentence: in one line, without secrets, cut.

    An object whose text cannot be had is shown by its type.
    """
    return harmless(" ".join(masked(_text(text)[:_LONGEST_READ]).split()), longest)


def details_from_outside(text: str) -> str:
    """Several lines, such as a traceback: without secrets; of a very long one both ends."""
    half = LONGEST_DETAILS // 2
    left_out = len(text) - LONGEST_DETAILS
    if left_out > 0:
        ends = masked(text[:half]), masked(text[-half:])
        text = f"\n… {left_out:,} characters left out …\n".join(ends)
    return harmless_lines(masked(text))


def _text(source: object) -> str:
    if isinstance(source, bytes):
        return source.decode(errors="backslashreplace")
    try:
        return str(source)
    except Exception as error:  # noqa: BLE001  # the text of a user's own object may raise anything
        return f"a {type(source).__name__} whose text raises {type(error).__name__}"


def _escaped(text: str, kept: str) -> str:
    if text.isprintable() and text.isascii():
        return text
    return "".join(each if each in kept else _visible(each) for each in text)


def _visible(character: str) -> str:
    is_space = unicodedata.category(character) == "Zs"
    if (character.isprintable() or is_space) and not _UNSEEN.match(character):
        return character
    return character.encode("unicode_escape").decode("ascii")


def _forms(secret: str) -> set[str]:
    """The ways in which programs write a text: plain, in URLs, in source code, in HTML."""
    encoded = secret.encode(errors="surrogateescape")
    written = {
        secret,
        quote(encoded, safe=""),
        quote(encoded),
        quote_plus(encoded),
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
        repr(encoded)[2:-1],
        json.dumps(secret)[1:-1],
        html.escape(secret),
        _escaped(secret, kept=""),
    }
    lower = {re.sub("%[0-9A-F]{2}", lambda each: each.group().lower(), form) for form in written}
    return written | lower
