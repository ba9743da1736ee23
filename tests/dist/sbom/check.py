"""Checks bills of materials in CycloneDX.

    check.py valid BILL...
        each follows the schema of CycloneDX 1.6, its licences are SPDX's, and each component is
        reached from the artefact
    check.py notices NOTICES LIBRARY-BILL... -- COMMAND-BILL...
        THIRD-PARTY-NOTICES.txt names the same packages, versions and licences
    check.py artefact BILL FILE
        the bill is that of the file
"""

import hashlib
import json
import re
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from license_expression import ExpressionError, get_spdx_licensing
from packageurl import PackageURL

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)
SPDX = get_spdx_licensing()


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def expression(component):
    return component["licenses"][0]["expression"]


def valid(*paths):
    for path in paths:
        fault = VALIDATOR.validate_str(Path(path).read_text(encoding="utf-8"))
        if fault:
            yield f"{path}: {fault.data.message}"
        else:
            yield from (f"{path}: {line}" for line in content_faults(read(path)))


def content_faults(bill):
    subject = bill["metadata"]["component"]
    components = [subject, *bill["components"]]
    for it in components:
        try:
            # A package that is required, and not contained, has its licence in its own registry.
            if "scope" not in it:
                SPDX.parse(expression(it), validate=True)
        except ExpressionError as error:
            yield f"{it['name']}: {error}"
        url = PackageURL.from_string(it["purl"])
        names = (url.namespace, url.name, url.version)
        if names != (it.get("group"), it["name"], it["version"]):
            yield f"{it['name']} has the address {url}"
        if url.type == "cargo" and "hashes" not in it:
            yield f"{it['name']} has no hash"
    uses = {it["ref"]: it["dependsOn"] for it in bill["dependencies"]}
    reached, left = set(), [subject["bom-ref"]]
    while left:
        reference = left.pop()
        if reference not in reached:
            reached.add(reference)
            left.extend(uses.get(reference, ()))
    for reference in reached ^ {it["bom-ref"] for it in components}:
        yield f"{reference} is either used and not named, or named and not used"


def packages(paths):
    """Returns the packages of others and SQLite in any of the bills, with their licences."""
    components = [it for path in paths for it in read(path)["components"]]
    others = [it for it in components if it["purl"].startswith("pkg:cargo/") or it["name"] == "sqlite"]
    return {(it["name"], it["version"], expression(it)) for it in others}


def noticed(text):
    """Returns the same of the notices: of the library, and of the command."""
    library, command = set(), set()
    chapter = re.search(r"\nPackages\n\n(.*?)\n\n=", text, re.DOTALL).group(1)
    for line in chapter.splitlines():
        name, version, mark, licence = re.fullmatch(
            r"(\S+) ([^\s:]+)( \(command\))?: ([^,]+)(?:, taken: .*)?", line
        ).groups()
        package = (name, version, licence.replace("/", " OR "))
        command.add(package)
        if not mark:
            library.add(package)
    sqlite = re.search(r"^SQLite ([0-9.]+) is linked", text, re.MULTILINE).group(1)
    for found in (library, command):
        found.add(("sqlite", sqlite, "blessing"))
    return library, command


def notices(path, *bills):
    at = bills.index("--")
    expected = noticed(Path(path).read_text(encoding="utf-8"))
    for product, names, paths in zip(("library", "command"), expected, (bills[:at], bills[at + 1 :])):
        found = packages(paths)
        for package in sorted(found - names):
            yield f"{product}: the notices lack {' '.join(package)}"
        for package in sorted(names - found):
            yield f"{product}: the bills lack {' '.join(package)}"


def artefact(path, file):
    digest = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    if read(path)["metadata"]["component"]["hashes"] != [{"alg": "SHA-256", "content": digest}]:
        yield f"{path} is not that of {file}"


def main():
    check = {"valid": valid, "notices": notices, "artefact": artefact}[sys.argv[1]]
    faults = list(check(*sys.argv[2:]))
    if faults:
        sys.exit("\n".join(faults))


main()
