"""The reference of Node: the declarations of index.d.ts and types/ as Markdown pages."""

import re
from pathlib import Path

HEAD = re.compile(
    r"^(?P<comment>/\*\*(?:[^*]|\*(?!/))*\*/\n)?"
    r"(?:export |declare )*(?:abstract )?(?P<kind>class|interface|type|function|const|enum) (?P<name>\w+)",
    re.MULTILINE,
)
PAGES = [
    ("store", "Stores", "types/store.d.ts"),
    ("values", "Options and records", "types/values.d.ts"),
    ("typed", "Typed stores", "types/typed.d.ts"),
    ("errors", "Errors", "types/errors.d.ts"),
]


def comment_of(comment: str) -> str:
    """Returns the text of a comment."""
    lines = [re.sub(r"^\s*(/\*\*|\*/|\*) ?", "", line) for line in comment.strip().split("\n")]
    return "\n".join(line.removesuffix("*/").rstrip() for line in lines).strip()


def end_of(text: str, start: int, kind: str) -> int:
    """Returns where a declaration ends: at its closing brace, or at its semicolon."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in "({[") - (text[at] in ")}]")
        is_body = text[at] == "}" and kind in {"class", "interface", "enum"}
        if depth == 0 and (is_body or text[at] == ";"):
            return at + 1
    raise ValueError(f"a declaration has no end: {text[start : start + 40]}")


def sections_of(text: str) -> str:
    """Returns a section for each declaration of a file."""
    page = ""
    for match in HEAD.finditer(text):
        start = match.end("comment") if match["comment"] else match.start()
        code = text[start : end_of(text, match.end(), match["kind"])]
        about = comment_of(match["comment"] or "")
        page += f"\n## {match['name']}\n\n{about}\n\n```ts\n{code.removeprefix('export ')}\n```\n"
    return page


def write_reference(root: Path, folder: Path) -> "list[tuple[str, str]]":
    """Writes the pages below a folder, and returns their names and titles in order."""
    folder.mkdir(parents=True, exist_ok=True)
    package = root / "bindings/node"
    index = (package / "index.d.ts").read_text(encoding="utf-8")
    index = index.replace("export { opening as async };", "").replace(
        "declare const opening:", "export const async:"
    )
    text = "# Functions of the package (Node)\n\nThe functions and constants that `require('kv')` returns.\n"
    (folder / "functions.md").write_text(text + sections_of(index), encoding="utf-8")
    for name, title, path in PAGES:
        source = (package / path).read_text(encoding="utf-8")
        about = re.search(r"^// (.+)$", source, re.MULTILINE)
        text = f"# {title} (Node)\n\n{about[1] if about else ''}\n" + sections_of(source)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return [("functions", "Functions of the package")] + [(name, title) for name, title, _ in PAGES]
