"""`--fail-if help`: everything that a limit may name, with unit and meaning."""

import textwrap
from collections.abc import Iterator

from queue_fairness.fairness.word import Level
from queue_fairness.report.json_numbers import GROUPS, PLAN, Number, meaning_of, number_names
from queue_fairness.report.limit import OPERATORS, ORDER, SHORT_NAMES, VERDICT, brief

WIDTH = 100

_ABOUT = f"""\
--fail-if 'NAME OPERATOR VALUE' makes the exit status 3 if that holds of the result.

  jain < 0.8    worst_wait_rounds.p99 > 3    totals.lost > 0    {VERDICT} < FAIR

operators: {"  ".join(OPERATORS)}
words of the {VERDICT}, worst first: {" < ".join(each.text for each in ORDER)}
  {Level.FAIR_ON_AVERAGE_ONLY.text} may be written avg. INCONCLUSIVE goes with == and != alone.
  --require FAIR is short for --fail-if '{VERDICT} < FAIR'.
names: those of the JSON document. The last parts are enough where they fit one name only (lost).
  A group alone is its largest value: worst_wait_rounds is worst_wait_rounds.max, the strictest
  reading; p99 leaves out the worst one in a hundred partitions.
A limit on what was not measured cannot be decided: exit status 4. A run that is BROKEN, or in
which hardly anything was done, breaks every gate: 3. One in which nothing arrived decides none: 4.
"""


def gate_help() -> str:
    """The whole text, at most 100 columns wide."""
    lines = [_ABOUT, "Short names"]
    lines += [f"  {short:{_NAME_WIDTH}}{brief(name)}" for short, name in SHORT_NAMES.items()]
    known = number_names()
    for heading, numbers in GROUPS.items():
        lines += ("", heading)
        for name, number in numbers.items():
            lines += _entry(brief(name), number)
    lines += ("", "What was asked for, by its whole name only")
    for name in known:
        if name.startswith(PLAN):
            lines += _entry(name, meaning_of(name))
    return "\n".join(lines) + "\n"


_NAME_WIDTH = 2 + max(len(brief(name)) for numbers in GROUPS.values() for name in numbers)
_UNIT_WIDTH = 12


def _entry(name: str, number: Number) -> Iterator[str]:
    head = f"  {name:{_NAME_WIDTH}}{number.unit:{_UNIT_WIDTH}}"
    yield from textwrap.wrap(
        number.meaning,
        WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
    )
