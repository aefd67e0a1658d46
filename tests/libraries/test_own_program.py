"""A program of the user's own in any language, over the pipe; and what it may do wrong."""

import asyncio
import sys
from pathlib import Path

import pytest
from libraries.installed import need
from servers import ENGINES

from queue_fairness.engine.session import Session
from queue_fairness.errors import PlanError
from queue_fairness.libraries.catalogue import SETUPS
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice

EXAMPLE = Path(__file__).with_name("example_queue.cjs")
OPENED = '{"say": "opened", "protocol": 1, "version": "1"}'


async def _run(strategy: str) -> Snapshot:
    plan = Plan(
        strategy=strategy, partitions=6, tasks_per_partition=3, workers=3, work_duration=0.001
    )
    async with Session(ServerChoice(redis_server=ENGINES[-1])) as session:
        run = await session.start(plan)
        await session.wait()
        return run.snapshot()


def _program(folder: Path, *lines: str) -> str:
    path = folder / "adapter.py"
    path.write_text("\n".join(("import sys, json", "said = sys.stdin.readline()", *lines)))
    return f"pipe:{sys.executable} {path}"


@pytest.mark.libraries
def test_queue_in_node_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    need("bullmq")  # which brings a Redis client for Node
    library = SETUPS["bullmq"].library
    assert library is not None
    monkeypatch.setenv("NODE_PATH", str(library.environment.folder / "node_modules"))

    final = asyncio.run(_run(f"pipe:node {EXAMPLE}"))

    assert (final.phase, final.completed, final.lost) == (Phase.DRAINED, 18, 0), final.failure
    assert final.library == "example_queue.cjs 1"


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (['raise ValueError("no idea")'], "ended; it wrote: ValueError: no idea"),
        (['print("hello", flush=True)', "sys.stdin.read()"], "wrote 'hello', which is no message"),
        (['print(json.dumps({"say": "opened"}), flush=True)', "sys.stdin.read()"], "protocol None"),
        (
            ['print(\'{"say": "failed", "why": "no disk"}\', flush=True)', "sys.stdin.read()"],
            "says: no disk",
        ),
        (
            [
                f"print('{OPENED}', flush=True)",
                'print(\'{"say": "got", "worker": "w", "task": "9:9"}\', flush=True)',
                "sys.stdin.read()",
            ],
            "'9:9' was begun, and never pushed",
        ),
    ],
    ids=["dies", "chatters", "other protocol", "fails", "invents"],
)
async def test_what_it_does_wrong_is_one_sentence(
    tmp_path: Path, lines: list[str], complaint: str
) -> None:
    final = await _run(_program(tmp_path, *lines))

    assert final.phase is Phase.FAILED
    assert complaint in (final.failure or "")
    assert "\n" not in (final.failure or "")


@pytest.mark.parametrize(
    ("strategy", "complaint"),
    [
        ("pipe:/nowhere/program", "there is no program /nowhere/program"),
        ("pipe:'half", "is no command line"),
        ("rq:fifo", "choose one of rq, rq:tenants"),
    ],
)
def test_what_cannot_be_is_refused_before_it_runs(strategy: str, complaint: str) -> None:
    with pytest.raises(PlanError, match=complaint) as refusal:
        Plan(strategy=strategy)

    assert refusal.value.field == "strategy"
