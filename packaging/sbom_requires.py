#!/usr/bin/env python3
"""Prints the software bill of materials of a binding without the library, in CycloneDX 1.6.

    packaging/sbom_requires.py --artefact FILE >FILE.cdx.json

FILE is the archive of a Go module, or a package of npm. It contains code of kv alone; the bill names
what it says that it requires: the modules of go.mod, the dependencies of package.json. An optional one
is the library of a platform, which has a bill of its own.

The date is SOURCE_DATE_EPOCH, or that of the last commit.
"""

import argparse
import json
import re
import tarfile
import zipfile
from pathlib import Path

from sbom import component, finish

LICENCE = "MIT OR Apache-2.0"


def required(registry, path, version, scope="required"):
    """Returns a package that is required and not contained; its licence is in its own registry."""
    return {**component("library", path, version, registry=registry), "scope": scope}


def of_module(path):
    """Returns the module of an archive, and those that its go.mod requires."""
    with zipfile.ZipFile(path) as archive:
        # The first word of each name is the module with its version.
        file = min((it for it in archive.namelist() if it.endswith("/go.mod")), key=len)
        text = archive.read(file).decode()
    module, version = file.removesuffix("/go.mod").rsplit("@", 1)
    requires = re.findall(r"^(?:require )?\s*([^\s/]+\.[^\s]+) (v[^\s]+)", text, re.MULTILINE)
    subject = component("library", module, version, LICENCE, "golang")
    return subject, [required("golang", *one) for one in requires]


def of_package(path):
    """Returns the package of npm, and its dependencies."""
    with tarfile.open(path) as archive:
        manifest = json.load(archive.extractfile("package/package.json"))
    name, version, licence = manifest["name"], manifest["version"], manifest["license"]
    subject = component("library", name, version, licence, "npm")
    kinds = {"dependencies": "required", "optionalDependencies": "optional"}
    return subject, [
        required("npm", name, version, scope)
        for kind, scope in kinds.items()
        for name, version in manifest.get(kind, {}).items()
    ]


def main():
    parser = argparse.ArgumentParser(description="prints the bill of materials of a binding")
    parser.add_argument("--artefact", type=Path, required=True, metavar="FILE")
    artefact = parser.parse_args().artefact
    subject, components = (of_module if artefact.suffix == ".zip" else of_package)(artefact)
    depends = {subject["bom-ref"]: {it["bom-ref"] for it in components}}
    print(json.dumps(finish(artefact, subject, components, depends), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
