"""What tests need to know about a run that no face asks for."""

from queue_fairness.engine.paired_run import PairedRun
from queue_fairness.engine.run import Run
from queue_fairness.engine.run_handle import RunHandle


def engine_of(run: RunHandle) -> Run:
    """The engine of a run in this process; of a paired one, that of the part with the noise."""
    if isinstance(run, PairedRun):
        return run.measured
    assert isinstance(run, Run)
    return run
