"""The empty stores that the suites run on; KV_OUTSIDE_ENGINE chooses their engine.

file, memory, or redis on the server that KV_OUTSIDE_REDIS names, as redis://127.0.0.1:6379/0.
"""

from __future__ import annotations

import itertools
import os
import tempfile

import kv

ENGINES = ("file", "memory", "redis")
_numbers = itertools.count(1)


def open_empty() -> kv.Store:
    """Opens a store that was not there before."""
    engine = os.environ.get("KV_OUTSIDE_ENGINE", "memory")
    name = f"outside-{os.getpid()}-{next(_numbers)}"
    if engine == "file":
        return kv.open(os.path.join(tempfile.mkdtemp(), f"{name}.db"))
    if engine == "memory":
        return kv.open("memory:")
    if engine == "redis":
        return kv.open(f"{os.environ['KV_OUTSIDE_REDIS']}?prefix={name}")
    raise ValueError(f"KV_OUTSIDE_ENGINE is {engine!r}; it has to be one of {', '.join(ENGINES)}")
