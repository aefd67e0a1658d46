"""What is said of words that no parser understands: what was meant, or where it belongs."""

from collections.abc import Sequence

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.words import WORDS, options_of
from queue_fairness.formatting.similar import closest
from queue_fairness.outside import from_outside
from queue_fairness.plan.scenarios import scenario_names
from queue_fairness.strategies import STRATEGIES

RENAMED = {"--for": "--duration"}
"""Options of earlier versions, by what they are called now."""
NEEDLESS = ("run", "start", "live")
"""Words that other programs have for what this one does without a word."""


def unrecognized(known: Sequence[str], unknown: Sequence[str], word: str = "") -> str:
    """One sentence on the first word that a parser does not know.

    Args:
        known: The parser's long options.
        unknown: The words, at least one.
        word: Whose parser it is; empty without a word.
    """
    for each in unknown:
        name = each.partition("=")[0]
        if name in RENAMED:
            return f"{name} is called {RENAMED[name]} now"
    first = unknown[0]
    if first.startswith("-") and first.strip("-"):
        return _option(known, first.partition("=")[0], word)
    if first in WORDS:
        return f"the word {first} comes first: {PROGRAM} {first} ..."
    shown = from_outside(first, 40)
    if first in STRATEGIES and {"--strategy", "--strategies"} & set(known):
        option = "--strategy" if "--strategy" in known else "--strategies"
        return f"{shown} is a strategy: give {option} {shown}"
    if first in scenario_names() and "--scenario" in known:
        return f"{shown} is a scenario: give --scenario {shown}"
    if word:
        return f"{shown} belongs to no option of {word}: {PROGRAM} {word} --help-all lists them"
    if first in NEEDLESS:
        return f"no command {shown}: leave it out, or give one of {', '.join(WORDS)}"
    if first == "help":
        return f"no command {shown}: {PROGRAM} --help explains the options"
    near = closest(first, WORDS)
    hint = f"did you mean {near}?" if near is not None else f"there are {', '.join(WORDS)}"
    return f"no command {shown}; {hint}"


def _option(known: Sequence[str], name: str, word: str) -> str:
    shown = from_outside(name, 40)
    near = closest(name, known)
    others = [
        each for each in ("", *WORDS) if each != word and name in options_of(each).option_names()
    ]
    # A letter too few in an option of this word is likelier than one of another word.
    if others and not (near or "").startswith(name):
        where = f"{PROGRAM} {others[0]}".rstrip()
        return f"{shown} is no option here, but of {where}"
    if near is None and len(name) == 2:
        near = next((each for each in known if each.lower() == name.lower()), None)
    hint = f"did you mean {near}?" if near is not None else "--help-all lists all options"
    return f"no option {shown}; {hint}"
