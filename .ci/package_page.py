"""The package page: README.md with absolute links, since only the repository has its pictures.

What they are relative to is `urls.Repository` in pyproject.toml, at the tag of the version. While
no such address is declared, the links stay as they are.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE_LINK = re.compile(r"(!?)(\[[^\]]*\]\()(?![a-z]+:|#|/)([^)\s]+)(?=\))")
"""A Markdown link or picture whose address is a path of the repository."""


def with_absolute_links(text: str, repository: str, version: str) -> str:
    """The Markdown with each link to a file, and each picture, at an address of its own.

    Args:
        text: Markdown.
        repository: Where the repository stands, such as https://github.com/owner/name.
        version: Links lead to its tag, such as v0.2.0, and so to the files as they were then.
    """

    def absolute(link: re.Match[str]) -> str:
        picture, words, path = link.groups()
        kind = "raw" if picture else "blob"
        return f"{picture}{words}{repository.rstrip('/')}/{kind}/v{version}/{path}"

    return RELATIVE_LINK.sub(absolute, text)


class PackagePage(MetadataHookInterface):
    """Fills in `readme`, which pyproject.toml declares as dynamic."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the long description of the package."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        repository = metadata.get("urls", {}).get("Repository")
        if repository:
            text = with_absolute_links(text, repository, metadata["version"])
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
