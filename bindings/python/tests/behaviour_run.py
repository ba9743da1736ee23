"""One run of a behaviour case: its stores, and the names that its calls gave to objects."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import kv
from behaviour_values import integer, to_bytes


class Run:
    """The open objects and saved versions of a run. `end` closes all that is still open."""

    def __init__(self, engine: str, directory: Path) -> None:
        self.base = "memory:" if engine == "memory" else f"{engine}:{directory / 'case.db'}"
        self.stores: dict[str, kv.Store] = {}
        self.transactions: dict[str, kv.Transaction] = {}
        self.watches: dict[str, kv.Watch[Any]] = {}
        self.readers: dict[str, kv.Reader] = {}
        self.writers: dict[str, kv.Writer] = {}
        self.typed: dict[str, Any] = {}
        self.traces: dict[str, list[str]] = {}
        self.saved: dict[str, int] = {}
        self.locks: dict[str, kv.Lock] = {}

    def open(self, name: str, options: str) -> None:
        self.stores[name] = kv.open(f"{self.base}?{options}" if options else self.base)

    def version(self, written: Any) -> int:
        """Returns a version or token, or the one that was saved under a name."""
        return integer(written) if isinstance(written, int) else self.saved[written]

    def lock(self, store: kv.Store, name: Any, saved: str) -> kv.Lock:
        """Returns a saved lock, under the name that a call gives to it."""
        lock = self.locks[saved]
        return kv.Lock(store, to_bytes(name), lock.token, lock.version)

    def save(self, name: str, number: int, returned: dict[str, Any]) -> dict[str, Any]:
        if name:
            self.saved[name] = number
        return returned

    def end(self) -> None:
        with ExitStack() as ends:
            for store in self.stores.values():
                ends.callback(store.close)
            for watch in self.watches.values():
                ends.callback(watch.close)
            for transaction in self.transactions.values():
                ends.callback(transaction.abort)
            for reader in self.readers.values():
                ends.callback(reader.close)
            for writer in self.writers.values():
                ends.callback(writer.abort)
