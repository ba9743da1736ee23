"""The reference of C: the chapters of include/kv.h as Markdown pages."""

import re
from dataclasses import dataclass, field
from pathlib import Path

CHAPTER = re.compile(r"^/\* --- .+? -+ \*/$", re.MULTILINE)
GROUP = re.compile(r"@defgroup (\w+) (.+)")
DOCUMENTED = re.compile(r"^/\*\*(.*?)\*/\n(.+?)(?=\n\n|\n/\*\*|\Z)", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"(`[^`\n]*`)|\b(kv_[a-z_]+|KV_[A-Z_]+)\b(\s\*)?")
STATUS = re.compile(
    r"KV_OK|KV_NOT_FOUND|KV_CONFLICT|KV_DONE|KV_TIMEOUT|KV_TOO_SMALL|KV_ERR_[A-Z_]+"
)


@dataclass
class Item:
    """A declaration: its kind, name, code and comment."""

    kind: str
    name: str
    code: str
    comment: "list[str]"


@dataclass
class Chapter:
    """A chapter of the header."""

    id: str
    title: str
    introduction: "list[str]"
    items: "list[Item]" = field(default_factory=list)


def lines_of(comment: str) -> "list[str]":
    """Returns the lines of a comment without its stars."""
    lines = [re.sub(r"^ \* ?", "", line).rstrip() for line in comment.strip("\n").split("\n")]
    return [line.strip() if index == 0 else line for index, line in enumerate(lines)]


def item_of(comment: str, code: str) -> Item:
    """Returns the declaration below a comment."""
    if code.startswith("#define"):
        return Item("constant", code.split()[1].split("(")[0], code, lines_of(comment))
    if code.startswith("typedef"):
        function = re.search(r"\(\*(\w+)\)", code)
        name = function[1] if function else code.rstrip(";").split()[-1]
        return Item("type", name, code, lines_of(comment))
    name = re.search(r"(\w+)\(", code)
    return Item("function", name[1] if name else code, code, lines_of(comment))


def chapters_of(header: str) -> "list[Chapter]":
    """Returns the chapters of the header in their order."""
    chapters = []
    for text in CHAPTER.split(header)[1:]:
        head, _, rest = text.partition("*/")
        lines = lines_of(head.split("/**", 1)[1])
        name, title = GROUP.search(head).groups()  # type: ignore[union-attr]
        chapter = Chapter(
            name, title, [line for line in lines if "@defgroup" not in line and line != "@{"]
        )
        for comment, code in DOCUMENTED.findall(rest.split("/** @} */")[0]):
            chapter.items.append(item_of(comment, code.strip()))
        chapters.append(chapter)
    return chapters


class Names:
    """Where each name of the header is described."""

    def __init__(self, chapters: "list[Chapter]") -> None:
        self.pages = {
            item.name: chapter.id
            for chapter in chapters
            for item in chapter.items
            if item.kind != "constant"
        }

    def linked(self, text: str, own: str = "") -> str:
        """Returns a text whose names are code, with a link to their description."""

        def link(match: "re.Match[str]") -> str:
            code, name, _ = match.groups()
            if code or not name:
                return match[0]
            if name in self.pages and name != own:
                return f"[`{name}`]({self.pages[name]}.md#{name})"
            if STATUS.fullmatch(name):
                return f"[`{name}`](../statuses.md#{name.lower()})"
            return f"`{name}`"

        return NAME.sub(link, text)

    def prose(self, lines: "list[str]", own: str = "") -> str:
        """Returns the lines of a comment as Markdown."""
        text: "list[str]" = []
        in_code = False
        for line in lines:
            if line.startswith("@code"):
                in_code = True
                text.append("```c")
            elif line.startswith("@endcode"):
                in_code = False
                text.append("```")
            elif in_code:
                text.append(line)
            elif line.startswith("@since "):
                text.append(f"Since {line[7:]}.")
            else:
                text.append(self.linked(re.sub(r"\\([@%])", r"\1", line), own))
        return "\n".join(text).strip()


def results_of(lines: "list[str]") -> "tuple[list[str], list[str], str]":
    """Splits a comment into the text, the results that it ends with, and the errors of every call."""
    starts = [at for at, line in enumerate(lines) if line.startswith("Returns KV_OK")]
    if not starts:
        return lines, [], ""
    end = next((at for at in range(starts[0], len(lines)) if not lines[at]), len(lines))
    results = " ".join(lines[starts[0] : end]).removeprefix("Returns ")
    results, _, errors = re.sub(r"(?:Other e|E)rrors: ", "\0", results).partition("\0")
    parts = [part.strip().rstrip(".") for part in results.split("; ")]
    return lines[: starts[0]] + lines[end:], parts, errors.rstrip(".")


def section_of(item: Item, names: Names) -> str:
    """Returns the section of a type or function."""
    lines, results, errors = results_of(item.comment)
    since = [line for line in lines if line.startswith("@since ")]
    lines = [line for line in lines if line not in since]
    text = f"### {item.name}\n\n```c\n{item.code}\n```\n\n{names.prose(lines, item.name)}\n"
    if results:
        text += "\n**Returns**\n\n" + "".join(
            f"- {names.linked(it, item.name)}\n" for it in results
        )
    if errors:
        text += f"\n**Errors:** {names.linked(errors)}\n"
    if since:
        text += f"\n*{names.prose(since)}*\n"
    return text


def page_of(chapter: Chapter, names: Names) -> str:
    """Returns the page of a chapter."""
    text = f"# {chapter.title} (C)\n\n{names.prose(chapter.introduction)}\n"
    kinds = {
        kind: [it for it in chapter.items if it.kind == kind]
        for kind in ("type", "constant", "function")
    }
    if kinds["function"]:
        text += "\n## Functions\n\n" + "\n".join(section_of(it, names) for it in kinds["function"])
    if kinds["type"]:
        text += "\n## Types\n\n" + "\n".join(section_of(it, names) for it in kinds["type"])
    if kinds["constant"]:
        text += "\n## Constants\n\n| constant | value | meaning |\n|---|---|---|\n"
        for item in kinds["constant"]:
            text += constant_row(item, names)
    return text


def constant_row(item: Item, names: Names) -> str:
    """Returns the row of a constant; a long value is left to the header."""
    value = re.sub(r"\\\n\s*", "", item.code).split(None, 2)
    shown = f"`{value[2]}`" if len(value) > 2 and len(value[2]) <= 40 else "see `kv.h`"
    comment = " ".join(line for line in item.comment if line and not line.startswith("@"))
    meaning = names.linked(comment, item.name).replace("|", "\\|")
    return f"| `{item.name}` | {shown} | {meaning} |\n"


def write_reference(root: Path, folder: Path) -> "list[tuple[str, str]]":
    """Writes the pages below a folder, and returns their names and titles in order."""
    header = (root / "include/kv.h").read_text(encoding="utf-8")
    chapters = chapters_of(header)
    names = Names(chapters)
    folder.mkdir(parents=True, exist_ok=True)
    first = lines_of(header.split("/**", 1)[1].split("*/", 1)[0])
    first = [line for line in first if not line.startswith("@file")]
    text = "# Conventions of kv.h\n\n" + names.prose(first) + "\n"
    (folder / "conventions.md").write_text(text, encoding="utf-8")
    for chapter in chapters:
        (folder / f"{chapter.id}.md").write_text(page_of(chapter, names), encoding="utf-8")
    return [("conventions", "Conventions of kv.h")] + [(it.id, it.title) for it in chapters]
