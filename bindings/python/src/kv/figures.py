"""The structures of figures that a call fills in, as data classes."""

from __future__ import annotations

from ctypes import Array, byref
from dataclasses import fields
from typing import Any, Callable, TypeVar

from . import _abi
from .arguments import sized
from .errors import fail

T = TypeVar("T")


def filled(kind: type[T], structure: Any, call: Callable[..., int], *given: Any) -> T:
    """Calls a function of the library with `given` and a structure, and returns its fields.

    Each field of the data class `kind` is the one of its name in the structure.
    """
    error = _abi.kv_error()
    status = call(*given, byref(sized(structure)), byref(error))
    if status < 0:
        fail(status, error)
    own: Any = kind
    values = {it.name: shown(it.type, getattr(structure, it.name)) for it in fields(own)}
    return kind(**values)


def shown(annotation: Any, value: Any) -> Any:
    """Returns the value of a field; the annotation is text, as in each module of the package."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, Array):
        return tuple(value)
    return bool(value) if annotation == "bool" else value
