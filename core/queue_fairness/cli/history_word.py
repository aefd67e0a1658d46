"""`history`: the results that are kept.

```
history                   lists the newest
history show NAME         prints its report (--format json: its document)
history rerun NAME        measures the same again
history tag NUMBER TAG    calls it so; without TAG takes the tag away
history export NAME FILE  writes its document (.json) or its report (.txt)
history delete NUMBER …   removes it
history path              prints where they are
```

Two are compared by the word `diff`.
"""

import argparse
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from queue_fairness.cli.brief_help import BriefHelp
from queue_fairness.cli.commands import PROGRAM, Options
from queue_fairness.cli.diff_word import VARIABLE
from queue_fairness.cli.history_table import LISTED, table_text
from queue_fairness.cli.kept_options import add_history_options
from queue_fairness.cli.output_file import output_files, write_file
from queue_fairness.cli.parser import Parser, make_parser
from queue_fairness.cli.streams import complain, write_out
from queue_fairness.errors import DocumentError, OutputError, PlanError
from queue_fairness.formatting.numbers import plural
from queue_fairness.history.entry import KeptResult
from queue_fairness.history.place import place
from queue_fairness.history.store import Store

WORD = "history"
ABOUT = """Lists the results that are kept, the newest first, or does something with
them. NAME is a number, a tag or `last`; two are compared by the word diff."""
BRIEF = BriefHelp(
    about=ABOUT,
    examples={
        WORD: "list the newest",
        f"{WORD} --verdict UNFAIR": "list some",
        f"{WORD} path": "print where they are",
    },
    options={
        "--strategy, --verdict, --tag": "list only those",
        "--most N": "how many (20)",
        "--format NAME": "text, markdown, csv, json",
    },
    more=(
        "what else can be done:",
        "  show NAME          print the report; with --format json the document",
        "  rerun NAME         measure the same again",
        "  tag NUMBER [TAG]   call it so; without TAG take the tag away",
        "  export NAME FILE   write the document (.json) or the report (.txt)",
        "  delete NUMBER ...  remove it",
    ),
)
FORMS = ("text", "json")


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Do what was asked for, and end the program; what is to be measured again is returned."""
    words = parser()
    asked = words.parse_whole(arguments)
    form = asked.format or (FORMS[0] if asked.deed else LISTED[0])
    if form not in (FORMS if asked.deed else LISTED):
        known = ", ".join(FORMS if asked.deed else LISTED)
        words.error(f"--format {form}: choose one of {known}")
    deed = DEEDS.get(asked.deed or "list")
    if deed is None and asked.deed != "rerun":
        words.error(f"{asked.deed}: choose one of {', '.join((*DEEDS, 'rerun'))}")
    where = place(asked.history or environment.get(VARIABLE), environment)
    if where.path is None:
        words.error(f"there is nothing to look at: {where.why_not}")
    store = Store(where.path)
    try:
        if deed is None:
            return _again(words, _named(store, asked.names), environment)
        write_out(deed(store, asked, form))
    except (DocumentError, PlanError) as error:
        words.error(str(error))
    except OutputError as error:
        complain(f"{words.prog}: {error}\n")
        sys.exit(1)
    if store.remark is not None:
        complain(f"{words.prog}: {store.remark}\n")
    sys.exit(0)


def parser() -> Parser:
    """Knows the deeds, and what is listed."""
    words = make_parser(WORD, ABOUT, BRIEF)
    words.usage = f"{words.prog} [option ...] [DEED] [NAME ...]"
    words.add_argument("deed", nargs="?", metavar="DEED", help="See above; nothing lists.")
    words.add_argument("names", nargs="*", metavar="NAME", help="Of which results.")
    words.add_argument("--strategy", metavar="NAME", default="", help="List only of this one.")
    words.add_argument("--verdict", metavar="WORD", default="", help="List only of this verdict.")
    words.add_argument("--tag", metavar="NAME", default="", help="List only of this tag.")
    words.add_argument("--kind", metavar="KIND", default="", help="run, comparison or sweep.")
    words.add_argument("--most", metavar="N", type=int, default=20, help="How many (default 20).")
    words.add_argument(
        "--format",
        metavar="FORMAT",
        help=f"Of the list: {', '.join(LISTED)}; of one result: {', '.join(FORMS)}.",
    )
    add_history_options(words)
    return words


def _list(store: Store, asked: argparse.Namespace, form: str) -> str:
    if asked.most < 1:
        raise DocumentError(f"--most {asked.most}: at least 1")
    found = store.entries(
        strategy=asked.strategy,
        verdict=asked.verdict,
        tag=asked.tag,
        kind=asked.kind,
        most=asked.most,
    )
    return table_text(found, form, store.path)


def _show(store: Store, asked: argparse.Namespace, form: str) -> str:
    found = _named(store, asked.names)
    return f"{found.document}\n" if form == "json" else found.report


def _tag(store: Store, asked: argparse.Namespace, _form: str) -> str:
    if not 1 <= len(asked.names) <= 2:
        raise DocumentError("tag NUMBER TAG: give a number, and a tag or none")
    number, tag = asked.names[0], "".join(asked.names[1:])
    store.tag(_number(number), tag)
    return f"{number} is called {tag}\n" if tag else f"{number} has no tag\n"


def _export(store: Store, asked: argparse.Namespace, _form: str) -> str:
    if len(asked.names) != 2:
        raise DocumentError("export NAME FILE: give both")
    name, path = asked.names
    if Path(path).suffix.lower() not in (".json", ".txt"):
        raise DocumentError(f"export {path}: the file ends in .json (document) or .txt (report)")
    found = store.find(name)
    (file,) = output_files([path], None)
    write_file(file, f"{found.document}\n" if file.format == "json" else found.report)
    return f"wrote {path}\n"


def _delete(store: Store, asked: argparse.Namespace, _form: str) -> str:
    if not asked.names:
        raise DocumentError("delete NUMBER ...: give at least one number")
    return f"{plural(store.delete([_number(each) for each in asked.names]), 'result')} removed\n"


def _path(store: Store, _asked: argparse.Namespace, _form: str) -> str:
    return f"{store.path}\n"


DEEDS: Mapping[str, Callable[[Store, argparse.Namespace, str], str]] = {
    "list": _list,
    "show": _show,
    "tag": _tag,
    "export": _export,
    "delete": _delete,
    "path": _path,
}


def _named(store: Store, names: Sequence[str]) -> KeptResult:
    if len(names) != 1:
        raise DocumentError("name one result: its number, its tag, or last")
    return store.find(names[0])


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    raise DocumentError(f"{text[:64]!r} is no number of a result, as the list shows them")


def _again(words: Parser, found: KeptResult, environment: Mapping[str, str]) -> Options:
    """The options of a kept result, as its command has them.

    Raises:
        DocumentError: There is no command that makes it again.
    """
    # Not before: that module imports those of the words.
    from queue_fairness.cli.options import parse as parse_all

    line = shlex.split(found.entry.command)
    if line[:1] != [PROGRAM]:
        raise DocumentError(f"kept result {found.entry.number} was not measured by this program")
    complain(f"{words.prog}: {found.entry.command}\n")
    return parse_all(line[1:], environment)
