"""Carry out a case, and see what came of it."""

import heapq
import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from chaos.case import Case
from chaos.faults import Target, actions
from chaos.owner import Owner, program_of
from chaos.program import PROGRAM, Program, private_folder
from chaos.promises import Done, Outcome
from chaos.screen import read_screen
from redis.exceptions import RedisError

POLL_S = 0.02
BEGINS_S = 20.0
"""How long the first key is waited for; a run that is refused never makes one."""
STARTS_S = 2.5
"""A start of the program, and of each further run of a comparison, on a busy machine."""
PATIENCE_S = 45.0
"""How much longer than its load a run may take before it counts as one that never ends."""
LEAVES_S = 10.0
"""How long a screen may take to be left before the next key is tried."""
GRACE_S = 15.0
"""How long after its end something of it may still go away."""

Clock = Callable[[], float]


def hear_signals() -> None:
    """Let programs hear what `nohup` and a shell's `&` ignore; they would inherit that."""
    for name in ("INT", "QUIT", "HUP"):
        number = signal.Signals[f"SIG{name}"]
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def end_in_order() -> None:
    """Let a TERM end us as an exception does: no program of a case outlives us."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)


def carry_out(case: Case) -> Outcome:
    """Run a case from its start to its last trace."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(private_folder()))
        (folder / "t").mkdir()
        owner = None
        options = ["--redis-server", case.server]
        if case.server == "owner":
            # The engine is no part of the case's own: it must not matter.
            engine = "redis-server" if case.seed % 2 else "bundled"
            program = program_of(engine) or program_of("bundled")
            assert program is not None, "the bundled server is not installed"
            owner = stack.enter_context(Owner(program, case.settings, folder))
            options = ["--redis-url", owner.url + case.query]
        if case.size is None:
            options.append("--headless")
        if case.json is not None:
            options += ["--json", "-" if case.json == "-" else str(folder / "out.json")]
        words = () if case.command == "run" else (case.command,)
        program_run = Program(
            (*words, *case.plan, *options),
            folder=folder,
            environment={"TMPDIR": str(folder / "t")},
            size=case.size,
            streams=case.streams,
        )
        course = _Course(case, Target(program_run, owner, folder / "t"))
        try:
            course.go()
            return course.outcome(folder)
        finally:
            course.end_all()


