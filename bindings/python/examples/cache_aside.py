"""A cache beside something slow: look, compute on a miss, keep for a while.

When a popular entry expires, all readers miss at once. So the first one takes a lease, a key that
is created only if it is absent, and computes; the others wait for the entry. The lease has a ttl:
if its holder crashes, the next one computes. The holder of the lease looks again before computing,
because the entry may have come between its miss and its lease.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Optional

import kv

TTL, LEASE, THREADS = timedelta(minutes=1), timedelta(seconds=5), 4


class Reports:
    def __init__(self, store: kv.Store) -> None:
        self.store = store
        self.computed: list[str] = []

    def get(self, key: str) -> str:
        while True:
            report = self.store.get_str("cache", key)
            if report is not None:
                return report
            lease = self.take_lease(key)
            if lease is None:
                time.sleep(0.0005)
                continue
            report = self.store.get_str("cache", key)
            if report is None:
                report = self.compute(key)
                self.store.set("cache", key, report, TTL)
            self.end_lease(key, lease)
            return report

    def take_lease(self, key: str) -> Optional[int]:
        """Returns the version of the lease, or None if another has it."""
        try:
            return self.store.put("leases", key, b"", if_absent=True, ttl=LEASE)
        except kv.ConflictError:
            return None

    def end_lease(self, key: str, lease: int) -> None:
        try:
            self.store.delete_version("leases", key, lease)
        except kv.ConflictError:
            # It took too long; the lease is another's by now, and stays.
            pass

    def compute(self, key: str) -> str:
        """The slow thing."""
        time.sleep(0.002)
        self.computed.append(key)
        return f"report on {key}"


def main(path: str) -> None:
    wanted = ["berlin", "paris", "berlin", "berlin", "paris", "rome"]
    with kv.open(path) as store:
        reports = Reports(store)
        for key in wanted:
            print(reports.get(key))
        # A miss looks twice: before its lease and after.
        found = store.maintenance.stats()
        print(
            f"{len(wanted)} wanted, {len(reports.computed)} computed, "
            f"{found.hits} hits, {found.misses} misses"
        )

        reports.computed.clear()
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(reports.get, ["tokyo"] * THREADS))
        print(f"{THREADS} threads want one absent entry: {len(reports.computed)} computed")


main(sys.argv[1] if len(sys.argv) > 1 else "cache.db")
