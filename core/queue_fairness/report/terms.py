"""What the words on screens and pages mean: the source of the help, and of tables in the READMEs.

A test holds the tables against it.
"""

WORDS = (
    (
        "✗ BROKEN",
        "tasks lost or done twice, or locks left behind, and not by the server's doing",
    ),
    (
        "✗ STARVING",
        "under load that goes on, a partition waits over 20 rounds",
    ),
    (
        "✗ UNFAIR",
        "partitions are emptied one after another; some get less than three quarters of their"
        " due, time and again; or more are left behind at a time, or for longer, than random "
        "choice would leave them",
    ),
    (
        "~ FAIR ON AVERAGE ONLY",
        "everyone is served in the long run, in uneven turns",
    ),
    (
        "✓ FAIR",
        "hardly anyone sits out more than a turn or two, and nobody falls behind its share",
    ),
    (
        "? INCONCLUSIVE",
        "nothing unfair was seen, but FAIR needs more evidence; the verdict says which",
    ),
)
"""The six words, each with its glyph, and when a run gets it (README.md)."""

GLOSSARY = (
    (
        "partition",
        "a tenant: whoever shares the workers with others, such as a customer. A partition is"
        " a tenant; it has its own tasks",
    ),
    (
        "task, worker",
        "one unit of work; who does it",
    ),
    (
        "strategy",
        "the queue discipline: how a worker finds its next task",
    ),
    (
        "pop",
        "to take one task out of the queue, and all requests that needs",
    ),
    (
        "pickup, dispatch",
        "the moment at which a worker gets a task; first pickup is a partition's earliest",
    ),
    (
        "lock",
        "the key that keeps others from a partition while one of its tasks is done",
    ),
    (
        "lease",
        "a task in a worker's hands, with an owner and an end; when it ends the task goes to "
        "another",
    ),
    (
        "in flight, in service",
        "taken and not finished yet",
    ),
    (
        "drain",
        "a load whose tasks are all there at the start; the run ends when they are done",
    ),
    (
        "sustained load",
        "tasks arrive at a rate, for --duration, whether or not a worker is free",
    ),
    (
        "block, shuffled, interleaved",
        "the order in which tasks are enqueued: partition after partition, at random, one of "
        "each in rotation",
    ),
    (
        "round",
        "as many dispatches as there are partitions with work; under round robin each gets one",
    ),
    (
        "wait",
        "from a task's arrival to its pickup, in s; a partition's worst wait is in rounds",
    ),
    (
        "debt",
        "the tasks a partition is owed, against an ideal equal share",
    ),
    (
        "round Jain",
        "Jain's fairness index of one round, averaged over the rounds",
    ),
    (
        "ideal",
        "a computed baseline: strict turns, and a Redis that takes no time",
    ),
    (
        "baseline",
        "the run without the noise, of a paired run",
    ),
    (
        "noisy, quiet",
        "a partition that drops a pile of tasks at once; all others",
    ),
    (
        "foreign keys",
        "keys of others in the same database",
    ),
    (
        "lag",
        "how late the program's own event loop was",
    ),
    (
        "snapshot",
        "everything known of a run at one instant; never changes",
    ),
    (
        "verdict",
        "one of six words, with its reasons",
    ),
    (
        "evidence",
        "what a verdict of FAIR needs beside even turns",
    ),
    (
        "limit",
        "what --require and --fail-if ask for",
    ),
    (
        "run, comparison, sweep",
        "one plan; one load under several strategies; one load at several values of a number",
    ),
)
"""One word per thing (core/README.md)."""

NUMBERS = (
    (
        "worst wait",
        "the longest time that a partition with work went unserved, in rounds; ideally 1. It "
        "counts dispatches, so slow workers do not change it. Every wait counts, so an early "
        "first pickup hides nothing",
    ),
    (
        "debt, owed",
        "tasks a partition is owed against an equal share of every dispatch; ideally at most 1",
    ),
    (
        "round Jain",
        "how evenly each round is shared: 1 at best, 1/n if one of n partitions gets it all. Over "
        "a whole drain any order would score 1, so it is computed per round",
    ),
    (
        "first pickups",
        "when each partition's first task was taken: ideally all bars stand left of ┃; later tasks "
        "may still wait long",
    ),
    (
        "the map",
        "who was served when: a row per group of partitions in the order of their first pickup, a "
        "column per stretch of rounds, each cell as solid as the tasks served to those due. A "
        "block is fair; a diagonal means one after another; dots are waiting and getting nothing",
    ),
    ("for FAIR", "what the verdict FAIR allows at most"),
    (
        "contended",
        "dispatches at which another partition had work, too: only those tell who is preferred",
    ),
    (
        "work-conserving",
        "whether a worker gets a task whenever one may be taken; if not, workers idle beside work",
    ),
    (
        "closed loop",
        "a drain: a worker takes its next task when it has done one, so equal tasks come out even "
        "among workers, whatever the queue does: even by construction",
    ),
    ("work-bound", "the work alone limits the rate, so the rate says nothing about the queue"),
    (
        "trips per pop",
        "round trips to Redis per task taken, polls of an empty queue included; a dash where a "
        "queue of your own does not report them",
    ),
    (
        "pop p50, p99, max",
        "time from the end of a worker's task to the start of its next one: the cost of Redis",
    ),
    (
        "same as the best",
        "marked =: the repeats of the two overlap, so the difference may be chance",
    ),
    ("lag", "how late the event loop was, p99 and max; no time is more precise than this"),
    (
        "stood still",
        "this program's event loop or the server paused for 0.1 s or more; above 1 s at once or "
        "5 % of the run, rates and times are not valid, while values in rounds are",
    ),
)
"""What is measured, how to read it, and what it does not say."""
