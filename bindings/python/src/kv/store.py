"""Stores."""

from __future__ import annotations

import ctypes
import warnings
from collections.abc import Iterable, Mapping
from ctypes import byref
from datetime import timedelta
from typing import Any, Callable, Optional, TypeVar, Union

from . import _abi, ranges, reads, transaction
from .arguments import Data, as_bytes, as_signed, as_string, as_unsigned
from .batch import Batch
from .change_log import ChangeLog
from .cursor import Cursor
from .duration import DEFAULT, Ttl, as_ttl, ttl_ms
from .entry import Entry, EntryInfo, as_text, take_bytes
from .errors import ConflictError, fail
from .frame import (
    FRAME_CAPACITY,
    LENGTH,
    LENGTHS,
    Frame,
    prepared_get_into,
    return_frame,
    take_frame,
)
from .group import Group
from .handle import StoreHandle
from .idempotency import Idempotency
from .library import functions
from .maintenance import Maintenance
from .options import Bounds, Durability, Expiry, expire_flags, put_options, scan_options
from .quotas import Quotas
from .subscription import Callback, Subscription, forget_ended
from .text import Documents, Text
from .transaction import Transaction
from .watch import Watch, open_watch

T = TypeVar("T")


class Store(StoreHandle):
    """Groups of keys. kv.open and kv.open_config open one; close it, or use it in a with statement.

    Groups, keys and values are bytes or str, which stands for its UTF-8; bytes come back, which are
    copies. An expired key is an absent one. A ttl is a timedelta or a number of seconds; one that
    is left out, or kv.DEFAULT, is the default_ttl of the store, and None, zero and kv.NEVER are for
    ever, whatever the default.

    Any method may raise kv.InvalidHandleError on a closed store, kv.TooLargeError for a group, key
    or value past its limit, kv.BusyError, kv.FullError, kv.IoError, kv.ReadOnlyError,
    kv.QuotaExceededError, kv.PoisonedError and kv.ForkedError as they apply; then nothing was
    written. Deadlines and cancelling are those of kv.BoundStore.

    All methods, close included, may be called from any thread at any time; while the library works
    other threads of Python run. After os.fork every call of the child raises kv.ForkedError.
    """

    # Closed until there is something to close.
    _is_closed = True

    def __init__(self, handle: _abi.kv_store, location: str) -> None:
        if not isinstance(handle, _abi.kv_store):
            raise TypeError("kv.open(location) opens a store")
        self._handle = handle
        self._location = location
        self._is_closed = False

    # --- One key ----------------------------------------------------------------------------------

    def get(self, group: Data, key: Data) -> Optional[bytes]:
        """Returns the value, or None if the key is absent or expired."""
        if type(group) is not bytes:
            group = as_bytes("group", group)
        if type(key) is not bytes:
            key = as_bytes("key", key)
        try:
            frame = take_frame()
        except IndexError:
            frame = Frame()
        buffer, length, group_len, key_len = frame.buffer, frame.length, len(group), len(key)
        status = prepared_get_into(
            self._handle,
            group,
            LENGTHS[group_len] if group_len < 256 else LENGTH(group_len),
            key,
            LENGTHS[key_len] if key_len < 256 else LENGTH(key_len),
            frame.buffer_at,
            FRAME_CAPACITY,
            frame.length_at,
            frame.error_at,
        )
        if status == 0:
            value: bytes = buffer[: length.value]
            return_frame(frame)
            return value
        if status == _abi.KV_TOO_SMALL:
            return_frame(frame)
            entry = self.get_entry(group, key)
            return None if entry is None else entry.value
        if status < 0:
            fail(status, frame.error)
        return_frame(frame)
        return None

    def get_str(self, group: Data, key: Data) -> Optional[str]:
        """Returns the value as text, or None; kv.DecodeError if it is not UTF-8."""
        return as_text(group, key, self.get(group, key))

    def get_entry(self, group: Data, key: Data) -> Optional[Entry]:
        """Returns the value with its version and expiry, or None."""
        return reads.entry(self, group, key)

    def info(self, group: Data, key: Data) -> Optional[EntryInfo]:
        """Returns the size of the value, the version and expiry, without the value, or None."""
        return reads.info(self, group, key)

    def get_into(
        self, group: Data, key: Data, buffer: Union[bytearray, memoryview]
    ) -> Optional[int]:
        """Copies the value into a buffer of the caller's and returns its length, or None.

        Raises kv.TooSmallError, with the length needed, if the value is longer; nothing is copied
        then. The buffer must be writable and in one piece.
        """
        return reads.into(self, group, key, buffer)

    def exists(self, group: Data, key: Data) -> bool:
        """Returns whether a live entry is under a key."""
        return self._call(functions.kv_exists, group, key) == _abi.KV_OK

    def set(self, group: Data, key: Data, value: Data, ttl: Ttl = DEFAULT) -> None:
        """Writes a value that lives for a time.

        An earlier expiry is replaced, or cleared. A negative ttl is kv.InvalidArgumentError.
        """
        value = as_bytes("value", value)
        if ttl is DEFAULT:
            self._call(functions.kv_set, group, key, value, len(value))
        else:
            self._call(functions.kv_set_ttl, group, key, value, len(value), ttl_ms(ttl))

    def put(
        self,
        group: Data,
        key: Data,
        value: Data,
        *,
        ttl: Ttl = DEFAULT,
        expires_at: Expiry = DEFAULT,
        keep_ttl: bool = False,
        if_absent: bool = False,
        if_present: bool = False,
        if_version: Optional[int] = None,
        durability: Durability = Durability.DEFAULT,
    ) -> int:
        """Writes a value if a condition holds, and returns the version written.

        At most one expiry: a ttl; a moment, where None is never, as in kv.Entry; or the present
        one. At most one condition: absent, present, or at a version, where 0 means absent. Raises
        kv.ConflictError, with the version of the key, if it does not hold; nothing is written then.
        `durability` is that of this write; on a Redis kv.Durability.FULL is kv.UnsupportedError.
        """
        value = as_bytes("value", value)
        conditions = (if_absent, if_present, if_version)
        options = put_options(ttl, expires_at, keep_ttl, *conditions, durability)
        version = ctypes.c_uint64()
        rest = (value, len(value), byref(options), byref(version))
        if self._call(functions.kv_put, group, key, *rest) == _abi.KV_CONFLICT:
            found = version.value
            raise ConflictError(f"put {key!r} of group {group!r}: it is at version {found}", found)
        return version.value

    def delete(self, group: Data, key: Data) -> bool:
        """Deletes a key and returns whether a live entry was there."""
        return self._call(functions.kv_delete, group, key) == _abi.KV_OK

    def delete_version(self, group: Data, key: Data, version: int) -> bool:
        """Deletes a key that is at a version, and returns whether a live entry was there.

        Raises kv.ConflictError if it is at another version; version 0 is kv.InvalidArgumentError.
        """
        version = as_unsigned("version", version)
        status = self._call(functions.kv_delete_version, group, key, version)
        if status == _abi.KV_CONFLICT:
            message = f"delete {key!r} of group {group!r}: it is not at version {version}"
            raise ConflictError(message)
        return status == _abi.KV_OK

    def take(self, group: Data, key: Data) -> Optional[bytes]:
        """Deletes a key and returns the value it had, or None.

        Of any number of callers, in any number of processes, exactly one gets it.
        """
        value = _abi.kv_value()
        status = self._call(functions.kv_take, group, key, byref(value))
        return take_bytes(value) if status == _abi.KV_OK else None

    def increment(
        self, group: Data, key: Data, delta: int = 1, ttl_if_created: Ttl = DEFAULT
    ) -> int:
        """Adds to the integer under a key and returns the sum.

        A missing key counts as 0 and then lives for the ttl; a live one keeps its expiry. Raises
        kv.NotIntegerError for a value that is none, or a sum beyond 64 bits.
        """
        delta, ttl, result = as_signed("delta", delta), ttl_ms(ttl_if_created), ctypes.c_int64()
        self._call(functions.kv_increment, group, key, delta, ttl, byref(result))
        return result.value

    def append(
        self, group: Data, key: Data, value: Data, ttl_if_created: Ttl = DEFAULT
    ) -> int:
        """Appends to the value under a key and returns the new length.

        A missing key counts as empty and then lives for the ttl; a live one keeps its expiry.
        """
        value, ttl, length = as_bytes("value", value), ttl_ms(ttl_if_created), ctypes.c_size_t()
        self._call(functions.kv_append, group, key, value, len(value), ttl, byref(length))
        return length.value

    def ttl(self, group: Data, key: Data) -> Optional[timedelta]:
        """Returns the time a key has to live, kv.NEVER if it has no end, None if it is absent."""
        result = ctypes.c_int64()
        status = self._call(functions.kv_ttl, group, key, byref(result))
        return as_ttl(result.value) if status == _abi.KV_OK else None

    def expire(
        self,
        group: Data,
        key: Data,
        ttl: Ttl,
        *,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> bool:
        """Lets a key live for a time from now, and returns whether it is there.

        Only if it has no expiry (nx), has one (xx), or the new one is later (gt) or earlier (lt),
        where none is the latest; kv.ConflictError if not. The value and version stay.
        """
        flags = expire_flags(nx, xx, gt, lt)
        status = self._call(functions.kv_expire, group, key, ttl_ms(ttl), flags)
        if status == _abi.KV_CONFLICT:
            raise ConflictError(f"expire {key!r} of group {group!r}: its expiry forbids it")
        return status == _abi.KV_OK

    def persist(self, group: Data, key: Data) -> bool:
        """Lets a key live for ever, and returns whether it is there. Value and version stay."""
        return self._call(functions.kv_persist, group, key) == _abi.KV_OK

    # --- Many keys --------------------------------------------------------------------------------

    def group(self, name: Data) -> Group:
        """Returns a group as a mutable mapping, which is used like a dict."""
        return Group(self, name)

    def scan(
        self,
        group: Data,
        prefix: Data = b"",
        *,
        glob: Optional[Data] = None,
        redis_glob: Optional[Data] = None,
        from_key: Optional[Data] = None,
        above: Optional[Data] = None,
        below: Optional[Data] = None,
        to_key: Optional[Data] = None,
        after: Optional[Data] = None,
        reverse: bool = False,
        limit: int = 0,
        offset: int = 0,
        snapshot: bool = False,
    ) -> Cursor[Entry]:
        """Iterates over the live entries of a group in byte order of their keys, in one snapshot.

        Over all; those whose keys begin with a prefix, byte for byte; or those that match a glob,
        in the dialect of SQLite's GLOB or Redis' KEYS. Whatever the direction, from `from_key` on
        or above `above`, and below `below` or up to `to_key`. `after` is the last key of the page
        before; `limit` is the most entries, 0 for no limit. `offset` is how many are left out
        before the first; each is read, so `after` is the better way to the next page. A Redis keeps
        to one snapshot only with `snapshot`, or if it was opened with scans=snapshot;
        kv.UnsupportedError if it cannot.
        """
        bounds = Bounds(from_key, above, below, to_key, after)
        options = scan_options(prefix, glob, redis_glob, bounds, reverse, limit, offset, snapshot)
        return ranges.scan(self, group, options, ranges.whole_entry)

    def keys(
        self,
        group: Data,
        prefix: Data = b"",
        *,
        glob: Optional[Data] = None,
        redis_glob: Optional[Data] = None,
        from_key: Optional[Data] = None,
        above: Optional[Data] = None,
        below: Optional[Data] = None,
        to_key: Optional[Data] = None,
        after: Optional[Data] = None,
        reverse: bool = False,
        limit: int = 0,
        offset: int = 0,
        snapshot: bool = False,
    ) -> Cursor[bytes]:
        """Iterates over the keys of a group as scan does, and reads no values."""
        bounds = Bounds(from_key, above, below, to_key, after)
        numbers, flags = (limit, offset), _abi.KV_SCAN_KEYS_ONLY
        options = scan_options(prefix, glob, redis_glob, bounds, reverse, *numbers, snapshot, flags)
        return ranges.scan(self, group, options, ranges.key_of)

    def sizes(
        self, group: Data, prefix: Data = b"", *, limit: int = 0, offset: int = 0
    ) -> Cursor[tuple[bytes, int]]:
        """Iterates over the keys of a group with the sizes of their values, and reads no values."""
        flags = _abi.KV_SCAN_SIZES
        options = scan_options(prefix, None, None, Bounds(), False, limit, offset, False, flags)
        return ranges.scan(self, group, options, ranges.key_and_size)

    def groups(self, prefix: Data = b"") -> Cursor[bytes]:
        """Iterates over the names, in byte order, of the groups that have a live entry."""
        return ranges.groups(self, prefix)

    def count(self, group: Data) -> int:
        """Returns the number of live entries in a group. Takes time with that number."""
        return ranges.number(self, functions.kv_count, as_bytes("group", group))

    def count_all(self, prefix: Data = b"") -> int:
        """Returns the number of live entries in all groups that begin with a prefix."""
        return ranges.number(self, functions.kv_count_all, as_bytes("prefix", prefix))

    def delete_group(self, group: Data) -> int:
        """Deletes all keys of a group and returns how many live entries it had."""
        return ranges.number(self, functions.kv_delete_group, as_bytes("group", group))

    def delete_prefix(self, group: Data, prefix: Data) -> int:
        """Deletes the keys of a group that begin with a prefix; returns how many were live."""
        names = as_bytes("group", group), as_bytes("prefix", prefix)
        return ranges.number(self, functions.kv_delete_prefix, *names)

    def delete_all(self, prefix: Data = b"") -> int:
        """Deletes all groups whose names begin with a prefix, in one step; all without one.

        Returns how many live entries they had. On a Redis each group is a step of its own, and
        groups that are made meanwhile may stay.
        """
        return ranges.number(self, functions.kv_delete_all, as_bytes("prefix", prefix))

    def get_many(self, group: Data, keys: Iterable[Data]) -> dict[bytes, bytes]:
        """Returns the values of those keys that are there, as one snapshot."""
        return ranges.get_many(self, group, keys)

    def set_many(
        self,
        group: Data,
        entries: Union[Mapping[Any, Data], Iterable[tuple[Data, Data]]],
        ttl: Ttl = DEFAULT,
    ) -> None:
        """Writes all entries or, on any error, none. Of a repeated key the last one counts."""
        ranges.set_many(self, group, entries, ttl)

    def delete_many(self, group: Data, keys: Iterable[Data]) -> list[bytes]:
        """Deletes the keys, all or none, and returns those that had a live entry, in order."""
        return ranges.delete_many(self, group, keys)

    # --- Several operations as one ----------------------------------------------------------------

    def batch(self) -> Batch:
        """Returns an empty batch, which is committed to this store at the end of its with."""
        return Batch(self)

    def transaction(self) -> Transaction:
        """Begins a transaction; kv.OutOfMemoryError when 65,536 are open."""
        return Transaction(self)

    def update(self, change: Callable[[Transaction], T], tries: int = 16) -> T:
        """Calls `change` with a transaction, commits it, and returns what it has returned.

        After another commit was first, it is called again with a new transaction, after a short and
        random wait, at most `tries` times in all; then kv.ConflictError. So it must do nothing that
        may not be done twice. An exception of it, its own kv.ConflictError too, aborts and is
        raised from here; if it aborts the transaction itself, nothing is written.
        """
        return transaction.update(self, change, tries)

    # --- Changes ----------------------------------------------------------------------------------

    def watch(
        self,
        group: Optional[Data] = None,
        key: Optional[Data] = None,
        *,
        group_prefix: Optional[Data] = None,
        key_prefix: Optional[Data] = None,
        existing: bool = False,
        since: Optional[int] = None,
        capacity: int = 0,
    ) -> Watch:
        """Begins to watch a group and a key, those with a prefix, or any without either.

        Bytes mean themselves: "*" is a key like any other. With `existing` the present entries come
        first, then an event of type SYNCED; with `since` the changes after that version, which the
        change log must have (kv.UnsupportedError, kv.CompactedError). `capacity` is the length of
        the queue, 16 to 16,777,216 events, or 0 for 1024. A watch receives the changes of this
        process, and with a change log those of every process that uses the file.
        """
        prefixes = (group_prefix, key_prefix)
        return open_watch(self, group, key, *prefixes, existing, since, capacity)

    def on_change(self, callback: Callback) -> Subscription:
        """Calls back with the event of every change that this process commits from now on.

        In the thread that writes, before its write returns. The callback may use the store, and
        register and close callbacks, but not close the store; its exception goes to
        sys.unraisablehook and changes nothing for the writer.
        """
        return Subscription(self, callback)

    # --- Parts ------------------------------------------------------------------------------------

    @property
    def text(self) -> Text:
        """Parts of values and templates: split, fields, render."""
        return Text(self)

    @property
    def json(self) -> Documents:
        """Values that are JSON texts: set, get."""
        return Documents(self)

    @property
    def idempotency(self) -> Idempotency:
        """Operations that must run once: begin, complete, get, forget."""
        return Idempotency(self)

    @property
    def quotas(self) -> Quotas:
        """The limits of namespaces: set, get."""
        return Quotas(self)

    @property
    def change_log(self) -> ChangeLog:
        """The changes that the file keeps: read, oldest."""
        return ChangeLog(self)

    @property
    def maintenance(self) -> Maintenance:
        """The store as a whole: stats, backup, restore, copy, purge_expired, compact, check, flush."""
        return Maintenance(self)

    def scope(self, namespace: Data) -> Store:
        """Returns this store narrowed to a namespace, to be closed like any other.

        A namespace is 1 to 255 ASCII letters, digits and hyphens; anything else is
        kv.InvalidArgumentError. The scope has every method of a store. Its groups are those whose
        names begin with the namespace and a colon, under the rest of their names; nothing else can
        be read, listed, counted, watched, purged or changed through it. It stays open when this one
        is closed. It cannot be backed up and has no quotas to set (kv.UnsupportedError).
        """
        name = as_string("namespace", namespace)
        handle, error = _abi.kv_store(), _abi.kv_error()
        status = functions.kv_scope(self._handle, name, byref(handle), byref(error))
        if status < 0:
            fail(status, error)
        return Store(handle, f"{self._location} scope {name.decode()}")

    # --- Its end ----------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        """Whether close was called; any call then raises kv.InvalidHandleError."""
        return self._is_closed

    def close(self) -> None:
        """Waits for running calls, ends cursors, watches and callbacks, and closes the file if no
        other handle is open.

        Closing again does nothing. kv.BusyError from inside a callback.
        """
        if self._is_closed:
            return
        self._is_closed = True
        error = _abi.kv_error()
        status = functions.kv_close(self._handle, byref(error))
        forget_ended()
        if status == _abi.KV_ERR_BUSY:
            self._is_closed = False
        if status < 0:
            fail(status, error)

    def __del__(self) -> None:
        if self._is_closed:
            return
        # A forked child has its parent's objects and no right to the store in them.
        if functions.kv_close(self._handle, None) != _abi.KV_ERR_FORKED:
            warnings.warn(f"{self!r} was never closed", ResourceWarning, source=self)
