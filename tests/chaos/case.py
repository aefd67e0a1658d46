"""What one case of the chaos test is: a plan, a server, a face, and what is done to them.

`draw` is pure: the same seed gives the same case on every machine.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

PASSWORD = "s3cretPW"
"""That of the owner's server, where it asks for one. It must not be shown anywhere."""

OWN_QUEUE = "example_queue:NewestFirst"
STRATEGIES = (
    "scan",
    "scan-resume",
    "random-ready",
    "round-robin",
    "virtual-time",
    "fifo",
    "stride-tag",
    "key-shard",
    "least-in-flight",
    "streams",
    OWN_QUEUE,
)

ENDING = ("INT", "TERM", "HUP", "QUIT")
"""Signals that ask a program to end."""

PROGRAM_FAULTS = (
    *(f"program {name}" for name in (*ENDING, "INT", "TERM")),
    "program STOP",
    "program KILL",
)
GUARD_FAULTS = ("guard INT", "guard TERM", "guard HUP", "guard QUIT", "guard STOP", "guard KILL")
SERVER_FAULTS = ("server STOP", "server KILL")
OWNER_FAULTS = (
    "server restart",
    "client kill",
    "client pause",
    "flushall",
    "foreign write",
    "debug sleep",
    "script kill",
    "script flush",
    "busy script",
)
HEADLESS_FAULTS = ("reader leaves",)
SCREEN_FAULTS = ("resize", "keys", "press q", "press ctrl+c", "hang up")

LASTING = {
    "program STOP": (0.3, 2.0),
    "guard STOP": (0.3, 2.0),
    "server STOP": (0.3, 2.5),
    "server restart": (0.1, 2.0),
    "client pause": (0.3, 2.0),
    "debug sleep": (0.3, 2.0),
    "busy script": (0.3, 1.5),
    "resize": (0.3, 1.0),
    "keys": (0.5, 2.0),
}
"""Faults that last, and for how many seconds: least and most."""

HARMLESS = {
    "program STOP",
    "guard STOP",
    "server STOP",
    "client pause",
    "debug sleep",
    "script kill",
    "script flush",
    "resize",
}
"""Faults after which a run goes on and ends as if nothing had been, only later."""

STALLING = {"server STOP", "client pause", "debug sleep"}
"""Those of them while which nothing can be counted at an end that somebody asks for."""

OWNER_SETTINGS: tuple[tuple[str, ...], ...] = (
    (),
    (),
    (),
    ("--timeout", "1"),
    ("--maxmemory", "4mb", "--maxmemory-policy", "allkeys-lru"),
    ("--maxmemory", "4mb", "--maxmemory-policy", "noeviction"),
    ("--maxmemory", "4mb", "--maxmemory-policy", "volatile-ttl"),
    ("--maxclients", "14"),
    ("--requirepass", PASSWORD),
    ("--busy-reply-threshold", "100"),
    ("--appendonly", "yes"),
)
SCARCE = {"--maxmemory", "--maxclients"}
"""Settings that may leave too little for a run: it may be refused, in one sentence."""

