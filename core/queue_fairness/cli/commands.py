"""What the command line can ask for, as values: one type per word, and the options all share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from queue_fairness.plan import Plan

if TYPE_CHECKING:
    from queue_fairness.analysis.sweep import Sweep
    from queue_fairness.report.limits import Limits
    from queue_fairness.server.choice import ServerChoice

PROGRAM = "queue-fairness-tui"
FORMATS = ("text", "markdown", "json", "csv", "html", "svg")
"""What a result can be printed as, the default first."""
ENDINGS = {
    ".txt": "text",
    ".md": "markdown",
    ".json": "json",
    ".csv": "csv",
    ".html": "html",
    ".svg": "svg",
}
"""Which of them a file holds, by the ending of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCommand:
    """One run of a plan, under its own strategy."""

    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareCommand:
    """One plan under several strategies (`compare`)."""

    plan: Plan
    """The load. Its own strategy does not count."""
    strategies: Sequence[str]
    repeats: int = 1
    """Runs of each strategy, interleaved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepCommand:
    """One plan at several values of one number (`sweep`)."""

    sweep: "Sweep"
    """What to run; none of its runs has been made."""

    @property
    def plan(self) -> Plan:
        """The plan of the first run."""
        return self.sweep.plans[0]


Command = RunCommand | CompareCommand | SweepCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFile:
    """A file that gets the result."""

    option: str
    """Which option names it."""
    path: str
    format: str
    """One of `FORMATS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    command: Command
    server: "ServerChoice"
    headless: bool
    is_sure: bool = False
    """Whether a run on another machine need not be asked about."""
    isolate: bool
    """Whether the workers get a process of their own."""
    json: str | None
    """Where the JSON document goes: a path, `-` for stdout, None for nowhere."""
    files: tuple[OutputFile, ...] = ()
    """All files that get the result, that of `json` included."""
    format: str = "text"
    """In which format stdout gets the result: one of `FORMATS`."""
    limits: "Limits"
    """The limits whose breach is an exit status."""

    @property
    def stdout_format(self) -> str:
        """The same, with `--json -` for JSON."""
        return "json" if self.json == "-" else self.format
