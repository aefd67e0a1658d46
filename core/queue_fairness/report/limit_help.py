"""`--fail-if help`: everything that a limit may name, with unit and meaning."""

import textwrap
from collections.abc import Iterator

from queue_fairness.fairness.word import Level
from queue_fairness.report.json_numbers import GROUPS, PLAN, Number, meaning_of, number_names
from queue_fairness.report.limit import OPERATORS, ORDER, SHORT_NAMES, VERDICT, brief

WIDTH = 100

_ABOUT = f"""\
--fail-if 'NAME OPERATOR VALUE' ends the program with exit status 3 if this is true of the result.

  jain < 0.8    worst_wait_rounds.p99 > 3    totals.lost > 0    {VERDICT} < FAIR

operators: {"  ".join(OPERATORS)}
words of the {VERDICT}, worst first: {" < ".join(each.text for each in ORDER)}
  {Level.FAIR_ON_AVERAGE_ONLY.text} may be written avg. INCONCLUSIVE takes == and != only.
  --require FAIR is short for --fail-if '{VERDICT} < FAIR'.
with --baseline the value may be what that measured under the same load: worst_wait > 1.2 * baseline
names: paths of numbers in the JSON document. The end of a path is enough if it is unique (lost).
  The name of a group stands for its largest value: worst_wait_rounds is worst_wait_rounds.max,
  the strictest one; worst_wait_rounds.p99 allows for one outlier in a hundred partitions.
A limit on a number that was not measured cannot be decided: exit status 4. With any limit, a run
that is BROKEN or did hardly anything ends with status 3, one without any task with status 4.
"""


def limit_help() -> str:
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
