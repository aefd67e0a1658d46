"""The gate: nothing that comes through it steers a terminal, hides, or tells a secret."""

import html
import json
import re
from urllib.parse import quote

import pytest
from faces import PASSWORD, URL_FORM, assert_harmless
from hypothesis import given
from hypothesis import strategies as st

from queue_fairness import outside
from queue_fairness.errors import PlanError, QueueError, ServerError
from queue_fairness.outside import details_from_outside, from_outside, keep_secret
from queue_fairness.server.url import keep_secrets_of


@pytest.fixture(autouse=True)
def _own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_secrets", {})


ANY = st.text(st.characters(), max_size=300) | st.binary(max_size=300).map(
    lambda each: each.decode(errors="surrogateescape")
)


@given(text=ANY)
def test_any_text_comes_out_in_one_harmless_line(text: str) -> None:
    shown = from_outside(text)

    assert_harmless(shown)
    assert "\n" not in shown
    assert "\t" not in shown
    assert len(shown) <= outside.LONGEST
    assert shown.encode().decode() == shown


@given(text=ANY)
def test_errors_and_details_are_harmless_by_construction(text: str) -> None:
    for error in (PlanError("seed", text), ServerError(text), QueueError(text, text)):
        assert_harmless(str(error))
        assert "\n" not in str(error)
    assert_harmless(QueueError("said", text).details)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, é, 漢字, 🦊", "plain text, é, 漢字, 🦊"),
        ("\x1b[31m\x07", r"\x1b[31m\x07"),
        ("\x9b2J", r"\x9b2J"),
        ("a\u202eb\u2066c\u200bd\ufeff", r"a\u202eb\u2066c\u200bd\ufeff"),
        ("\ud800\udcff", r"\ud800\udcff"),
        ("two\r\n  lines\ttabbed", "two lines tabbed"),
        ("\U000e0041\u034f", r"\U000e0041\u034f"),
        (b"\xff\x00", r"\xff\x00"),
        (None, "None"),
    ],
)
def test_what_is_shown(text: object, shown: str) -> None:
    assert from_outside(text) == shown


def test_an_object_whose_text_raises_is_shown_by_its_type() -> None:
    class Evil:
        def __str__(self) -> str:
            raise ValueError

    assert from_outside(Evil()) == "a Evil whose text raises ValueError"


@given(
    secret=st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="abcxyz ()"),
        min_size=4,
        max_size=20,
    ),
    before=st.text("abc (", max_size=5),
    after=st.text(") xyz", max_size=5),
)
def test_secret_is_masked_however_it_is_written(secret: str, before: str, after: str) -> None:
    outside._secrets.clear()
    keep_secret(quote(secret, safe=""))
    written = (
        secret,
        quote(secret, safe=""),
        re.sub("%..", lambda each: each.group().lower(), quote(secret, safe="")),
        repr(secret)[1:-1],
        repr(secret.encode())[2:-1],
        json.dumps(secret)[1:-1],
        html.escape(secret),
    )
    for each in written:
        for masked in (
            from_outside(f"{before}{each}{after}"),
            details_from_outside(f"{before}{each}{after}"),
        ):
            expected = f"{before}***{after}"
            assert " ".join(masked.split()) == " ".join(expected.split())


def test_short_secret_is_masked_where_it_stands_alone() -> None:
    keep_secret("pw")

    assert from_outside("AUTH default pw (not pwd)") == "AUTH default *** (not pwd)"


def test_beginning_of_a_secret_at_the_end_of_a_text_is_masked() -> None:
    keep_secret("a-long-password")

    assert from_outside("with args beginning with: 'a-long-pas") == (
        "with args beginning with: '***"
    )


@pytest.mark.parametrize(
    "url",
    [
        f"redis://me:{URL_FORM}@host:6379/0",
        f"rediss://:{URL_FORM}@host",
        f"redis://{URL_FORM}@host",
        f"unix:///s?password={URL_FORM}",
        f"rediss://host?ssl_password={URL_FORM}",
    ],
)
def test_every_secret_of_a_url_is_kept(url: str) -> None:
    keep_secrets_of(url)

    text = from_outside(f"{url} AUTH {PASSWORD} me:{PASSWORD} {URL_FORM} {PASSWORD.encode()!r}")
    assert_harmless(text)
    assert text.count("***") >= 4


def test_password_of_any_url_is_masked_though_nobody_said_it() -> None:
    assert from_outside("no amqp://me:hidden@host/ here") == "no amqp://me:***@host/ here"


def test_long_details_keep_both_ends() -> None:
    shown = details_from_outside("begin" + "x" * 10**6 + "end")

    assert shown.startswith("beginx")
    assert shown.endswith("xend")
    assert len(shown) < outside.LONGEST_DETAILS + 100
    assert "characters left out" in shown
