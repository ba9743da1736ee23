#!/usr/bin/env python3
"""Prepares the sources of the site: the Markdown files of the project in the places that they have in
the tree, so that links between them hold, with the generated pages of the references beside them.

    stage.py FOLDER

- The marks of blocks are left out, and a block of mermaid becomes an element that mermaid.js reads.
- A file of another kind that a page links to becomes a page that shows it, a folder one that lists it.
- docs/order.txt is the navigation.
"""

import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

SITE = Path(__file__).resolve().parent
ROOT = SITE.parents[1]
sys.path[:0] = [str(ROOT / "tests/docs"), str(SITE / "reference")]

import cplusplus  # noqa: E402
import header  # noqa: E402
import node  # noqa: E402
import python  # noqa: E402
from document import FENCE, LINK, SKIPPED  # noqa: E402
from order import sections_of, summary_of, title_of  # noqa: E402

# Documents beside docs/, with their titles in the navigation.
PROJECT = {
    "README.md": "Readme",
    "CHANGELOG.md": "Changelog",
    "CONTRIBUTING.md": "Contributing",
    "SECURITY.md": "Security",
}
# The README of each language stands below its reference.
READMES = {
    "reference/cpp.md": "bindings/cpp/README.md",
    "reference/go.md": "bindings/go/README.md",
    "reference/python.md": "bindings/python/README.md",
    "reference/node.md": "bindings/node/README.md",
    "start/luajit.md": "bindings/luajit/README.md",
    "start/java.md": "bindings/java/README.md",
}
LANGUAGES = {
    ".c": "c",
    ".h": "c",
    ".hpp": "cpp",
    ".cpp": "cpp",
    ".go": "go",
    ".py": "python",
    ".js": "js",
    ".mjs": "js",
    ".ts": "ts",
    ".rs": "rust",
    ".sh": "sh",
    ".lua": "lua",
    ".java": "java",
    ".toml": "toml",
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".sql": "sql",
}
FILE_BYTES_MAX = 200_000
BLOCK = re.compile(
    r"(^ *```.*?^ *```[^\n]*$|<pre class=\"mermaid\">.*?</pre>)", re.DOTALL | re.MULTILINE
)
MARK = re.compile(r"<!--.*?-->\s*$")
# A span of code that begins before a link has no link in it.
CODE_OR_LINK = re.compile(
    rf"(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)|{LINK.pattern.replace('([^', '(?P<address>[^')}",
    re.DOTALL,
)
EXTERNAL = re.compile(r"[a-z][a-z0-9+.-]*:")


