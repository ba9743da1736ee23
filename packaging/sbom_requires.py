#!/usr/bin/env python3
"""Prints the software bill of materials of a binding without the library, in CycloneDX 1.6.

    packaging/sbom_requires.py --artefact FILE >FILE.cdx.json

FILE is the archive of a Go module, or a package of npm. It contains code of kv alone; the bill names
what it says that it requires: the modules of go.mod, the dependencies of package.json. An optional one
is the library of a platform, which has a bill of its own.

The date is SOURCE_DATE_EPOCH, or that of the last commit.
"""

import argparse
import hashlib
import json
import re
import tarfile
import zipfile
from pathlib import Path
from urllib.parse import quote

from sbom import finish

LICENCE = "MIT OR Apache-2.0"


def component(registry, path, version, licence=None, scope="required"):
    """Returns the component of a package, whose path may have more words than its name."""
    group, _, name = path.rpartition("/")
    purl = f"pkg:{registry}/{quote(path)}@{quote(version)}"
    found = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if group:
        found["group"] = group
    if licence:
        found["licenses"] = [{"expression": licence}]
    else:
        found["scope"] = scope
    return found


def of_module(path):
    """Returns the module of an archive, and those that its go.mod requires."""
    with zipfile.ZipFile(path) as archive:
        # The first word of each name is the module with its version.
        file = min((it for it in archive.namelist() if it.endswith("/go.mod")), key=len)
        text = archive.read(file).decode()
    module, version = file.removesuffix("/go.mod").rsplit("@", 1)
    required = re.findall(r"^(?:require )?\s*([^\s/]+\.[^\s]+) (v[^\s]+)", text, re.MULTILINE)
    subject = component("golang", module, version, LICENCE)
    return subject, [component("golang", *one) for one in required]


def of_package(path):
    """Returns the package of npm, and its dependencies."""
    with tarfile.open(path) as archive:
        manifest = json.load(archive.extractfile("package/package.json"))
    subject = component("npm", manifest["name"], manifest["version"], manifest["license"])
    kinds = {"dependencies": "required", "optionalDependencies": "optional"}
    return subject, [
        component("npm", name, version, scope=scope)
        for kind, scope in kinds.items()
        for name, version in manifest.get(kind, {}).items()
    ]


def main():
    parser = argparse.ArgumentParser(description="prints the bill of materials of a binding")
    parser.add_argument("--artefact", type=Path, required=True, metavar="FILE")
    artefact = parser.parse_args().artefact
    subject, components = (of_module if artefact.suffix == ".zip" else of_package)(artefact)
    subject["hashes"] = [
        {"alg": "SHA-256", "content": hashlib.sha256(artefact.read_bytes()).hexdigest()}
    ]
    subject["properties"] = [{"name": "kv:artefact", "value": artefact.name}]
    depends = {subject["bom-ref"]: {it["bom-ref"] for it in components}}
    print(json.dumps(finish(subject, components, depends), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
