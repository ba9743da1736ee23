#!/usr/bin/env python3
"""Writes kv.h as an older version of it would have been: structures that begin with their size lack
their last fields.

    cut_back.py HEADER > OLDER_HEADER
"""
import re
import sys

# The structures that begin with their size, each with the first field that the older one lacks.
CUTS = {
    "kv_put_options": "time_ms",
    "kv_scan_options": "offset",
    "kv_watch_options": "since",
    "kv_event": "value_size",
    "kv_quota": "keys",
    "kv_stats": "commits",
    "kv_usage": "expired_entries",
    "kv_metrics": "transactions",
    "kv_call_metrics": "total_ns",
    "kv_copy_options": "after_key",
}


def cut(header: str, name: str, first: str) -> str:
    """Returns the header with a structure that ends before the field `first`."""
    found = re.search(rf"typedef struct {name} \{{\n(.*?)\n\}} {name};", header, re.DOTALL)
    assert found, f"the header has no {name}"
    fields = re.findall(r"(?:\s*/\*.*?\*/)?\s*[^;]*\b(\w+)(?:\[\w+\])?;", found[1], re.DOTALL)
    lacking = len(fields) - fields.index(first)
    assert 0 < lacking < len(fields)
    declaration = re.compile(rf"\s*/\*(?:(?!\*/).)*\*/\s*[^;]*\b{first};.*", re.DOTALL)
    kept = declaration.sub("", found[1])
    assert kept != found[1], f"{name}.{first} cannot be cut"
    header = header[: found.start(1)] + kept + header[found.end(1) :]
    macro = f"{name.upper()}_INIT"
    init = re.search(rf"#define {macro} \{{((?:[^{{}}]|\{{ 0 \}})*)\}}", header)
    assert init, f"the header has no {macro}"
    values = init[1].split(",")
    assert len(values) == len(fields), f"{macro} has {len(values)} values for {len(fields)} fields"
    short = ",".join(values[:-lacking]) + " "
    return header[: init.start(1)] + short + header[init.end(1) :]


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        header = file.read()
    for name, first in CUTS.items():
        header = cut(header, name, first)
    sys.stdout.write(header)


main()