class _Course:
    """One case under way."""

    def __init__(self, case: Case, target: Target) -> None:
        self._case = case
        self._target = target
        self._program = target.program
        self._done: list[Done] = []
        self._begun = False
        self._was_killed = False
        self._order = itertools.count()
        self._due: list[tuple[float, int, str, bool, Callable[[], object]]] = []

    def go(self) -> None:
        """From the start to the program's end."""
        started = self._program.started_at
        self._plan(early=True, since=started)
        while not self._begun and time.monotonic() < started + BEGINS_S:
            self._work_off(time.monotonic() + POLL_S)
            self._begun = self._target.has_keys()
            if not self._program.is_alive:
                break
        self._plan(early=False, since=time.monotonic())
        while self._due and (self._program.is_alive or self._is_undone()):
            self._work_off(self._due[0][0])
        self._see_it_end()

    def _plan(self, *, early: bool, since: float) -> None:
        for fault in self._case.faults:
            if fault.early is early:
                for after_s, act, is_last in _marked(actions(fault, self._target)):
                    at = since + fault.at_s + after_s
                    entry = (at, next(self._order), fault.kind, is_last, act)
                    heapq.heappush(self._due, entry)

    def _is_undone(self) -> bool:
        """Whether something has been stopped that must go on, whoever has ended."""
        return any(kind.endswith(("STOP", "restart")) for _, _, kind, _, _ in self._due)

    def _work_off(self, until: float) -> None:
        """Do what is due until a moment, on time, and note what was done to the living."""
        while True:
            now = time.monotonic()
            if self._due and self._due[0][0] <= now:
                _, _, kind, is_last, act = heapq.heappop(self._due)
                was_alive = self._program.is_alive
                has_hit = act() is not False
                # A screen may fall at one key of many.
                if (is_last or kind == "keys") and was_alive and has_hit:
                    self._done.append(Done(kind=kind, at_s=time.monotonic()))
            elif now >= until or not (self._program.is_alive or self._is_undone()):
                return
            else:
                time.sleep(min(POLL_S, max(0.0, until - now)))

    def _see_it_end(self) -> None:
        case = self._case
        several = 1 if case.command == "run" else 2
        stood_s = sum(fault.for_s for fault in case.faults)
        load_s = case.lasts_s + stood_s + several * STARTS_S
        if not case.has_screen:
            self._wait(load_s + PATIENCE_S)
        else:
            self._wait(min(load_s, 2.0) if "keys" in case.kinds else load_s)
            for kind, keys in (("press q", b"q"), ("press ctrl+c", b"\x03")):
                # A dialog takes a letter as its text.
                if self._program.is_alive and kind not in {each.kind for each in self._done}:
                    self._program.press(keys)
                    self._done.append(Done(kind=kind, at_s=time.monotonic()))
                self._wait(LEAVES_S)
            self._wait(PATIENCE_S)
        if self._program.is_alive:
            self._was_killed = True
            self._program.process.kill()
            self._program.process.wait()

    def _wait(self, for_s: float) -> None:
        deadline = time.monotonic() + for_s
        while self._program.is_alive and time.monotonic() < deadline:
            time.sleep(POLL_S)

    def outcome(self, folder: Path) -> Outcome:
        """What was seen, after a grace in which everything of it may go away."""
        if {"program KILL", "guard KILL"} <= {each.kind for each in self._done}:
            self._next_start(folder)
        self._program.read_on()
        deadline = time.monotonic() + GRACE_S
        while any(self._left()) and time.monotonic() < deadline:
            time.sleep(0.2)
        processes, folders, keys, harmed = self._left()
        ended_at = self._program.ended_at or time.monotonic()
        stty_changed = self._program.stty_changed
        self._program.close()
        written = folder / "out.json"
        has_screen = self._case.size is not None
        owner = self._target.owner
        return Outcome(
            status=None if self._was_killed else self._program.process.returncode,
            begun=self._begun,
            ended_at_s=ended_at,
            done=tuple(self._done),
            stdout=b"" if has_screen else self._program.stdout,
            stderr=self._program.stderr,
            screen=read_screen(self._program.stdout) if has_screen else None,
            stty_changed=stty_changed,
            document=written.read_text(errors="replace") if written.exists() else None,
            processes=processes,
            folders=folders,
            keys=keys,
            harmed=harmed,
            same_server=owner is None or owner.same_server,
        )

    def _next_start(self, folder: Path) -> None:
        """After a crash of everything it is the next start that removes what is left."""
        owner = self._target.owner
        options = ["--headless", "-P", "2", "-t", "1"]
        options += ["--redis-url", owner.url] if owner else ["--redis-server", self._case.server]
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(
                [*PROGRAM, *options],
                env={"PATH": "/usr/bin:/bin", "TMPDIR": str(folder / "t")},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=30,
                check=False,
            )

    def _left(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], int]:
        processes = tuple(self._program.others().values())
        folders = tuple(each.name for each in self._target.folder.iterdir())
        keys: list[str] = []
        harmed = 0
        if self._target.owner is not None:
            with suppress(RedisError, OSError):
                keys, harmed = self._target.owner.left()
        return processes, folders, tuple(keys), harmed

    def end_all(self) -> None:
        """Kill whatever of the case still lives."""
        for pid in (self._program.process.pid, *self._program.others()):
            with suppress(ProcessLookupError):
                if self._program.is_alive or pid != self._program.process.pid:
                    os.kill(pid, signal.SIGKILL)
        self._program.process.wait()


def _marked(
    found: list[tuple[float, Callable[[], object]]],
) -> list[tuple[float, Callable[[], object], bool]]:
    return [(at, act, number == len(found) - 1) for number, (at, act) in enumerate(found)]


def command_of(seed: int) -> str:
    """The command that repeats a seed."""
    return f"uv run python tests/chaos/run.py --seed {seed}"
