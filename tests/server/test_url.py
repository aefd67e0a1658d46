"""URLs and choices: refused early, shown without secrets. No server takes part."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_fairness.errors import PlanError
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.url import mask_url

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("redis://:hunter2@host:6379/0", "redis://:***@host:6379/0"),
        ("redis://app:hunter2@host", "redis://app:***@host"),
        ("redis://hunter2@host", "redis://***@host"),
        ("rediss://[::1]:1/2?db=3&password=hunter2", "rediss://[::1]:1/2?db=3&password=***"),
        ("unix:///run/redis.sock?db=1&hunter2", "unix:///run/redis.sock?db=1&***"),
        ("unix://app:hunter2@/run/redis.sock", "unix://app:***@/run/redis.sock"),
        ("localhost:6379", "localhost:6379"),
        ("redis://app:hunter2/x@host", "redis://***"),
        ("redis://app:hunter2?x@host", "redis://***"),
        ("redis://app:x@hunter2@host", "redis://***"),
        ("redis://host?password=x@hunter2", "redis://***"),
        ("redis:/app:hunter2@host", "***"),
        (":hunter2@host:6379", ":***@host:6379"),
        ("redis://app:hunter2 @host", "redis://***"),
    ],
)
def test_a_shown_url_keeps_the_place_and_loses_the_secret(url: str, shown: str) -> None:
    assert mask_url(url) == shown
    assert SECRET not in mask_url(url)
    assert SECRET not in repr(Endpoint(url))


@given(
    before=st.text("ab:/?#@[]%. \n1", max_size=8),
    after=st.text("ab:/?#@[]%. \n1&=", max_size=8),
    scheme=st.sampled_from(["redis://", "rediss://", "unix://", "http://", "redis:", "//", ""]),
)
def test_no_shape_of_url_shows_a_password_before_the_at_sign(
    before: str, after: str, scheme: str
) -> None:
    url = f"{scheme}app:{before}{SECRET}{after}@host:6379/0"

    assert SECRET not in mask_url(url)


@given(before=st.text("ab&=/#@1", max_size=8), after=st.text("ab&=/#@1", max_size=8))
def test_no_query_shows_a_password(before: str, after: str) -> None:
    assert SECRET not in mask_url(f"redis://host/0?password={before}{SECRET}{after}")


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("", "is empty"),
        ("localhost:6379", "must begin with redis://"),
        ("http://:hunter2@host", "must begin with redis://"),
        ("redis:host", "must begin with redis://"),
        ("redis://host:0", "from 1 to 65535"),
        ("redis://host:65536", "from 1 to 65535"),
        ("redis://host:hunter2", "from 1 to 65535"),
        ("redis://host/zero", "whole number"),
        ("redis://host/0/1", "whole number"),
        ("redis://host/-1", "whole number"),
        ("redis://host?db=x", "whole number"),
        ("redis://host?socket_timeout=5", "remove the option socket_timeout"),
        ("redis://host?hunter2", "remove the option *** from it"),
        ("redis://host?ssl_cert_reqs=none", "begin with rediss://"),
        ("rediss://host?ssl_cert_reqs=never", "none, optional or required"),
        ("redis://host?protocol=4", "2 or 3"),
        ("redis://app:a#hunter2@host", "%23"),
        ("redis://app:hunter2?a@host", "%3F"),
        ("redis://app:1/hunter2@host", "%2F"),
        ("redis://ho st", "white space"),
        ("redis://[::1", "not a URL"),
        ("unix://run/redis.sock", "begins with a slash"),
        ("unix:///", "name the socket"),
        ("unix:///tmp", "names a folder"),
        ("unix:///etc/passwd", "no socket"),
        ("unix:///" + "x" * 120, "at most 107 bytes"),
        ("redis://" + "h" * 70, "1 to 63 characters"),
        ("redis://" + ".".join(["h" * 60] * 5), "253 characters"),
        ("redis://a..b", "1 to 63 characters"),
        ("redis://ho%00st", "%00"),
        ("unix:///run/%00", "%00"),
        ("redis://app:hunter2%00@host", "%00"),
        ("redis://app:hunter2[word@host", "%5B"),
        ("redis+sentinel://host:26379/mymaster", "give the server itself"),
        ("  ", "is empty"),
        ("//host", "must begin with redis://"),
    ],
)
def test_a_url_that_cannot_work_is_refused_with_advice(url: str, advice: str) -> None:
    with pytest.raises(PlanError) as caught:
        ServerChoice(redis_url=url)

    assert caught.value.field == "redis_url"
    assert str(caught.value).startswith("--redis-url ")
    assert advice in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://",
        "redis:///0",
        "redis://app:p%40ss@localhost:6379/15",
        "rediss://[::1]:6380/?ssl_cert_reqs=none&ssl_ca_certs=/ca.pem&db=2",
        "unix:///run/redis.sock?db=1&password=x",
    ],
)
def test_a_url_that_can_work_is_taken(url: str) -> None:
    choice = ServerChoice(redis_url=url)

    assert choice.redis_url == url
    assert url not in repr(choice)


@pytest.mark.parametrize(
    ("url", "means"),
    [
        ("redis+unix:///run/r.sock", "unix:///run/r.sock"),
        ("redis+socket:///run/r.sock?virtual_host=3", "unix:///run/r.sock?db=3"),
        ("unix+redis:///run/r.sock", "unix:///run/r.sock"),
        ("tcp://host:6379", "redis://host:6379"),
        ("valkey://host", "redis://host"),
        ("valkeys://host", "rediss://host"),
        ("REDIS+SSL://host", "rediss://host"),
        ("rediss://host?ssl_cert_reqs=CERT_NONE", "rediss://host?ssl_cert_reqs=none"),
        ("rediss://host?ssl_cert_reqs=ssl.CERT_REQUIRED", "rediss://host?ssl_cert_reqs=required"),
        ("rediss://host?ssl_cert_reqs=None&db=1", "rediss://host?ssl_cert_reqs=none&db=1"),
    ],
)
def test_usual_spellings_are_understood(url: str, means: str) -> None:
    assert ServerChoice(redis_url=url).redis_url == means


@pytest.mark.parametrize("prefix", ["a{b}", "a b", "a*", "a[b]", "é", "x" * 65, "a\nb", "}", "?"])
def test_a_key_prefix_that_could_be_misread_is_refused(prefix: str) -> None:
    with pytest.raises(PlanError, match="--key-prefix") as caught:
        ServerChoice(key_prefix=prefix)

    assert caught.value.field == "key_prefix"
    assert str(caught.value).isascii()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis://:hunter2@127.0.0.1:7120/1", "use: redis://:***@127.0.0.1:7120/1;"),
        ("unix:///run/r.sock", "use: unix:///run/r.sock;"),
        ("redis://db.example.com", "use, which is another machine: redis://db.example.com;"),
    ],
)
def test_the_url_of_the_environment_is_named(url: str, words: str) -> None:
    assert words in (ServerChoice(redis_url=url, is_from_environment=True).notice or "")
    assert ServerChoice(redis_url=url).notice is None


def test_a_url_and_a_program_exclude_each_other() -> None:
    with pytest.raises(PlanError, match="exclude each other") as caught:
        ServerChoice(redis_url="redis://host", redis_server="bundled")

    assert caught.value.field == "redis_server"


@pytest.mark.parametrize("program", ["", "no-such-redis-server", "/no/such/redis-server"])
def test_a_program_that_is_not_there_is_refused(program: str) -> None:
    with pytest.raises(PlanError, match="there is no such program") as caught:
        ServerChoice(redis_server=program)

    assert caught.value.field == "redis_server"


def test_a_program_may_be_given_by_path(tmp_path: Path) -> None:
    program = tmp_path / "redis-server"
    program.touch()

    assert ServerChoice(redis_server=str(program)).redis_server == str(program)


def test_a_wrong_url_of_the_environment_is_called_by_its_variable() -> None:
    with pytest.raises(PlanError, match=r"^REDIS_URL http://host: it must begin"):
        ServerChoice(redis_url="http://host", is_from_environment=True)
    with pytest.raises(PlanError, match=r"^--redis-url http://host: it must begin"):
        ServerChoice(redis_url="http://host")
