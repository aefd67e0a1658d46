"""The file that `--record` names: refused early where it cannot be written, begun anew."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from queue_fairness.cli.commands import CompareCommand, Options, SweepCommand
from queue_fairness.cli.output_file import check_writable
from queue_fairness.errors import OutputError, PlanError, TableError

if TYPE_CHECKING:
    from queue_fairness.engine.recorded_run import RecordRequest


def recordable(path: str | None) -> str | None:
    """Refuse a file that cannot be written, or not in the form that its name asks for.

    Raises:
        PlanError: It cannot be.
    """
    if path is None:
        return None
    if path == "-":
        raise PlanError("record", "--record - : a recording is no report; name a file")
    check_writable("--record", path)
    from queue_fairness.trace.files import check_suffix

    try:
        check_suffix(path)
    except TableError as error:
        raise PlanError("record", f"--record {error}") from error
    return path


def record_request(options: Options) -> "RecordRequest | None":
    """Where the command's runs are to be recorded; what the file held is gone. None for nowhere.

    Raises:
        OutputError: The file cannot be written after all.
    """
    if options.record is None:
        return None
    from queue_fairness.engine.recorded_run import RecordRequest

    try:
        with Path(options.record).open("wb"):
            pass
    except OSError as error:
        raise OutputError(f"--record {options.record}: {error.strerror}") from error
    return RecordRequest(path=options.record, series=_series(options))


def _series(options: Options) -> Mapping[str, object] | None:
    """Which comparison or sweep the runs are of."""
    command = options.command
    if isinstance(command, CompareCommand):
        return {
            "kind": "comparison",
            "plan": dataclasses.asdict(command.plan),
            "strategies": list(command.strategies),
            "repeats": command.repeats,
        }
    if isinstance(command, SweepCommand):
        sweep = command.sweep
        return {
            "kind": "sweep",
            "plan": dataclasses.asdict(sweep.plan),
            "strategies": list(sweep.strategies),
            "repeats": sweep.repeats,
            "name": sweep.name,
            "values": list(sweep.values),
            "total_tasks": sweep.total_tasks,
        }
    return None
