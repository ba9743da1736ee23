"""Workers that, however many crash and however many there are, do no item twice and leave none out.

The position, the results and the sum are written in one transaction. Position first would skip the
item that was at work in a crash; result first would repeat it. The transaction is refused if the
position is not the one that was read: of two workers at one item one writes, and one that wakes up
late changes nothing. An item may repeat its work outside of the store after a crash; there, ask as
idempotent_payment.py does.
"""

from __future__ import annotations

import os
import sys
from typing import Optional

import kv

ITEMS = 100


def read_number(transaction: kv.Transaction, name: str) -> int:
    """Reads a number that the transaction relies on from then on; 0 if there is none."""
    return int(transaction.get("worker", name) or 0)


def finish_item(transaction: kv.Transaction, item: int) -> bool:
    """Does an item and commits the result with the next position, unless another has done it."""
    transaction.set("results", str(item), str(item * item))
    transaction.set("worker", "sum", str(read_number(transaction, "sum") + item * item))
    transaction.set("worker", "position", str(item + 1))
    try:
        transaction.commit()
    except kv.ConflictError:
        return False
    return True


def work(path: str, crashes_at: Optional[int]) -> None:
    """Works until the items are done or, to show the effect of a crash, crashes at an item."""
    with kv.open(path) as store:
        while True:
            with store.transaction() as transaction:
                item = read_number(transaction, "position")
                if item == crashes_at:
                    os._exit(9)  # No close, no flush, as in a crash.
                if item == ITEMS:
                    transaction.abort()
                    return
                finish_item(transaction, item)


def work_in_processes(workers: int, path: str, crashes_at: Optional[int] = None) -> None:
    """Runs workers in processes of their own; no store is open here, so they may open one."""
    sys.stdout.flush()
    for _ in range(workers):
        if os.fork() == 0:
            work(path, crashes_at)
            os._exit(0)
    for _ in range(workers):
        _, status = os.wait()
        print("a worker", "has nothing left to do" if status == 0 else "crashes at its item")


def show(store: kv.Store) -> None:
    with store.transaction() as transaction:
        position, total = (read_number(transaction, name) for name in ("position", "sum"))
    print(f"position {position}, {store.count('results')} results, their sum is {total}")


def main(path: str) -> None:
    work_in_processes(1, path, crashes_at=40)
    work_in_processes(1, path, crashes_at=70)
    with kv.open(path) as store:
        show(store)
        late, other = store.transaction(), store.transaction()
        item = read_number(late, "position")
        is_written = finish_item(other, read_number(other, "position"))
        print(f"item {item}:", "written" if is_written else "refused")
        is_written = finish_item(late, item)
        print(f"item {item}, from one that comes late:", "written" if is_written else "refused")

    work_in_processes(2, path)
    with kv.open(path) as store:
        show(store)


main(sys.argv[1] if len(sys.argv) > 1 else "worker.db")
