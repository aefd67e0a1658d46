"""Reads a table into jobs, counts what cannot be read, and judges the rest."""

import hashlib
import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter, le

from queue_fairness.errors import TableError
from queue_fairness.formatting import numbers
from queue_fairness.judge.columns import Chosen, Columns, recognize
from queue_fairness.judge.fold import judge_jobs
from queue_fairness.judge.jobs import NEVER, Jobs, Names
from queue_fairness.judge.line_up import Window
from queue_fairness.judge.options import TableOptions
from queue_fairness.judge.rows_of import Chunk, Row, Rows, key_of, last_of, rows_of
from queue_fairness.judge.times import NOTHING, TimeReader
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Source as PlanSource
from queue_fairness.trace.files import Source

MOST_BAD = 0.01
"""Share of rows that cannot be read from which nothing is judged."""
MOST_KEPT = 100_000
"""Texts of workers that are kept."""
SHOWN = 3
"""How many of them are shown."""
MS = 10**6

Tell = Callable[[str, float | None], None]
"""Told what is being done, and how far it is, 0 to 1 or None; may raise to give up."""


def judge_source(source: Source, options: TableOptions, tell: Tell = lambda *_: None) -> Snapshot:
    """Read a table and judge it.

    Args:
        source: The file.
        options: How it is read.
        tell: Told how far it is.

    Raises:
        TableError: It is no table of jobs, or has none.
    """
    return judge_rows_of(rows_of(source), source.name, options, tell, source)


def judge_rows_of(
    rows: Rows, name: str, options: TableOptions, tell: Tell, source: Source | None = None
) -> Snapshot:
    """The same of rows that somebody reads.

    Args:
        rows: The rows.
        name: Where they are from.
        options: How they are read.
        tell: Told how far it is.
        source: The file that knows how much of it is read; None where nothing does.
    """
    table = read_rows(rows, name, options, tell, source)
    return judge_table(table, name, options, tell)


def read_rows(
    rows: Rows,
    name: str,
    options: TableOptions,
    tell: Tell = lambda *_: None,
    source: Source | None = None,
) -> "TableReader":
    """Read rows; the arguments and errors are those of `judge_rows_of`."""
    table = TableReader(recognize(rows.names, options), options, rows.kind)
    for chunk in rows.chunks:
        table.take(chunk)
        doing = f"reading {name} · {numbers.plural(table.rows, 'row')}"
        tell(doing, source.share_read if source is not None else None)
    return table


def judge_table(table: "TableReader", name: str, options: TableOptions, tell: Tell) -> Snapshot:
    """Judge what was read.

    Raises:
        TableError: There is nothing to judge.
    """
    if not len(table.jobs):
        first = f": {table.bad[0]}" if table.bad else ""
        raise TableError(f"{name}: of {numbers.plural(table.rows, 'row')} none is a job{first}")
    about = PlanSource(
        name=name,
        command=options.command or f"queue-fairness-tui judge {name}",
        facts=_facts(table),
        notes=_notes(table),
        unreadable=_unreadable(table),
    )
    return judge_jobs(
        table.jobs,
        about,
        window=window_of(table.times, options),
        workers=options.workers,
        fair_by=options.fair_by,
        progress=lambda share: tell(f"judging {name}", share),
        alone=options.alone,
    )


