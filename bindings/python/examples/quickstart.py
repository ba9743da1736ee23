"""Opens a store, writes two values, reads one and closes it."""

import sys
from datetime import timedelta

import kv

with kv.open(sys.argv[1] if len(sys.argv) > 1 else "app.db") as store:
    store.set("config", "colour", "blue")
    store.set("codes", "ada", "4711", ttl=timedelta(minutes=1))
    print("colour =", store.get_str("config", "colour"))
