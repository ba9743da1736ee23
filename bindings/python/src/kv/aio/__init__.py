"""kv for asyncio: the calls of kv, awaited, without blocking the event loop.

    async with kv.aio.open("app.db") as store:
        await store.set("config", "colour", "blue")
        async for entry in store.scan("config"):
            print(entry.key, entry.value)

Each class has the methods of the class of its name in kv, with the same arguments and errors. Scans
and watches are asynchronous iterators; stores, transactions, batches, locks, readers and writers are
asynchronous context managers.
"""

from .calls import Iteration, Opening
from .cursors import Changes, Cursor, Watch
from .locks import Lock
from .mappings import Group, Typed
from .parts import ChangeLog, Documents, Idempotency, Maintenance, Quotas, Text
from .store import Store, open, open_config
from .streams import Reader, Writer
from .transactions import Batch, Transaction

__all__ = [
    "Batch",
    "ChangeLog",
    "Changes",
    "Cursor",
    "Documents",
    "Group",
    "Idempotency",
    "Iteration",
    "Lock",
    "Maintenance",
    "Opening",
    "Quotas",
    "Reader",
    "Store",
    "Text",
    "Transaction",
    "Typed",
    "Watch",
    "Writer",
    "open",
    "open_config",
]
