"""The files of a `rediss://` URL: tried before anything is connected, and named if they fail."""

import shutil
import subprocess
from pathlib import Path

import pytest

from queue_fairness.cli.options import parse
from queue_fairness.errors import PlanError
from queue_fairness.server.certificates import check_files

pytestmark = pytest.mark.skipif(
    not shutil.which("openssl"), reason="no openssl to make a certificate"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pairs (a, b), a key with a password (c), and a file that is no PEM."""
    made = tmp_path_factory.mktemp("certificates")
    for name in "ab":
        command = f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN={name} -days 1"
        command += f" -keyout {made}/{name}.key -out {made}/{name}.crt"
        subprocess.run(command.split(), check=True, capture_output=True)
    command = f"openssl rsa -aes128 -passout pass:hunter2 -in {made}/a.key -out {made}/c.key"
    subprocess.run(command.split(), check=True, capture_output=True)
    (made / "text").write_text("no PEM")
    return made


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("ssl_ca_certs={0}/none", "ssl_ca_certs={0}/none cannot be read (No such file"),
        ("ssl_certfile={0}/none", "ssl_certfile={0}/none cannot be read"),
        ("ssl_certfile={0}/a.crt&ssl_keyfile={0}/none", "ssl_keyfile={0}/none cannot be read"),
        ("ssl_ca_certs={0}", "ssl_ca_certs={0} cannot be read (Is a directory"),
        ("ssl_ca_certs={0}/text", "ssl_ca_certs={0}/text holds no certificate"),
        ("ssl_ca_certs={0}/a.key", "ssl_ca_certs={0}/a.key holds no certificate"),
        ("ssl_ca_path={0}/text", "ssl_ca_path={0}/text is no folder"),
        ("ssl_keyfile={0}/a.key", "add ssl_certfile=FILE"),
        ("ssl_certfile={0}/a.crt", "add ssl_keyfile=FILE"),
        ("ssl_certfile={0}/text&ssl_keyfile={0}/a.key", "no certificate with its key"),
        ("ssl_certfile={0}/a.crt&ssl_keyfile={0}/b.key", "belongs to another certificate"),
        ("ssl_certfile={0}/a.crt&ssl_keyfile={0}/c.key", "ssl_password"),
        ("ssl_certfile={0}/a.crt&ssl_keyfile={0}/c.key&ssl_password=wrong", "ssl_password"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    folder: Path, query: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"rediss://host?{query.format(folder)}"
    with pytest.raises(PlanError) as caught:
        check_files(url)
    assert words.format(folder) in str(caught.value)
    assert "wrong" not in str(caught.value)

    with pytest.raises(SystemExit) as ended:
        parse(["--redis-url", url], {})
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    "query",
    [
        "ssl_ca_certs={0}/a.crt",
        "ssl_certfile={0}/a.crt&ssl_keyfile={0}/a.key&ssl_ca_path={0}",
        "ssl_certfile={0}/a.crt&ssl_keyfile={0}/c.key&ssl_password=hunter2",
    ],
)
def test_files_that_can_be_used_are_taken(folder: Path, query: str) -> None:
    check_files(f"rediss://host?{query.format(folder)}")
