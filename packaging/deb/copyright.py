#!/usr/bin/env python3
"""Prints debian/copyright, in the form of DEP-5.

    copyright.py LICENSE-MIT THIRD-PARTY-NOTICES.txt

The notices have a list of packages and, behind it, a section for each text of a licence, under the
names of the packages that it belongs to.
"""

import re
import sys

SEPARATOR = "=" * 100 + "\n"
APACHE = "The full text is in /usr/share/common-licenses/Apache-2.0 on a Debian system.\n"
HEADER = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: kv
Comment:
 The packages contain compiled code of the packages of Rust below "vendor", where
 `cargo vendor --versioned-dirs` puts them.
 .
"""

# For each name of a package, its versions with the licence that is taken.
Packages = dict[str, list[tuple[str, str]]]


def indented(text: str) -> str:
    """Returns `text` as the following lines of a field."""
    lines = (line.rstrip().expandtabs() for line in text.strip("\n").splitlines())
    return "".join(f" {line or '.'}\n" for line in lines)


def stanza(files: list[str], holders: list[str], licence: str, text: str) -> str:
    """Returns the paragraph of files that are licensed in one way."""
    return (
        f"Files:\n{indented(chr(10).join(files))}"
        f"Copyright:\n{indented(chr(10).join(holders))}"
        f"License: {licence}\n{indented(text)}\n"
    )


def dep5_name(licence: str) -> str:
    """Returns the name that DEP-5 has for a licence."""
    return re.sub(r"\bMIT\b", "Expat", licence).replace(" AND ", " and ")


def without_apache(text: str) -> str:
    """Puts a reference in place of the Apache License, of which a Debian system has one copy."""
    whole = r" *Apache License\n *Version 2\.0, January 2004\n.*?limitations under the License\.\n"
    return re.sub(whole, "Apache License, Version 2.0\n\n" + APACHE, text, flags=re.DOTALL)


def holders_in(text: str) -> list[str]:
    """Returns the holders that the notices within a text name."""
    notice = r"^[/ ]*Copyright (?!notice|\(c\))(.+)|\bcopyright \(c\)\s+(.+)"
    found = re.findall(notice, text, re.IGNORECASE | re.MULTILINE)
    return list(dict.fromkeys((plain or marked).strip() for plain, marked in found))


def packages_in(text: str) -> Packages:
    packages: Packages = {}
    line = r"^(\S+) (\S+)(?: \(command\))?: (.+?)(?:, taken: (.+))?$"
    for name, version, offered, taken in re.findall(line, text, re.MULTILINE):
        packages.setdefault(name, []).append((version, dep5_name(taken or offered)))
    return packages


def texts_in(sections: list[str], packages: Packages) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Returns the texts of each package, and the sections of what is no package by their heads."""
    texts: dict[str, list[str]] = {name: [] for name in packages}
    others: dict[str, str] = {}
    for section in sections:
        head, text = section.split("\n\n", 1)
        names = re.split(r",\s+", head)
        if set(names) <= packages.keys():
            for name in names:
                texts[name].append(without_apache(text))
        else:
            others[head] = text
    without = [name for name in packages if not texts[name]]
    if without:
        sys.exit(f"copyright.py: the notices have no text for {', '.join(without)}")
    if others.keys() != {"SQLite", "The standard library of Rust"}:
        sys.exit(f"copyright.py: no place is known for the sections {', '.join(others)}")
    return texts, others


def third_parties(packages: Packages, texts: dict[str, list[str]]) -> str:
    """Returns the paragraphs of the packages; those with the same texts stand together."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, versions in packages.items():
        for version, licence in versions:
            groups.setdefault((licence, *texts[name]), []).append(f"{name}-{version}")
    paragraphs = []
    for (licence, *of_group), names in groups.items():
        text = "\n--\n\n".join(of_group)
        holders = holders_in(text) or [f"the authors of {name}" for name in names]
        files = [f"vendor/{name}/*" for name in names]
        paragraphs.append(stanza(files, holders, licence, text))
    return "".join(paragraphs)


def main(own_licence: str, notices: str) -> None:
    _, listed, *sections = notices.split(SEPARATOR)
    packages = packages_in(listed)
    texts, others = texts_in(sections, packages)
    _, holder, own_text = own_licence.split("\n\n", 2)
    ((sqlite_version, _),) = packages["libsqlite3-sys"]
    sqlite = [f"vendor/libsqlite3-sys-{sqlite_version}/sqlite3/*"]

    print(HEADER + indented(others["The standard library of Rust"]))
    print(f"Files: *\nCopyright: {holders_in(holder)[0]}\nLicense: Expat or Apache-2.0\n")
    print(third_parties(packages, texts), end="")
    # Behind its package: of two paragraphs that match a file, the later one holds.
    print(stanza(sqlite, ["none"], "public-domain", others["SQLite"]), end="")
    print(f"License: Expat\n{indented(own_text)}")
    print(f"License: Apache-2.0\n{indented(APACHE)}", end="")


if __name__ == "__main__":
    main(*(open(path, encoding="utf-8").read() for path in sys.argv[1:]))
