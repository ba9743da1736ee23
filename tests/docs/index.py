#!/usr/bin/env python3
"""Checks that docs/README.md lists all pages of docs/, in their order; writes it with KV_BLESS=1.

    index.py [ROOT]      ROOT: the source tree, instead of this one

docs/order.txt has the order; a line of the index is the title and the first sentence of its page.
"""

import difflib
import os
import sys
from pathlib import Path

from order import sections_of, summary_of, title_of

HEAD = """# Documentation

All pages of the documentation, in the order of the site that `make docs` builds. The first page of
the project is its [README](../README.md).
"""


def index_of(docs: Path) -> str:
    """Returns the text that docs/README.md has to have."""
    text = HEAD
    for section in sections_of(docs):
        text += f"\n## {section.title}\n\n"
        for page in section.pages:
            text += f"- [{title_of(docs / page)}]({page}): {summary_of(docs / page)}\n"
    return text


def main() -> int:
    """Compares the index, or writes it."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    file = root / "docs/README.md"
    try:
        wanted = index_of(root / "docs")
    except ValueError as error:
        print(error)
        return 1
    if os.environ.get("KV_BLESS"):
        file.write_text(wanted, encoding="utf-8")
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if text == wanted:
        print(f"# {wanted.count('](') - 1} pages")
        return 0
    print("docs/README.md is not the index of docs/; KV_BLESS=1 tests/docs/index.py writes it:")
    print("\n".join(difflib.unified_diff(text.splitlines(), wanted.splitlines(), lineterm="")))
    return 1


if __name__ == "__main__":
    sys.exit(main())
