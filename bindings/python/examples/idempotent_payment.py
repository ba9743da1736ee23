"""A payment that is made once, however often it is asked for.

The client chooses a key for a payment and sends it along, again with each retry. Of all callers
with the key one starts; it makes the payment and stores the response, and all others get that
response, while it runs or a day later. Another payment under the same key is refused. A payment
that has failed is forgotten, so that a retry may start it again; the record of a process that has
crashed ends by its ttl.
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
    """A bank, which must charge once, and declines a charge over its limit."""

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
    """Pays, or returns the response of the payment that was made under this key."""
    while True:
        begun = store.idempotency.begin(key, f"amount={amount}", DAY)
        if begun.state is not State.IN_PROGRESS:
            break
        time.sleep(0.001)  # A server would reply "409, try again" instead.
    if begun.response is not None:
        return begun.response.decode()
    if begun.state is State.MISMATCH:
        return "refused: the key belongs to another payment"
    receipt = bank.charge(amount)
    if receipt is None:
        store.idempotency.forget(key, begun.token)
        return "declined"
    response = f"paid {amount}, receipt {receipt}"
    # kv.ConflictError if it took more than a day: then another caller may have paid, too.
    store.idempotency.complete(key, begun.token, response)
    return response


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
            for number, response in enumerate(threads.map(pay_at_once, range(CALLERS)), 1):
                print(f"order 2, caller {number}: {response}")

        print("order 3:", pay(store, bank, "order 3", 500))
        bank.limit = 1000
        print("its retry under a higher limit:", pay(store, bank, "order 3", 500))
        print("one more:", pay(store, bank, "order 3", 500))
        print(f"{bank.charges} charges for 3 orders")


main(sys.argv[1] if len(sys.argv) > 1 else "payments.db")
