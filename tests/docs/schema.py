#!/usr/bin/env python3
"""Compares the tables of docs/storage.md with those of files that the command makes.

schema.py KV      KV: the command
"""

import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from document import read

# With a change log and eviction the file has every table.
OPTIONS = "changes=on&evict=lru&max_entries=10"


def statements_of(text: str) -> "set[str]":
    """Returns the statements of a text with the blanks that SQL does not need left out."""
    found = set()
    for statement in text.split(";"):
        statement = re.sub(r"\s+", " ", statement).strip()
        found.add(re.sub(r" ?([(),]) ?", r"\1", statement))
    return found - {""}


def schema_of(command: str) -> "set[str]":
    """Returns the tables and indexes of a new file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "app.db"
        store = f"sqlite:{file}?{OPTIONS}"
        subprocess.run([command, "set", "key", "value", "--store", store], check=True)
        connection = sqlite3.connect(file)
        rows = connection.execute(
            "SELECT sql FROM sqlite_master WHERE type <> 'trigger' AND sql <> ''"
        )
        texts = [row[0] for row in rows]
        connection.close()
    return statements_of(";".join(texts))


def main() -> int:
    """Prints the statements that only one of both has."""
    page = read(Path(__file__).parents[2] / "docs/storage.md")
    blocks = ["\n".join(block.lines) for block in page.blocks if block.language == "sql"]
    documented, made = statements_of(";".join(blocks)), schema_of(sys.argv[1])
    for statement in sorted(documented - made):
        print(f"only docs/storage.md has: {statement}")
    for statement in sorted(made - documented):
        print(f"only the file has: {statement}")
    print(f"# {len(made)} tables and indexes")
    return 1 if documented != made or not made else 0


if __name__ == "__main__":
    sys.exit(main())
