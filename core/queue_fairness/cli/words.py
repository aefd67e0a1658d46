"""The words that may stand first on the command line; a new one is an entry here and a module."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "compare": "queue_fairness.cli.compare_options",
    "sweep": "queue_fairness.cli.sweep_options",
    "attach": "queue_fairness.cli.attach_options",
    "scenarios": "queue_fairness.cli.scenario_list",
    "acl": "queue_fairness.cli.acl",
    "schema": "queue_fairness.cli.schema",
    "clean": "queue_fairness.cli.clean",
}
"""Each word's module, which offers `options.WordModule`; only the one asked for is imported."""
WITHOUT_WORD = "queue_fairness.cli.run_options"
