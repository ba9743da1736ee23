#!/usr/bin/env python3
"""Prints the software bill of materials of an artefact, in CycloneDX 1.6.

    packaging/sbom.py --artefact FILE --of library|command --target TRIPLE >FILE.cdx.json

It names the packages that are linked into the library or the command on the target, the SQLite and
the standard library of Rust among them. An artefact that contains both is one of the command, which
is linked with all that the library is. Nothing is compiled; cargo reads Cargo.lock and the manifests.

The date is SOURCE_DATE_EPOCH, or that of the last commit.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import tomllib
import uuid
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent

# The own packages: their names for cargo, their names as products, and their kinds.
OWN = {"kv": ("libkv", "library"), "kv-cli": ("kv", "application")}
PRODUCTS = {"library": "kv", "command": "kv-cli"}

# compiler-builtins, a part of the standard library, is derived from LLVM's compiler-rt.
RUST_LICENCE = "(MIT OR Apache-2.0) AND Apache-2.0 WITH LLVM-exception"


def output(*command):
    """Returns what a command prints, run at the root of the project."""
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def cargo(*arguments):
    return output(os.environ.get("CARGO", "cargo"), *arguments)


def metadata(target):
    """Returns what cargo knows of each package, by name and version."""
    form = ("--locked", "--format-version", "1", "--filter-platform", target)
    packages = json.loads(cargo("metadata", *form))["packages"]
    return {(package["name"], package["version"]): package for package in packages}


def linked(product, target):
    """Returns the packages that a package is linked with, itself first, each with those that it
    uses itself: no dependencies of tests and builds, and no macros.

    The graph in cargo's metadata has the features of the whole workspace, so it has packages that
    one product alone is not linked with.
    """
    choice = ("--package", product, "--edges", "normal,no-proc-macro", "--target", target)
    lines = cargo("tree", "--locked", *choice, "--prefix", "depth", "--format", "{p}").splitlines()
    uses, above = {}, []
    for line in lines:
        depth, name, version = re.match(r"(\d+)([A-Za-z]\S*) v(\S+)", line).groups()
        del above[int(depth) :]
        package = (name, version)
        uses.setdefault(package, set())
        if above:
            uses[above[-1]].add(package)
        above.append(package)
    return uses


def checksums():
    """Returns the SHA-256 of each package of others, by name and version."""
    packages = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))["package"]
    return {(it["name"], it["version"]): it["checksum"] for it in packages if "checksum" in it}


def sqlite_version(package):
    """Returns the version of the SQLite that is bundled in libsqlite3-sys."""
    header = Path(package["manifest_path"]).parent / "sqlite3/sqlite3.h"
    text = header.read_text(encoding="utf-8")
    return re.search(r'^#define SQLITE_VERSION +"([0-9.]+)"', text, re.MULTILINE).group(1)


def spdx(licence):
    """Returns a licence as an expression of SPDX; packages from before it write a slash for OR."""
    return re.sub(r" */ *", " OR ", licence)


def component(kind, path, version, licence=None, registry="generic"):
    """Returns a component; in some registries words of a path stand before its name."""
    group, _, name = path.rpartition("/")
    purl = f"pkg:{registry}/{quote(path)}@{version}"
    found = {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if group:
        found["group"] = group
    if licence:
        found["licenses"] = [{"expression": licence}]
    return found


def of_package(package, checksum):
    """Returns the component of a package. The registry has packages of others under our names, so our
    own ones are not said to be from there."""
    name, version, licence = package["name"], package["version"], spdx(package["license"])
    if package["source"] is None:
        product, kind = OWN[name]
        return component(kind, product, version, licence)
    found = component("library", name, version, licence, registry="cargo")
    found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return found


def sqlite(version):
    found = component("library", "sqlite", version, "blessing")
    found["cpe"] = f"cpe:2.3:a:sqlite:sqlite:{version}:*:*:*:*:*:*:*"
    return found


def graph(product, target):
    """Returns the components, that of the product first, and what each of them uses, by reference."""
    packages, sums = metadata(target), checksums()
    uses = linked(product, target)
    components = {key: of_package(packages[key], sums.get(key)) for key in uses}
    references = {key: it["bom-ref"] for key, it in components.items()}
    depends = {references[key]: {references[one] for one in used} for key, used in uses.items()}

    bundle = next(key for key in uses if key[0] == "libsqlite3-sys")
    engine = sqlite(sqlite_version(packages[bundle]))
    depends[references[bundle]].add(engine["bom-ref"])
    version = cargo("--version").split()[1]
    standard = component("library", "rust-std", version, RUST_LICENCE)
    depends[next(iter(depends))].add(standard["bom-ref"])
    return [*components.values(), engine, standard], depends


def timestamp():
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or output("git", "log", "-1", "--format=%ct")
    return datetime.fromtimestamp(int(seconds), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def supplier():
    names = json.loads((ROOT / "packaging/names.json").read_text(encoding="utf-8"))
    return {"name": names["maintainer"].split(" <")[0]}


def bill(artefact, product, target):
    (subject, *components), depends = graph(product, target)
    return finish(artefact, subject, components, depends, {"kv:target": target})


def finish(artefact, subject, components, depends, properties=None):
    """Returns the bill of an artefact with these components, which use each other as `depends` says by
    references."""
    digest = hashlib.sha256(artefact.read_bytes()).hexdigest()
    subject["hashes"] = [{"alg": "SHA-256", "content": digest}]
    properties = {"kv:artefact": artefact.name, **(properties or {})}
    subject["properties"] = [{"name": name, "value": it} for name, it in properties.items()]
    used = {ref: depends.get(ref, ()) for ref in (it["bom-ref"] for it in (subject, *components))}
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": timestamp(), "component": subject, "supplier": supplier()},
        "components": sorted(components, key=lambda it: it["bom-ref"]),
        "dependencies": [{"ref": ref, "dependsOn": sorted(used[ref])} for ref in sorted(used)],
    }
    name = json.dumps(content, sort_keys=True)
    return {**content, "serialNumber": uuid.uuid5(uuid.NAMESPACE_OID, name).urn}


def main():
    parser = argparse.ArgumentParser(description="prints the bill of materials of an artefact")
    parser.add_argument("--artefact", type=Path, required=True, metavar="FILE")
    parser.add_argument("--of", choices=PRODUCTS, required=True, help="what the artefact contains")
    parser.add_argument("--target", required=True, metavar="TRIPLE")
    arguments = parser.parse_args()
    found = bill(arguments.artefact, PRODUCTS[arguments.of], arguments.target)
    print(json.dumps(found, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
