"""The phases of a run, from its start to its end."""

import enum


class Phase(enum.Enum):
    """Where a run stands. The last four are final."""

    STARTING = "starting"
    ENQUEUEING = "enqueueing"
    DRAINING = "draining"
    SERVING = "serving"
    """Under sustained load."""
    STOPPING = "stopping"
    DRAINED = "drained"
    ENDED = "ended"
    """The time of a sustained load is over."""
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing can change any more."""
        return self.is_complete or self in (Phase.STOPPED, Phase.FAILED)

    @property
    def is_complete(self) -> bool:
        """Whether the run went to its end."""
        return self in (Phase.DRAINED, Phase.ENDED)

    @property
    def is_working(self) -> bool:
        """Whether the workers work."""
        return self in (Phase.DRAINING, Phase.SERVING)
