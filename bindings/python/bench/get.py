"""Prints what a get costs in C and in Python, and the difference.

    get.py C_PROGRAM DIRECTORY

Both read one value of 100 bytes, from memory and from a file; the best of many short rounds counts,
so that what else the machine does matters little.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Callable

import kv

CALLS, ROUNDS = 2_000, 500


def best_ns(call: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.perf_counter_ns()
        for _ in range(CALLS):
            call()
        best = min(best, (time.perf_counter_ns() - begin) / CALLS)
    return best


def main(program: str, directory: str) -> None:
    for engine, location in (("memory", "memory:"), ("file", f"{directory}/bench.db")):
        printed = subprocess.run([program, location], stdout=subprocess.PIPE, check=True).stdout
        in_c, in_c_pinned = (float(number) for number in printed.split())
        with kv.open(location) as store:
            store.set("group", "key", b"\0" * 100)
            rows = [
                ("get of bytes", in_c, best_ns(lambda: store.get(b"group", b"key"))),
                ("get of str", in_c, best_ns(lambda: store.get("group", "key"))),
                ("get_entry", in_c_pinned, best_ns(lambda: store.get_entry(b"group", b"key"))),
            ]
        for name, c_ns, python_ns in rows:
            print(
                f"{engine:<6} {name:<12} C {c_ns:7.0f} ns   Python {python_ns:7.0f} ns   "
                f"difference {python_ns - c_ns:6.0f} ns"
            )


main(sys.argv[1], sys.argv[2])
