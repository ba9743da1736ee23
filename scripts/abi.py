"""Holds the rules of the C ABI: what is a break, and what an addition. scripts/abi.sh calls it.

    abi.py sources DECLARATIONS MACROS SYMBOLS
                                        writes shim.c, which defines what a preprocessed header declares,
                                        and constants.c, a program that prints the values of its macros
    abi.py compare OLD.abi OLD.constants NEW.abi NEW.constants GROWN
                                        lists breaks and additions; writes the structures that have grown
                                        as they may to GROWN, as a specification for abidiff

A function, type or constant that is gone or changed is a break. So is a structure with another layout,
with two exceptions: a structure whose first field is `uint32_t size` may grow at its end, and a field
named `reserved` may be given a meaning and a name. New functions, types and constants are additions.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

BREAKS = 3


class Field(NamedTuple):
    offset: int
    shown: str
    layout: str


class Structure(NamedTuple):
    size: int
    fields: dict[str, Field]

    def is_sized(self) -> bool:
        first = next(iter(self.fields.items()), None)
        return first is not None and first[0] == "size" and first[1].layout == "unsigned int"


class Description:
    """What abidw has written, by names."""

    def __init__(self, path: str) -> None:
        root = ElementTree.parse(path).getroot()
        self.soname = root.get("soname", "")
        self.by_id = {it.get("id"): it for it in root.iter() if it.get("id")}
        self.functions: dict[str, tuple[str, str]] = {}
        self.structures: dict[str, Structure] = {}
        self.types: dict[str, tuple[str, str]] = {}
        for it in root.iter():
            name = it.get("name", "")
            if it.tag == "function-decl":
                self.functions[name] = (self.signature(it, True), self.signature(it, False))
            elif it.tag in ("class-decl", "union-decl") and name.startswith("kv_"):
                if it.get("is-declaration-only") != "yes":
                    self.structures[name] = self.structure(it)
            elif it.tag == "typedef-decl" and name.startswith("kv_"):
                type_id = it.get("type-id")
                self.types[name] = (self.spell(type_id, True), self.spell(type_id, False))

    def structure(self, it: ElementTree.Element) -> Structure:
        fields = {}
        for member in it.findall("data-member"):
            variable = member.find("var-decl")
            assert variable is not None
            type_id = variable.get("type-id")
            offset = int(member.get("layout-offset-in-bits", "0")) // 8
            field = Field(offset, self.spell(type_id, True), self.spell(type_id, False))
            fields[variable.get("name", "")] = field
        return Structure(int(it.get("size-in-bits", "0")) // 8, fields)

    def signature(self, it: ElementTree.Element, shown: bool) -> str:
        """Returns `result (parameters)`."""
        parameters = [
            "..." if p.get("is-variadic") == "yes" else self.spell(p.get("type-id"), shown)
            for p in it.findall("parameter")
        ]
        result = it.find("return")
        returned = self.spell(result.get("type-id"), shown) if result is not None else "void"
        return f"{returned} ({', '.join(parameters) or 'void'})"

    def spell(self, type_id: str | None, shown: bool) -> str:
        """Returns the type as the header spells it, or, not to be shown, what it comes to."""
        it = self.by_id[type_id]
        if it.get("name") == "void_":
            return "void"
        name, below = it.get("name", ""), it.get("type-id")
        if it.tag == "typedef-decl":
            return name if shown else self.spell(below, shown)
        if it.tag == "pointer-type-def":
            if self.by_id[below].tag == "function-type":
                return self.signature(self.by_id[below], shown).replace("(", "(*)(", 1)
            return f"{self.spell(below, shown)} *"
        if it.tag == "qualified-type-def":
            words = [word for word in ("const", "volatile", "restrict") if it.get(word) == "yes"]
            inner = self.spell(below, shown)
            return f"{inner} {' '.join(words)}" if inner.endswith("*") else f"{' '.join(words)} {inner}"
        if it.tag == "array-type-def":
            lengths = [f"[{part.get('length')}]" for part in it.findall("subrange")]
            return self.spell(below, shown) + "".join(lengths)
        if it.tag == "function-type":
            return self.signature(it, shown)
        return name


class Changes:
    def __init__(self) -> None:
        self.breaks: list[str] = []
        self.additions: list[str] = []
        self.grown: list[str] = []

    def names(self, kind: str, old: dict[str, tuple[str, str]], new: dict[str, tuple[str, str]]) -> None:
        """Compares things that must not change: pairs of how each is shown and what counts of it."""
        for name, (shown, counts) in old.items():
            if name not in new:
                self.breaks.append(f"{kind} {name} is gone")
            elif new[name][1] != counts:
                self.breaks.append(f"{kind} {name} has changed from {shown} to {new[name][0]}")
        for name in new.keys() - old.keys():
            self.additions.append(f"{kind} {name}: {new[name][0]}")

    def structure(self, name: str, old: Structure, new: Structure) -> None:
        before = len(self.breaks)
        added = {it: field for it, field in new.fields.items() if it not in old.fields}
        for field_name, field in old.fields.items():
            self.field(f"{name}.{field_name}", field, new.fields.get(field_name), added)
        for field_name, field in added.items():
            if not old.is_sized():
                self.breaks.append(f"field {name}.{field_name} is new, but {name} does not begin with its size")
            elif field.offset < old.size:
                self.breaks.append(
                    f"field {name}.{field_name} is new at byte {field.offset}, before the end of the older "
                    f"structure, which has {old.size} bytes"
                )
            else:
                self.additions.append(f"field {name}.{field_name}: {field.shown}")
        if new.size < old.size or (new.size != old.size and not old.is_sized()):
            self.breaks.append(f"structure {name} has {new.size} bytes, not {old.size}")
        if len(self.breaks) == before and new != old:
            self.grown.append(name)

    def field(self, path: str, old: Field, new: Field | None, added: dict[str, Field]) -> None:
        if new is None:
            heir = [it for it, f in added.items() if (f.offset, f.layout) == (old.offset, old.layout)]
            if heir and path.split(".")[1].startswith("reserved"):
                self.additions.append(f"field {path} is {heir[0]} now: {added.pop(heir[0]).shown}")
            else:
                self.breaks.append(f"field {path} is gone")
            return
        if new.layout != old.layout:
            self.breaks.append(f"field {path} has changed from {old.shown} to {new.shown}")
        if new.offset != old.offset:
            self.breaks.append(f"field {path} has moved from byte {old.offset} to {new.offset}")


def compare(old_abi: str, old_constants: str, new_abi: str, new_constants: str, grown: str) -> int:
    old, new = Description(old_abi), Description(new_abi)
    changes = Changes()
    changes.names("function", old.functions, new.functions)
    changes.names("type", old.types, new.types)
    changes.names("constant", values(old_constants), values(new_constants))
    for name, structure in old.structures.items():
        if name in new.structures:
            changes.structure(name, structure, new.structures[name])
        else:
            changes.breaks.append(f"structure {name} is gone")
    if new.soname != old.soname:
        changes.breaks.append(f"the SONAME has changed from {old.soname} to {new.soname}")
    for line in sorted(changes.breaks):
        print(f"break: {line}")
    for line in sorted(changes.additions):
        print(f"addition: {line}")
    specification = "".join(f"[suppress_type]\n  name = {name}\n" for name in changes.grown)
    # An empty file is none to abidiff.
    Path(grown).write_text("# Structures that have grown.\n" + specification, encoding="utf-8")
    return BREAKS if changes.breaks else 0


def values(path: str) -> dict[str, tuple[str, str]]:
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return {name: (value, value) for name, _, value in (line.partition("=") for line in lines)}


def sources(declarations: str, macros: str, symbols: str) -> int:
    text = Path(declarations).read_text(encoding="utf-8")
    lines, declared = shim(text)
    exported = set(Path(symbols).read_text(encoding="utf-8").split())
    if declared != exported:
        only = ", ".join(sorted(declared ^ exported))
        print(f"abi: in one of header and symbol list only: {only}; run make header", file=sys.stderr)
        return 1
    Path("shim.c").write_text("\n".join(lines) + "\n", encoding="utf-8")
    program = constants(Path(macros).read_text(encoding="utf-8"))
    Path("constants.c").write_text("\n".join(program) + "\n", encoding="utf-8")
    return 0


def shim(header: str) -> tuple[list[str], set[str]]:
    """Returns the lines of the shim and the functions that it defines."""
    lines = ['#include "kv.h"']
    types = sorted(set(re.findall(r"\bstruct (kv_\w+)\s*\{", header)))
    lines += [f"struct {name} *abi_struct_{name};" for name in types]
    declared = set()
    for statement in statements(header):
        if statement.startswith("typedef"):
            found = re.search(r"\(\*\s*(kv_\w+)\s*\)\s*\(", statement) or re.search(r"\b(kv_\w+)$", statement)
            if found:
                lines.append(f"{found[1]} *abi_type_{found[1]};")
        elif found := re.search(r"\b(kv_\w+)\s*\(", statement):
            declared.add(found[1])
            lines.append(f"{statement} {{ __builtin_trap(); }}")
    return lines, declared


def statements(text: str) -> list[str]:
    """Returns what ends with a semicolon outside of braces, each in one line."""
    depth, start, found = 0, 0, []
    for at, it in enumerate(text):
        depth += (it == "{") - (it == "}")
        if it == ";" and depth == 0:
            found.append(" ".join(text[start:at].split()))
            start = at + 1
    return found


# Prints any constant as what it is.
SHOW = """\
#include <stdio.h>
#include "kv.h"
static void text(const char *name, const char *it) { printf("%s=\\"%s\\"\\n", name, it); }
static void whole(const char *name, long long it) { printf("%s=%lld\\n", name, it); }
static void natural(const char *name, unsigned long long it) { printf("%s=%llu\\n", name, it); }
#define SHOW(it) _Generic((it), char *: text, const char *: text, unsigned: natural, \\
    unsigned long: natural, unsigned long long: natural, default: whole)(#it, it)
int main(void) {"""


def constants(macros: str) -> list[str]:
    lines = [SHOW]
    for line in macros.splitlines():
        found = re.match(r"#define (KV_\w+)(\([^)]*\))? ?(.*)", line)
        # A macro without a value guards the header.
        if not found or not found[3]:
            continue
        name, parameters, body = found.groups()
        if parameters:
            lines.append(f'    puts("{name}=macro {parameters}");')
        elif name.endswith("_INIT") or "{" in body:
            lines.append(f'    puts("{name}=initialiser");')
        else:
            lines.append(f"    SHOW({name});")
    return lines + ["}"]


if __name__ == "__main__":
    sys.exit({"sources": sources, "compare": compare}[sys.argv[1]](*sys.argv[2:]))
