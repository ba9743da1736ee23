"""The declarations of kv.h: its constants, structures and functions, by their names in C.

Generated from the header when the package is built; the other modules are written with it.
"""

# ruff: noqa
from __future__ import annotations

from ctypes import (
    CDLL,
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_uint8,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Callable, Final

SIZE_MAX: Final = c_size_t(-1).value
INT64_MIN: Final = -(2**63)


def _declare(library: CDLL, name: str, result: Any, arguments: list[Any]) -> Any:
    function = library[name]
    function.restype = result
    function.argtypes = arguments
    return function


KV_OK: Final = 0
KV_NOT_FOUND: Final = 1
KV_CONFLICT: Final = 2
KV_DONE: Final = 3
KV_TIMEOUT: Final = 4
KV_TOO_SMALL: Final = 5
KV_ERR_ARGUMENT: Final = -1
KV_ERR_HANDLE: Final = -2
KV_ERR_CLOSED: Final = -3
KV_ERR_BUSY: Final = -4
KV_ERR_QUOTA: Final = -5
KV_ERR_FULL: Final = -6
KV_ERR_TOO_LARGE: Final = -7
KV_ERR_NOT_INTEGER: Final = -8
KV_ERR_NOT_JSON: Final = -9
KV_ERR_IO: Final = -10
KV_ERR_READ_ONLY: Final = -11
KV_ERR_PERMISSION: Final = -12
KV_ERR_CORRUPT: Final = -13
KV_ERR_FORMAT: Final = -14
KV_ERR_UNSUPPORTED: Final = -15
KV_ERR_UNAVAILABLE: Final = -16
KV_ERR_CONFIG: Final = -17
KV_ERR_COMPACTED: Final = -18
KV_ERR_POISONED: Final = -19
KV_ERR_FORKED: Final = -20
KV_ERR_PANIC: Final = -21
KV_ERR_MEMORY: Final = -22
KV_ERR_CANCELLED: Final = -23
KV_ERR_DEADLINE: Final = -24
KV_NUL: Final = SIZE_MAX
KV_ERROR_MESSAGE_LEN: Final = 248
KV_IF_ANY: Final = 0
KV_IF_ABSENT: Final = 1
KV_IF_PRESENT: Final = 2
KV_IF_VERSION: Final = 3
KV_EXPIRY_DEFAULT: Final = 0
KV_EXPIRY_AFTER: Final = 1
KV_EXPIRY_AT: Final = 2
KV_EXPIRY_KEEP: Final = 3
KV_DURABILITY_DEFAULT: Final = 0
KV_DURABILITY_NORMAL: Final = 1
KV_DURABILITY_FULL: Final = 2
KV_TTL_NEVER: Final = -1
KV_TTL_DEFAULT: Final = INT64_MIN
KV_EXPIRE_NX: Final = 1
KV_EXPIRE_XX: Final = 2
KV_EXPIRE_GT: Final = 4
KV_EXPIRE_LT: Final = 8
KV_SCAN_REVERSE: Final = 1
KV_SCAN_KEYS_ONLY: Final = 2
KV_SCAN_GLOB: Final = 4
KV_SCAN_GLOB_REDIS: Final = 8
KV_SCAN_LOWER_EXCLUSIVE: Final = 16
KV_SCAN_UPPER_INCLUSIVE: Final = 32
KV_SCAN_SNAPSHOT: Final = 64
KV_SCAN_SIZES: Final = 128
KV_EVENT_SET: Final = 1
KV_EVENT_DELETE: Final = 2
KV_EVENT_DELETE_GROUP: Final = 3
KV_EVENT_EXPIRE: Final = 4
KV_EVENT_SYNCED: Final = 5
KV_EVENT_LAGGED: Final = 6
KV_EVENT_SET_LARGE: Final = 7
KV_WATCH_GROUP_PREFIX: Final = 1
KV_WATCH_ANY_GROUP: Final = 2
KV_WATCH_KEY_PREFIX: Final = 4
KV_WATCH_ANY_KEY: Final = 8
KV_WATCH_EXISTING: Final = 16
KV_WATCH_SINCE: Final = 32
KV_IDEMPOTENCY_STARTED: Final = 1
KV_IDEMPOTENCY_IN_PROGRESS: Final = 2
KV_IDEMPOTENCY_COMPLETED: Final = 3
KV_IDEMPOTENCY_MISMATCH: Final = 4
KV_COPY_OVERWRITE: Final = 0
KV_COPY_KEEP: Final = 1
KV_COPY_REFUSE: Final = 2
KV_VERSION_MAJOR: Final = 0
KV_VERSION_MINOR: Final = 2
KV_VERSION_PATCH: Final = 0
KV_VERSION_NUMBER: Final = 2000
KV_ABI_VERSION: Final = 2

kv_status = c_int32

class kv_error(Structure):
    _fields_ = [
        ("code", kv_status),
        ("os_error", c_int32),
        ("message", c_char * KV_ERROR_MESSAGE_LEN),
    ]

class kv_store(Structure):
    _fields_ = [
        ("id", c_uint64),
    ]

class kv_value(Structure):
    _fields_ = [
        ("data", c_void_p),
        ("len", c_size_t),
        ("version", c_uint64),
        ("expires_at_ms", c_int64),
        ("owner", c_uint64),
        ("value_size", c_uint64),
        ("flags", c_uint32),
        ("reserved", c_uint32),
    ]

class kv_put_options(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("condition", c_uint32),
        ("version", c_uint64),
        ("expiry", c_uint32),
        ("durability", c_uint32),
        ("time_ms", c_int64),
    ]

class kv_scan_options(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("flags", c_uint32),
        ("pattern", c_char_p),
        ("pattern_len", c_size_t),
        ("lower", c_char_p),
        ("lower_len", c_size_t),
        ("upper", c_char_p),
        ("upper_len", c_size_t),
        ("limit", c_uint64),
    ]

class kv_cursor(Structure):
    _fields_ = [
        ("id", c_uint64),
    ]

class kv_entry(Structure):
    _fields_ = [
        ("group", c_void_p),
        ("group_len", c_size_t),
        ("key", c_void_p),
        ("key_len", c_size_t),
        ("value", c_void_p),
        ("value_len", c_size_t),
        ("value_size", c_uint64),
        ("version", c_uint64),
        ("expires_at_ms", c_int64),
        ("flags", c_uint32),
        ("reserved", c_uint32),
    ]

class kv_batch(Structure):
    _fields_ = [
        ("id", c_uint64),
    ]

class kv_txn(Structure):
    _fields_ = [
        ("id", c_uint64),
    ]

class kv_event(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("type", c_int32),
        ("group", c_void_p),
        ("group_len", c_size_t),
        ("key", c_void_p),
        ("key_len", c_size_t),
        ("value", c_void_p),
        ("value_len", c_size_t),
        ("version", c_uint64),
        ("time_ms", c_int64),
        ("lost", c_uint64),
        ("value_size", c_uint64),
    ]

class kv_watch_options(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("flags", c_uint32),
        ("capacity", c_uint32),
        ("reserved", c_uint32),
        ("since", c_uint64),
    ]

class kv_watch(Structure):
    _fields_ = [
        ("id", c_uint64),
    ]

kv_change_fn = CFUNCTYPE(None, c_void_p, POINTER(kv_event))

kv_destroy_fn = CFUNCTYPE(None, c_void_p)

class kv_subscription(Structure):
    _fields_ = [
        ("id", c_uint64),
    ]

class kv_change_cursor(Structure):
    _fields_ = [
        ("id", c_uint64),
    ]

class kv_quota(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("reserved", c_uint32),
        ("max_keys", c_uint64),
        ("max_groups", c_uint64),
        ("max_bytes", c_uint64),
        ("keys", c_uint64),
        ("groups", c_uint64),
        ("bytes", c_uint64),
    ]

class kv_copy_options(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("existing", c_uint32),
        ("after_group", c_char_p),
        ("after_group_len", c_size_t),
        ("after_key", c_char_p),
        ("after_key_len", c_size_t),
    ]

class kv_copy_state(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("reserved", c_uint32),
        ("entries", c_uint64),
        ("bytes", c_uint64),
        ("skipped", c_uint64),
        ("expired", c_uint64),
        ("missing", c_uint64),
        ("total", c_uint64),
        ("group", c_void_p),
        ("group_len", c_size_t),
        ("key", c_void_p),
        ("key_len", c_size_t),
        ("owner", c_uint64),
    ]

kv_copy_progress_fn = CFUNCTYPE(c_int32, c_void_p, POINTER(kv_copy_state))

class kv_stats(Structure):
    _fields_ = [
        ("size", c_uint32),
        ("format", c_uint32),
        ("entries", c_uint64),
        ("bytes", c_uint64),
        ("expired_entries", c_uint64),
        ("hits", c_uint64),
        ("misses", c_uint64),
        ("commits", c_uint64),
        ("transactions", c_uint64),
        ("expirations", c_uint64),
        ("file_bytes", c_uint64),
        ("wal_bytes", c_uint64),
        ("checkpoints", c_uint64),
        ("readers", c_uint64),
        ("sqlite_version", c_char * 16),
        ("evictions", c_uint64),
        ("max_bytes", c_uint64),
        ("max_entries", c_uint64),
        ("read_only", c_uint32),
        ("write_errno", c_int32),
    ]

kv_backup_progress_fn = CFUNCTYPE(c_int32, c_void_p, c_uint64, c_uint64)

kv_poll_fn = CFUNCTYPE(c_int32, c_void_p)


class Functions:
    """The functions of a library that was loaded."""

    def __init__(self, library: CDLL) -> None:
        self.library = library
        self.kv_open: Callable[..., int] = _declare(
            library, "kv_open", kv_status, [c_char_p, POINTER(kv_store), POINTER(kv_error)]
        )
        self.kv_open_config: Callable[..., int] = _declare(
            library, "kv_open_config", kv_status, [c_char_p, c_char_p, POINTER(kv_store), POINTER(kv_error)]
        )
        self.kv_close: Callable[..., int] = _declare(
            library, "kv_close", kv_status, [kv_store, POINTER(kv_error)]
        )
        self.kv_value_free: Callable[..., None] = _declare(
            library, "kv_value_free", None, [POINTER(kv_value)]
        )
        self.kv_get: Callable[..., int] = _declare(
            library, "kv_get", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_value), POINTER(kv_error)]
        )
        self.kv_get_into: Callable[..., int] = _declare(
            library, "kv_get_into", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, c_void_p, c_size_t, POINTER(c_size_t), POINTER(kv_error)]
        )
        self.kv_exists: Callable[..., int] = _declare(
            library, "kv_exists", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_error)]
        )
        self.kv_set: Callable[..., int] = _declare(
            library, "kv_set", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_error)]
        )
        self.kv_put: Callable[..., int] = _declare(
            library, "kv_put", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_put_options), POINTER(c_uint64), POINTER(kv_error)]
        )
        self.kv_delete: Callable[..., int] = _declare(
            library, "kv_delete", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_error)]
        )
        self.kv_delete_version: Callable[..., int] = _declare(
            library, "kv_delete_version", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, c_uint64, POINTER(kv_error)]
        )
        self.kv_take: Callable[..., int] = _declare(
            library, "kv_take", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_value), POINTER(kv_error)]
        )
        self.kv_increment: Callable[..., int] = _declare(
            library, "kv_increment", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, c_int64, c_int64, POINTER(c_int64), POINTER(kv_error)]
        )
        self.kv_append: Callable[..., int] = _declare(
            library, "kv_append", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_int64, POINTER(c_size_t), POINTER(kv_error)]
        )
        self.kv_set_ttl: Callable[..., int] = _declare(
            library, "kv_set_ttl", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_int64, POINTER(kv_error)]
        )
        self.kv_ttl: Callable[..., int] = _declare(
            library, "kv_ttl", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(c_int64), POINTER(kv_error)]
        )
        self.kv_expire: Callable[..., int] = _declare(
            library, "kv_expire", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, c_int64, c_uint32, POINTER(kv_error)]
        )
        self.kv_persist: Callable[..., int] = _declare(
            library, "kv_persist", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_error)]
        )
        self.kv_scan: Callable[..., int] = _declare(
            library, "kv_scan", kv_status, [kv_store, c_char_p, c_size_t, POINTER(kv_scan_options), POINTER(kv_cursor), POINTER(kv_error)]
        )
        self.kv_groups: Callable[..., int] = _declare(
            library, "kv_groups", kv_status, [kv_store, c_char_p, c_size_t, POINTER(kv_cursor), POINTER(kv_error)]
        )
        self.kv_cursor_next: Callable[..., int] = _declare(
            library, "kv_cursor_next", kv_status, [kv_cursor, POINTER(kv_entry), POINTER(kv_error)]
        )
        self.kv_cursor_fill: Callable[..., int] = _declare(
            library, "kv_cursor_fill", kv_status, [kv_cursor, c_void_p, c_size_t, POINTER(c_size_t), POINTER(c_size_t), POINTER(kv_error)]
        )
        self.kv_cursor_close: Callable[..., int] = _declare(
            library, "kv_cursor_close", kv_status, [kv_cursor, POINTER(kv_error)]
        )
        self.kv_get_many: Callable[..., int] = _declare(
            library, "kv_get_many", kv_status, [kv_store, c_char_p, c_size_t, c_void_p, c_size_t, POINTER(c_size_t), POINTER(c_size_t), POINTER(kv_error)]
        )
        self.kv_count: Callable[..., int] = _declare(
            library, "kv_count", kv_status, [kv_store, c_char_p, c_size_t, POINTER(c_uint64), POINTER(kv_error)]
        )
        self.kv_count_all: Callable[..., int] = _declare(
            library, "kv_count_all", kv_status, [kv_store, c_char_p, c_size_t, POINTER(c_uint64), POINTER(kv_error)]
        )
        self.kv_delete_group: Callable[..., int] = _declare(
            library, "kv_delete_group", kv_status, [kv_store, c_char_p, c_size_t, POINTER(c_uint64), POINTER(kv_error)]
        )
        self.kv_delete_prefix: Callable[..., int] = _declare(
            library, "kv_delete_prefix", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(c_uint64), POINTER(kv_error)]
        )
        self.kv_purge_expired: Callable[..., int] = _declare(
            library, "kv_purge_expired", kv_status, [kv_store, POINTER(c_uint64), POINTER(kv_error)]
        )
        self.kv_batch_new: Callable[..., int] = _declare(
            library, "kv_batch_new", kv_status, [POINTER(kv_batch), POINTER(kv_error)]
        )
        self.kv_batch_check: Callable[..., int] = _declare(
            library, "kv_batch_check", kv_status, [kv_batch, c_char_p, c_size_t, c_char_p, c_size_t, c_uint64, POINTER(kv_error)]
        )
        self.kv_batch_get: Callable[..., int] = _declare(
            library, "kv_batch_get", kv_status, [kv_batch, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_error)]
        )
        self.kv_batch_set: Callable[..., int] = _declare(
            library, "kv_batch_set", kv_status, [kv_batch, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_put_options), POINTER(kv_error)]
        )
        self.kv_batch_delete: Callable[..., int] = _declare(
            library, "kv_batch_delete", kv_status, [kv_batch, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_error)]
        )
        self.kv_batch_increment: Callable[..., int] = _declare(
            library, "kv_batch_increment", kv_status, [kv_batch, c_char_p, c_size_t, c_char_p, c_size_t, c_int64, c_int64, POINTER(kv_error)]
        )
        self.kv_batch_take: Callable[..., int] = _declare(
            library, "kv_batch_take", kv_status, [kv_batch, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_error)]
        )
        self.kv_batch_append: Callable[..., int] = _declare(
            library, "kv_batch_append", kv_status, [kv_batch, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, c_int64, POINTER(kv_error)]
        )
        self.kv_batch_expire: Callable[..., int] = _declare(
            library, "kv_batch_expire", kv_status, [kv_batch, c_char_p, c_size_t, c_char_p, c_size_t, c_int64, c_uint32, POINTER(kv_error)]
        )
        self.kv_batch_delete_prefix: Callable[..., int] = _declare(
            library, "kv_batch_delete_prefix", kv_status, [kv_batch, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_error)]
        )
        self.kv_batch_add_flat: Callable[..., int] = _declare(
            library, "kv_batch_add_flat", kv_status, [kv_batch, c_char_p, c_size_t, POINTER(kv_error)]
        )
        self.kv_batch_commit: Callable[..., int] = _declare(
            library, "kv_batch_commit", kv_status, [kv_store, kv_batch, POINTER(kv_error)]
        )
        self.kv_batch_result: Callable[..., int] = _declare(
            library, "kv_batch_result", kv_status, [kv_batch, c_size_t, POINTER(kv_value), POINTER(kv_error)]
        )
        self.kv_batch_clear: Callable[..., int] = _declare(
            library, "kv_batch_clear", kv_status, [kv_batch, POINTER(kv_error)]
        )
        self.kv_batch_close: Callable[..., int] = _declare(
            library, "kv_batch_close", kv_status, [kv_batch, POINTER(kv_error)]
        )
        self.kv_txn_begin: Callable[..., int] = _declare(
            library, "kv_txn_begin", kv_status, [kv_store, POINTER(kv_txn), POINTER(kv_error)]
        )
        self.kv_txn_get: Callable[..., int] = _declare(
            library, "kv_txn_get", kv_status, [kv_txn, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_value), POINTER(kv_error)]
        )
        self.kv_txn_set: Callable[..., int] = _declare(
            library, "kv_txn_set", kv_status, [kv_txn, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_put_options), POINTER(kv_error)]
        )
        self.kv_txn_delete: Callable[..., int] = _declare(
            library, "kv_txn_delete", kv_status, [kv_txn, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_error)]
        )
        self.kv_txn_commit: Callable[..., int] = _declare(
            library, "kv_txn_commit", kv_status, [kv_txn, POINTER(kv_error)]
        )
        self.kv_txn_abort: Callable[..., int] = _declare(
            library, "kv_txn_abort", kv_status, [kv_txn, POINTER(kv_error)]
        )
        self.kv_watch_open: Callable[..., int] = _declare(
            library, "kv_watch_open", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_watch_options), POINTER(kv_watch), POINTER(kv_error)]
        )
        self.kv_watch_poll: Callable[..., int] = _declare(
            library, "kv_watch_poll", kv_status, [kv_watch, c_int64, POINTER(kv_event), POINTER(kv_error)]
        )
        self.kv_watch_fill: Callable[..., int] = _declare(
            library, "kv_watch_fill", kv_status, [kv_watch, c_void_p, c_size_t, POINTER(c_size_t), POINTER(c_size_t), POINTER(kv_error)]
        )
        self.kv_watch_fd: Callable[..., int] = _declare(
            library, "kv_watch_fd", kv_status, [kv_watch, POINTER(c_int32), POINTER(kv_error)]
        )
        self.kv_watch_close: Callable[..., int] = _declare(
            library, "kv_watch_close", kv_status, [kv_watch, POINTER(kv_error)]
        )
        self.kv_on_change: Callable[..., int] = _declare(
            library, "kv_on_change", kv_status, [kv_store, kv_change_fn, c_void_p, kv_destroy_fn, POINTER(kv_subscription), POINTER(kv_error)]
        )
        self.kv_subscription_close: Callable[..., int] = _declare(
            library, "kv_subscription_close", kv_status, [kv_subscription, POINTER(kv_error)]
        )
        self.kv_changes: Callable[..., int] = _declare(
            library, "kv_changes", kv_status, [kv_store, c_uint64, POINTER(kv_change_cursor), POINTER(kv_error)]
        )
        self.kv_changes_oldest: Callable[..., int] = _declare(
            library, "kv_changes_oldest", kv_status, [kv_store, POINTER(c_uint64), POINTER(kv_error)]
        )
        self.kv_changes_next: Callable[..., int] = _declare(
            library, "kv_changes_next", kv_status, [kv_change_cursor, POINTER(kv_event), POINTER(kv_error)]
        )
        self.kv_changes_fill: Callable[..., int] = _declare(
            library, "kv_changes_fill", kv_status, [kv_change_cursor, c_void_p, c_size_t, POINTER(c_size_t), POINTER(c_size_t), POINTER(kv_error)]
        )
        self.kv_changes_close: Callable[..., int] = _declare(
            library, "kv_changes_close", kv_status, [kv_change_cursor, POINTER(kv_error)]
        )
        self.kv_idempotency_begin: Callable[..., int] = _declare(
            library, "kv_idempotency_begin", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, c_int64, POINTER(c_int32), POINTER(c_uint64), POINTER(kv_value), POINTER(kv_error)]
        )
        self.kv_idempotency_complete: Callable[..., int] = _declare(
            library, "kv_idempotency_complete", kv_status, [kv_store, c_char_p, c_size_t, c_uint64, c_char_p, c_size_t, POINTER(kv_error)]
        )
        self.kv_idempotency_get: Callable[..., int] = _declare(
            library, "kv_idempotency_get", kv_status, [kv_store, c_char_p, c_size_t, POINTER(c_int32), POINTER(kv_value), POINTER(kv_error)]
        )
        self.kv_idempotency_forget: Callable[..., int] = _declare(
            library, "kv_idempotency_forget", kv_status, [kv_store, c_char_p, c_size_t, c_uint64, POINTER(kv_error)]
        )
        self.kv_scope: Callable[..., int] = _declare(
            library, "kv_scope", kv_status, [kv_store, c_char_p, POINTER(kv_store), POINTER(kv_error)]
        )
        self.kv_quota_set: Callable[..., int] = _declare(
            library, "kv_quota_set", kv_status, [kv_store, c_char_p, c_int64, c_int64, c_int64, POINTER(kv_error)]
        )
        self.kv_quota_get: Callable[..., int] = _declare(
            library, "kv_quota_get", kv_status, [kv_store, c_char_p, POINTER(kv_quota), POINTER(kv_error)]
        )
        self.kv_get_split: Callable[..., int] = _declare(
            library, "kv_get_split", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_cursor), POINTER(kv_error)]
        )
        self.kv_get_fields: Callable[..., int] = _declare(
            library, "kv_get_fields", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_cursor), POINTER(kv_error)]
        )
        self.kv_render: Callable[..., int] = _declare(
            library, "kv_render", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, POINTER(kv_value), POINTER(kv_error)]
        )
        self.kv_set_json: Callable[..., int] = _declare(
            library, "kv_set_json", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_size_t, POINTER(kv_error)]
        )
        self.kv_get_json: Callable[..., int] = _declare(
            library, "kv_get_json", kv_status, [kv_store, c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, POINTER(kv_value), POINTER(kv_error)]
        )
        self.kv_copy: Callable[..., int] = _declare(
            library, "kv_copy", kv_status, [kv_store, kv_store, POINTER(kv_copy_options), kv_copy_progress_fn, c_void_p, POINTER(kv_copy_state), POINTER(kv_error)]
        )
        self.kv_copy_state_free: Callable[..., None] = _declare(
            library, "kv_copy_state_free", None, [POINTER(kv_copy_state)]
        )
        self.kv_stats_get: Callable[..., int] = _declare(
            library, "kv_stats_get", kv_status, [kv_store, POINTER(kv_stats), POINTER(kv_error)]
        )
        self.kv_backup: Callable[..., int] = _declare(
            library, "kv_backup", kv_status, [kv_store, c_char_p, kv_backup_progress_fn, c_void_p, POINTER(kv_error)]
        )
        self.kv_restore: Callable[..., int] = _declare(
            library, "kv_restore", kv_status, [kv_store, c_char_p, kv_backup_progress_fn, c_void_p, POINTER(kv_error)]
        )
        self.kv_compact: Callable[..., int] = _declare(
            library, "kv_compact", kv_status, [kv_store, POINTER(kv_error)]
        )
        self.kv_check: Callable[..., int] = _declare(
            library, "kv_check", kv_status, [kv_store, POINTER(kv_error)]
        )
        self.kv_flush: Callable[..., int] = _declare(
            library, "kv_flush", kv_status, [kv_store, POINTER(kv_error)]
        )
        self.kv_bind: Callable[..., int] = _declare(
            library, "kv_bind", kv_status, [kv_store, POINTER(kv_store), POINTER(kv_error)]
        )
        self.kv_arm: Callable[..., int] = _declare(
            library, "kv_arm", kv_status, [kv_store, c_int64, POINTER(c_uint64), POINTER(kv_error)]
        )
        self.kv_cancel: Callable[..., int] = _declare(
            library, "kv_cancel", kv_status, [kv_store, c_uint64, POINTER(kv_error)]
        )
        self.kv_arm_poll: Callable[..., int] = _declare(
            library, "kv_arm_poll", kv_status, [kv_store, kv_poll_fn, c_void_p, POINTER(kv_error)]
        )
        self.kv_strerror: Callable[..., bytes] = _declare(
            library, "kv_strerror", c_char_p, [kv_status]
        )
        self.kv_version: Callable[..., bytes] = _declare(
            library, "kv_version", c_char_p, []
        )
        self.kv_version_number: Callable[..., int] = _declare(
            library, "kv_version_number", c_uint32, []
        )
        self.kv_abi_version: Callable[..., int] = _declare(
            library, "kv_abi_version", c_uint32, []
        )
