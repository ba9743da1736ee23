"""The parts of a Markdown page that the checks of documents look at: its blocks of code, its headings
and its links.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"( *)(`{3,}|~{3,})\s*([\w+-]*)(.*)")
HEADING = re.compile(r"(#{1,6}) +(.+?) *#*$")
CODE = re.compile(r"(`+)(.+?)\1")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^\s)>]*)>?(?:\s+\"[^\"]*\")?\s*\)")
DEFINITION = re.compile(r" {0,3}\[[^\]]+\]:\s+<?(\S+?)>?\s*$")
AUTOLINK = re.compile(r"<(https?:[^>\s]+)>")
COMMENT = re.compile(r"<!--.*?-->")
# Folders that a build or a package manager makes.
SKIPPED = {"target", "node_modules", "build", "dist", ".git", ".venv", "__pycache__"}


@dataclass
class Block:
    """A block of code: the line of its opening, its language, and the line above it."""

    line: int
    language: str
    indent: int
    above: str
    lines: "list[str]" = field(default_factory=list)
    is_closed: bool = False


@dataclass
class Page:
    """A page: its blocks of code, and the other lines with their numbers."""

    path: Path
    blocks: "list[Block]"
    prose: "list[tuple[int, str]]"


def read(path: Path) -> Page:
    """Returns a page in its parts."""
    blocks: "list[Block]" = []
    prose: "list[tuple[int, str]]" = []
    fence = ""
    above = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if fence:
            stripped = line.strip()
            if stripped.startswith(fence) and not stripped.strip(fence[0]):
                fence = ""
                blocks[-1].is_closed = True
            else:
                blocks[-1].lines.append(line)
        elif match := FENCE.fullmatch(line):
            fence = match[2]
            blocks.append(Block(number, match[3], len(match[1]), above))
        else:
            prose.append((number, line))
        above = line
    return Page(path, blocks, prose)


def anchors(page: Page) -> "set[str]":
    """Returns the anchors of a page's headings, as repository viewers name them."""
    found: "set[str]" = set()
    for _, line in page.prose:
        if match := HEADING.fullmatch(line):
            name = slug(match[2])
            unique, count = name, 0
            while unique in found:
                count += 1
                unique = f"{name}-{count}"
            found.add(unique)
    return found


def slug(heading: str) -> str:
    """Returns the anchor of a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"[^\w\- ]", "", text.strip().lower())
    return text.replace(" ", "-")


def links(page: Page) -> "list[tuple[int, str]]":
    """Returns the targets of a page's links, with their lines."""
    found = []
    # A link's text may go on in the next line, so the lines are searched as one text.
    text = "\n".join(COMMENT.sub("", CODE.sub(_blank, line)) for _, line in page.prose)
    numbers = [number for number, _ in page.prose]
    for pattern in (LINK, DEFINITION, AUTOLINK):
        flags = pattern.flags | re.MULTILINE
        for match in re.compile(pattern.pattern, flags).finditer(text):
            found.append((numbers[text.count("\n", 0, match.start())], match[1]))
    return sorted(found)


def _blank(code: "re.Match[str]") -> str:
    # As long as the code was, and without anything that looks like a link.
    return "x" * len(code[0])


def pages_below(folder: Path) -> "list[Path]":
    """Returns all Markdown files below a folder, without those that are built or installed."""
    found = []
    for path in sorted(folder.rglob("*.md")):
        parts = path.relative_to(folder).parts
        if not SKIPPED.intersection(parts):
            found.append(path)
    return found
