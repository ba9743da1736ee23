"""Exceptions: one class for each status that is an error, by its number.

Absence is not among them: a read of an absent key returns None or False. A condition that does not
hold is kv.ConflictError, because a refused write must not pass unnoticed.
"""

from __future__ import annotations

import errno
from threading import local
from typing import Any, ClassVar, NoReturn, Optional

from . import _abi


class Error(Exception):
    """The base class of all exceptions here. Raised itself for a status that has no class.

    One with the operating system's error number is also of Python's class for that number, such as
    FileNotFoundError, PermissionError, IsADirectoryError or ConnectionRefusedError.
    """

    #: The number in kv.h, or 0 for an error that this package itself has found.
    status: int = 0
    #: The operating system's error number, or 0.
    os_error: int
    #: The same number, or None, as OSError has it.
    errno: Optional[int] = None
    #: The message, of an error of the system; else None.
    strerror: Optional[str] = None
    #: The path of the file that a call was given, of an error of the system; else None.
    filename: Any = None
    #: The operation, its object, and the reason of the failure.
    message: str

    by_status: ClassVar[dict[int, type[Error]]] = {}

    def __init_subclass__(cls) -> None:
        if "status" in vars(cls):
            Error.by_status[cls.status] = cls

    def __init__(self, message: str, os_error: int = 0, status: Optional[int] = None) -> None:
        # All of it in args, so that it survives pickling.
        Exception.__init__(self, message, os_error, status)
        self.message = message
        self.os_error = os_error
        if os_error:
            self.errno = os_error
        if isinstance(self, OSError):
            self.strerror = message
        if status is not None:
            self.status = status

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> Any:
        return (copy_of, (self._named_class(), self.args, self.os_error, vars(self)))

    @classmethod
    def _named_class(cls) -> type[Error]:
        """Returns the class that the package has under a name, of one that was made for a number."""
        return cls


def copy_of(
    kind: type[Error], arguments: tuple[Any, ...], os_error: int, state: dict[str, Any]
) -> Error:
    """Returns an error that was pickled."""
    error = class_of(kind, os_error)(*arguments)
    vars(error).update(state)
    return error


class OperatingSystemError(Error, OSError):
    """An error of the operating system; errno is its number, or None if there is none."""


class InvalidArgumentError(Error, ValueError):
    """An argument or option is not acceptable."""

    status = _abi.KV_ERR_ARGUMENT


class ClosedError(Error, ValueError):
    """The store was closed. As of a closed file it is a ValueError."""

    status = _abi.KV_ERR_CLOSED


class InvalidHandleError(ClosedError):
    """The object of the call was closed, or has ended."""

    status = _abi.KV_ERR_HANDLE


class BusyError(Error):
    """A lock was not free in time, or another thread uses an object that is for one at a time."""

    status = _abi.KV_ERR_BUSY


class QuotaExceededError(Error):
    """A namespace would exceed its quota."""

    status = _abi.KV_ERR_QUOTA


class FullError(OperatingSystemError):
    """The disk or the store's own limit is full."""

    status = _abi.KV_ERR_FULL


class TooLargeError(Error, ValueError):
    """A group, key or value exceeds its limit."""

    status = _abi.KV_ERR_TOO_LARGE


class NotIntegerError(Error, ValueError):
    """A value is not a 64-bit decimal integer, or the sum would not be one."""

    status = _abi.KV_ERR_NOT_INTEGER


class NotJsonError(Error, ValueError):
    """A value is not JSON."""

    status = _abi.KV_ERR_NOT_JSON


class IoError(OperatingSystemError):
    """Reading or writing failed."""

    status = _abi.KV_ERR_IO


class MissingFileError(IoError, FileNotFoundError):
    """A file or directory does not exist."""


class ReadOnlyError(OperatingSystemError):
    """The store is a snapshot, or was opened, or can only be opened, for reading."""

    status = _abi.KV_ERR_READ_ONLY


class PermissionDeniedError(OperatingSystemError, PermissionError):
    """The operating system denies access."""

    status = _abi.KV_ERR_PERMISSION


class CorruptError(Error):
    """The file is damaged."""

    status = _abi.KV_ERR_CORRUPT


