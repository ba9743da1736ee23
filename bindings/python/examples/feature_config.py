"""A configuration of features that several programs read and change.

A feature is changed from what was read: its version goes along, and the write is refused if
another writer was faster; then the change is made again on what is there now. No lock is held while
a human or a program thinks, and no change is lost. A reload reads all flags with one scan, which is
one snapshot: a release that changes two flags in one batch is seen whole or not at all.
"""

import sys
from threading import Thread

import kv

WRITERS, STEPS = 2, 25


def reload(store: kv.Store) -> None:
    with store.scan("flags") as flags:
        for flag in flags:
            print(f"  {flag.key} = {flag.value.decode()}")


def raise_rollout(store: kv.Store, flag: str) -> None:
    """Raises the percentage of a rollout by one, also while others do."""
    while True:
        rollout = store.get_entry("flags", flag)
        # Version 0 for a flag that is not there: then it must still not be there.
        percent, version = (int(rollout.value.rstrip(b"%")), rollout.version) if rollout else (0, 0)
        try:
            store.put("flags", flag, f"{percent + 1}%", if_version=version)
        except kv.ConflictError:
            continue
        return


def write_many(store: kv.Store, flag: str) -> None:
    for _ in range(STEPS):
        raise_rollout(store, flag)


def main(path: str) -> None:
    with kv.open(path) as store:
        store.set_many("flags", {"checkout": "old", "dark mode": "on", "payment": "old"})
        print("at first:")
        reload(store)

        rollout = (store, "search rollout")
        writers = [Thread(target=write_many, args=rollout) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        # A release: two flags that must change together.
        store.set_many("flags", {"checkout": "new", "payment": "new"})
        print(f"after {WRITERS} writers with {STEPS} steps each, and a release:")
        reload(store)


main(sys.argv[1] if len(sys.argv) > 1 else "flags.db")
