#!/usr/bin/env python3
"""Checks the links of every Markdown file of the project: a relative link names a file or folder that
exists, its anchor a heading there, and a link to the web is an address with a host.

    links.py [ROOT]      ROOT: the source tree, instead of this one
"""

import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from document import anchors, links, pages_below, read

EXTERNAL = re.compile(r"[a-z][a-z0-9+.-]*:")
SCHEMES = {"http", "https", "mailto"}


def fault_of(link: str, page: Path, root: Path) -> str:
    """Returns what is wrong with a link, or nothing."""
    if EXTERNAL.match(link):
        parts = urlsplit(link)
        if parts.scheme not in SCHEMES:
            return "its scheme is none of http, https and mailto"
        is_address = "@" in parts.path if parts.scheme == "mailto" else "." in parts.netloc
        return "" if is_address else "it is no address"
    target, _, anchor = link.partition("#")
    if not target and not anchor:
        return "it is empty"
    if target.startswith("/"):
        return "it is not relative"
    path = (page.parent / unquote(target)).resolve() if target else page
    if not path.exists():
        return "there is no such file"
    if not path.is_relative_to(root):
        return "it leaves the project"
    if anchor and path.suffix == ".md" and anchor not in anchors(read(path)):
        return "there is no such heading"
    return ""


def main() -> int:
    """Prints the links that lead nowhere."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    pages = pages_below(root)
    faults = count = 0
    for path in pages:
        for line, link in links(read(path)):
            count += 1
            if fault := fault_of(link, path, root):
                faults += 1
                print(f"{path.relative_to(root)}:{line}: {link}: {fault}")
    print(f"# {count} links in {len(pages)} pages")
    return 1 if faults or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
