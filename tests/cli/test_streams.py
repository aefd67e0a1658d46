"""The standard streams missing, full or odd: right, or one sentence; never a traceback."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.sample(3)

RUN = "-P 20 -t 5 -w 2 --work-duration 1ms"
LONG = "-P 200 -t 100 --headless"
COMMAND = f"{sys.executable} -m queue_fairness_tui"
PRINTING = ["--version", "--help", "compare --help", "scenarios", "schema", "--fail-if help"]


def shell(line: str, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Let a shell run the program with the streams as they are written in the line."""
    kept = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    done = subprocess.run(
        ["sh", "-c", f"exec {COMMAND} {line}"],
        capture_output=True,
        cwd=cwd,
        env={**kept, **environment},
        timeout=60,
        check=False,
    )
    out, err = (each.decode(errors="replace") for each in (done.stdout, done.stderr))
    assert "Traceback" not in out + err
    assert "Exception ignored" not in out + err
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


@pytest.mark.parametrize("stream", ["<&-", "2>&-", "2>/dev/full", "<&- 2>&-"])
def test_without_stdin_or_stderr_the_result_is_the_same(stream: str, tmp_path: Path) -> None:
    done = shell(f"{RUN} {stream}", tmp_path)

    assert done.returncode == 0
    assert "DRAINED  100 of 100 tasks" in done.stdout


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (">&-", "it is closed"),
        (">/dev/full", "No space left on device"),
        ("1</dev/null", "Bad file descriptor"),
    ],
)
@pytest.mark.parametrize("word", [RUN, *PRINTING])
def test_a_stdout_that_takes_nothing_is_said(
    word: str, stream: str, why: str, tmp_path: Path
) -> None:
    done = shell(f"{word} {stream}", tmp_path)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"queue-fairness-tui: stdout could not be written: {why}"


@pytest.mark.parametrize("form", ["--json -", "--markdown", "--format csv", "--isolate"])
def test_in_every_format(form: str, tmp_path: Path) -> None:
    done = shell(f"{RUN} {form} >/dev/full", tmp_path)

    assert done.returncode == 1
    assert "stdout could not be written: No space left" in done.stderr


def test_the_file_is_written_even_if_stdout_is_not(tmp_path: Path) -> None:
    done = shell(f"{RUN} --json result.json >&-", tmp_path)

    assert done.returncode == 1
    assert '"completed": 100' in (tmp_path / "result.json").read_text()


@pytest.mark.parametrize("word", PRINTING)
def test_words_that_print_do_without_stderr(word: str, tmp_path: Path) -> None:
    done = shell(f"{word} 2>&-", tmp_path)

    assert done.returncode == 0
    assert done.stdout


def test_no_stream_at_all(tmp_path: Path) -> None:
    assert shell(f"{RUN} --json result.json <&- >&- 2>&-", tmp_path).returncode == 1
    assert '"completed": 100' in (tmp_path / "result.json").read_text()


def test_a_usage_that_is_wrong_needs_no_stderr(tmp_path: Path) -> None:
    assert shell("--nonsense 2>&-", tmp_path).returncode == 2


@pytest.mark.parametrize("path", ["a" * 300, "a/" * 3000 + "b", "''", "/", "no/such/folder"])
def test_a_result_file_that_cannot_be_is_refused_before_the_run(path: str, tmp_path: Path) -> None:
    done = shell(f"{RUN} --json {path}", tmp_path)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "--json" in done.stderr
    assert len(done.stderr) < 300


def test_a_full_device_as_result_file_is_said(tmp_path: Path) -> None:
    done = shell(f"{RUN} --json /dev/full", tmp_path)

    assert done.returncode == 1
    assert "DRAINED" in done.stdout
    assert "--json /dev/full could not be written: No space left on device" in done.stderr


def test_a_named_pipe_that_nobody_reads_is_said(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    done = shell(f"{RUN} --json pipe", tmp_path)

    assert done.returncode == 1
    assert "DRAINED" in done.stdout
    assert "--json pipe could not be written: it is a pipe that nobody reads" in done.stderr


def test_a_named_pipe_may_be_read_late(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[str] = []

    def read_late() -> None:
        time.sleep(3)
        read.append((tmp_path / "pipe").read_text())

    reader = threading.Thread(target=read_late)
    reader.start()
    done = shell(f"{RUN} --json pipe", tmp_path)
    reader.join()

    assert done.returncode == 0
    assert '"completed": 100' in read[0]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16", "cp037"])
def test_any_encoding_gets_a_report(encoding: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"exec {COMMAND} {RUN}"],
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "DRAINED" in done.stdout.decode(encoding)


def test_a_signal_that_was_ignored_at_the_start_stays_ignored(tmp_path: Path) -> None:
    line = f"trap '' HUP; exec {COMMAND} -P 50 -t 40 -w 8 --headless"
    with subprocess.Popen(
        ["sh", "-c", line], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        process.stderr.readline()  # it has begun
        process.send_signal(signal.SIGHUP)
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "DRAINED  2,000 of 2,000 tasks" in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_each_signal_ends_a_run_with_its_report(number: int, tmp_path: Path) -> None:
    with subprocess.Popen(
        ["sh", "-c", f"exec {COMMAND} {LONG}"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        process.stderr.readline()
        time.sleep(1)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 128 + number, err
    assert "STOPPED EARLY" in out


def test_signals_after_the_last_word_change_no_status(tmp_path: Path) -> None:
    with subprocess.Popen(
        ["sh", "-c", f"exec {COMMAND} {RUN} --json -"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline() not in (b"}\n", b""):
            pass
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.001)
        said = process.communicate()[1]

    assert process.returncode == 0, said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_a_signal_counts_although_the_reader_has_left(number: int, tmp_path: Path) -> None:
    with subprocess.Popen(
        ["sh", "-c", f"exec {COMMAND} {LONG} --json result.json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stderr.readline()
        process.stdout.close()
        time.sleep(1)
        process.send_signal(number)
        said = process.stderr.read().decode()

        assert process.wait(20) == 128 + number, said
    assert "Traceback" not in said
    assert '"phase": "stopped"' in (tmp_path / "result.json").read_text()