class InvalidFormatError(Error):
    """The file is not a store, or of a format this version does not know."""

    status = _abi.KV_ERR_FORMAT


class UnsupportedError(Error):
    """The engine cannot keep a rule that the call needs."""

    status = _abi.KV_ERR_UNSUPPORTED


class UnavailableError(OperatingSystemError, ConnectionError):
    """A server cannot be reached in time."""

    status = _abi.KV_ERR_UNAVAILABLE


class InvalidConfigError(Error, ValueError):
    """A configuration file is wrong."""

    status = _abi.KV_ERR_CONFIG


class CompactedError(Error):
    """The change log no longer reaches back that far."""

    status = _abi.KV_ERR_COMPACTED


class PoisonedError(Error):
    """An earlier failure left durability unknown; close the store and open it again."""

    status = _abi.KV_ERR_POISONED


class ForkedError(Error):
    """This process was forked while a store was open; it may not use any."""

    status = _abi.KV_ERR_FORKED


class PanicError(Error):
    """A bug in the library was caught at its boundary."""

    status = _abi.KV_ERR_PANIC


class OutOfMemoryError(Error, MemoryError):
    """There is no memory, or no slot for one more handle."""

    status = _abi.KV_ERR_MEMORY


class CancelledError(Error):
    """The call was cancelled; nothing was written."""

    status = _abi.KV_ERR_CANCELLED


class DeadlineExceededError(Error, TimeoutError):
    """The deadline of the call has passed; nothing was written."""

    status = _abi.KV_ERR_DEADLINE


class ConflictError(Error):
    """A condition does not hold; nothing was written.

    `version` is the one of the key, 0 if it is absent, or None where the call does not report it.
    `step` is the number of the batch's step that has the condition, or None.
    """

    status = _abi.KV_CONFLICT

    def __init__(
        self, message: str, version: Optional[int] = None, step: Optional[int] = None
    ) -> None:
        super().__init__(message)
        self.args = (message, version, step)
        self.version = version
        self.step = step


class LockHeldError(ConflictError):
    """Another owner holds the lock, also after the wait; it was not acquired."""


class LockLostError(ConflictError):
    """The lock is not held any more: its lease has ended, or it was released. Nothing was done."""


class TooSmallError(Error, ValueError):
    """The caller's buffer is too small; `needed` bytes would do. Nothing was copied."""

    status = _abi.KV_TOO_SMALL

    def __init__(self, message: str, needed: int) -> None:
        super().__init__(message)
        self.args = (message, needed)
        self.needed = needed


class EncodeError(Error, ValueError):
    """A codec could not encode a value; nothing was written. The reason is its __cause__."""


class DecodeError(Error, ValueError):
    """A value is there, but cannot be decoded. The reason is its __cause__."""


class Raised(local):
    """The exception of a function of Python inside a call of this thread."""

    by_poll: Optional[BaseException] = None


raised = Raised()


def fail(status: int, error: _abi.kv_error, file: Any = None) -> NoReturn:
    """Raises the exception of a negative status, in a call that names a file or in any other."""
    if status == _abi.KV_ERR_CANCELLED and raised.by_poll is not None:
        by_poll, raised.by_poll = raised.by_poll, None
        raise by_poll
    message, number = error.message.decode("utf-8", "replace"), error.os_error
    kind = Error.by_status.get(status, Error)
    if kind is IoError and number == errno.ENOENT:
        kind = MissingFileError
    found = class_of(kind, number)(message, number, status)
    if file is not None and number:
        found.filename = file
    raise found


#: The classes that were made, by the named class and the number.
made: dict[tuple[type[Error], int], type[Error]] = {}


def class_of(kind: type[Error], os_error: int) -> type[Error]:
    """Returns a class that is also Python's class for an error number of the system, if it has one."""
    found = made.get((kind, os_error))
    if found is not None:
        return found
    by_system = type(OSError(os_error, ""))
    if os_error == 0 or by_system is OSError or issubclass(kind, by_system):
        return kind
    names = {
        "__module__": kind.__module__,
        "__doc__": kind.__doc__,
        "_named_class": classmethod(lambda cls: kind),
    }
    made[kind, os_error] = type(kind.__name__, (kind, by_system), names)
    return made[kind, os_error]
