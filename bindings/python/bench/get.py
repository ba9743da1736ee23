"""Prints what a get costs in C and in Python, and an entry of a batch and of a scan.

    get.py C_PROGRAM DIRECTORY

Both read one value of 100 bytes, from memory and from a file, and write and scan 1,000 of them; the
best of many short rounds counts, so that what else the machine does matters little.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Callable

import kv

CALLS, ROUNDS, ENTRIES = 2_000, 500, 1_000


def best_ns(call: Callable[[], object], calls: int = CALLS) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter_ns()
        for _ in range(calls):
            call()
        best = min(best, (time.perf_counter_ns() - begin) / calls)
    return best


class Many:
    """The writes and scans of 1,000 entries; each write changes the values."""

    def __init__(self, store: kv.Store) -> None:
        self._store = store
        self._names = [b"%04d" % number for number in range(ENTRIES)]
        self._round = 0

    def write(self) -> None:
        self._round += 1
        value = self._round.to_bytes(4, "little") * 25
        self._store.set_many(b"many", ((name, value) for name in self._names))

    def scan(self) -> None:
        count = 0
        for entry in self._store.scan(b"many"):
            count += len(entry.value) // 100
        assert count == ENTRIES


def main(program: str, directory: str) -> None:
    for engine, location in (("memory", "memory:"), ("file", f"{directory}/bench.db")):
        printed = subprocess.run([program, location], stdout=subprocess.PIPE, check=True).stdout
        in_c, in_c_pinned, written_c, scanned_c = (float(number) for number in printed.split())
        with kv.open(location) as store:
            store.set("group", "key", b"\0" * 100)
            rows = [
                ("get of bytes", in_c, best_ns(lambda: store.get(b"group", b"key"))),
                ("get of str", in_c, best_ns(lambda: store.get("group", "key"))),
                ("get_entry", in_c_pinned, best_ns(lambda: store.get_entry(b"group", b"key"))),
            ]
            many = Many(store)
            rows.append(("batch, entry", written_c, best_ns(many.write, 1) / ENTRIES))
            rows.append(("scan, entry", scanned_c, best_ns(many.scan, 1) / ENTRIES))
        for name, c_ns, python_ns in rows:
            print(
                f"{engine:<6} {name:<12} C {c_ns:7.0f} ns   Python {python_ns:7.0f} ns   "
                f"difference {python_ns - c_ns:6.0f} ns"
            )


main(sys.argv[1], sys.argv[2])
