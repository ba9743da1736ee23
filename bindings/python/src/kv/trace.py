"""The trace: a function of the program at the begin and the end of each call."""

from __future__ import annotations

import ctypes
import os
import threading
from ctypes import string_at
from typing import Any, Callable, NamedTuple, Optional

from . import _abi, ending
from .errors import Error
from .library import functions
from .metrics import CallKind
from .names import as_str
from .registered import Registered, put_in_place


class Call(NamedTuple):
    """A call that begins."""

    kind: CallKind
    #: The group, or None if the call names none, or an invalid one.
    group: Optional[str]
    #: The key, or None if the call names none, or an invalid one, or the trace has no keys.
    key: Optional[str]


class CallEnd(NamedTuple):
    """The end of a call."""

    #: The status in kv.h: 0, the number of an outcome such as an absent key, or a negative error.
    status: int
    #: The duration of the call in nanoseconds.
    duration_ns: int

    @property
    def error(self) -> Optional[type[Error]]:
        """The class of the exception for the status, if that is an error and not an outcome.

        A condition that does not hold is an outcome, as an absent key is.
        """
        return Error.by_status.get(self.status, Error) if self.status < 0 else None


#: Is called with a call that begins, and returns a function for its end, or None.
Trace = Callable[[Call], Optional[Callable[[CallEnd], object]]]


class Running(threading.local):
    """The functions for the ends of the calls that this thread is in."""

    def __init__(self) -> None:
        self.ends: dict[int, Callable[[CallEnd], object]] = {}
        self.begun = 0


running = Running()
# The library always calls the same function, with the number of a trace in this table.
registered: dict[int, Registered[Trace]] = {}
# The traces of the parent of a forked child, in which they are never called and may not end.
inherited: set[int] = set()


def set_trace(callback: Optional[Trace], *, keys: bool = False) -> None:
    """Calls a function at the begin of each call on a store; None ends the trace.

        def trace(call: kv.Call) -> Callable[[kv.CallEnd], None]:
            return lambda end: print(kv.call_name(call.kind), call.group, end.duration_ns)

        kv.set_trace(trace)

    The function that it returns, if any, is called at the end of the call. With `keys` a kv.Call
    has the key as well. Traced are the calls that name a store, and the commits of transactions
    and of values in pieces; not those on cursors, batches, watches and events. A call that is
    refused because its store is closed is not traced.

    The trace is of the whole process, and replaces the one before; a call that has begun ends with
    the function with which it began. Both functions run in the thread of the call, those of kv.aio
    in the context of its task, and several threads may be in them at once. Each call is slower by
    their time. They may use stores, whose calls are traced as well, but not close the store of the
    call. Their exceptions go to sys.unraisablehook and change nothing for the call; so does the
    KeyboardInterrupt of a Ctrl-C that comes within a traced call in the main thread. At the end of
    the program they are called no more. A forked child has no trace until it sets one.
    """
    if callback is not None and not callable(callback):
        raise TypeError(f"a callback must be callable or None, not {type(callback).__name__}")
    if callback is not None:
        ending.refuse_if_ending()
    flags = _abi.KV_TRACE_KEYS if keys else 0
    put_in_place(registered, callback, call_from_c, functions.kv_set_trace, flags)
    if callback is not None and ending.is_ending():
        end_trace()


def call_traced(number: int, pointer: Any) -> int:
    try:
        found, call = registered.get(number), pointer.contents
        if call.phase == _abi.KV_TRACE_END:
            at_end = running.ends.pop(call.context, None)
            if at_end is not None and not ending.is_ending():
                at_end(CallEnd(call.status, call.duration_ns))
        elif found is not None and not ending.is_ending():
            return begun(found.target(shown(call)))
    except BaseException as error:
        # The result would be of any value.
        report(error)
    return 0


def shown(call: _abi.kv_trace_call) -> Call:
    return Call(
        CallKind(call.kind),
        as_str(string_at(call.group, call.group_len)) if call.group else None,
        as_str(string_at(call.key, call.key_len)) if call.key else None,
    )


def begun(at_end: Optional[Callable[[CallEnd], object]]) -> int:
    """Keeps the function for the end of a call, and returns its number."""
    if at_end is None:
        return 0
    if not callable(at_end):
        kind = type(at_end).__name__
        raise TypeError(f"the function of a trace must return a function or None, not {kind}")
    running.begun += 1
    running.ends[running.begun] = at_end
    return running.begun


def raise_it(error: BaseException) -> None:
    raise error


call_from_c = _abi.kv_trace_fn(call_traced)
# The exception of a function that C calls goes to sys.unraisablehook, with its traceback.
report = ctypes.CFUNCTYPE(None, ctypes.py_object)(raise_it)


def end_trace() -> Callable[[], bool]:
    """Ends the trace; returns a function that says whether no thread is in a traced call."""
    left = [it for number, it in registered.items() if number not in inherited]
    if registered:
        functions.kv_set_trace(0, _abi.kv_trace_fn(0), None, _abi.kv_destroy_fn(0), None)
    return lambda: all(it.has_ended() for it in left)


ending.enders.append(end_trace)
os.register_at_fork(after_in_child=lambda: inherited.update(registered))
