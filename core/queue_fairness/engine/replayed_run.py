"""A recorded run that goes on again: at any speed, paused, step by step, or from any instant.

What is shown on the way is played from the file's beginning up to an instant; the final picture is
that of the whole, which is played once in a thread, in the portions in which it was recorded.
"""

import asyncio
import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.replay import replayed, runs_of
from queue_fairness.engine.run_handle import ServerReady
from queue_fairness.errors import FairnessError
from queue_fairness.metrics.phase import Phase
from queue_fairness.metrics.snapshot import Snapshot, blank_snapshot
from queue_fairness.plan import Plan
from queue_fairness.trace.files import open_to_read
from queue_fairness.trace.playback import Playback
from queue_fairness.trace.reading import Line, lines_of

FRAME_S = 0.05
"""How often the picture moves on."""
AT_ONCE = 2_000
"""Facts that are played without a pause for the screen."""
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 1000.0)
STEPS = 50
"""Into how many steps the whole is divided."""
NOT_DISTURBED = "a recording cannot be disturbed: it has happened"


class ReplayedRun:
    """Plays one run of a recording; a `RunHandle`.

    Attributes:
        plan: What was asked for.
        speed: How many times as fast as it went; may be set at any time.
        is_paused: Whether it stands still.
        at: The instant that is shown, seconds.
    """

    def __init__(
        self,
        path: str,
        plan: Plan,
        *,
        number: int | None = None,
        speed: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan = plan
        self.speed = speed
        self.is_paused = False
        self.at = 0.0
        self._path = path
        self._number = number or 1
        self._clock = clock
        self._whole: Snapshot | None = None
        self._final: Snapshot | None = None
        self._playback: Playback | None = None
        self._facts: Iterator[Line] = iter(())
        self._waiting: Line | None = None
        self._target: float | None = None
        """The instant to go to at once; None to go on as time does."""
        self._is_to_end = False
        self._file = ExitStack()

    @property
    def length_s(self) -> float | None:
        """How long the run took, seconds; None while that is not known."""
        return None if self._whole is None else self._whole.elapsed_s

    @property
    def worst_at(self) -> float | None:
        """When the longest wait was at its longest, seconds; None while that is not known."""
        if self._whole is None or self._whole.assessment is None:
            return None
        victims = self._whole.assessment.measures.victims
        return victims[0].since_s + victims[0].for_s if victims else None

    async def execute(self, server_ready: ServerReady) -> None:  # noqa: ARG002 - it needs none
        """Play it to its end."""
        whole = asyncio.create_task(asyncio.to_thread(self._play_whole), name="whole recording")
        try:
            self._rewind()
            await self._play(whole)
            self._final = await whole
        except FairnessError as error:
            self._final = dataclasses.replace(
                blank_snapshot(self.plan), phase=Phase.FAILED, failure=str(error)
            )
        except OSError as error:
            self._final = dataclasses.replace(
                blank_snapshot(self.plan),
                phase=Phase.FAILED,
                failure=f"{self._path} cannot be read: {error.strerror}",
            )
        finally:
            self._file.close()
            await asyncio.gather(whole, return_exceptions=True)

    def stop(self) -> None:
        """Go to its end at once."""
        self._is_to_end = True

    def snapshot(self) -> Snapshot:
        """The instant that is shown."""
        if self._final is not None:
            return self._final
        if self._playback is None:
            return blank_snapshot(self.plan)
        return dataclasses.replace(self._playback.picture(), elapsed_s=self.at)

    def inject(self, fault: Fault) -> str:  # noqa: ARG002 - whatever it is
        """Nothing can be done to it."""
        return NOT_DISTURBED

    def go_to(self, at: float) -> None:
        """Show another instant, in seconds from the start; one before it is the start."""
        self._target = max(0.0, at if self.length_s is None else min(at, self.length_s))

    def step(self, steps: int) -> None:
        """Go so many fiftieths of the whole on, or back, and stand still there."""
        self.is_paused = True
        if self.length_s is not None:
            begin = self.at if self._target is None else self._target
            self.go_to(begin + steps * self.length_s / STEPS)

    def faster(self, by: int) -> None:
        """Take the next speed of the list, or with -1 the one before."""
        slower = [each for each in SPEEDS if each < self.speed]
        others = slower[::-1] if by < 0 else [each for each in SPEEDS if each > self.speed]
        self.speed = next(iter(others), self.speed)

    def _play_whole(self) -> Snapshot:
        with open_to_read(self._path) as source:
            found = replayed(source, number=self._number)
        assert isinstance(found, Snapshot)
        self._whole = found
        return found

    def _rewind(self) -> None:
        """Go back to the beginning of the file."""
        self._file.close()
        source = self._file.enter_context(open_to_read(self._path))
        for number, (header, facts) in enumerate(runs_of(source.name, lines_of(source)), 1):
            if number == self._number:
                self._playback, self._facts = Playback(source.name, header), facts
                break
        self._waiting = None
        self.at = 0.0

    async def _play(self, whole: "asyncio.Task[Snapshot]") -> None:
        """Play until the last fact, or until somebody wants the end."""
        before = self._clock()
        while not self._is_to_end and not (whole.done() and whole.exception()):
            now = self._clock()
            target, self._target = self._target, None
            if target is not None and target < self.at:
                self._rewind()
            if target is None:
                target = self.at if self.is_paused else self.at + (now - before) * self.speed
            before = now
            if await self._play_to(target) and not self.is_paused:
                return
            await asyncio.sleep(FRAME_S)

    async def _play_to(self, at: float) -> bool:
        """Play what happened up to an instant; whether that is all there is."""
        playback = self._playback
        assert playback is not None
        for count in range(1, 2**62):
            line = self._waiting or next(self._facts, None)
            self._waiting = None
            if line is None or playback.is_over:
                return True
            if line.fact.get("t", 0.0) > at:
                self._waiting = line
                break
            playback.play(line)
            if count % AT_ONCE == 0:
                await asyncio.sleep(0)
                if self._is_to_end or self._target is not None:
                    self.at = playback.at
                    return False
        self.at = at
        return False
