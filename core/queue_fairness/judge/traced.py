"""Makes a load of jobs that were read, to be carried out again under another strategy."""

from array import array

from queue_fairness.errors import PlanError
from queue_fairness.judge.facts import read_facts
from queue_fairness.judge.jobs import NEVER, Jobs
from queue_fairness.judge.line_up import line_up
from queue_fairness.judge.options import TableOptions
from queue_fairness.judge.reading import read_rows
from queue_fairness.judge.rows_of import rows_of
from queue_fairness.plan.source import Trace
from queue_fairness.plan.traced import TracedPlan
from queue_fairness.trace.files import Source
from queue_fairness.trace.reading import is_recording, lines_of

NS = 1e-9
MOST_WORKERS = 1024


def traced_plan(source: Source, strategy: str, command: str) -> TracedPlan:
    """The jobs of a table, or of a file of facts, as a plan.

    Args:
        source: The file.
        strategy: Under which they are to be carried out.
        command: The options that ask for it again.

    Raises:
        TableError: There is no job in the file, or it is no such file.
        PlanError: There are too many, or there is no such strategy.
    """
    options = TableOptions()
    if is_recording(source.peek()):
        lines = lines_of(source)
        jobs = read_facts(source.name, lines, options).jobs
    else:
        jobs = read_rows(rows_of(source), source.name, options).jobs
    return plan_of_jobs(jobs, source.name, strategy, command)


def plan_of_jobs(jobs: Jobs, name: str, strategy: str, command: str) -> TracedPlan:
    """Jobs as a plan; one that was not done takes as long as the others on average.

    Raises:
        PlanError: There are none, too many, or there is no such strategy.
    """
    lined = line_up(jobs, None)
    if not lined.by_ready:
        raise PlanError("file", f"{name}: no job in it")
    started, finished, mean_s = jobs.started, jobs.finished, lined.mean_service_s
    zero = lined.zero
    work = array(
        "d",
        (
            (finished[job] - started[job]) * NS if finished[job] < NEVER else mean_s
            for job in lined.by_ready
        ),
    )
    trace = Trace(
        name=name,
        command=command,
        tenants=jobs.tenants.shown,
        at=array("d", (max(0, jobs.ready[job] - zero) * NS for job in lined.by_ready)),
        partition=array("i", (jobs.partition[job] for job in lined.by_ready)),
        work_s=work,
    )
    return TracedPlan(
        trace=trace,
        strategy=strategy,
        partitions=len(jobs.tenants.shown),
        tasks_per_partition=max(1, round(len(trace.at) / len(jobs.tenants.shown))),
        workers=min(MOST_WORKERS, lined.workers),
        work_duration=min(3600.0, sum(work) / len(work)),
        duration=min(86_400.0, max(0.1, lined.elapsed_s)),
        concurrency_limit=min(MOST_WORKERS, lined.limit),
    )
