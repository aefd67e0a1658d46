"""The report of a difference: whether the second result is worse, and in what."""

from collections.abc import Iterator

from queue_fairness.analysis.columns import Cell as Reduced
from queue_fairness.analysis.difference import Change, Difference, Measured, Pair
from queue_fairness.fairness.word import Level
from queue_fairness.formatting import numbers
from queue_fairness.formatting.table import Column, Table
from queue_fairness.report.model import Block, Measure, Report, Section, Sentences
from queue_fairness.report.pictures import Tone

MARKS = {Change.WORSE: "worse", Change.BETTER: "better", Change.SAME: "same", Change.UNKNOWN: ""}
MOST_SAID = 3
"""How many changes of a strategy the sentence names; the table has them all."""
NOTE = "same: no farther apart than chance puts two runs of one queue, or its repeats"


def difference_report(found: Difference, command: str) -> Report:
    """The whole report.

    Args:
        found: The difference.
        command: The command line that asks for it again.
    """
    badge, tone = _badge(found)
    return Report(
        sentence=sentence(found),
        badge=badge,
        tone=tone,
        headline=(f"before: {found.names[0]}", f"after: {found.names[1]}"),
        sections=tuple(_section(each) for each in found.pairs),
        notes=tuple(_notes(found)),
        command=command,
        measures=tuple(_measures(found)),
    )


def sentence(found: Difference) -> str:
    """Whether the second is worse, and in what, in one sentence."""
    badge, _ = _badge(found)
    if not found.pairs:
        return f"{badge}  the two have no strategy under the same load in common"
    if not found.is_comparable:
        return f"{badge}  {_obstacle(found)}"
    several = len(found.pairs) > 1
    said = []
    for pair in found.pairs:
        parts = list(_parts(pair, Change.WORSE)) if found.is_worse else []
        parts = parts or ([] if found.is_worse else list(_parts(pair, Change.BETTER)))
        if parts:
            listed = numbers.listed(parts, MOST_SAID)
            said.append(f"{pair.name}: {listed}" if several else listed)
    return f"{badge}  {'; '.join(said) or 'nothing differs by more than chance'}"


def _badge(found: Difference) -> tuple[str, Tone]:
    if not found.is_comparable:
        return "? CANNOT BE COMPARED", "plain"
    if found.is_worse:
        return "✗ WORSE", "bad"
    if any(pair.word is Change.BETTER or pair.better for pair in found.pairs):
        return "✓ BETTER", "good"
    return "✓ NO WORSE", "good"


def _obstacle(found: Difference) -> str:
    """Why the first pair that cannot be compared cannot."""
    pair = next(each for each in found.pairs if not each.is_comparable)
    if pair.loads:
        return f"the loads differ: {numbers.listed(pair.loads)}"
    side = "before" if not pair.before.runs else "after"
    return f"{pair.name}: no run of the one {side} came to its end"


def _parts(pair: Pair, change: Change) -> Iterator[str]:
    """What changed so, the verdict first."""
    if pair.word is change:
        yield f"{_text(pair.words[0])} → {_text(pair.words[1])}"
    for each in pair.measured:
        if each.change is change:
            show, unit = each.quantity.show, f" {each.quantity.unit}".rstrip()
            values = f"{show(each.before.median)} → {show(each.after.median)}"
            yield f"{each.quantity.title} {values}{unit}"


def _section(pair: Pair) -> Section:
    words = ("verdict", _text(pair.words[0]), _text(pair.words[1]), "", MARKS[pair.word])
    table = Table(
        title=pair.name,
        columns=(
            Column(is_label=True),
            Column(head="before"),
            Column(head="after"),
            Column(head="ratio"),
            Column(head="beyond chance"),
        ),
        rows=(words, *(_row(each) for each in pair.measured)),
    )
    blocks: tuple[Block, ...] = (table,)
    said = (*(f"load: {each}" for each in pair.loads), *pair.remarks)
    if said:
        blocks = (table, Sentences(said))
    return Section(title=pair.name, blocks=blocks)


def _row(each: Measured) -> tuple[str, ...]:
    ratio = numbers.digits(each.ratio) if each.ratio is not None else numbers.UNKNOWN
    return (
        ", ".join(filter(None, (each.quantity.title, each.quantity.unit))),
        _shown(each, each.before),
        _shown(each, each.after),
        ratio,
        MARKS[each.change],
    )


def _shown(each: Measured, cell: Reduced) -> str:
    return each.quantity.show(cell.median)


def _notes(found: Difference) -> Iterator[str]:
    yield NOTE
    for side, names in zip(("before", "after"), found.alone, strict=True):
        if names:
            yield f"only {side}: {numbers.listed(names, 6)}"


def _measures(found: Difference) -> Iterator[Measure]:
    for pair in found.pairs:
        for runs, word, index in (
            (pair.before, pair.words[0], 0),
            (pair.after, pair.words[1], 1),
        ):
            for each in pair.measured:
                cell = (each.before, each.after)[index]
                yield Measure(
                    strategy=runs.name,
                    verdict=_text(word) if word else "",
                    field=("before", "after")[index],
                    runs=len(runs.runs),
                    measure=each.quantity.path,
                    unit=each.quantity.unit,
                    median=cell.median,
                    min=cell.minimum,
                    max=cell.maximum,
                )


def _text(word: Level | None) -> str:
    return word.text if word else numbers.UNKNOWN
