#!/usr/bin/env python3
"""Checks that every block of code in docs/ has a mark in the line above it, and that the mark holds.

    blocks.py [ROOT]      ROOT: the source tree, instead of this one

CONTRIBUTING.md, "Documentation", describes the marks. tests/docs/run.sh runs what is marked to run.
"""

import re
import sys
import textwrap
from pathlib import Path

from document import Block, Page, pages_below, read

UNMARKED = {"text", "mermaid"}
RUNNABLE = {"sh", "console"}
MARK = re.compile(r"<!-- (run|file|from|tested by)(?:: (\S+))? -->")
TRANSCRIPTS = re.compile(r"<!-- transcripts: (\S+) -->")


def faults_of(page: Page, root: Path) -> "list[str]":
    """Returns what is wrong with the blocks of a page."""
    name = page.path.relative_to(root).as_posix()
    faults = []
    tests = [match[1] for _, line in page.prose if (match := TRANSCRIPTS.fullmatch(line))]
    for test in tests:
        faults += [f"{name}: {fault}" for fault in test_faults(test, name, root)]
    for block in page.blocks:
        at = f"{name}:{block.line}"
        if tests and block.language == "console" and not MARK.fullmatch(block.above):
            continue
        faults += [f"{at}: {fault}" for fault in block_faults(block, name, root)]
    marks = [match for _, line in page.prose if (match := MARK.fullmatch(line))]
    above = [block for block in page.blocks if MARK.fullmatch(block.above)]
    if len(marks) > len(above):
        faults.append(f"{name}: {len(marks) - len(above)} marks have no block below them")
    kinds = {match[1] for match in marks}
    if "file" in kinds and "run" not in kinds:
        faults.append(f"{name}: it has blocks that are files, and none that is run")
    return faults


def block_faults(block: Block, page: str, root: Path) -> "list[str]":
    """Returns what is wrong with a block."""
    if not block.is_closed:
        return ["the block has no end"]
    if not block.language:
        return ["the block has no language; one that is no code is `text`"]
    mark = MARK.fullmatch(block.above)
    if not mark:
        return [] if block.language in UNMARKED else [f"a block of {block.language} has no mark"]
    if block.indent:
        return ["a block with a mark is not indented"]
    kind, value = mark.groups()
    if (kind == "run") == bool(value):
        return [f"this is no mark: {block.above}"]
    if kind == "run" and block.language not in RUNNABLE:
        return [f"a block to run is sh or console, not {block.language}"]
    if kind == "from":
        return excerpt_faults(block, root / value)
    return test_faults(value, page, root) if kind == "tested by" else []


def excerpt_faults(block: Block, path: Path) -> "list[str]":
    """Returns what is wrong with an excerpt: it is not in its file."""
    if not path.is_file():
        return [f"{path.name} of the mark is no file"]
    wanted = textwrap.dedent("\n".join(block.lines)).rstrip().split("\n")
    lines = path.read_text(encoding="utf-8").split("\n")
    if not "".join(wanted).strip():
        return ["the excerpt is empty"]
    for start in range(len(lines) - len(wanted) + 1):
        window = lines[start : start + len(wanted)]
        # Quick, before anything is dedented.
        if window[0].strip() != wanted[0].strip():
            continue
        if textwrap.dedent("\n".join(window)).rstrip().split("\n") == wanted:
            return []
    return [f"the excerpt does not stand word for word in {path.name}"]


def test_faults(test: str, page: str, root: Path) -> "list[str]":
    """Returns what is wrong with the name of a test that reads a page."""
    path = root / test
    if not path.is_file():
        return [f"{test}, which a mark names, is no file"]
    if page not in path.read_text(encoding="utf-8"):
        return [f"{test}, which a mark names, does not read {page}"]
    return []


def main() -> int:
    """Prints the faults of all pages."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    pages = [read(path) for path in pages_below(root / "docs")]
    faults = [fault for page in pages for fault in faults_of(page, root)]
    for fault in faults:
        print(fault)
    print(f"# {sum(len(page.blocks) for page in pages)} blocks in {len(pages)} pages")
    return 1 if faults or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
