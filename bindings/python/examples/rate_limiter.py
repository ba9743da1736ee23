"""At most LIMIT calls in each window, however many threads and processes ask.

One increment does all of it: it counts, it begins a window by giving a key that is absent its ttl,
and it leaves the end of a running window alone. Reading, comparing and writing back would lose
counts; setting the ttl in a second call would leave a counter that never ends, if the process ended
between the two. The sum that comes back is this caller's own number in the window, so exactly
the first LIMIT callers are allowed.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import kv

LIMIT, THREADS, CALLS = 100, 8, 50
WINDOW = timedelta(minutes=1)


def is_allowed(store: kv.Store, client: str) -> bool:
    return store.increment("rate", client, ttl_if_created=WINDOW) <= LIMIT


def main(path: str) -> None:
    with kv.open(path) as store:

        def ask(_: int) -> int:
            return sum(is_allowed(store, "client 1") for _ in range(CALLS))

        with ThreadPoolExecutor(THREADS) as threads:
            allowed = sum(threads.map(ask, range(THREADS)))
        print(f"{THREADS} threads made {CALLS} calls each: {allowed} allowed")

        print("counted:", store.get_str("rate", "client 1"))
        ttl = store.ttl("rate", "client 1")
        ends = ttl is not None and timedelta(0) < ttl <= WINDOW
        print("the window ends by itself:", "yes" if ends else "no")
        print("another client:", "allowed" if is_allowed(store, "client 2") else "refused")


main(sys.argv[1] if len(sys.argv) > 1 else "rate.db")
