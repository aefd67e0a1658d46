"""Every face of a result, and what none of them may show."""

import json
import unicodedata
from collections.abc import Iterator

from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.outside import _UNSEEN
from queue_fairness.report.command import command
from queue_fairness.report.progress_text import progress_line
from queue_fairness.report.results import render

PASSWORD = "s3cr/t %"
URL_FORM = "s3cr%2Ft%20%25"


def faces(final: Snapshot) -> Iterator[tuple[str, str]]:
    """The name and the text of each face without a screen."""
    for form in ("text", "markdown", "json"):
        yield form, render(final, form)
    yield "csv", render(final, "csv").replace("\r\n", "\n")
    yield "progress", progress_line(final)
    yield "command", command(final)
    for name in ("failure", "warning", "failure_details"):
        yield name, getattr(final, name) or ""


def assert_harmless(text: str, where: str = "") -> None:
    """Nothing in it steers a terminal, hides, or is a secret."""
    for each in text:
        is_plain = each.isprintable() or each in "\n\t" or unicodedata.category(each) == "Zs"
        assert is_plain, f"{each!r} in {where}: {text[:2000]!r}"
        assert not _UNSEEN.match(each), f"{each!r} in {where}"
    for secret in (PASSWORD, URL_FORM, "s3cr"):
        assert secret not in text, where


def assert_all_harmless(final: Snapshot) -> None:
    """All of that for each face; the JSON is JSON."""
    for name, text in faces(final):
        assert_harmless(text, name)
    json.loads(render(final, "json"))
    assert "\n" not in (final.failure or "")