@dataclass(slots=True)
class TableReader:
    """Takes rows in, as columns of numbers.

    Attributes:
        jobs: What was read.
        rows: How many rows there were.
        bad: The first of those that could not be read, in words.
        bad_rows: How many there were.
        retried: How many jobs were not at their first attempt.
    """

    columns: Columns
    options: TableOptions
    kind: str = "CSV"
    jobs: Jobs = field(default_factory=Jobs)
    rows: int = 0
    bad: list[str] = field(default_factory=list)
    bad_rows: int = 0
    retried: int = 0
    times: TimeReader = field(init=False)
    _workers: dict[str, int] = field(default_factory=dict, init=False)
    """By what their column says: the worker."""

    def __post_init__(self) -> None:
        """Begin with no row.

        Raises:
            TableError: There is no such zone of time.
        """
        self.times = TimeReader(self.options.timezone)
        if self.options.mask:
            self.jobs.tenants, self.jobs.workers = Names(pseudonym), Names(pseudonym)

    def take(self, chunk: Chunk) -> None:
        """Take in some rows.

        Raises:
            TableError: Their times are of several zones.
        """
        self.rows += len(chunk.rows)
        width = self.columns.width
        whole = all(len(row) == width for row in chunk.rows)
        if whole and self._take_all(chunk.rows):
            return
        for number, row in enumerate(chunk.rows):
            why = self._take_one(row, width)
            if why:
                self.bad_rows += 1
                if len(self.bad) < SHOWN:
                    self.bad.append(f"line {chunk.line(number):,}: {why}")

    def _take_all(self, rows: Sequence[Row]) -> bool:
        """Take in rows all of which are good; whether they are."""
        columns, times = self.columns, self.times
        try:
            ready = times.column(_first_of(rows, columns.ready))
            started = times.column(_texts(rows, columns.started[0]))
            finished = times.column(_first_of(rows, columns.finished))
            costs = _numbers(rows, columns.cost, least=0.0)
            weights = _numbers(rows, columns.weight, least=1e-9)
            if columns.delay is not None:
                delays = _numbers(rows, columns.delay, least=0.0)
                ready = [
                    at + (0 if each != each else round(each * MS))
                    for at, each in zip(ready, delays, strict=True)
                ]
        except ValueError:
            return False
        if not (
            all(map(le, ready, started)) and all(map(le, started, finished)) and NEVER not in ready
        ):
            return False
        self._keep(rows, ready, started, finished, costs, weights)
        return True

    def _take_one(self, row: Row, width: int) -> str:
        """Take in one row; returns why it is no job, empty if it is one."""
        if len(row) != width:
            return f"{numbers.plural(len(row), 'column')}, not {width}"
        columns, times = self.columns, self.times
        try:
            ready = times.instant(_first_of((row,), columns.ready)[0])
            started = times.instant(_texts((row,), columns.started[0])[0])
            finished = times.instant(_first_of((row,), columns.finished)[0])
            costs = _numbers((row,), columns.cost, least=0.0)
            weights = _numbers((row,), columns.weight, least=1e-9)
            if columns.delay is not None:
                delay = _numbers((row,), columns.delay, least=0.0)[0]
                ready += 0 if math.isnan(delay) else round(delay * MS)
        except ValueError as error:
            return str(error)
        if ready >= NEVER:
            return "it does not say when the job was ready"
        if started == NEVER and finished < NEVER:
            return "it ended and was never taken"
        if started < ready:
            return "it was taken before it was ready"
        if finished < started:
            return "it ended before it was taken"
        self._keep((row,), [ready], [started], [finished], costs, weights)
        return ""

    def _keep(
        self,
        rows: Sequence[Row],
        ready: list[int],
        started: list[int],
        finished: list[int],
        costs: Sequence[float],
        weights: Sequence[float],
    ) -> None:
        jobs, columns = self.jobs, self.columns
        partitions = array("i", jobs.tenants.numbers(_texts(rows, columns.by)))
        jobs.partition.extend(partitions)
        jobs.ready.extend(array("q", ready))
        jobs.started.extend(array("q", started))
        jobs.finished.extend(array("q", finished))
        if columns.worker is not None:
            jobs.worker.extend(self._hands(_texts(rows, columns.worker)))
        if columns.cost is not None:
            jobs.cost.extend(array("d", costs))
        if columns.weight is not None:
            known = zip(partitions, weights, strict=True)
            jobs.weights.update({each: weight for each, weight in known if not math.isnan(weight)})
        if columns.attempt is not None:
            at = columns.attempt.index
            self.retried += sum(row[at].isdigit() and int(row[at]) > 1 for row in rows)

    def _hands(self, texts: Sequence[str]) -> "array[int]":
        """The workers' numbers; few workers do many jobs, so that each text is looked at once."""
        known = self._workers
        if len(known) > MOST_KEPT:
            known.clear()
        for text in dict.fromkeys(texts):
            if text not in known:
                known[text] = self.jobs.workers.number(last_of(text))
        return array("i", map(known.__getitem__, texts))


def pseudonym(name: str) -> str:
    """A short name in place of one that is not to be seen, the same for the same."""
    return "t-" + hashlib.blake2s(name.encode(errors="surrogatepass"), digest_size=4).hexdigest()


def _texts(rows: Sequence[Row], chosen: Chosen) -> list[str]:
    texts = list(map(itemgetter(chosen.index), rows))
    return [key_of(text, chosen.key) for text in texts] if chosen.key else texts


def _first_of(rows: Sequence[Row], some: Sequence[Chosen]) -> list[str]:
    """Of several columns what is not empty, row by row."""
    texts = _texts(rows, some[0])
    for chosen in some[1:]:
        if NOTHING.isdisjoint(texts):
            break
        others = _texts(rows, chosen)
        texts = [
            other if text in NOTHING else text for text, other in zip(texts, others, strict=True)
        ]
    return texts


def _numbers(rows: Sequence[Row], chosen: Chosen | None, least: float) -> list[float]:
    """Numbers, NaN where there is none; empty where there is no such column.

    Raises:
        ValueError: One is no number, or too small.
    """
    if chosen is None:
        return []
    found = [math.nan if text in NOTHING else float(text) for text in _texts(rows, chosen)]
    for each in found:
        if each < least or math.isinf(each):
            raise ValueError(f"{chosen.name} is {each:g}")
    return found


def window_of(times: TimeReader, options: TableOptions) -> Window:
    """What is looked at.

    Raises:
        TableError: A bound is no time, or the two are in the wrong order.
    """
    bounds = []
    for name, text in (("from", options.begin), ("to", options.end)):
        try:
            bounds.append(None if text is None else times.bound(text))
        except ValueError as error:
            raise TableError(f"--{name} {text}: {error}") from error
    begin, end = bounds
    if begin is not None and end is not None and begin >= end:
        raise TableError("--from is not before --to: nothing lies between them")
    return Window(begin, end)


def _facts(table: TableReader) -> tuple[tuple[str, str], ...]:
    columns = table.columns
    whose = f", as {columns.system} names them" if columns.system else ""
    facts = [
        ("read", f"{numbers.plural(table.rows, 'row')} of {table.kind}"),
        (f"columns{whose}", columns.options),
    ]
    if table.bad_rows:
        facts.append(("left out", f"{numbers.plural(table.bad_rows, 'row')}: {table.bad[0]}"))
    return tuple(facts)


def _notes(table: TableReader) -> tuple[str, ...]:
    notes = []
    if table.bad_rows:
        shown = "; ".join(table.bad)
        more = table.bad_rows - len(table.bad)
        and_more = f"; and {more:,} more" if more else ""
        notes.append(f"Left out: {shown}{and_more}.")
    if table.retried:
        jobs = numbers.plural(table.retried, "job")
        notes.append(f"{jobs} tried before: only the last attempt is in the table.")
    return tuple(notes)


def _unreadable(table: TableReader) -> str:
    if table.bad_rows <= MOST_BAD * table.rows:
        return ""
    share = numbers.percent(table.bad_rows / table.rows, 1)
    return f"{share} of the rows cannot be read; over 1 % is too much."
