"""Feature flags that are read without a call, and are right a moment after they were switched.

A thread watches the group of the flags. It receives the flags that are there and, from that very
moment on, each change, and keeps a table for the rest of the program. No thread polls the store,
and no change falls between the reading and the watching. A thread that was too slow receives LAGGED
and begins again; until it is through the old table holds.

With changes=on in the location, another process may switch the flags just as well.
"""

from __future__ import annotations

import sys
from threading import Condition, Thread

import kv
from kv import EventType

Table = dict[str, bool]


class Flags:
    """The flags as they are now. Any thread may ask."""

    def __init__(self, store: kv.Store) -> None:
        self.store = store
        # Replaced as a whole and never changed, so that it needs no lock.
        self._table: Table = {}
        # The newest change that the table has, for who wants to wait for one.
        self._seen = 0
        self._moved = Condition()

    def is_on(self, flag: str) -> bool:
        return self._table.get(flag, False)

    def wait_for(self, version: int) -> None:
        with self._moved:
            self._moved.wait_for(lambda: self._seen >= version)

    def follow(self) -> None:
        """Follows the flags until the store is closed."""
        try:
            while self._has_lagged():
                pass
        except kv.ClosedError:
            pass

    def _has_lagged(self) -> bool:
        """Follows until something is missing, or the store is closed; then it was not."""
        table: Table = {}
        is_synced = False
        with self.store.watch("flags", existing=True) as watch:
            for event in watch:
                if event.type is EventType.LAGGED:
                    return True
                table = applied(table, event)
                is_synced |= event.type is EventType.SYNCED
                if is_synced:
                    self._publish(table, event.version)
        return False

    def _publish(self, table: Table, version: int) -> None:
        self._table = table
        with self._moved:
            self._seen = version
            self._moved.notify_all()


def applied(table: Table, event: kv.Event[str]) -> Table:
    if event.type is EventType.DELETE_GROUP:
        return {}
    if event.type is EventType.SYNCED:
        return table
    return {**table, event.key: event.value == b"on"}


def main(path: str) -> None:
    with kv.open(path) as store:
        store.set("flags", "payment", "on")
        flags = Flags(store)
        follower = Thread(target=flags.follow)
        follower.start()

        def switch(flag: str, value: str) -> None:
            """Switches a flag, and waits until this program acts by it."""
            flags.wait_for(store.put("flags", flag, value))
            names = ("checkout", "payment", "dark mode")
            table = ", ".join(f"{name} {int(flags.is_on(name))}" for name in names)
            print(f"{flag} {value}: {table}")

        switch("checkout", "on")
        switch("dark mode", "on")
        switch("payment", "off")
        switch("checkout", "off")
    # The store is closed, which wakes the thread.
    follower.join()


main(sys.argv[1] if len(sys.argv) > 1 else "flags.db")
