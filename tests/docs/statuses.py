#!/usr/bin/env python3
"""Checks that docs/reference/statuses.md has each status of kv.h: a row with its number, and a section
with its name as the heading.

    statuses.py [ROOT]      ROOT: the source tree, instead of this one
"""

import re
import sys
from pathlib import Path

DEFINITION = re.compile(r"^#define (KV_OK|KV_[A-Z_]+) \(?(-?\d+)\)?$", re.MULTILINE)
ROW = re.compile(r"^\| (-?\d+) \| \[`(KV_[A-Z_]+)`\]\(#(\w+)\) \|", re.MULTILINE)
SECTION = re.compile(r"^### (KV_[A-Z_]+)$", re.MULTILINE)


def statuses_of(header: str) -> "dict[str, int]":
    """Returns the statuses that the first chapter of the header defines."""
    chapter = header.split("@defgroup statuses", 1)[-1].split("#define KV_NUL", 1)[0]
    return {name: int(number) for name, number in DEFINITION.findall(chapter)}


def faults_of(header: str, page: str) -> "list[str]":
    """Returns what the page has other than the header."""
    statuses = statuses_of(header)
    rows = {name: int(number) for number, name, _ in ROW.findall(page)}
    sections = SECTION.findall(page)
    faults = []
    for name, number in statuses.items():
        if rows.get(name) != number:
            faults.append(f"{name} has no row with the number {number}")
        if sections.count(name) != 1:
            faults.append(f"{name} has {sections.count(name)} sections")
    for name in sorted({*rows, *sections} - set(statuses)):
        faults.append(f"{name} is no status of kv.h")
    for _, name, anchor in ROW.findall(page):
        if anchor != name.lower():
            faults.append(f"the row of {name} links to {anchor}")
    if len(statuses) < 20:
        faults.append("kv.h has its statuses elsewhere")
    return faults


def main() -> int:
    """Prints the faults of the page."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2])
    header = (root / "include/kv.h").read_text(encoding="utf-8")
    faults = faults_of(header, (root / "docs/reference/statuses.md").read_text(encoding="utf-8"))
    for fault in faults:
        print(fault)
    print(f"# {len(statuses_of(header))} statuses")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
