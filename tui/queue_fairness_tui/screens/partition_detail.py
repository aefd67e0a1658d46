"""Everything about one partition, for the question why a tenant's tasks do not run."""

from rich.text import Text

from queue_fairness.analysis.partitions import PartitionRow
from queue_fairness.formatting import numbers
from queue_fairness.formatting.table import Table, table_lines
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui.screens.dialog import Dialog


class PartitionDetail(Dialog):
    """One partition, over the table it was opened from."""

    def __init__(self, row: PartitionRow, snapshot: Snapshot) -> None:
        super().__init__()
        self._row = row
        self._snapshot = snapshot

    def texts(self) -> list[Text]:
        """A table of facts."""
        title, *lines = table_lines(_facts(self._row, self._snapshot))
        text = Text(f"{title}\n", "bold")
        text.append("\n".join(lines), "not bold")
        return [text]


def _facts(row: PartitionRow, snapshot: Snapshot) -> Table:
    if row.rank is None:
        return Table(
            title=f"Partition {row.name}: never served",
            rows=(
                ("waited", f"{numbers.seconds(snapshot.elapsed_s)}, the whole run"),
                ("longest wait", f"{numbers.digits(row.worst_wait_rounds)} rounds"),
                ("tasks dispatched to others meanwhile", f"{snapshot.picked_up:,}"),
                ("partitions that went first", f"{snapshot.partitions_served:,}"),
            ),
        )
    before = snapshot.first_pickup_index[row.rank]
    return Table(
        title=f"Partition {row.name}",
        rows=(
            ("served", f"{numbers.of(row.served, row.tasks)} tasks"),
            ("first pickup", numbers.seconds(row.first_pickup_s)),
            ("tasks dispatched to others before it", f"{before:,}"),
            ("first pickup, in rounds", numbers.digits(row.first_pickup_rounds)),
            ("partitions that went first", f"{row.rank:,} of {max(0, snapshot.partitions - 1):,}"),
            ("ideal first pickup, at the latest", numbers.seconds(snapshot.round_s)),
            ("longest wait", f"{numbers.digits(row.worst_wait_rounds)} rounds"),
            ("average wait of its tasks", numbers.seconds(row.mean_wait_s)),
        ),
    )
