"""What `--help` prints: one screen of 80 by 24, with examples; `--help-all` prints everything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH = 80
LINES = 24
"""The size of a small terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefHelp:
    """The few things that are asked for most."""

    about: str
    """What it does, in one or two lines."""
    examples: Mapping[str, str]
    """Commands without the program's name, and what they do."""
    options: Mapping[str, str]
    """Options as they are typed, and what they mean; each begins with one that there is."""
    more: Sequence[str] = ()
    """Lines at the end."""

    def text(self, usage: str, program: str) -> str:
        """The whole of it.

        Args:
            usage: Its first lines.
            program: The program's name, which begins each example.
        """
        commands = {f"{program} {each}".rstrip(): meant for each, meant in self.examples.items()}
        return "\n".join(
            (
                f"usage: {usage}",
                "",
                self.about,
                "",
                "examples:",
                *_beside(commands),
                "",
                "used most:",
                *_beside(self.options),
                "",
                *self.more,
                "--help-all explains all options; times are written 25ms, 1m30s, numbers 10k.",
                "",
            )
        )


def _beside(pairs: Mapping[str, str]) -> list[str]:
    """Two columns, the first as wide as it has to be."""
    width = max(map(len, pairs))
    return [f"  {first:{width}}  {second}".rstrip() for first, second in pairs.items()]
