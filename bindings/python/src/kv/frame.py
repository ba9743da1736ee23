"""The prepared call of kv_get_into.

A get is the call that is worth preparing: its memory, and the objects that describe that memory to
ctypes, are made once and used again, which halves the cost of a call. A frame belongs to one call
at a time. list.pop and list.append are atomic, so idle_frames needs no lock; a frame that is not
returned, because of an exception, is collected like any other object.
"""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import Any

from . import _abi
from .library import functions

FRAME_BYTES = 4096
LENGTH = ctypes.c_size_t.from_param
LENGTHS = tuple(LENGTH(length) for length in range(256))
FRAME_CAPACITY = LENGTH(FRAME_BYTES)


class Frame:
    """The buffer, length and error that one get fills."""

    __slots__ = ("buffer", "buffer_at", "length", "length_at", "error", "error_at")

    def __init__(self) -> None:
        self.buffer: Any = ctypes.create_string_buffer(FRAME_BYTES)
        self.buffer_at = byref(self.buffer)
        self.length = ctypes.c_size_t()
        self.length_at = byref(self.length)
        self.error = _abi.kv_error()
        self.error_at = byref(self.error)


idle_frames: list[Frame] = []
# Bound once: a get makes both calls. take_frame raises IndexError if none is idle.
take_frame, return_frame = idle_frames.pop, idle_frames.append


def prepare_get_into() -> ctypes._NamedFuncPointer:
    """Returns kv_get_into without conversions: each argument is of its C type already."""
    function = functions.library["kv_get_into"]
    function.restype = ctypes.c_int32
    return function


prepared_get_into = prepare_get_into()
