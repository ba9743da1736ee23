"""The log: what the library does by itself, as records of Python's logging.

The library passes its records on in a thread of its own, which needs the interpreter: so the log
ends at exit, before the handlers of logging do.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from typing import Any, Optional, Union

from . import _abi, ending
from .errors import InvalidArgumentError
from .library import functions
from .registered import Registered, put_in_place

#: The levels of the library and those of logging, the highest first.
LEVELS = {
    _abi.KV_LOG_ERROR: logging.ERROR,
    _abi.KV_LOG_WARN: logging.WARNING,
    _abi.KV_LOG_INFO: logging.INFO,
    _abi.KV_LOG_DEBUG: logging.DEBUG,
}
#: The name of the thread in records.
THREAD = "kv-logger"


class Passing(threading.local):
    """Whether this thread is passing a record on."""

    now = False


passing = Passing()
# The library always calls the same function, with the number of a logger in this table.
registered: dict[int, Registered[logging.Logger]] = {}
# Held while the log is set. The library then waits for its thread, so that one must not take it.
setting = threading.Lock()
# After this moment of time.monotonic records are dropped; it is set when the program ends.
ends_at: Optional[float] = None
# Reports what a handler raises as the handlers of logging do.
reporter = logging.NullHandler()


def set_log(
    logger: Optional[logging.Logger], *, level: Union[int, str] = logging.INFO
) -> None:
    """Sends the records of the library of a level and above to a logger; None ends the log.

        kv.set_log(logging.getLogger("kv"), level=logging.WARNING)

    `level` is one of logging's, by its number or name, from DEBUG to ERROR; the levels of the
    logger and its handlers hold as well. A record has the attributes `topic`, such as "open",
    "checkpoint" or "slow", and `store`, which is the location without options and password, or
    empty. Its time is that of the event. ERROR: a store refuses writes, or a bug was caught.
    WARNING: also what is slow or fails for a while. INFO: also stores that are opened, closed and
    recovered, and connections. DEBUG: also checkpoints, purges and repeated calls.

    The log is of the whole process, and replaces the one before; without one the library writes
    nothing. Handlers run in a thread of the library, so that no call waits for them: at most 1,024
    records wait, and more are dropped and counted in a record. They may use stores, whose calls
    are not logged then, but not set the log: kv.BusyError. Their exceptions are reported as
    logging does. Once this returns, the logger before is not called any more.

    The log ends at exit, after the records so far, 5 seconds of them at most. A forked child has
    no log until it sets one.
    """
    if logger is not None and not isinstance(logger, logging.Logger):
        raise TypeError(f"logger must be a logging.Logger or None, not {type(logger).__name__}")
    of_library = library_level(level)
    if passing.now:
        # The library refuses that.
        set_in_library(logger, of_library)
        return
    with setting:
        if ends_at is not None and logger is not None:
            ending.refuse()
        set_in_library(logger, of_library)


def set_in_library(logger: Optional[logging.Logger], level: int) -> None:
    level = level if logger is not None else _abi.KV_LOG_OFF
    put_in_place(registered, logger, pass_from_c, functions.kv_set_log, level)


def library_level(level: Union[int, str]) -> int:
    """Returns the level of the library that has all records of a level of logging and above."""
    if isinstance(level, str):
        number = logging.getLevelName(level)
        if not isinstance(number, int):
            raise InvalidArgumentError(f"level {level!r} is not one of logging's")
    elif isinstance(level, int) and not isinstance(level, bool):
        number = level
    else:
        raise TypeError(f"level must be a level of logging, not {type(level).__name__}")
    # Debug is the last one, and has all.
    least = [ours for ours, theirs in LEVELS.items() if theirs >= number]
    if not least:
        raise InvalidArgumentError(f"level must be logging.ERROR at most, not {level!r}")
    return least[-1]


def pass_record(number: int, record: Any) -> None:
    found = registered.get(number)
    if found is None or (ends_at is not None and time.monotonic() > ends_at):
        return
    passing.now = True
    try:
        handle(found.target, record.contents)
    finally:
        passing.now = False


def handle(logger: logging.Logger, record: _abi.kv_log_record) -> None:
    """Hands a record of the library to a logger."""
    level = LEVELS.get(record.level, logging.DEBUG)
    message = record.message.decode("utf-8", "replace")
    made: Optional[logging.LogRecord] = None
    try:
        if not logger.isEnabledFor(level):
            return
        extra = {
            "topic": record.topic.decode("utf-8", "replace"),
            "store": record.store.decode("utf-8", "replace"),
        }
        place = ("(unknown file)", 0)
        made = logger.makeRecord(logger.name, level, *place, message, (), None, None, extra)
        at = record.time_ms / 1000
        made.relativeCreated += (at - made.created) * 1000
        made.created, made.msecs = at, float(record.time_ms % 1000)
        made.threadName = THREAD
        logger.handle(made)
    except BaseException:
        # Nothing may cross the library, and no caller of its own waits for it.
        fields = {"name": logger.name, "msg": message, "levelno": level}
        reporter.handleError(made or logging.makeLogRecord(fields))


pass_from_c = _abi.kv_log_fn(pass_record)


@atexit.register
def end_log() -> None:
    """Ends the log once its records have been passed on.

    It is registered after logging's own function, and so it is called before that.
    """
    global ends_at
    ends_at = time.monotonic() + ending.WAIT_SECONDS
    # A thread that sets the log may wait for a handler.
    if not setting.acquire(timeout=ending.WAIT_SECONDS):
        return
    try:
        if registered:
            set_in_library(None, _abi.KV_LOG_OFF)
    finally:
        setting.release()


def begin_child() -> None:
    """A forked child has no log, and none of the threads that may hold the lock."""
    global setting
    setting = threading.Lock()
    registered.clear()
    passing.now = False


os.register_at_fork(after_in_child=begin_child)
