"""A worker that, however often it dies, does no item twice and leaves none out.

It keeps its position beside its results and writes both in one batch, so that either both are there
or neither. Position first would skip the item that was at work in a crash; result first would
repeat it. The batch checks that the position is still the one that was read, so that a second
worker, or one that was thought dead and wakes up late, changes nothing.
"""

from __future__ import annotations

import os
import sys
from typing import Optional

import kv

ITEMS = 10


def next_item(store: kv.Store) -> tuple[int, int]:
    """Returns the number of the next item, and the version at which it was read."""
    position = store.get_entry("worker", "position")
    # Version 0 if there is none: then there must still be none.
    return (int(position.value), position.version) if position else (0, 0)


def finish_item(store: kv.Store, item: int, version: int) -> bool:
    """Writes a result and the next position, unless the position has moved."""
    with store.batch() as batch:
        batch.check("worker", "position", version)
        batch.increment("worker", "sum", item * item)
        batch.set("results", str(item + 1), str(item * item))
        batch.set("worker", "position", str(item + 1))
        try:
            batch.commit()
        except kv.Conflict:
            return False
    return True


def work(path: str, dies_at: Optional[int]) -> None:
    """Works until the items are done or, to show what a crash does, dies at an item."""
    with kv.open(path) as store:
        item, version = next_item(store)
        print("a worker begins at item", item)
        while item < ITEMS:
            if item == dies_at:
                print("it dies at item", item, flush=True)
                os._exit(9)  # No close, no flush, as in a crash.
            if not finish_item(store, item, version):
                print("item", item, "was done by another")
            item, version = next_item(store)
        print("it has done the rest", flush=True)


def work_in_process(path: str, dies_at: Optional[int]) -> None:
    """Runs a worker in a process of its own; no store is open here, so the child may open one."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        work(path, dies_at)
        os._exit(0)
    os.waitpid(child, 0)


def main(path: str) -> None:
    for dies_at in (4, 7, None):
        work_in_process(path, dies_at)

    with kv.open(path) as store:
        _, version = next_item(store)
        late = finish_item(store, 4, version - 1)
        print("a late worker repeats item 4:", "written" if late else "refused")
        results, total = store.count("results"), store.get_str("worker", "sum")
        print(f"{results} results, their sum is {total}")


main(sys.argv[1] if len(sys.argv) > 1 else "worker.db")
