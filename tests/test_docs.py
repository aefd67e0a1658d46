"""What the pages say is there: links, pictures, files, commands, tables."""

import ast
import re
import runpy
import shlex
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.options import parse_any
from queue_fairness.cli.parsers import EXIT_STATUS
from queue_fairness.strategies import STRATEGIES

ROOT = Path(__file__).parents[1]
CORE = ROOT / "core" / "queue_fairness"
FOLDERS = (".github", "core", "tests", "tui")
PAGES = [
    ROOT / "README.md",
    *sorted(each for folder in FOLDERS for each in (ROOT / folder).rglob("*.md")),
]
LONGEST_README = 180
EXAMPLE_PROGRAM = "/opt/redis/bin/redis-server"
"""Stands in a page for a program that the reader has."""

PACKAGE_PAGE = runpy.run_path(str(ROOT / ".ci" / "package_page.py"))
"""A part of the build: no module that tests could import."""

LINK = re.compile(r"\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`]+)`")
FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)+\.(?:py|md|toml|yml)")
ARROWS = re.compile(r"^\| \d+ \| `(\w+)` \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _anchors(page: Path) -> set[str]:
    """The headings as the repository's pages make anchors of them."""
    kept = (re.sub(r"[^\w\- ]", "", each.lower()) for each in HEADING.findall(_text(page)))
    return {each.strip().replace(" ", "-") for each in kept}


def _shell_lines(page: Path) -> Iterator[str]:
    for language, block in BLOCK.findall(_text(page)):
        if language == "sh":
            yield from block.splitlines()
        if language == "yaml":
            yield " ".join(block.split())


def _commands(page: Path) -> Iterator[list[str]]:
    """The words behind the program's name, of each command that a page shows."""
    prose = BLOCK.sub("", _text(page))
    inline = (" ".join(each.split()) for each in CODE.findall(prose))
    for line in (*_shell_lines(page), *(each for each in inline if PROGRAM in each)):
        words = shlex.split(line, comments=True)
        first = words.index(PROGRAM) + 1 if PROGRAM in words else len(words) + 1
        installs = "pipx" in words
        if first <= len(words) and not installs:
            yield words[first:]


COMMANDS = [
    pytest.param(words, id=f"{_name(page)}: {shlex.join(words)}")
    for page in PAGES
    for words in _commands(page)
]


def test_readme_is_short() -> None:
    assert len(_text(ROOT / "README.md").splitlines()) <= LONGEST_README


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(BLOCK.sub("", _text(page))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page

        assert target.exists(), link
        if anchor:
            readme = target / "README.md" if target.is_dir() else target
            assert anchor in _anchors(readme), link


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_files_that_are_named_are_there(page: Path) -> None:
    prose = BLOCK.sub("", _text(page))
    shell = " ".join(_shell_lines(page))
    named = [each for code in (*CODE.findall(prose), shell) for each in FILE.findall(code)]

    for each in named:
        assert any((folder / each).exists() for folder in (page.parent, ROOT, CORE)), each


def test_pages_show_commands() -> None:
    assert len(COMMANDS) > 40


@pytest.mark.parametrize("words", COMMANDS)
def test_command_is_understood(
    words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if any(each.startswith("agentexec_queue:") for each in words):
        pytest.importorskip("agentexec", reason="is an extra, for Python 3.12 and newer")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(ROOT / "tests" / "custom")

    words = [sys.executable if each == EXAMPLE_PROGRAM else each for each in words]
    status: object = 0

    try:
        parse_any(words, {})
    except SystemExit as end:
        status = end.code

    assert status in (0, None), "--help and the like end with 0, a refusal with 2"


def test_example_queue_is_the_one_that_is_tested() -> None:
    example = _text(ROOT / "tests" / "custom" / "example_queue.py")

    assert f"```python\n{example}```" in _text(CORE / "strategies" / "README.md")


def test_every_strategy_has_its_line() -> None:
    page = _text(CORE / "strategies" / "README.md")

    for name, strategy in STRATEGIES.items():
        assert f"| `{name}` | {strategy.headline()} |" in page


def _rooms_imported_by(room: str) -> set[str]:
    files = [CORE / f"{room}.py"] if (CORE / f"{room}.py").exists() else (CORE / room).rglob("*.py")
    found = set()
    for each in (node for file in files for node in ast.walk(ast.parse(_text(file)))):
        if isinstance(each, ast.ImportFrom) and (each.module or "").startswith("queue_fairness"):
            _, *parts = str(each.module).split(".")
            found |= {parts[0]} if parts else {name.name for name in each.names}
    return found - {room}


def test_architecture_has_every_room_and_its_arrows() -> None:
    rows = ARROWS.findall(_text(CORE.parent / "README.md"))
    drawn = {room: set(re.findall(r"\w+", arrows)) for room, arrows in rows}
    rooms = {each.stem for each in CORE.iterdir() if each.suffix in ("", ".py")}
    rooms -= {"__init__", "__pycache__"}

    assert drawn == {room: _rooms_imported_by(room) for room in rooms}


def test_every_exit_status_has_its_line() -> None:
    page = _text(ROOT / "core" / "README.md")

    for status in EXIT_STATUS:
        assert f"\n| {status} | " in page


def test_changelog_tells_of_this_version() -> None:
    changelog = _text(ROOT / ".github" / "CHANGELOG.md")

    assert f"\n## [{version('queue-fairness-tui')}] - " in changelog


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("![a b](x/y.png)", "![a b](https://h.org/o/n/raw/v1.2/x/y.png)", id="picture"),
        pytest.param("[a](core/R.md#b)", "[a](https://h.org/o/n/blob/v1.2/core/R.md#b)", id="page"),
        pytest.param("[a](https://e.org/x)", "[a](https://e.org/x)", id="absolute"),
        pytest.param("[a](#b)", "[a](#b)", id="same page"),
    ],
)
def test_links_of_the_package_page(before: str, after: str) -> None:
    assert PACKAGE_PAGE["with_absolute_links"](before, "https://h.org/o/n/", "1.2") == after


def test_package_page_of_a_repository_with_an_address_has_absolute_links_only() -> None:
    address = "https://example.org/owner/name"
    metadata: dict[str, object] = {"version": "1.2", "urls": {"Repository": address}}
    PACKAGE_PAGE["PackagePage"](str(ROOT), {}).update(metadata)
    homeless: dict[str, object] = {"version": "1.2"}
    PACKAGE_PAGE["PackagePage"](str(ROOT), {}).update(homeless)

    page, kept = metadata["readme"], homeless["readme"]
    assert isinstance(page, dict)
    assert isinstance(kept, dict)
    links = LINK.findall(BLOCK.sub("", page["text"]))
    assert len(links) > 10
    assert all(re.match(r"https://|#", each) for each in links)
    assert kept["text"] == _text(ROOT / "README.md")
