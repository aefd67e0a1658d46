"""The parser of a word: refuses in one sentence, and explains itself briefly or wholly."""

import argparse
import sys
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.streams import complain, write_out
from queue_fairness.outside import harmless, masked
from queue_fairness.plan.field import PlanValue
from queue_fairness.strategies import STRATEGIES

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

    from queue_fairness.cli.brief_help import BriefHelp

EXIT_STATUS = {
    0: "done",
    1: "Redis or tool error",
    2: "usage",
    3: "a limit (--fail-if, --require) was broken, or it is worse than the baseline",
    4: "a limit cannot be decided, or the baseline cannot be compared",
    130: "interrupted (128 + n: ended by signal n)",
}
"""Where several apply, 130 comes before 1, 1 before 3, 3 before 4."""


class Parser(argparse.ArgumentParser):
    """Refuses with one line on stderr and exit status 2.

    Attributes:
        word: The word whose options it knows; empty for the run without one.
        brief: What `--help` prints in place of everything; None for everything.
    """

    word: str = ""
    brief: "BriefHelp | None" = None
    defaults: Mapping[str, PlanValue] = MappingProxyType({})
    """Those of the plan that differ here."""
    once: frozenset[str] = frozenset()
    """Options that mean something else here, so that no setting gives them: names of values."""

    def error(self, message: str) -> NoReturn:
        """End the program with one sentence."""
        self.exit(2, f"{self.prog}: {harmless(masked(message))}\n")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """End the program, after a last word on stderr."""
        complain(message or "")
        sys.exit(status)

    def print_help(self, file: "SupportsWrite[str] | None" = None) -> None:  # noqa: ARG002
        """Print the help to stdout, which argparse's own does without a look at errors."""
        if self.brief is None:
            write_out(self.format_help())
        else:
            write_out(self.brief.text(str(self.usage), PROGRAM))

    def parse_whole(self, arguments: Sequence[str]) -> argparse.Namespace:
        """What was asked for; a word that is not understood ends the program (SystemExit)."""
        asked, unknown = self.parse_known_args(arguments)
        if unknown:
            self.refuse(unknown)
        return asked

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """End the program with one sentence on words that are not understood."""
        from queue_fairness.cli.suggestions import unrecognized

        self.error(unrecognized(self.option_names(), unknown, self.word))

    def actions(self) -> Sequence[argparse.Action]:
        """All that it understands."""
        return self._actions

    def hide(self, names: Collection[str]) -> None:
        """Keep options out of the help that are known only to be refused with a sentence."""
        for each in self._actions:
            if each.dest in names:
                each.help = argparse.SUPPRESS

    def shown_actions(self) -> list[argparse.Action]:
        """Its options, in the order in which `--help-all` explains them."""
        return [each for each in self._actions if each.help != argparse.SUPPRESS]

    def groups(self) -> Iterator[tuple[str, list[argparse.Action]]]:
        """Its options by the headings under which `--help-all` shows them."""
        for group in self._action_groups:
            shown = [each for each in group._group_actions if each.help != argparse.SUPPRESS]
            yield group.title or "", shown

    def option_names(self) -> list[str]:
        """All options that `--help-all` explains, as they are typed."""
        return [name for each in self.shown_actions() for name in each.option_strings]

    def flags(self) -> frozenset[str]:
        """The options that take no value."""
        return frozenset(
            option for each in self._actions if each.nargs == 0 for option in each.option_strings
        )


def make_parser(
    word: str, description: str, brief: "BriefHelp | None" = None, *, measures: bool = False
) -> Parser:
    """A parser of `--help` alone.

    Args:
        word: The word whose it is; empty for the run without one.
        description: What the word does.
        brief: What `--help` prints where everything is more than a screen.
        measures: Whether it makes runs: then all strategies and exit statuses are explained.
    """
    word = word.removeprefix(PROGRAM).strip()
    prog = f"{PROGRAM} {word}".rstrip()
    parser = Parser(
        prog=prog,
        usage=f"{prog} [option ...]",
        description=description,
        epilog=_epilog() if measures else None,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    parser.word, parser.brief = word, brief
    parser.add_argument("-h", "--help", action="help", help="Print a short help, and exit.")
    parser.add_argument("--help-all", action=_HelpAll, nargs=0, help="Explain all options.")
    return parser


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the description, and each name in one piece."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)


class _HelpAll(argparse.Action):
    """Prints everything."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,  # noqa: ARG002
        values: str | Sequence[object] | None,  # noqa: ARG002
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        write_out(parser.format_help())
        parser.exit()


def _epilog() -> str:
    width = max(map(len, STRATEGIES))
    strategies = "\n".join(
        f"  {name:{width}}  {strategy.headline()}" for name, strategy in STRATEGIES.items()
    )
    statuses = ", ".join(f"{status} {meaning}" for status, meaning in EXIT_STATUS.items())
    return (
        f"strategies:\n{strategies}\n\n"
        "S is a time in seconds, or with its unit: 100us, 25ms, 60s, 1m30s, 2min, 1h\n"
        f"exit status: {statuses}"
    )
