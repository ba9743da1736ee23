"""kv: a key-value store. Groups of keys, exact expiry, versions, atomic batches, ordered scans.

    with kv.open("app.db") as store:
        store.set("config", "colour", "blue")
        store.get("config", "colour")  # b"blue"

Groups, keys and values are bytes; a str stands for its UTF-8. What is not there is None or False,
a condition that does not hold is kv.Conflict, and every other error is a kv.Error.
"""

from . import abi, flat
from .arguments import DEFAULT, NEVER, Data, Expiry, Location, Ttl
from .batch import Batch, Result
from .bound import BoundStore
from .care import Statistics
from .changes import Changes
from .copying import CopyState, Existing, Position
from .cursor import Cursor
from .entry import Entry
from .errors import (
    Busy,
    Cancelled,
    Closed,
    Compacted,
    Conflict,
    Corrupt,
    DeadlineExceeded,
    DecodeError,
    EncodeError,
    Error,
    Forked,
    Full,
    InvalidArgument,
    InvalidConfig,
    InvalidFormat,
    InvalidHandle,
    IoFailure,
    NotInteger,
    NotJson,
    OutOfMemory,
    Panic,
    PermissionDenied,
    Poisoned,
    QuotaExceeded,
    ReadOnly,
    SystemFailure,
    TooLarge,
    TooSmall,
    Unavailable,
    Unsupported,
)
from .event import Event, EventType
from .idempotency import IdempotencyRecord, IdempotencyState
from .library import LibraryError, abi_version, strerror, version, version_number
from .quota import Quota
from .store import Store, open, open_config
from .subscription import Subscription
from .transaction import Transaction
from .typed import Codec, Hooks, Json, Typed, TypedEntry
from .watch import Watch

__version__ = f"{abi.KV_VERSION_MAJOR}.{abi.KV_VERSION_MINOR}.{abi.KV_VERSION_PATCH}"

__all__ = [
    "DEFAULT",
    "NEVER",
    "Batch",
    "BoundStore",
    "Busy",
    "Cancelled",
    "Changes",
    "Closed",
    "Codec",
    "Compacted",
    "Conflict",
    "CopyState",
    "Corrupt",
    "Cursor",
    "Data",
    "DeadlineExceeded",
    "DecodeError",
    "EncodeError",
    "Entry",
    "Error",
    "Event",
    "EventType",
    "Existing",
    "Expiry",
    "Forked",
    "Full",
    "Hooks",
    "IdempotencyRecord",
    "IdempotencyState",
    "InvalidArgument",
    "InvalidConfig",
    "InvalidFormat",
    "InvalidHandle",
    "IoFailure",
    "Json",
    "LibraryError",
    "Location",
    "NotInteger",
    "NotJson",
    "OutOfMemory",
    "Panic",
    "PermissionDenied",
    "Poisoned",
    "Position",
    "Quota",
    "QuotaExceeded",
    "ReadOnly",
    "Result",
    "Statistics",
    "Store",
    "Subscription",
    "SystemFailure",
    "TooLarge",
    "TooSmall",
    "Transaction",
    "Ttl",
    "Typed",
    "TypedEntry",
    "Unavailable",
    "Unsupported",
    "Watch",
    "__version__",
    "abi",
    "abi_version",
    "flat",
    "open",
    "open_config",
    "strerror",
    "version",
    "version_number",
]
