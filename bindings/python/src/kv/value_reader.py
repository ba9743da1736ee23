"""Readers: values that are read in pieces, as files are."""

from __future__ import annotations

import ctypes
import io
import warnings
from ctypes import byref
from datetime import datetime
from typing import Any, NoReturn, Optional

from . import _abi
from .arguments import Data
from .entry import EntryInfo, expiry_of
from .errors import InvalidArgumentError, InvalidHandleError, fail
from .handle import Handle, Owned
from .library import functions
from .names import Given, as_given


class RawReader(Owned, io.RawIOBase):
    """The bytes of a value, at a position, without a buffer."""

    _end = staticmethod(functions.kv_reader_close)

    def __init__(self, handle: _abi.kv_reader, location: str, key: Data) -> None:
        super().__init__(handle, location)
        self.name = as_given(key)
        value, error = _abi.kv_value(), _abi.kv_error()
        status = functions.kv_reader_info(handle, byref(value), byref(error))
        if status < 0:
            fail(status, error)
        self.info = EntryInfo(value.value_size, value.version, expiry_of(value.expires_at_ms))
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Copies bytes from the position on into a buffer; returns fewer only at the end."""
        room, length, error = memoryview(buffer).cast("B"), ctypes.c_size_t(), _abi.kv_error()
        # There is no address of no bytes.
        target = byref(ctypes.c_char.from_buffer(room)) if room else None
        # {0} is no reader; the library reports it.
        handle = self._handle or _abi.kv_reader()
        status = functions.kv_reader_read(
            handle, self._at, target, len(room), byref(length), byref(error)
        )
        if status < 0:
            fail(status, error)
        self._at += length.value
        return length.value

    def readall(self) -> bytes:
        """Returns all from the position on, by one call; io would make one for each 8 KiB."""
        rest = bytearray(max(self.info.size - self._at, 0))
        return bytes(memoryview(rest)[: self.readinto(rest)])

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves the position, also behind the end, and returns it."""
        if self._handle is None:
            raise InvalidHandleError("seek: the reader was closed")
        begins = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.info.size}
        if whence not in begins:
            raise InvalidArgumentError(f"seek: whence must be from 0 to 2, not {whence}")
        at = begins[whence] + offset
        if not 0 <= at < 2**63:
            raise InvalidArgumentError(f"seek: there is no position {at}")
        self._at = at
        return at

    def tell(self) -> int:
        return self.seek(0, io.SEEK_CUR)

    def close(self) -> None:
        try:
            self._close()
        finally:
            io.RawIOBase.close(self)

    def _dealloc_warn(self, source: object) -> None:
        """Is called by `io` when an open stream is collected."""
        words, handle = f"{source!r} was never closed", self._handle
        self._handle = None
        # A forked child has its parent's objects and no right to the store in them.
        if handle is not None and self._end(handle, None) != _abi.KV_ERR_FORKED:
            warnings.warn(words, ResourceWarning, source=source)


class Reader(Handle, io.BufferedReader):
    """A value that is read like a file; kv.Store.open_reader opens one.

    It is an io.BufferedReader with `seek` and `tell`: whatever reads binary files takes it, such as
    shutil.copyfileobj, zipfile, tarfile and io.TextIOWrapper. `readinto` fills a buffer of 256 KiB
    or more by the library itself, without a copy in between.

    It reads the value that was there when it was opened, whatever is written meanwhile. Close it,
    or use it in a with statement; one that is dropped open warns with a ResourceWarning. After its
    store was closed it raises kv.ClosedError, and kv.CompactedError if the value is gone because
    the process stood still. One thread uses it at a time, as of any buffered file.
    """

    _raw: RawReader

    def __init__(self, raw: RawReader) -> None:
        if not isinstance(raw, RawReader):
            raise TypeError("store.open_reader(group, key) opens a reader")
        # A short value needs no buffer of a piece, and one of no bytes is refused.
        io.BufferedReader.__init__(self, raw, max(1, min(raw.info.size, _abi.KV_PIECE_LEN)))
        self._raw, self._location = raw, raw._location
        self._subject = f"{raw.name!r}, {raw.info.size} bytes,"

    # io.BufferedReader has one of its own, which pickle prefers to __reduce__.
    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        self._refuse_copy()

    @property
    def is_closed(self) -> bool:
        """Whether close was called; any call then raises a ValueError, as that of a file does."""
        return self._raw.is_closed

    @property
    def name(self) -> Given:
        """The key as it was given, which io and tarfile take for the name of a file."""
        name: Given = self._raw.name
        return name

    @property
    def size(self) -> int:
        """The number of bytes of the value."""
        return self._raw.info.size

    @property
    def version(self) -> int:
        """The version of the entry."""
        return self._raw.info.version

    @property
    def expires_at_ms(self) -> Optional[int]:
        """When it expires, in milliseconds since 1970, or None if it never does."""
        return self._raw.info.expires_at_ms

    @property
    def expires_at(self) -> Optional[datetime]:
        """When it expires, in UTC, or None if it never does; OverflowError past the year 9999."""
        return self._raw.info.expires_at
