"""Handles: numbers by which the library knows the objects of this process."""

from __future__ import annotations

from ctypes import Structure, byref
from types import TracebackType
from typing import Any, Callable, NoReturn, Optional, TypeVar

from . import _abi
from .arguments import Data
from .errors import fail
from .names import as_name

Self = TypeVar("Self", bound="Closing")


class Uncopied:
    """An object that cannot be copied or pickled: the copy would end what both stand for, and in
    another process its numbers may stand for something else."""

    def __reduce__(self) -> NoReturn:
        self._refuse_copy()

    def __copy__(self) -> NoReturn:
        self._refuse_copy()

    def __deepcopy__(self, memo: Any) -> NoReturn:
        self._refuse_copy()

    def _refuse_copy(self) -> NoReturn:
        kind = type(self).__name__
        raise TypeError(
            f"a kv.{kind} cannot be copied or pickled; pass on the object itself, or in another "
            "process the location of the store, and open it there"
        )


class Handle(Uncopied):
    """A number by which the library knows an object."""

    #: Of the store, without what is secret.
    _location = ""
    #: The part of the store that it is about, such as a key, for its repr.
    _subject = ""

    @property
    def is_closed(self) -> bool:
        """Whether it has ended."""
        raise NotImplementedError

    def __repr__(self) -> str:
        state = "closed" if self.is_closed else "open"
        subject = f"{self._subject} of " if self._subject else "of "
        return f"<kv.{type(self).__name__} {subject}{self._location!r}, {state}>"


class Closing(Handle):
    """A handle that ends by close, or at the end of a with statement."""

    def close(self) -> None:
        """Ends it. Closing again does nothing."""
        raise NotImplementedError

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


class KeyHandle(Handle):
    """A handle whose calls are on a group and a key: of a store, a batch or a transaction."""

    def _open(self) -> Any:
        """Returns what the library is given; it refuses a handle that has ended."""
        raise NotImplementedError

    def _call(self, function: Callable[..., int], group: Data, key: Data, *rest: Any) -> int:
        """Calls a function on a key, and returns the outcome; raises the exception of an error."""
        group, key = as_name("group", group), as_name("key", key)
        error = _abi.kv_error()
        status = function(self._open(), group, len(group), key, len(key), *rest, byref(error))
        if status < 0:
            fail(status, error)
        return status


class StoreHandle(Closing, KeyHandle):
    """Holds the handle of a store. A closed one stays a number, which the library refuses."""

    _handle: _abi.kv_store

    def _open(self) -> _abi.kv_store:
        return self._handle

    @property
    def _unbound(self) -> StoreHandle:
        """The store itself, of one whose calls have a deadline."""
        return self


def as_store(what: str, store: StoreHandle) -> None:
    """Refuses anything but a store for an object that is a part of one."""
    if not isinstance(store, StoreHandle):
        raise TypeError(f"a {what} is of a kv.Store, not of {type(store).__name__}")


class Owned(Handle):
    """A handle of its object's own, which ends with the object at the latest."""

    _handle: Optional[Any] = None

    def __init__(self, handle: Any, location: str) -> None:
        if not isinstance(handle, Structure):
            raise TypeError(f"a kv.{type(self).__name__} is made by a call of kv.Store")
        self._handle = handle
        self._location = location

    @property
    def is_closed(self) -> bool:
        return self._handle is None

    @staticmethod
    def _end(handle: Any, error: Any) -> int:
        """The function of the library that ends the handle."""
        raise NotImplementedError

    def _close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is None:
            return
        error = _abi.kv_error()
        status = self._end(handle, byref(error))
        if status == _abi.KV_ERR_BUSY:
            self._handle = handle
        if status < 0:
            fail(status, error)

    def __del__(self) -> None:
        if self._handle is not None:
            # There is no caller to raise an error to.
            self._end(self._handle, None)


class Closable(Owned, Closing):
    """A handle of its object's own that ends by close."""

    def close(self) -> None:
        """Ends it. Closing again does nothing."""
        self._close()


class Part:
    """A part of a store's operations, such as store.quotas."""

    def __init__(self, store: StoreHandle) -> None:
        as_store(f"kv.{type(self).__name__}", store)
        self._store = store

    @property
    def _handle(self) -> _abi.kv_store:
        return self._store._handle

    def __repr__(self) -> str:
        return f"<kv.{type(self).__name__} of {self._store!r}>"
