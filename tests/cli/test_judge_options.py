"""Options of a run are no options of `judge`, which makes none."""

import pytest

from queue_fairness.cli.judge_options import parse, parser

OF_A_RUN = [
    "--redis-url redis://h",
    "--redis-server bundled",
    "--yes",
    "--key-prefix app:",
    "--allow-eviction",
    "--isolate",
    "--record run.jsonl",
]


def test_the_help_has_no_option_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    parser().print_help()
    shown = capsys.readouterr().out

    assert "--mask" in shown
    assert not [each for each in OF_A_RUN if each.split()[0] in shown]
    assert "the Redis server" not in shown


@pytest.mark.parametrize("words", OF_A_RUN)
def test_an_option_of_a_run_is_refused(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["jobs.csv", *words.split()], {})

    assert f"{words.split()[0]} is for runs, and none is made here" in capsys.readouterr().err


def test_a_redis_of_the_environment_does_not_matter() -> None:
    assert parse(["jobs.csv"], {"REDIS_URL": "redis://h:1"}).server.redis_url is None
