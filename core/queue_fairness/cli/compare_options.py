"""`compare`: one load under several strategies."""

import argparse
from collections.abc import Mapping, Sequence

from queue_fairness.cli.brief_help import BriefHelp
from queue_fairness.cli.commands import CompareCommand, Options
from queue_fairness.cli.parsers import Parser, make_parser
from queue_fairness.cli.reading import plan_texts, read_options
from queue_fairness.cli.series_options import (
    ALL,
    add_series_options,
    add_shared_options,
    check_series,
    read_repeats,
    read_strategies,
)
from queue_fairness.plan import parse_plan
from queue_fairness.strategies import STRATEGIES

WORD = "compare"
USUAL = f"{ALL}, but those that share cost only with --fair-by time or tokens"
"""What is compared where no strategies are named, in words."""
BRIEF = BriefHelp(
    about="Runs the same load, with the same seed and arrival order, under each strategy in\n"
    "turn, and recommends one of them, with its cost.",
    examples={
        "compare": "every strategy",
        "compare -P 1k --work-duration 5ms": "more tenants",
        "compare --scenario noisy-neighbor": "who protects quiet ones?",
        "compare --strategies scan,fifo": "only these two",
        "compare --headless -o report.html": "a page to show",
    },
    options={
        "--strategies A,B,C": "which ones; all where none are named",
        "--repeat N": "interleaved repeats of each (1)",
        "--scenario NAME": "a ready-made load: queue-fairness-tui scenarios",
        "-P, -t, -w N": "partitions, tasks of each, workers (200, 10, 8)",
        "--require FAIR": "exit status 3 unless every run is",
        "-o FILE ...": "write .html .md .json .csv .svg .txt",
    },
)


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Read what follows the word; `--help` and refusals end the program (SystemExit)."""
    return read_options(parser(), arguments, environment, _command)


def _command(asked: argparse.Namespace) -> CompareCommand:
    plan = parse_plan(plan_texts(asked))
    check_series(WORD, asked)
    if asked.strategies is None:
        from queue_fairness.strategies.custom import compared_names

        strategies = compared_names(tuple(STRATEGIES), plan.fair_by, plan.strategy)
    else:
        strategies = read_strategies(asked.strategies)
    return CompareCommand(plan=plan, strategies=strategies, repeats=read_repeats(asked))


def parser() -> Parser:
    """Knows the options of a run, and which strategies to compare."""
    words = make_parser(
        WORD,
        "Runs the same load, with the same seed and arrival order, under each strategy in turn,\n"
        "and recommends one of them, with its cost.",
        BRIEF,
        measures=True,
    )
    add_series_options(words, "the comparison", None, USUAL)
    add_shared_options(words)
    return words
