"""The reference of C++: the classes of kv.hpp as Markdown pages, from the XML of Doxygen."""

import re
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

SETTINGS = """
INPUT = {include}
STRIP_FROM_PATH = {include}
RECURSIVE = YES
EXTRACT_ALL = YES
EXCLUDE_SYMBOLS = kv::detail kv::detail::* std std::*
INLINE_INHERITED_MEMB = YES
MACRO_EXPANSION = YES
PREDEFINED = KV_THROWS=
GENERATE_HTML = NO
GENERATE_LATEX = NO
GENERATE_XML = YES
XML_PROGRAMLISTING = NO
QUIET = YES
WARNINGS = NO
"""
# The order of the first classes; the others follow by name.
FIRST = [
    "store",
    "value",
    "batch",
    "transaction",
    "cursor",
    "watch",
    "writer",
    "reader",
    "lock",
    "typed",
    "result",
]

# Classes that are described without the members of kv::store, which they inherit.
NOT_REPEATED = {"kv::bound_store"}


def text_of(element: "ElementTree.Element | None") -> str:
    """Returns a description as Markdown."""
    if element is None:
        return ""
    parts = [paragraph_of(it) for it in element if it.tag in {"para", "sect1"}]
    return "\n\n".join(part for part in parts if part)


def paragraph_of(para: ElementTree.Element) -> str:
    """Returns a paragraph, with its lists below it."""
    text, lists = escaped(para.text or ""), []
    for child in para:
        if child.tag in {"itemizedlist", "orderedlist"}:
            mark = "-" if child.tag == "itemizedlist" else "1."
            lists += [f"{mark} {text_of(item)}" for item in child.findall("listitem")]
        elif child.tag in {"programlisting", "verbatim"}:
            code = "".join(child.itertext()).rstrip()
            lists.append(f"\n```cpp\n{code}\n```\n")
        elif child.tag == "computeroutput":
            text += f"`{''.join(child.itertext())}`"
        elif child.tag != "simplesect":
            text += escaped("".join(child.itertext()))
        text += escaped(child.tail or "")
    return "\n".join([text.strip(), *([""] + lists if lists else [])]).strip()


def escaped(text: str) -> str:
    """Returns text without characters that Markdown or HTML would read."""
    return re.sub(r"([<>*_\[\]|])", r"\\\1", text)


def signature_of(member: ElementTree.Element) -> str:
    """Returns a declaration as C++ writes it."""
    name = member.findtext("name", "")
    if member.get("kind") == "enum":
        values = [
            it.findtext("name", "") + it.findtext("initializer", "").replace("= ", " = ")
            for it in member.findall("enumvalue")
        ]
        return f"enum class {name} {{ {', '.join(values)} }};" if values else f"enum class {name};"
    definition = member.find("type")
    kind = "".join(definition.itertext()) if definition is not None else ""
    words = [word for word in ("static", "explicit") if member.get(word) == "yes"]
    if member.get("kind") == "typedef":
        return f"using {name} = {kind};"
    initial = member.findtext("initializer", "") if member.get("kind") == "variable" else ""
    arguments = member.findtext("argsstring", "")
    line = " ".join([*words, kind, name]).replace("  ", " ").strip()
    line = re.sub(r"< (.*?) >", lambda it: f"<{it[1]}>", line)
    while "< " in line or " >" in line:
        line = line.replace("< ", "<").replace(" >", ">")
    parameters = member.findall("templateparamlist/param")
    template = ", ".join(
        it.findtext("type", "")
        + (f" = {it.findtext('defval')}" if it.find("defval") is not None else "")
        for it in parameters
    )
    head = f"template <{template}>\n" if parameters else ""
    return f"{head}{line}{arguments}{' ' + initial if initial else ''};"


