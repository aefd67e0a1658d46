"""`--show-config`: the value of each option, and where it is from."""

import argparse
import sys
from typing import NoReturn

from queue_fairness.cli.parsers import Parser
from queue_fairness.cli.settings import BUILT_IN, ONCE, Settings, described
from queue_fairness.cli.streams import write_out
from queue_fairness.outside import from_outside
from queue_fairness.plan import plan_fields
from queue_fairness.server.url import mask_url

LONGEST = 48
"""Most characters of a value."""


def show(
    parser: Parser, asked: argparse.Namespace, texts: dict[str, str], settings: Settings
) -> NoReturn:
    """Print the table, and end the program.

    Args:
        parser: Knows the options.
        asked: Their values.
        texts: Those of the plan, the scenario's included.
        settings: Where they are from.
    """
    rows = [("option", "value", "from")]
    fields = plan_fields() if "scenario" in asked else ()
    defaults = {
        each.name: each.text(parser.defaults.get(each.name, each.default)) for each in fields
    }
    for each in parser.shown_actions():
        if each.dest in ONCE or not each.option_strings:
            continue
        long = max(each.option_strings, key=len)
        value, place = _value(each.dest, asked, texts, settings)
        shown = value if value is not None else defaults.get(each.dest, "")
        rows.append((long, _words(each.dest, shown), from_outside(place)))
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [described(settings), ""]
    lines += [f"{a:{first}}  {b:{second}}  {c}".rstrip() for a, b, c in rows]
    write_out("\n".join(lines) + "\n")
    sys.exit(0)


def _value(
    name: str, asked: argparse.Namespace, texts: dict[str, str], settings: Settings
) -> tuple[object, str]:
    """The value that holds, None for that of the plan itself, and where it is from."""
    given = getattr(asked, name)
    if "scenario" not in asked or name not in {each.name for each in plan_fields()}:
        return given, settings.said(name)
    if name not in texts:
        return None, BUILT_IN
    is_scenario_s = texts[name] != given
    return texts[name], f"--scenario {asked.scenario}" if is_scenario_s else settings.said(name)


def _words(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    text = mask_url(str(value)) if name == "redis_url" and value else str(value)
    return from_outside(text, LONGEST) or "–"
