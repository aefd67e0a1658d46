"""Judges jobs that some system has done, by the table that it keeps of them.

```
a file ──► rows ──► columns ──► times ──► Jobs ──► fold ──► a final Snapshot ──► reports, screens
```

`judge_rows` takes rows that are in memory; `judge_jobs` columns that are numbers already.
"""

from queue_fairness.judge.fold import judge_jobs
from queue_fairness.judge.jobs import Jobs
from queue_fairness.judge.rows import JobRow, jobs_of, judge_rows

__all__ = ["JobRow", "Jobs", "jobs_of", "judge_jobs", "judge_rows"]
