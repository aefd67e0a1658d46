"""The words that may stand first on the command line; a new one is an entry here and a module."""

import argparse
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

WORDS: Mapping[str, str] = {
    "compare": "queue_fairness.cli.compare_options",
    "sweep": "queue_fairness.cli.sweep_options",
    "judge": "queue_fairness.cli.judge_options",
    "replay": "queue_fairness.cli.replay_options",
    "attach": "queue_fairness.cli.attach_options",
    "scenarios": "queue_fairness.cli.scenario_list",
    "libraries": "queue_fairness.cli.library_list",
    "new-queue": "queue_fairness.cli.new_queue",
    "acl": "queue_fairness.cli.acl",
    "schema": "queue_fairness.cli.schema",
    "clean": "queue_fairness.cli.clean",
    "serve": "queue_fairness.cli.serve_options",
    "completion": "queue_fairness.cli.completion",
    "man": "queue_fairness.cli.man_page",
    "history": "queue_fairness.cli.history_word",
    "diff": "queue_fairness.cli.diff_word",
}
"""Each word's module, which offers `options.WordModule`; only the one asked for is imported."""
WITHOUT_WORD = "queue_fairness.cli.run_options"


class KnownOptions(Protocol):
    """What a word's parser tells of its options."""

    @property
    def once(self) -> frozenset[str]:
        """Options that settings must not give, by the names of their values."""

    def shown_actions(self) -> Sequence[argparse.Action]:
        """All options that `--help-all` explains."""

    def option_names(self) -> Sequence[str]:
        """The same, as they are typed."""


def options_of(word: str) -> KnownOptions:
    """What a word knows; the run without one for an empty word."""
    return cast("KnownOptions", import_module(WORDS.get(word, WITHOUT_WORD)).parser())
