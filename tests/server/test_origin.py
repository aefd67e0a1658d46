"""A server's origin: its text in reports, and the options that ask for the same one again."""

import shlex

import pytest

from queue_fairness.server.origin import OriginKind, ServerOrigin

CASES = [
    (ServerOrigin(OriginKind.BUNDLED), "bundled", "--redis-server bundled"),
    (ServerOrigin(OriginKind.PATH), "PATH", ""),
    (
        ServerOrigin(OriginKind.PROGRAM, "/opt/my redis"),
        "--redis-server /opt/my redis",
        "--redis-server '/opt/my redis'",
    ),
    (
        ServerOrigin(OriginKind.URL, "redis://user:***@host:1/0"),
        "URL redis://user:***@host:1/0",
        "--redis-url 'redis://user:***@host:1/0'",
    ),
]


@pytest.mark.parametrize(("origin", "text", "command"), CASES)
def test_origin_has_a_text_and_a_command_that_a_shell_takes_apart_again(
    origin: ServerOrigin, text: str, command: str
) -> None:
    assert str(origin) == text
    assert shlex.join(origin.options) == command
    assert tuple(shlex.split(command)) == origin.options
