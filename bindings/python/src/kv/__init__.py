"""kv: a key-value store. Groups of keys, exact expiry, versions, atomic batches, ordered scans.

    with kv.open("app.db") as store:
        store.set("config", "colour", "blue")
        store.get("config", "colour")  # b"blue"

Groups, keys and values are str, which stands for its UTF-8, or bytes. Values come back as bytes; groups
and keys as str, or as bytes from a call that names its group in bytes. An absent key is None or False,
a condition that does not hold is kv.ConflictError, and every other error is a kv.Error. kv.aio, which
is imported by its name, has the same calls for asyncio.
"""

from . import _abi
from .arguments import Data, Location
from .batch import Batch
from .batch_result import Result, Status
from .bound import BoundStore
from .change_log import ChangeLog, Changes
from .codec import Codec, Hooks, Json
from .copying import CopyState, Existing, Position
from .cursor import Cursor
from .duration import DEFAULT, NEVER, Duration, Ttl
from .entry import Entry, EntryInfo
from .errors import (
    BusyError,
    CancelledError,
    ClosedError,
    CompactedError,
    ConflictError,
    CorruptError,
    DeadlineExceededError,
    DecodeError,
    EncodeError,
    Error,
    ForkedError,
    FullError,
    InvalidArgumentError,
    InvalidConfigError,
    InvalidFormatError,
    InvalidHandleError,
    IoError,
    LockHeldError,
    LockLostError,
    MissingFileError,
    NotIntegerError,
    NotJsonError,
    OperatingSystemError,
    OutOfMemoryError,
    PanicError,
    PermissionDeniedError,
    PoisonedError,
    QuotaExceededError,
    ReadOnlyError,
    TooLargeError,
    TooSmallError,
    UnavailableError,
    UnsupportedError,
)
from .event import Event, EventType
from .group import Group
from .idempotency import Idempotency, IdempotencyRecord, IdempotencyState
from .library import LibraryError, abi_version, strerror, version, version_number
from .location_options import Options
from .lock import Lock, LockHolder
from .log import set_log
from .maintenance import Maintenance, Statistics, Usage
from .metrics import CallKind, CallMetrics, Metrics, call_name
from .opening import open, open_config
from .options import Durability, Expiry
from .quotas import Quota, Quotas
from .store import Store
from .subscription import Subscription
from .text import Documents, Text
from .threads import in_thread
from .trace import Call, CallEnd, Trace, set_trace
from .transaction import Transaction
from .typed import Typed, TypedEntry
from .value_reader import Reader
from .value_writer import Writer
from .watch import Watch

__version__ = f"{_abi.KV_VERSION_MAJOR}.{_abi.KV_VERSION_MINOR}.{_abi.KV_VERSION_PATCH}"

__all__ = [
    "DEFAULT",
    "NEVER",
    "Batch",
    "BoundStore",
    "BusyError",
    "Call",
    "CallEnd",
    "CallKind",
    "CallMetrics",
    "CancelledError",
    "ChangeLog",
    "Changes",
    "ClosedError",
    "Codec",
    "CompactedError",
    "ConflictError",
    "CopyState",
    "CorruptError",
    "Cursor",
    "Data",
    "DeadlineExceededError",
    "DecodeError",
    "Documents",
    "Durability",
    "Duration",
    "EncodeError",
    "Entry",
    "EntryInfo",
    "Error",
    "Event",
    "EventType",
    "Existing",
    "Expiry",
    "ForkedError",
    "FullError",
    "Group",
    "Hooks",
    "Idempotency",
    "IdempotencyRecord",
    "IdempotencyState",
    "InvalidArgumentError",
    "InvalidConfigError",
    "InvalidFormatError",
    "InvalidHandleError",
    "IoError",
    "Json",
    "LibraryError",
    "Location",
    "Lock",
    "LockHeldError",
    "LockHolder",
    "LockLostError",
    "Maintenance",
    "Metrics",
    "MissingFileError",
    "NotIntegerError",
    "NotJsonError",
    "OperatingSystemError",
    "Options",
    "OutOfMemoryError",
    "PanicError",
    "PermissionDeniedError",
    "PoisonedError",
    "Position",
    "Quota",
    "QuotaExceededError",
    "Quotas",
    "ReadOnlyError",
    "Reader",
    "Result",
    "Statistics",
    "Status",
    "Store",
    "Subscription",
    "Text",
    "TooLargeError",
    "TooSmallError",
    "Trace",
    "Transaction",
    "Ttl",
    "Typed",
    "TypedEntry",
    "UnavailableError",
    "UnsupportedError",
    "Usage",
    "Watch",
    "Writer",
    "__version__",
    "abi_version",
    "call_name",
    "in_thread",
    "open",
    "open_config",
    "set_log",
    "set_trace",
    "strerror",
    "version",
    "version_number",
]
