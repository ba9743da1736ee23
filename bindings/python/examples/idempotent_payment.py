"""A payment that is made once, however often it is asked for.

The client makes up a key for what it wants and sends it along, again with each retry. Of all who
come with the key one is told to start; it makes the payment and stores the answer, and everybody
else is given that answer, whether they come while it runs or a day later. Who asks for something
else under the same key is told so. A payment that has failed is given up, so that a retry may start
it anew; one whose process dies is given up by its ttl.
"""

from __future__ import annotations

import itertools
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Optional

import kv
from kv import IdempotencyState as State

DAY, CALLERS = timedelta(days=1), 2


class Bank:
    """What must not happen twice; it says no to what is over the limit."""

    def __init__(self) -> None:
        self.limit = 100
        self.charges = 0
        self._receipts = itertools.count(1)

    def charge(self, amount: int) -> Optional[int]:
        if amount > self.limit:
            return None
        time.sleep(0.002)
        self.charges = next(self._receipts)
        return self.charges


def pay(store: kv.Store, bank: Bank, key: str, amount: int) -> str:
    """Pays, or gives the answer of the payment that was made under this key."""
    while True:
        begun = store.idempotency.begin(key, f"amount={amount}", DAY)
        if begun.state is not State.IN_PROGRESS:
            break
        time.sleep(0.001)  # A server would answer "409, try again" instead.
    if begun.response is not None:
        return begun.response.decode()
    if begun.state is State.MISMATCH:
        return "refused: the key belongs to another payment"
    receipt = bank.charge(amount)
    if receipt is None:
        store.idempotency.forget(key, begun.token)
        return "declined"
    answer = f"paid {amount}, receipt {receipt}"
    # kv.ConflictError if it took more than a day: then somebody else may have paid, too.
    store.idempotency.complete(key, begun.token, answer)
    return answer


def main(path: str) -> None:
    bank, start = Bank(), Barrier(CALLERS)
    with kv.open(path) as store:
        print("order 1:", pay(store, bank, "order 1", 30))
        print("its retry:", pay(store, bank, "order 1", 30))
        print("its key for more:", pay(store, bank, "order 1", 31))

        def pay_at_once(_: int) -> str:
            start.wait()
            return pay(store, bank, "order 2", 70)

        with ThreadPoolExecutor(CALLERS) as threads:
            for number, answer in enumerate(threads.map(pay_at_once, range(CALLERS)), 1):
                print(f"order 2, caller {number}: {answer}")

        print("order 3:", pay(store, bank, "order 3", 500))
        bank.limit = 1000
        print("its retry under a higher limit:", pay(store, bank, "order 3", 500))
        print("one more:", pay(store, bank, "order 3", 500))
        print(f"{bank.charges} charges for 3 orders")


main(sys.argv[1] if len(sys.argv) > 1 else "payments.db")
