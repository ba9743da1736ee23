"""Writes kv/_abi.py, what a C compiler would read from kv.h, as declarations for ctypes.

    python3 generate.py HEADER > _abi.py

The build of the wheel calls it, so the declarations are never older than the header. Whatever it
does not understand is an error that shows the text: a guess would be a crash later.
"""

from __future__ import annotations

import re
import sys

SCALARS = {
    "char": "c_char",
    "int32_t": "c_int32",
    "int64_t": "c_int64",
    "uint8_t": "c_uint8",
    "uint32_t": "c_uint32",
    "uint64_t": "c_uint64",
    "size_t": "c_size_t",
}

# The limits of C that a constant may be.
LIMITS = ("SIZE_MAX", "INT64_MIN")

# The results of calls in Python. All others are numbers.
RETURNS = {"None": "None", "c_char_p": "bytes"}

PREAMBLE = '''\
"""The declarations of kv.h: its constants, structures and functions, by their names in C.

Generated from the header when the package is built; the other modules are written with it.
"""

# ruff: noqa
from __future__ import annotations

from ctypes import (
    CDLL,
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Callable, Final

SIZE_MAX: Final = c_size_t(-1).value
INT64_MIN: Final = -(2**63)


def _declare(library: CDLL, name: str, result: Any, arguments: list[Any]) -> Any:
    function = library[name]
    function.restype = result
    function.argtypes = arguments
    return function

'''


class NotUnderstood(ValueError):
    """The header has something that this program has no rule for."""


def generate(header: str) -> str:
    """Returns the module for the text of a header."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", header, flags=re.DOTALL)
    parts = [PREAMBLE, constants(text)]
    text = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*$", "", text, flags=re.MULTILINE)
    text = re.sub(r'extern "C" \{(.*)\}', r"\1", text, flags=re.DOTALL)
    types = Types()
    functions = []
    for statement in statements(text):
        function = re.fullmatch(r"(.+?)\b(kv_\w+) ?\((.*)\)", statement)
        if statement.startswith("typedef "):
            parts.append(types.define(statement[len("typedef ") :]))
        elif function:
            functions.append(types.function(*function.groups()))
        else:
            raise NotUnderstood(statement)
    parts.append(functions_class(functions))
    return "\n".join(parts)


def constants(text: str) -> str:
    """Returns the #defines of numbers; initialisers of C's are left out."""
    lines = []
    for name, value in re.findall(r"^[ \t]*#define (\w+)(.*)$", text, flags=re.MULTILINE):
        value = value.strip()
        number = re.fullmatch(r"\(?(-?\d+(?: << \d+)?)\)?", value)
        if number or value in LIMITS:
            lines.append(f"{name}: Final = {number[1] if number else value}")
        elif not (name.endswith("_INIT") or value == ""):
            raise NotUnderstood(f"#define {name} {value}")
    return "\n".join(lines) + "\n"


def statements(text: str) -> list[str]:
    """Splits at the semicolons outside of braces, and makes all white space one blank."""
    text = re.sub(r"\s+", " ", text)
    found = [part.strip() for part in re.findall(r"(?:\{[^{}]*\}|[^;{}])+(?=;)", text)]
    rest = re.sub(r"(?:\{[^{}]*\}|[^;{}])+;", "", text).strip()
    if rest:
        raise NotUnderstood(rest)
    return found


class Types:
    """The types the header has named so far."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def define(self, statement: str) -> str:
        structure = re.fullmatch(r"struct (\w+) \{(.*)\} (\w+)", statement)
        pointer = re.fullmatch(r"(.+?) ?\(\*(\w+)\)\((.*)\)", statement)
        scalar = re.fullmatch(r"(\w+) (\w+)", statement)
        opaque = re.fullmatch(r"struct (\w+) (\w+)", statement)
        if opaque and opaque[1] == opaque[2]:
            # A structure without members here; a function that takes one is not understood.
            return ""
        if structure and structure[1] == structure[3]:
            self.names.add(structure[1])
            return self.structure(structure[1], structure[2])
        if pointer:
            arguments = ", ".join(self.parameters(pointer[3], "argument"))
            result = self.type_of(pointer[1], "argument")
            self.names.add(pointer[2])
            return f"{pointer[2]} = CFUNCTYPE({', '.join(filter(None, [result, arguments]))})\n"
        if scalar and scalar[1] in SCALARS:
            self.names.add(scalar[2])
            return f"{scalar[2]} = {SCALARS[scalar[1]]}\n"
        raise NotUnderstood(f"typedef {statement}")

    def structure(self, name: str, body: str) -> str:
        lines = [f"class {name}(Structure):", "    _fields_ = ["]
        for field in filter(None, (part.strip() for part in body.split(";"))):
            match = re.fullmatch(r"(.+?[ *])(\w+)(?:\[(\w+)\])?", field)
            if not match:
                raise NotUnderstood(f"{name}: {field}")
            kind = self.type_of(match[1], "field")
            lines.append(f'        ("{match[2]}", {kind}{f" * {match[3]}" if match[3] else ""}),')
        return "\n".join([*lines, "    ]", ""])

    def function(self, result: str, name: str, parameters: str) -> tuple[str, str, list[str]]:
        returned = "None" if result.strip() == "void" else self.type_of(result, "argument")
        return name, returned, self.parameters(parameters, "argument")

    def parameters(self, text: str, place: str) -> list[str]:
        if text.strip() == "void":
            return []
        found = []
        for parameter in text.split(","):
            match = re.fullmatch(r"(.+?[ *])(\w+)", parameter.strip())
            if not match:
                raise NotUnderstood(parameter)
            found.append(self.type_of(match[1], place))
        return found

    def type_of(self, text: str, place: str) -> str:
        """Returns the ctypes name of a C type.

        Bytes that go in are c_char_p, which takes bytes objects; borrowed memory is c_void_p, an
        address.
        """
        words = text.replace("*", " * ").replace("struct ", "").split()
        if words == ["void"]:
            return "None"
        base = [word for word in words if word not in ("const", "*")]
        if len(base) != 1 or words.count("*") > 1:
            raise NotUnderstood(text)
        name = base[0]
        if "*" not in words:
            if name in SCALARS or name in self.names:
                return SCALARS.get(name, name)
        elif name in ("void", "char") and "const" in words:
            return "c_char_p"
        elif name == "void" or (name == "uint8_t" and place == "field"):
            return "c_void_p"
        elif name in SCALARS or name in self.names:
            return f"POINTER({SCALARS.get(name, name)})"
        raise NotUnderstood(text)


def functions_class(functions: list[tuple[str, str, list[str]]]) -> str:
    lines = [
        "",
        "class Functions:",
        '    """The functions of a library that was loaded."""',
        "",
        "    def __init__(self, library: CDLL) -> None:",
        "        self.library = library",
    ]
    for name, result, arguments in functions:
        kind = f"Callable[..., {RETURNS.get(result, 'int')}]"
        lines += [
            f"        self.{name}: {kind} = _declare(",
            f'            library, "{name}", {result}, [{", ".join(arguments)}]',
            "        )",
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.stdout.write(generate(file.read()))