HEADLESS_STREAMS = (
    "stdin closed",
    "stdout closed",
    "stderr closed",
    "stdout full",
    "stderr full",
)
SCREEN_STREAMS = ("stdin closed", "stderr file")
SCREENS_STREAMS = (None, "stderr file")
"""With which of them there is a screen all the same."""
SIZES = ((80, 24), (120, 40), (40, 10), (200, 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is done to a run."""

    kind: str
    at_s: float
    """Seconds after the start of the program, or after the first key of the run."""
    early: bool
    """Whether it counts from the start of the program."""
    for_s: float
    """How long it lasts; 0 where it is done at once."""
    number: int
    """What is random in it: which key, which process, which bytes."""

    def __str__(self) -> str:
        since = "start" if self.early else "first key"
        lasts = f" for {self.for_s:.2f} s" if self.for_s else ""
        return f"{self.kind} at {since} + {self.at_s:.2f} s{lasts}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that is fixed before a case begins."""

    seed: int
    command: str
    """`run`, `compare` or `sweep`."""
    plan: tuple[str, ...]
    """Options of the load."""
    server: str
    """`bundled`, `redis-server` (one of PATH) or `owner` (a user's own, by URL)."""
    settings: tuple[str, ...]
    """Those of the owner's server."""
    query: str
    """What follows the owner's URL."""
    size: tuple[int, int] | None
    """Columns and lines of the terminal; None without one."""
    json: str | None
    """`file`, `-` (stdout) or None."""
    streams: str | None
    """A standard stream that is not as usual."""
    faults: tuple[Fault, ...]
    lasts_s: float
    """About how long the load takes if nothing is done to it, seconds."""

    @property
    def kinds(self) -> set[str]:
        """The kinds of its faults."""
        return {fault.kind for fault in self.faults}

    @property
    def has_screen(self) -> bool:
        """Whether the program shows a screen, and so waits for keys."""
        return self.size is not None and self.streams in SCREENS_STREAMS

    @property
    def uses_own_queue(self) -> bool:
        """Whether a user's own queue takes part."""
        return any(OWN_QUEUE in option for option in self.plan)

    def __str__(self) -> str:
        where = f"terminal {self.size[0]}x{self.size[1]}" if self.size else "headless"
        server = " ".join((self.server, *self.settings)) + self.query
        parts = [" ".join((self.command, *self.plan)), server, where]
        parts += filter(None, (self.json and f"json {self.json}", self.streams))
        return " | ".join((*parts, *map(str, self.faults)))


def draw(seed: int, engines: Sequence[str] = ("bundled", "redis-server")) -> Case:
    """The case of a seed.

    Args:
        seed: Decides everything.
        engines: Programs that can be started; the first must be there on every machine. A case
            is the same wherever the same are given.
    """
    dice = random.Random(seed)
    command = dice.choice(("run", "run", "run", "compare", "sweep"))
    lasts_s = dice.uniform(1.2, 3.0)
    plan = _plan(dice, command, lasts_s)
    owner = dice.random() < 0.6
    size = dice.choice(SIZES) if dice.random() < 0.5 else None
    streams = None
    if dice.random() < 0.12:
        streams = dice.choice(SCREEN_STREAMS if size else HEADLESS_STREAMS)
    has_screen = size is not None and streams is None
    if dice.random() < 0.2:
        plan += ("--isolate",)
    if command == "run" and dice.random() < 0.15:
        plan += ("--require", "FAIR")
    return Case(
        seed=seed,
        command=command,
        plan=plan,
        server="owner" if owner else dice.choice(engines),
        settings=dice.choice(OWNER_SETTINGS) if owner else (),
        query=dice.choice(("", "", "?protocol=2", "?protocol=3")) if owner else "",
        size=size,
        json=dice.choice((None, "file", "file", "-" if size is None else "file")),
        streams=streams,
        faults=_faults(dice, owner=owner, has_screen=has_screen, lasts_s=lasts_s),
        lasts_s=lasts_s,
    )


def _plan(dice: random.Random, command: str, lasts_s: float) -> tuple[str, ...]:
    workers = dice.choice((2, 4, 8))
    work_s = dice.choice((0.002, 0.005, 0.01, 0.025))
    partitions = dice.choice((5, 20, 60, 200))
    known = list(STRATEGIES)
    if command == "run":
        chosen, runs = ("--strategy", dice.choice(known)), 1
    else:
        names = dice.sample(known, 2 if command == "compare" else 1)
        chosen, runs = ("--strategies", ",".join(names)), 2
    load = ["--workers", str(workers), "--work-duration", f"{work_s:g}", *chosen]
    if command == "sweep":
        load += ["--partitions", f"{partitions},{partitions * 2}"]
        tasks = max(1, int(lasts_s * workers / work_s) // (3 * partitions))
        return (*load, "--tasks-per-partition", str(tasks))
    load += ["--partitions", str(partitions)]
    if dice.random() < 0.3:
        share = dice.choice((0.5, 0.9, 1.2))
        return (*load, "--load", str(share), "--duration", f"{lasts_s / runs:.2f}")
    tasks = max(1, round(lasts_s / runs * workers / work_s / partitions))
    return (*load, "--tasks-per-partition", str(tasks))


def _faults(
    dice: random.Random, *, owner: bool, has_screen: bool, lasts_s: float
) -> tuple[Fault, ...]:
    families = [PROGRAM_FAULTS, GUARD_FAULTS, SERVER_FAULTS]
    families += [OWNER_FAULTS, OWNER_FAULTS] if owner else []
    families += [SCREEN_FAULTS, SCREEN_FAULTS] if has_screen else [HEADLESS_FAULTS]
    drawn = []
    for _ in range(dice.choice((1, 1, 1, 2, 2, 3))):
        kind = dice.choice(dice.choice(families))
        early = kind.startswith(("program", "press", "resize")) and dice.random() < 0.2
        drawn.append(
            Fault(
                kind=kind,
                at_s=dice.uniform(0.0, 1.0 if early else lasts_s),
                early=early,
                for_s=dice.uniform(*LASTING[kind]) if kind in LASTING else 0.0,
                number=dice.randrange(2**32),
            )
        )
    return tuple(sorted(drawn, key=lambda fault: (not fault.early, fault.at_s)))
