#!/usr/bin/env python3
"""Prints a README of the tree as a page of an index, whose reader has no other file of the tree.

    packaging/page.py FILE VERSION

A link to another file leads to the repository of packaging/names.json, as it was at the version. If the
repository has no address, the text of the link stays.
"""

from __future__ import annotations

import json
import posixpath
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def names() -> dict[str, object]:
    return json.loads((ROOT / "packaging/names.json").read_text("utf-8"))


def page(text: str, folder: str, repository: str, version: str) -> str:
    """Returns the text of a README of that folder, with the links that lead out of it changed."""

    def outside(link: re.Match[str]) -> str:
        words, place = link.groups()
        if not repository:
            return words
        path = posixpath.normpath(posixpath.join(folder, place))
        return f"[{words}]({repository}/blob/v{version}/{path})"

    return re.sub(r"\[([^\]]*)\]\((?![a-z]+:|#)([^)]*)\)", outside, text)


def page_of(file: Path, version: str) -> str:
    folder = file.resolve().parent.relative_to(ROOT).as_posix()
    return page(file.read_text("utf-8"), folder, str(names()["repository"]), version)


if __name__ == "__main__":
    sys.stdout.write(page_of(Path(sys.argv[1]), sys.argv[2]))