def members_of(compound: ElementTree.Element) -> "list[ElementTree.Element]":
    """Returns the public members of a class or of the namespace, in the order of their files."""
    found = [
        member
        for member in compound.iter("memberdef")
        if member.get("prot") == "public"
        and member.get("kind") != "friend"
        and not member.findtext("name", "").startswith("~")
        and not member.findtext("argsstring", "").endswith("=delete")
    ]
    if compound.findtext("compoundname") in NOT_REPEATED:
        own = compound.find("location")
        file = own.get("file") if own is not None else None
        found = [
            it for it in found if (at := it.find("location")) is not None and at.get("file") == file
        ]

    def place(member: ElementTree.Element) -> "tuple[str, int]":
        location = member.find("location")
        return (
            (location.get("file", ""), int(location.get("line", "0")))
            if location is not None
            else ("", 0)
        )

    return sorted(found, key=place)


def sections_of(compound: ElementTree.Element, level: str) -> str:
    """Returns the members: those without a comment of their own belong to the one above them."""
    groups: "list[tuple[str, list[str], str]]" = []
    for member in members_of(compound):
        text = "\n\n".join(
            part
            for part in (
                text_of(member.find("briefdescription")),
                text_of(member.find("detaileddescription")),
            )
            if part
        )
        if text or not groups:
            groups.append((member.findtext("name", ""), [], text))
        groups[-1][1].append(signature_of(member))
    page, seen = "", set()
    for name, signatures, text in groups:
        heading = f"\n{level} {name}\n" if name not in seen else ""
        seen.add(name)
        code = "\n".join(dict.fromkeys(signatures))
        page += f"{heading}\n```cpp\n{code}\n```\n\n{text}\n"
    return page


def compounds_of(xml: Path) -> "dict[str, ElementTree.Element]":
    """Returns the classes and the namespace by their names."""
    found = {}
    for path in sorted(xml.glob("*kv*.xml")):
        compound = ElementTree.parse(path).getroot().find("compounddef")
        if compound is not None and compound.get("kind") in {"class", "struct", "namespace"}:
            found[compound.findtext("compoundname", "")] = compound
    return found


def class_page(name: str, compound: ElementTree.Element, level: str) -> str:
    """Returns the text about a class, with its name as a heading of this level."""
    location = compound.find("location")
    header = location.get("file", "") if location is not None else ""
    parts = [text_of(compound.find(it)) for it in ("briefdescription", "detaileddescription")]
    about = "\n\n".join(part for part in parts if part)
    return f"{level} {name}\n\n{about}\n\nDeclared in `<{header}>`.\n{sections_of(compound, level + '#')}"


def write_reference(root: Path, folder: Path) -> "list[tuple[str, str]]":
    """Writes the pages below a folder, and returns their names and titles in order."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        settings = Path(scratch) / "Doxyfile"
        settings.write_text(
            SETTINGS.format(include=root / "bindings/cpp/include"), encoding="utf-8"
        )
        subprocess.run(["doxygen", settings], cwd=scratch, check=True)
        compounds = compounds_of(Path(scratch) / "xml")
    pages = []
    bases = {ref.get("refid") for it in compounds.values() for ref in it.findall("basecompoundref")}
    others = "# Other classes of kv\n\nThe classes that calls take and return, by name.\n"
    for name in sorted(compounds, key=order_of):
        compound = compounds[name]
        short = name.removeprefix("kv::")
        # A class that is a part of kv::store appears within it.
        is_part = compound.get("id") in bases and short.startswith("store_")
        if compound.get("kind") == "namespace" or "<" in name or "::" in short or is_part:
            continue
        if short in FIRST:
            (folder / f"{short}.md").write_text(class_page(name, compound, "#"), encoding="utf-8")
            pages.append((short, name))
        else:
            others += "\n" + class_page(name, compound, "##")
    (folder / "classes.md").write_text(others, encoding="utf-8")
    text = (
        "# Functions of namespace kv\n\nFunctions, types and constants that belong to no class.\n"
    )
    text += sections_of(compounds["kv"], "##")
    (folder / "namespace.md").write_text(text, encoding="utf-8")
    return [*pages, ("classes", "Other classes of kv"), ("namespace", "Functions of namespace kv")]


def order_of(name: str) -> "tuple[int, str]":
    """Returns the place of a class."""
    short = name.removeprefix("kv::")
    return (FIRST.index(short) if short in FIRST else len(FIRST), short)
