"""A report's numbers as CSV (RFC 4180): a row per number, the same columns for every result.

A spreadsheet takes a text that begins like a formula for one, and names come from outside: such a
text has an apostrophe in front, which spreadsheets do not show (OWASP, CSV Injection).
"""

import csv
import io
from dataclasses import astuple, fields

from queue_fairness.report.model import Measure, Report

COLUMNS = tuple(each.name for each in fields(Measure))
"""The heads, in their order; a name stays, and new ones come at the end."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What the text of a formula begins with, full-width forms included."""


def render_csv(report: Report) -> str:
    """The head and a row per number, lines ended by CR LF; a number not known is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([csv_field(value) for value in astuple(each)] for each in report.measures)
    return text.getvalue()


def csv_field(value: str | float | None) -> str | float | None:
    """A value as a field holds it: a text that a spreadsheet would take for a formula is quoted."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return int(value) if isinstance(value, bool) else value
