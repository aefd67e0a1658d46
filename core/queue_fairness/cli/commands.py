"""What the command line can ask for, as values: one type per word, and the options all share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from queue_fairness.plan import Plan

if TYPE_CHECKING:
    from queue_fairness.analysis.sweep import Sweep
    from queue_fairness.history.place import Place
    from queue_fairness.judge.options import TableOptions
    from queue_fairness.report.limits import Limits
    from queue_fairness.server.choice import ServerChoice

PROGRAM = "queue-fairness-tui"
FORMATS = ("text", "markdown", "json", "csv", "html", "svg")
"""What a result can be printed as, the default first."""
THEMES = ("auto", "dark", "light")
"""The colors of the screen; the first asks the terminal."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayCommand:
    """A recording, played (`replay`)."""

    path: str
    """The file; `-` for what is piped in."""
    plan: Plan
    """Of the run that is played first."""
    number: int | None = None
    """Which of its runs, from 1; None for the whole of a comparison or sweep, else the first."""
    is_series: bool = False
    """Whether the whole of a comparison or sweep is asked for."""
    speed: float = 1.0
    """How many times as fast as it was recorded, on a screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCommand:
    """A table of jobs, or facts, judged (`judge`)."""

    path: str
    """The file; `-` for what is piped in."""
    table: "TableOptions"
    """How it is read."""
    plan: Plan
    """Stands for the load until the table is read."""


FileCommand = ReplayCommand | JudgeCommand
"""What needs no Redis: its answer is in a file."""
Command = RunCommand | CompareCommand | SweepCommand | FileCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The screen in a browser (`serve`)."""

    port: int
    """On 127.0.0.1; 0 for a free one."""
    arguments: tuple[str, ...]
    """The command line that is served."""


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
    record: str | None = None
    """Where the runs are recorded: a path, None for nowhere."""
    notify: bool = False
    """Whether the terminal calls the user at the end."""
    format: str = "text"
    """In which format stdout gets the result: one of `FORMATS`."""
    limits: "Limits"
    """The limits whose breach is an exit status, and the baseline."""
    place: "Place"
    """Where the result is kept."""
    tag: str = ""
    """What it is called there; empty for nothing."""
    theme: str = THEMES[0]
    """The colors of the screen: one of `THEMES`."""
    web: Web | None = None
    """Where the screen is shown in place of this terminal; None for here."""

    @property
    def stdout_format(self) -> str:
        """The same, with `--json -` for JSON."""
        return "json" if self.json == "-" else self.format
