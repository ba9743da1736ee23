"""Reads the manifest of a port as vcpkg documents it.

    manifest.py FILE VERSION      VERSION: the one that it must have
"""

import json
import re
import sys

# The fields of a manifest that this port may have, each with the form of its value.
IDENTIFIER = r"[a-z0-9]+(-[a-z0-9]+)*"
FIELDS = {
    "name": IDENTIFIER,
    "version": r"\d+(\.\d+)*",
    "description": r".+",
    "homepage": r"[a-z]+://.+",
    "license": r"[A-Za-z0-9.+() -]+",
    "supports": r"[a-z0-9!&|(), ]+",
}
REQUIRED = {"name", "version", "description", "license"}


def faults(manifest, version):
    """Yields a line for each fault."""
    for field in REQUIRED - manifest.keys():
        yield f"it has no {field}"
    for field, value in manifest.items():
        if field == "dependencies":
            yield from dependency_faults(value)
        elif field not in FIELDS:
            yield f"vcpkg knows no field {field}"
        elif not isinstance(value, str) or not re.fullmatch(FIELDS[field], value):
            yield f"{field} is {value!r}"
    if manifest.get("version") != version:
        yield f"its version is not {version}"


def dependency_faults(dependencies):
    for it in dependencies:
        # Packages that only a build needs are for the host.
        if it.keys() != {"name", "host"} or it["host"] is not True:
            yield f"it depends on {it}"
        elif not re.fullmatch(IDENTIFIER, it["name"]):
            yield f"a dependency is called {it['name']!r}"


def main():
    path, version = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        found = list(faults(json.load(file), version))
    if found:
        sys.exit("\n".join(found))


main()
