"""`acl`: prints the fewest rights with which a run can be made, as one line of ACL."""

import argparse
import dataclasses
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from queue_fairness.cli.brief_help import BriefHelp
from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.parsers import (
    Parser,
    add_plan_options,
    add_server_options,
    add_settings_options,
    make_parser,
)
from queue_fairness.cli.reading import check_words, plan_texts, read_server
from queue_fairness.cli.series_options import ALL, read_strategies
from queue_fairness.cli.streams import complain, write_out
from queue_fairness.errors import PlanError
from queue_fairness.plan import parse_plan
from queue_fairness.strategies import STRATEGIES

WORD = "acl"
USER = "NAME"
"""Stands for the user where no URL names one."""
BRIEF = BriefHelp(
    about="Prints the line of ACL with which a user may make a run and remove its keys, and\n"
    "no more. Give it the options of the run; the user is that of the URL.",
    examples={
        "acl": "for a run without options",
        "acl --strategy fifo": "for that strategy",
        "acl --strategies all": "for a comparison",
        "acl --redis-url redis://bob@host": "for the user bob",
    },
    options={
        "--strategy NAME": "for this strategy",
        "--strategies A,B,C": "for all of these, or all",
        "--key-prefix TEXT": "what keys begin with",
        "--redis-url URL": "names the user",
    },
)


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """Print the line, and end the program."""
    words = parser()
    asked = check_words(words, arguments, environment)
    try:
        line, remark = _grant(asked)
    except PlanError as error:
        words.error(str(error))
    write_out(f"{line}\n")
    complain(f"{PROGRAM}: {remark}\n")
    sys.exit(0)


def parser() -> Parser:
    """Knows the options of a run."""
    words = make_parser(
        WORD,
        "Prints the line of ACL with which a user may make a run and remove its keys, and no\n"
        "more. Give it the options of the run; the user is that of the URL.",
        BRIEF,
        measures=True,
    )
    words.add_argument(
        "--strategies",
        metavar="A,B,C",
        help=f"The rights for all of these, as for `{PROGRAM} compare`; or {ALL}.",
    )
    add_plan_options(words)
    add_server_options(words)
    add_settings_options(words)
    return words


def _grant(asked: argparse.Namespace) -> tuple[str, str]:
    """The line, and what to know about it.

    Raises:
        PlanError: The plan or the server makes no sense.
    """
    # Not before: `--help` does without.
    from queue_fairness.engine.admission import user_of
    from queue_fairness.engine.needs import needs_of
    from queue_fairness.engine.run_parts import RunParts
    from queue_fairness.server.rights import grant

    plan, server = parse_plan(plan_texts(asked)), read_server(asked)
    names = read_strategies(asked.strategies) if asked.strategies else (plan.strategy,)
    plans = [dataclasses.replace(plan, strategy=each) for each in names]
    needs = [needs_of(RunParts.of(each, server.key_prefix)) for each in plans]
    user = user_of(server.redis_url) if server.redis_url is not None else USER
    commands = {command for each in needs for command in each.commands}
    own = [name for name in names if name not in STRATEGIES]
    remarks = [f"add what {', '.join(own)} sends itself"] if own else []
    remarks += ["+info lets a run look at memory and connections first"]
    remarks += ["a new user also needs: on >PASSWORD"]
    return grant(user, commands, needs[0].keys), "; ".join(remarks)
