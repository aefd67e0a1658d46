"""One adapter for each library, in the order in which they are looked for."""

from collections.abc import Mapping

from queue_fairness.attach.libraries.agentexec import Agentexec
from queue_fairness.attach.libraries.arq import Arq
from queue_fairness.attach.libraries.asynq import Asynq
from queue_fairness.attach.libraries.base import Adapter
from queue_fairness.attach.libraries.bull import Bull, BullMQ
from queue_fairness.attach.libraries.celery import Celery
from queue_fairness.attach.libraries.dramatiq import Dramatiq
from queue_fairness.attach.libraries.huey import Huey
from queue_fairness.attach.libraries.rq import RQ
from queue_fairness.attach.libraries.saq import Saq
from queue_fairness.attach.libraries.sidekiq import Sidekiq
from queue_fairness.attach.libraries.streams import Streams
from queue_fairness.attach.libraries.streaq import Streaq
from queue_fairness.attach.libraries.taskiq import Taskiq

ADAPTERS: Mapping[str, type[Adapter]] = {
    each.library: each
    for each in (
        *(Agentexec, RQ, BullMQ, Bull, Celery, Taskiq, Streaq, Streams, Saq, Arq),
        *(Dramatiq, Huey, Sidekiq, Asynq),
    )
}
"""Every adapter by its library's name."""