class Stage:
    """The sources of the site in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.left: "list[Path]" = []
        self.seen: "set[Path]" = set()
        self.in_navigation: "set[Path]" = set()

    def write(self, path: Path, text: str, is_found: bool = True) -> None:
        """Writes a page, as one without a place in the navigation unless it has one; the search finds it
        or not.
        """
        if path not in self.in_navigation:
            words = "orphan: true" if is_found else "orphan: true\nnosearch: true"
            text = f"---\n{words}\n---\n\n{text}"
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def add(self, path: Path) -> None:
        """Adds a file or folder of the project."""
        if path not in self.seen:
            self.seen.add(path)
            self.left.append(path)

    def finish(self, appendices: "dict[str, str]") -> None:
        """Writes all that was added, and what its pages link to."""
        while self.left:
            path = self.left.pop()
            if (ROOT / path).is_dir():
                self.write(path / "listing.md", self.listing_of(path), is_found=False)
            elif path.suffix == ".md":
                text = (ROOT / path).read_text(encoding="utf-8")
                self.write(path, self.page_of(text, path) + appendices.get(path.as_posix(), ""))
            else:
                self.write(path.with_name(path.name + ".md"), file_page(path), is_found=False)

    def page_of(self, text: str, path: Path) -> str:
        """Returns a page as the site has it."""
        lines: "list[str]" = []
        fence, diagram = "", False
        for line in text.split("\n"):
            opening = FENCE.fullmatch(line)
            if fence:
                closes = line.strip() == fence
                fence = "" if closes else fence
                if diagram:
                    lines.append("</pre>" if closes else html.escape(line))
                    diagram = not closes
                else:
                    lines.append(line)
            elif opening:
                fence, diagram = opening[2], opening[3] == "mermaid"
                lines.append('<pre class="mermaid">' if diagram else line)
            elif MARK.match(line):
                continue
            else:
                lines.append(line)
        return outside_blocks(
            "\n".join(lines), lambda part: CODE_OR_LINK.sub(lambda it: self.linked(it, path), part)
        )

    def linked(self, link: "re.Match[str]", page: Path) -> str:
        """Returns a link to where its target is in the site."""
        address = link["address"]
        target, _, anchor = (address or "").partition("#")
        if not target or EXTERNAL.match(address):
            return link[0]
        path = Path(os.path.normpath(page.parent / target))
        if link[0].startswith("!"):
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, self.folder / path)
            return link[0]
        self.add(path)
        if (ROOT / path).is_dir():
            target = target.rstrip("/") + "/listing.md"
        elif path.suffix != ".md":
            target, anchor = target + ".md", ""
        start, end = (it - link.start() for it in link.span("address"))
        return link[0][:start] + target + ("#" + anchor if anchor else "") + link[0][end:]

    def listing_of(self, path: Path) -> str:
        """Returns a page that lists a folder."""
        text = f"# {path}\n\nA folder of the project.\n\n"
        for file in sorted((ROOT / path).iterdir()):
            if file.name not in SKIPPED:
                text += f"- `{file.name}{'/' if file.is_dir() else ''}`\n"
        return text


def outside_blocks(text: str, change: "Callable[[str], str]") -> str:
    """Returns a text with a change of the parts that stand in no block of code."""
    parts = BLOCK.split(text)
    parts[::2] = [change(part) for part in parts[::2]]
    return "".join(parts)


def file_page(path: Path) -> str:
    """Returns a page that shows a file."""
    data = (ROOT / path).read_bytes()
    try:
        text = data[:FILE_BYTES_MAX].decode("utf-8")
    except UnicodeDecodeError:
        return f"# {path}\n\nA file of {len(data)} bytes that is no text.\n"
    fence = "`" * 4
    return f"# {path}\n\nA file of the project.\n\n{fence}{LANGUAGES.get(path.suffix, 'text')}\n{text.rstrip()}\n{fence}\n"


def references(stage: Stage) -> "dict[str, list[tuple[str, str]]]":
    """Writes the generated pages, and returns those of each page of docs/reference."""
    folder = stage.folder / "docs/reference"
    pages = {
        "reference/c.md": header.write_reference(ROOT, folder / "c"),
        "reference/cpp.md": cplusplus.write_reference(ROOT, folder / "cpp"),
        "reference/python.md": python.write_reference(ROOT, folder / "python"),
        "reference/node.md": node.write_reference(ROOT, folder / "node"),
    }
    program = SITE / "reference/golang.go"
    command = ["go", "run", program, ROOT / "bindings/go", folder / "go"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    pages["reference/go.md"] = [(line.split("\t")[0], line.split("\t")[1]) for line in lines]
    return pages


def appendices_of(
    pages: "dict[str, list[tuple[str, str]]]", sections: "set[str]"
) -> "dict[str, str]":
    """Returns what the site adds to pages: the generated pages and the README of a language."""
    added = {}
    for page in sorted({*pages, *READMES} & sections):
        stem = Path(page).stem
        entries = [(title, f"{stem}/{name}") for name, title in pages.get(page, [])]
        if page in READMES:
            entries.insert(
                0, ("Guide of the binding", f"../../{READMES[page]}".removesuffix(".md"))
            )
        text = "\n## Pages\n\n" if page in pages else "\n"
        text += "".join(f"- [{title}]({target}.md)\n" for title, target in entries if page in pages)
        text += toctree("hidden", entries)
        added[f"docs/{page}"] = text
    return added


def toctree(options: str, entries: "list[tuple[str, str]]") -> str:
    """Returns a part of the navigation."""
    lines = "".join(f"{title} <{target}>\n" for title, target in entries)
    return (
        "\n```{toctree}\n" + "".join(f":{it}:\n" for it in options.split("|")) + f"\n{lines}```\n"
    )


def first_page(docs: Path) -> str:
    """Returns the first page: what the library is, all pages, and the navigation."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    text = "# kv\n\n" + readme.split("\n\n")[1] + "\n"
    trees = ""
    for section in sections_of(docs):
        text += f"\n## {section.title}\n\n"
        entries = []
        for page in section.pages:
            title = title_of(docs / page)
            text += f"- [{title}](docs/{page}): {summary_of(docs / page)}\n"
            entries.append((title.replace("`", ""), f"/docs/{page}".removesuffix(".md")))
        trees += toctree(f"hidden|caption: {section.title}", entries).replace(
            f"{section.title}:\n", f"{section.title}\n"
        )
    entries = [(title, "/" + name.removesuffix(".md")) for name, title in PROJECT.items()]
    text += "\n## Project\n\n" + "".join(
        f"- [{title}]({name})\n" for name, title in PROJECT.items()
    )
    return (
        text
        + trees
        + toctree("hidden|caption: Project", entries).replace("Project:\n", "Project\n")
    )


def main() -> int:
    """Writes the sources."""
    stage = Stage(Path(sys.argv[1]).resolve())
    docs = ROOT / "docs"
    pages = {page for section in sections_of(docs) for page in section.pages}
    shown = [Path("docs") / page for page in sorted(pages)] + [Path(name) for name in PROJECT]
    shown += [Path(readme) for page, readme in READMES.items() if page in pages]
    stage.in_navigation = {Path("index.md"), *shown}
    for path in [*shown, *(Path(readme) for readme in READMES.values())]:
        stage.add(path)
    stage.finish(appendices_of(references(stage), pages))
    stage.write(Path("index.md"), first_page(docs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
