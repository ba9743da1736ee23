"""Exceptions: one class for each status that is an error, by its number.

Absence is not among them: what is not there is None or False. A condition that does not hold is,
as kv.Conflict, because a refused write must not pass unnoticed.
"""

from __future__ import annotations

from typing import ClassVar, NoReturn, Optional

from . import abi


class Error(Exception):
    """What every exception of this package is. Also raised itself, for a number unknown to it."""

    #: The number in kv.h; 0 for what this package itself has found.
    status: int = 0
    #: The operating system's error number, or 0.
    os_error: int
    #: What was attempted, on what, and why it failed.
    message: str

    by_status: ClassVar[dict[int, type[Error]]] = {}

    def __init_subclass__(cls) -> None:
        if cls.status:
            Error.by_status[cls.status] = cls

    def __init__(self, message: str, os_error: int = 0, status: Optional[int] = None) -> None:
        # All of it in args, so that it survives pickling.
        super().__init__(message, os_error, status)
        self.message = message
        self.os_error = os_error
        if status is not None:
            self.status = status

    def __str__(self) -> str:
        return self.message


class SystemFailure(Error, OSError):
    """An error of the operating system's; errno is its number, or None if it gave none."""

    def __init__(self, message: str, os_error: int = 0, status: Optional[int] = None) -> None:
        super().__init__(message, os_error, status)
        self.errno = os_error or None


class InvalidArgument(Error, ValueError):
    """An argument or option is not acceptable."""

    status = abi.KV_ERR_ARGUMENT


class InvalidHandle(Error, ValueError):
    """The store, or what it gave, was closed or has ended."""

    status = abi.KV_ERR_HANDLE


class Closed(Error):
    """The store behind it was closed."""

    status = abi.KV_ERR_CLOSED


class Busy(Error):
    """Another holds what is needed: a lock past the time-out, or what one thread at a time uses."""

    status = abi.KV_ERR_BUSY


class QuotaExceeded(Error):
    """A namespace would exceed its quota."""

    status = abi.KV_ERR_QUOTA


class Full(SystemFailure):
    """The disk or the store's own limit is full."""

    status = abi.KV_ERR_FULL


class TooLarge(Error, ValueError):
    """A group, key or value exceeds its limit."""

    status = abi.KV_ERR_TOO_LARGE


class NotInteger(Error, ValueError):
    """A value is not a 64-bit decimal integer, or the sum would not be one."""

    status = abi.KV_ERR_NOT_INTEGER


class NotJson(Error, ValueError):
    """A value is not JSON."""

    status = abi.KV_ERR_NOT_JSON


class IoFailure(SystemFailure):
    """Reading or writing failed."""

    status = abi.KV_ERR_IO


class ReadOnly(SystemFailure):
    """The store was opened, or can only be opened, for reading."""

    status = abi.KV_ERR_READ_ONLY


class PermissionDenied(SystemFailure, PermissionError):
    """The operating system denies access."""

    status = abi.KV_ERR_PERMISSION


class Corrupt(Error):
    """The file is damaged."""

    status = abi.KV_ERR_CORRUPT


class InvalidFormat(Error):
    """The file is not a store, or of a format this version does not know."""

    status = abi.KV_ERR_FORMAT


class Unsupported(Error):
    """This engine cannot keep a rule that the call needs."""

    status = abi.KV_ERR_UNSUPPORTED


class Unavailable(SystemFailure, ConnectionError):
    """A server cannot be reached in time."""

    status = abi.KV_ERR_UNAVAILABLE


class InvalidConfig(Error, ValueError):
    """A configuration file is wrong."""

    status = abi.KV_ERR_CONFIG


class Compacted(Error):
    """The change log no longer reaches back that far."""

    status = abi.KV_ERR_COMPACTED


class Poisoned(Error):
    """An earlier failure left durability unknown; close the store and open it again."""

    status = abi.KV_ERR_POISONED


class Forked(Error):
    """This process was forked while a store was open; it may not use any."""

    status = abi.KV_ERR_FORKED


class Panic(Error):
    """A bug in the library was caught at its boundary."""

    status = abi.KV_ERR_PANIC


class OutOfMemory(Error, MemoryError):
    """Memory, or a slot for one more handle, could not be had."""

    status = abi.KV_ERR_MEMORY


class Cancelled(Error):
    """The call was cancelled; nothing was written."""

    status = abi.KV_ERR_CANCELLED


class DeadlineExceeded(Error, TimeoutError):
    """The deadline of the call has passed; nothing was written."""

    status = abi.KV_ERR_DEADLINE


class Conflict(Error):
    """A condition does not hold; nothing was written.

    `version` is the one the key is at, 0 if it is absent, or None where the call does not tell.
    `step` is the number of a batch's step whose condition it was, or None.
    """

    status = abi.KV_CONFLICT

    def __init__(
        self, message: str, version: Optional[int] = None, step: Optional[int] = None
    ) -> None:
        super().__init__(message)
        self.args = (message, version, step)
        self.version = version
        self.step = step


class TooSmall(Error, ValueError):
    """The caller's buffer is too small; nothing was copied, and `needed` bytes are."""

    status = abi.KV_TOO_SMALL

    def __init__(self, message: str, needed: int) -> None:
        super().__init__(message)
        self.args = (message, needed)
        self.needed = needed


class EncodeError(Error, ValueError):
    """A codec could not encode a value; nothing was written. The reason is its __cause__."""


class DecodeError(Error, ValueError):
    """A value is there, but it is not what the codec or the encoding can read.

    The reason is its __cause__.
    """


def fail(status: int, error: abi.kv_error) -> NoReturn:
    """Raises the exception of a negative status."""
    message = error.message.decode("utf-8", "replace")
    kind = Error.by_status.get(status)
    if kind is None:
        raise Error(message, error.os_error, status)
    raise kind(message, error.os_error)
