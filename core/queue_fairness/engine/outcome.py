"""How a run went, as far as its events do not tell it: what was left, what broke, who broke it."""

from dataclasses import dataclass, field

from queue_fairness.engine.unforeseen import is_foreseen, unforeseen_error
from queue_fairness.errors import FairnessError, ServerError
from queue_fairness.server.errors import is_broken, is_refused
from queue_fairness.server.server import Server
from queue_fairness.server.watch import Changes


@dataclass(slots=True)
class Outcome:
    """Filled in while a run goes on; a field is None while it is not known."""

    enqueued: int = 0
    """Tasks that the queue took before the workers started."""
    elapsed_s: float = 0.0
    """How long the workers worked; 0 until they have stopped."""
    not_enqueued: int = 0
    """Tasks that arrived and did not reach the queue: their push was cut short or failed."""
    left: int | None = None
    """Tasks that still waited at the end."""
    locks_left: int | None = None
    commands: int | None = None
    """Commands that the server carried out for the queue, where they are counted from outside."""
    failure: str | None = None
    """The first error, as the sentence that the faces show."""
    failure_details: str | None = None
    failed_by_server: bool = False
    """Whether what ended the run early came from the server, not from the queue."""
    warnings: list[str] = field(default_factory=list)
    changes: Changes | None = None
    """What became of the server meanwhile."""
    server_fault: str | None = None
    """The sentence that charges the server with how the run ended."""
    has_keys: bool = False
    """Whether keys of the run may be in Redis."""
    quiet_wait_baseline_s: float | None = None
    """The p95 wait of quiet partitions in the run without the noise, where there was one."""
    quiet_wait_ideal_s: float | None = None
    """The same under ideal service."""
    pair_label: str = ""
    """Which part of a paired run this is, in words."""

    def warn(self, warning: str | None) -> None:
        """Keep a warning, once; None is none."""
        if warning is not None and warning not in self.warnings:
            self.warnings.append(warning)

    async def fail(self, error: Exception, server: Server) -> None:
        """Keep the first error, explained by the server where it is to blame."""
        if self.failure is not None:
            return
        if not is_foreseen(error):
            self.break_off(error)
            return
        if not isinstance(error, FairnessError) or is_broken(error):
            explained = await server.explain(error)
            # A user's queue that lost its connection is to blame, unless our server died.
            if not isinstance(error, FairnessError) or server.death is not None:
                error = explained
        self.failure = str(error)
        self.failed_by_server = isinstance(error, ServerError) or is_refused(error)
        self.failure_details = getattr(error, "details", None) or None

    def break_off(self, error: Exception) -> None:
        """Keep an error that nobody foresaw, unless there is one before it."""
        if self.failure is None:
            unforeseen = unforeseen_error(error)
            self.failure, self.failure_details = str(unforeseen), unforeseen.details
