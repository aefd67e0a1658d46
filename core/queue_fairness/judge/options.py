"""How a table is to be read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """What the user has said of a table; None for what is to be found out."""

    by: str | None = None
    """The column of the tenant, or a key in a column of JSON objects: `args.customer_id`."""
    ready: str | None = None
    started: str | None = None
    finished: str | None = None
    worker: str | None = None
    cost: str | None = None
    weight: str | None = None
    begin: str | None = None
    """From when is looked, as a time of the table is written."""
    end: str | None = None
    """Until when."""
    timezone: str | None = None
    """Of times that tell none, such as `Europe/Berlin`."""
    workers: int | None = None
    """How many worked."""
    fair_by: str = "turns"
    mask: bool = False
    """Whether names are replaced by pseudonyms."""
    alone: bool = True
    """Whether no second process is to be started, which makes large tables quicker."""
    command: str = ""
    """The command line that judges the same again."""

    @property
    def looks_at_a_part(self) -> bool:
        """Whether something is asked for that the recording of a run does not answer by itself."""
        return bool(self.begin or self.end or self.workers or self.mask)
