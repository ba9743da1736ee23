"""The order of the pages of docs/, from docs/order.txt, with the title and the first sentence of each."""

import re
from dataclasses import dataclass
from pathlib import Path

from document import LINK, read

# Introductions of the chapters of the header, which the reference of C shows.
NO_PAGES = {"header"}


@dataclass
class Section:
    """A section of the documentation and its pages, as paths below docs."""

    title: str
    pages: "list[str]"


def pages_of(docs: Path) -> "set[str]":
    """Returns the pages below docs, without the index."""
    paths = (path.relative_to(docs) for path in docs.rglob("*.md"))
    names = {path.as_posix() for path in paths if path.parts[0] not in NO_PAGES}
    return names - {"README.md"}


def sections_of(docs: Path) -> "list[Section]":
    """Returns the sections in their order, without those that have no page."""
    left = pages_of(docs)
    sections: "list[Section]" = []
    for line in (docs / "order.txt").read_text(encoding="utf-8").splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        if not line.startswith(" "):
            sections.append(Section(pattern, []))
            continue
        found = sorted(path.relative_to(docs).as_posix() for path in docs.glob(pattern))
        sections[-1].pages += [page for page in found if page in left]
        left -= set(found)
    if left:
        raise ValueError(f"docs/order.txt has no place for {', '.join(sorted(left))}")
    return [section for section in sections if section.pages]


def title_of(path: Path) -> str:
    """Returns the title of a page."""
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    if not first.startswith("# "):
        raise ValueError(f"{path} does not begin with a title")
    return first[2:].strip()


def summary_of(path: Path) -> str:
    """Returns the first sentence of a page without its links."""
    lines: "list[str]" = []
    for _, line in read(path).prose[1:]:
        is_text = line.strip() and not line.startswith(("<!--", "#", "|", "-", ">"))
        if is_text:
            lines.append(line.strip())
        elif lines:
            break
    text = LINK.sub(lambda link: link[0][1 : link[0].index("](")], " ".join(lines))
    sentence = re.match(r".+?\.(?= |$)", text)
    return sentence[0] if sentence else text
