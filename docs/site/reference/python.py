"""The reference of Python: the public names of the package kv as Markdown pages, from its sources,
which are read and not imported.
"""

import ast
import inspect
import re
import textwrap
from pathlib import Path

KEPT_METHODS = {
    "__init__",
    "__enter__",
    "__iter__",
    "__next__",
    "__getitem__",
    "__len__",
    "__contains__",
    "__call__",
}


class Package:
    """The definitions of a package's modules, by their names."""

    def __init__(self, folder: Path) -> None:
        self.classes: "dict[str, ast.ClassDef]" = {}
        self.functions: "dict[str, ast.FunctionDef | ast.AsyncFunctionDef]" = {}
        self.values: "dict[str, tuple[str, str]]" = {}
        for path in sorted(folder.glob("*.py")):
            source = path.read_text(encoding="utf-8")
            for node in ast.parse(source).body:
                self._add(node, source.split("\n"))
        tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
        self.about = ast.get_docstring(tree) or ""
        names = next(
            it.value
            for it in tree.body
            if isinstance(it, ast.Assign) and getattr(it.targets[0], "id", "") == "__all__"
        )
        self.names: "list[str]" = ast.literal_eval(names)

    def _add(self, node: ast.stmt, lines: "list[str]") -> None:
        if isinstance(node, ast.ClassDef):
            self.classes.setdefault(node.name, node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.functions.setdefault(node.name, node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            self.values.setdefault(
                node.targets[0].id, (ast.unparse(node), comment_above(node, lines))
            )

    def members_of(self, name: str, seen: "set[str] | None" = None) -> "dict[str, ast.stmt]":
        """Returns the members of a class, those of its bases in the package after its own."""
        seen = seen if seen is not None else set()
        node = self.classes.get(name)
        if node is None or name in seen:
            return {}
        seen.add(name)
        found: "dict[str, ast.stmt]" = {}
        for child in node.body:
            member = getattr(child, "name", None) or getattr(
                getattr(child, "target", None), "id", None
            )
            if member is None and isinstance(child, ast.Assign):
                member = getattr(child.targets[0], "id", None)
            if member:
                found.setdefault(member, child)
        for base in node.bases:
            for member, child in self.members_of(base_name(base), seen).items():
                found.setdefault(member, child)
        return found


def base_name(base: ast.expr) -> str:
    """Returns the name of a base class without its parameters."""
    if isinstance(base, ast.Subscript):
        base = base.value
    return base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")


def comment_above(node: ast.stmt, lines: "list[str]") -> str:
    """Returns the comment `#:` above an assignment."""
    found: "list[str]" = []
    for line in reversed(lines[: node.lineno - 1]):
        if not line.strip().startswith("#:"):
            break
        found.insert(0, line.strip().removeprefix("#:").strip())
    return " ".join(found)


def signature_of(node: "ast.FunctionDef | ast.AsyncFunctionDef") -> str:
    """Returns the signature of a function, over several lines if it is long."""
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    decorators = [ast.unparse(it) for it in node.decorator_list]
    head = "".join(
        f"@{it}\n" for it in decorators if it in {"property", "classmethod", "staticmethod"}
    )
    line = f"{head}{word} {node.name}({ast.unparse(node.args)}){result}"
    if len(line.split("\n")[-1]) <= 88:
        return line
    arguments = split_arguments(ast.unparse(node.args))
    return (
        f"{head}{word} {node.name}(\n" + "".join(f"    {it},\n" for it in arguments) + f"){result}"
    )


def split_arguments(text: str) -> "list[str]":
    """Splits arguments at the commas that stand in no brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def function_section(
    heading: str, node: "ast.FunctionDef | ast.AsyncFunctionDef"
) -> str:
    """Returns the section of a function: its heading, signature and docstring."""
    return f"\n{heading}\n\n```python\n{signature_of(node)}\n```\n\n{docstring_of(node)}\n"


def docstring_of(node: "ast.AST") -> str:
    """Returns a docstring as Markdown: what is indented is code."""
    text = (
        ast.get_docstring(node, clean=True)
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        else ""
    )
    return markdown(text or "")


def markdown(text: str) -> str:
    """Returns the text of a docstring as Markdown."""
    blocks = []
    for block in re.split(r"\n\n+", inspect.cleandoc(text)):
        if block.startswith("    "):
            code = textwrap.dedent(block)
            if blocks and blocks[-1].endswith("\n```") and blocks[-1].startswith("```python"):
                blocks[-1] = blocks[-1][:-4] + "\n\n" + code + "\n```"
            else:
                blocks.append(f"```python\n{code}\n```")
        else:
            blocks.append(re.sub(r"(?<![`\w])(__\w+__)", r"`\1`", block).replace("*", "\\*"))
    return "\n\n".join(blocks)


def member_of(name: str, node: ast.stmt) -> str:
    """Returns the section of a method, or nothing for an attribute."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        if name.startswith("_") and (name not in KEPT_METHODS or not docstring_of(node)):
            return ""
        return function_section("### " + name.replace("__", "\\_\\_"), node)
    return ""


def attributes_of(members: "dict[str, ast.stmt]") -> str:
    """Returns the attributes of a class as one block of code."""
    lines = [
        ast.unparse(node)
        for name, node in members.items()
        if isinstance(node, (ast.AnnAssign, ast.Assign))
        and not name.startswith("_")
        and name != "by_status"
    ]
    return "\n```python\n" + "\n".join(lines) + "\n```\n" if lines else ""


def class_of(name: str, package: Package, prefix: str) -> str:
    """Returns the section of a class."""
    node = package.classes[name]
    # A base that only orders the sources is not shown: its members are.
    hidden = set(package.classes) - set(package.names)
    bases = ", ".join(ast.unparse(it) for it in node.bases if base_name(it) not in hidden)
    members = package.members_of(name)
    text = f"\n## {prefix}.{name}\n\n```python\nclass {name}({bases})\n```\n\n{docstring_of(node)}\n".replace(
        "()", "", 1
    )
    text += attributes_of(members)
    return text + "".join(member_of(it, child) for it, child in members.items())


def error_rows(package: Package) -> str:
    """Returns the table of the errors."""
    text = "| class | bases | meaning |\n|---|---|---|\n"
    for name in package.names:
        if name in package.classes and is_error(name, package) and name != "Error":
            node = package.classes[name]
            bases = ", ".join(f"`{ast.unparse(it)}`" for it in node.bases)
            about = docstring_of(node).replace("\n", " ").replace("|", "\\|")
            text += f"| `{name}` | {bases} | {about} |\n"
    return text


def is_error(name: str, package: Package) -> bool:
    """Answers whether a class is a kv.Error."""
    node = package.classes.get(name)
    bases = [base_name(it) for it in node.bases] if node else []
    return name.endswith("Error") or any(is_error(it, package) for it in bases)


def write_reference(root: Path, folder: Path) -> "list[tuple[str, str]]":
    """Writes the pages below a folder, and returns their names and titles in order."""
    folder.mkdir(parents=True, exist_ok=True)
    source = root / "bindings/python/src/kv"
    package, aio = Package(source), Package(source / "aio")
    functions = "# Functions and types (Python)\n\n" + markdown(package.about) + "\n"
    for name in package.names:
        if name in package.functions:
            functions += function_section(f"## kv.{name}", package.functions[name])
        elif name in package.values and name != "__version__":
            code, comment = package.values[name]
            functions += f"\n## kv.{name}\n\n```python\n{code}\n```\n\n{markdown(comment)}\n"
    store = "# kv.Store (Python)\n" + class_of("Store", package, "kv").replace(
        "\n## kv.Store\n", "", 1
    ).replace("\n### ", "\n## ")
    others = [
        it
        for it in package.names
        if it in package.classes and it != "Store" and not is_error(it, package)
    ]
    classes = "# Classes (Python)\n\nThe other classes of the package, by name.\n"
    classes += "".join(class_of(it, package, "kv") for it in others)
    errors = "# Errors (Python)\n\n" + error_rows(package) + class_of("Error", package, "kv")
    asyncio = "# kv.aio (Python)\n\n" + markdown(aio.about) + "\n"
    for name in aio.names:
        if name in aio.functions:
            asyncio += function_section(f"## kv.aio.{name}", aio.functions[name])
        elif name in aio.classes:
            asyncio += class_of(name, aio, "kv.aio")
    pages = [
        ("functions", functions),
        ("store", store),
        ("classes", classes),
        ("errors", errors),
        ("aio", asyncio),
    ]
    for name, text in pages:
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return [(name, text.split("\n", 1)[0][2:].removesuffix(" (Python)")) for name, text in pages]
