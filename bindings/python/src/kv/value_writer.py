"""Writers: values that are written in pieces, as files are."""

from __future__ import annotations

import ctypes
import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref
from types import TracebackType
from typing import Any, Optional

from . import _abi
from .arguments import Data
from .errors import BusyError, ConflictError, InvalidHandleError, fail
from .handle import Owned
from .library import functions
from .names import Given, as_given


class Writer(Owned, io.BufferedIOBase):
    """A value that is written like a file; kv.Store.open_writer opens one.

        with store.open_writer("files", "report.zip") as writer:
            shutil.copyfileobj(file, writer)

    It is an io.BufferedIOBase: whatever writes binary files in order takes it, such as
    shutil.copyfileobj, zipfile, tarfile and io.TextIOWrapper. No reader sees anything of the value
    before the commit, and an earlier value stays until then.

    The end of the with statement commits, unless the writer was committed or aborted in it; an
    exception that leaves the statement aborts. A close in the statement, as by an
    io.TextIOWrapper, ends the writing and leaves the outcome to the end of the statement. Outside
    of a with statement `commit` stores the value; a close without it discards the value and raises
    RuntimeError, and so nothing is lost in silence, and no half of a value is stored. One that is
    dropped is aborted, with a ResourceWarning.

    Errors are those of kv.Store; kv.QuotaExceededError and kv.FullError as soon as the value would
    have no room. After an error of `write` only an abort is left. One thread uses it at a time;
    kv.BusyError when two meet.
    """

    _end = staticmethod(functions.kv_writer_abort)
    _is_in_with = False

    def __init__(self, handle: _abi.kv_writer, location: str, group: Data, key: Data) -> None:
        if not isinstance(handle, _abi.kv_writer):
            raise TypeError("store.open_writer(group, key) opens a writer")
        super().__init__(handle, location)
        self._name = as_given(key)
        self._words = self._subject = f"{key!r} of group {group!r}"
        self._turn = threading.Lock()

    @property
    def is_ended(self) -> bool:
        """Whether it was committed, refused with kv.ConflictError, or aborted."""
        return self._handle is None

    @property
    def name(self) -> Given:
        """The key as it was given, which io and tarfile take for the name of a file."""
        name: Given = self._name
        return name

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Appends bytes, or the bytes of anything with a buffer, and returns how many they are.

        A str is a TypeError; io.TextIOWrapper writes text.
        """
        given: Any
        if type(data) is bytes:
            given, length = data, len(data)
        else:
            view = memoryview(data)
            length = view.nbytes
            if view.readonly or not view.c_contiguous or not length:
                given = view.tobytes()
            else:
                first = ctypes.c_char.from_buffer(view.cast("B"))
                given = ctypes.c_char_p(ctypes.addressof(first))
        with self._taking_turns("write"):
            error = _abi.kv_error()
            status = functions.kv_writer_write(self._open("write"), given, length, byref(error))
            if status < 0:
                fail(status, error)
        return length

    def tell(self) -> int:
        """Returns the number of bytes that were written."""
        size, error = ctypes.c_uint64(), _abi.kv_error()
        status = functions.kv_writer_size(self._open("tell"), byref(size), byref(error))
        if status < 0:
            fail(status, error)
        return size.value

    def commit(self) -> int:
        """Makes what was written the value of the key, in one step, and returns its version.

        Raises kv.ConflictError, with the version of the key, if the condition does not hold; then
        nothing is written, and the writer has ended. After another error nothing was changed, and
        the writer stays open: commit it again, or abort it.
        """
        version, error = ctypes.c_uint64(), _abi.kv_error()
        with self._taking_turns("commit"):
            # {0} is no writer; the library reports it.
            handle = self._handle or _abi.kv_writer()
            status = functions.kv_writer_commit(handle, byref(version), byref(error))
            if status < 0:
                fail(status, error)
            self._handle = None
        io.BufferedIOBase.close(self)
        found = version.value
        if status == _abi.KV_CONFLICT:
            raise ConflictError(f"commit {self._words}: it is at version {found}", found)
        return found

    def abort(self) -> None:
        """Ends it and discards what was written. Aborting one that has ended does nothing."""
        self._close()
        io.BufferedIOBase.close(self)

    def close(self) -> None:
        """Ends the writing; closing again does nothing.

        In a with statement the end of that commits. Outside of one, before a commit or an abort,
        the value is discarded, which is a RuntimeError.
        """
        is_lost = not self.is_ended and not self._is_in_with
        if is_lost:
            self._close()
        io.BufferedIOBase.close(self)
        if is_lost:
            raise RuntimeError(
                f"close {self._words}: the value was discarded; commit it first, or write it in a "
                "with statement"
            )

    def __enter__(self) -> Writer:
        io.BufferedIOBase.__enter__(self)
        self._is_in_with = True
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._is_in_with = False
        try:
            if kind is None and not self.is_ended:
                self.commit()
        finally:
            self.abort()

    def __del__(self) -> None:
        handle, self._handle = self._handle, None
        # A forked child has its parent's objects and no right to the store in them.
        if handle is not None and self._end(handle, None) != _abi.KV_ERR_FORKED:
            words = f"a kv.Writer of {self._words} in {self._location!r} was never committed"
            warnings.warn(words, ResourceWarning, source=self)

    def _open(self, call: str) -> _abi.kv_writer:
        if self.closed:
            raise InvalidHandleError(f"{call} {self._words}: the writer was closed")
        return self._handle or _abi.kv_writer()

    @contextmanager
    def _taking_turns(self, call: str) -> Iterator[None]:
        if not self._turn.acquire(blocking=False):
            raise BusyError(f"{call} {self._words}: another thread uses this writer")
        try:
            yield
        finally:
            self._turn.release()
