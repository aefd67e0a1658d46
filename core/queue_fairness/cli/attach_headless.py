"""`attach` without a screen: one report, a stream, metrics, a lock explained, a line of ACL."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from queue_fairness.attach.acl import acl_line, optional_grants
from queue_fairness.attach.locks import Diagnosis, diagnose
from queue_fairness.attach.model import Lock
from queue_fairness.attach.picture import Picture, take_picture
from queue_fairness.attach.record import Recorder
from queue_fairness.attach.session import Attachment, attached
from queue_fairness.cli.attach_options import AttachOptions
from queue_fairness.cli.commands import PROGRAM, OutputFile
from queue_fairness.cli.output_file import write_file
from queue_fairness.cli.streams import complain, write_out
from queue_fairness.errors import OutputError, PlanError, ServerError
from queue_fairness.formatting.wrapping import wrapped
from queue_fairness.report.attach_json import attach_document
from queue_fairness.report.attach_limits import results, status
from queue_fairness.report.attach_report import attach_report
from queue_fairness.report.limits import limit_lines
from queue_fairness.report.render_json import render_json
from queue_fairness.report.render_markdown import render_markdown
from queue_fairness.report.render_text import render_text

RETRY_S = 0.5
"""How long a lost server is left alone before the next try."""
LONGEST_RETRY_S = 5.0


async def run_attach(options: AttachOptions) -> int:
    """Do what was asked for; returns the exit status."""
    try:
        async with attached(options.url, options.plan) as attachment:
            if options.acl:
                return _print_acl(attachment)
            with recorded(options, attachment) as recorder:
                if options.explain_lock is not None:
                    return await _explain(attachment, options, recorder)
                if options.stream:
                    return await _stream(attachment, options, recorder)
                if options.prometheus is not None:
                    return await _export(attachment, options, recorder)
                return await _once(attachment, options, recorder)
    except PlanError as error:
        complain(f"{PROGRAM} attach: {error}\n")
        return 2


def recorded(
    options: AttachOptions, attachment: Attachment
) -> AbstractContextManager[Recorder | None]:
    """The file of `--record`, open while the block lasts; None if it was not asked for."""
    if options.record is None:
        return nullcontext()
    return recording(options.record, attachment)


@contextmanager
def recording(path: str, attachment: Attachment) -> Iterator[Recorder]:
    """A file that gets each look, open while the block lasts.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        with Path(path).open("w", encoding="utf-8") as file:
            yield Recorder(file, attachment)
    except OSError as error:
        raise OutputError(f"--record {path} could not be written: {error.strerror}") from error


async def looks(
    attachment: Attachment, recorder: Recorder | None, duration_s: float
) -> AsyncIterator[None]:
    """Look at the rate that was asked for; a lost server is tried again, less and less often.

    Args:
        attachment: What is looked at.
        recorder: Gets each look.
        duration_s: How long; 0 for no end.
    """
    every_s, begun = attachment.plan.every_s, time.monotonic()
    retry_s = RETRY_S
    while True:
        at = time.monotonic()
        look = await attachment.look()
        if look is not None:
            retry_s = RETRY_S
            if recorder is not None:
                recorder.write(look)
        yield
        rest_s = every_s - (time.monotonic() - at)
        if attachment.trouble is not None:
            rest_s, retry_s = retry_s, min(LONGEST_RETRY_S, 2 * retry_s)
        if duration_s and time.monotonic() + max(0.0, rest_s) > begun + duration_s:
            return
        await asyncio.sleep(max(0.0, rest_s))


async def _twice(attachment: Attachment, options: AttachOptions, recorder: Recorder | None) -> None:
    """Look twice, or for as long as was asked for.

    Raises:
        ServerError: The server was lost.
    """
    duration_s = options.duration_s or 1.5 * options.plan.every_s
    async for _ in looks(attachment, recorder, duration_s):
        if attachment.trouble is not None:
            raise ServerError(str(attachment.trouble))


async def _once(attachment: Attachment, options: AttachOptions, recorder: Recorder | None) -> int:
    await _twice(attachment, options, recorder)
    return publish(take_picture(attachment), options)


def publish(picture: Picture, options: AttachOptions) -> int:
    """Print the report, write the document, judge it; returns the exit status."""
    document = attach_document(picture, options.command)
    found = results(options.fail_if, document)
    lines = "".join(f"{line}\n" for line in limit_lines(found))
    if options.format == "json":
        write_out(render_json(document))
        complain(lines)
    else:
        render = render_markdown if options.format == "markdown" else render_text
        write_out(render(attach_report(picture, options.command)) + lines)
    if options.json is not None and options.json != "-":
        write_file(
            OutputFile(option="--json", path=options.json, format="json"), render_json(document)
        )
    return status(found)


async def _stream(attachment: Attachment, options: AttachOptions, recorder: Recorder | None) -> int:
    async for _ in looks(attachment, recorder, options.duration_s):
        picture = take_picture(attachment, options.lanes)
        document = attach_document(picture, options.command)
        write_out(json.dumps(document, allow_nan=False, ensure_ascii=False) + "\n")
    return 0


async def _export(attachment: Attachment, options: AttachOptions, recorder: Recorder | None) -> int:
    from queue_fairness.cli.attach_prometheus import exporter

    assert options.prometheus is not None, "it was asked for"
    with exporter(options.prometheus) as export:
        async for _ in looks(attachment, recorder, options.duration_s):
            export(take_picture(attachment, options.lanes))
    return 0


async def _explain(
    attachment: Attachment, options: AttachOptions, recorder: Recorder | None
) -> int:
    await _twice(attachment, options, recorder)
    wanted = options.explain_lock or ""
    found = [each for each in attachment.watch.hands.locks if _is_called(each, wanted, attachment)]
    if not found or attachment.library is None:
        raise ServerError(f"there is no lock of that name now: {wanted}")
    for each in found:
        told = diagnose(attachment.watch, each, attachment.library, options.plan.thresholds)
        write_out("\n".join(diagnosis_lines(told)) + "\n")
    return 0


def _is_called(lock: Lock, wanted: str, attachment: Attachment) -> bool:
    names = (
        lock.name.decode(errors="backslashreplace"),
        lock.lane.decode(errors="backslashreplace"),
        attachment.watch.tenant_of(lock.lane),
    )
    return wanted in names


def diagnosis_lines(told: Diagnosis) -> list[str]:
    """A diagnosis in lines."""
    lines = [f"lock {told.name} of {told.tenant}"]
    lines += [f"  {what}: {value}" for what, value in told.facts]
    parts: tuple[tuple[str, Callable[[Diagnosis], tuple[str, ...]]], ...] = (
        ("for an owner", lambda each: each.evidence_for),
        ("against one", lambda each: each.evidence_against),
        ("freed by", lambda each: each.freed_by),
    )
    for label, of in parts:
        for each in of(told) or ("nothing is known",):
            lines += wrapped(each, head=f"  {label}: ", rest="    ")
    if told.command is not None:
        lines += [
            "  If you are certain that nobody works under it, you may run this yourself:",
            f"    {told.command}",
        ]
    return lines


def _print_acl(attachment: Attachment) -> int:
    if attachment.adapter is None:
        raise ServerError(take_picture(attachment).headline.text)
    version = attachment.server.version.partition(".")[0]
    before_7 = version.isdigit() and int(version) < 7
    write_out(acl_line(attachment.adapter, before_7=before_7) + "\n")
    complain(
        f"{PROGRAM}: SCAN shows the names of all keys, whatever the pattern; with"
        f" {optional_grants(attachment.adapter)} and --list-clients more can be told\n"
    )
    return 0
