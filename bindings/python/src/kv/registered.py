"""Functions of the program that the library calls until it says that it has ended them."""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import Any, Callable, Generic, Optional, TypeVar

from . import _abi
from .errors import fail

T = TypeVar("T")

system = ctypes.CDLL(None)


class Registered(Generic[T]):
    """A function, or what stands for one, and whether the library may still call it.

    The library says so by a function of C that runs no Python, or there would be a thread inside
    of that function at the end of the program. It posts a semaphore, which is the data of the
    callback.
    """

    def __init__(self, target: T) -> None:
        self.target = target
        # Of the size and alignment of a sem_t.
        self._semaphore = (ctypes.c_long * 8)()
        self.number = ctypes.addressof(self._semaphore)
        system.sem_init(self._semaphore, 0, 0)

    def has_ended(self) -> bool:
        """Whether it will not be called any more."""
        posts = ctypes.c_int()
        system.sem_getvalue(self._semaphore, byref(posts))
        return posts.value > 0


#: The function of C that the library calls at the end, with the number.
end_from_c = ctypes.cast(system.sem_post, _abi.kv_destroy_fn)


def forget_those_ended(registered: dict[int, Any]) -> None:
    """Removes from a table, by their numbers, those that will not be called any more."""
    for number, found in list(registered.items()):
        if found.has_ended():
            registered.pop(number, None)


def put_in_place(
    registered: dict[int, Registered[T]],
    target: Optional[T],
    function: Any,
    call: Callable[..., int],
    given: int,
) -> None:
    """Has the library call `function` for a target, in place of the one before; None ends it.

    `call` is the function of the library that sets it, and `given` its first argument.
    """
    number, end, error = 0, _abi.kv_destroy_fn(0), _abi.kv_error()
    if target is None:
        function = type(function)(0)
    else:
        new = Registered(target)
        registered[new.number] = new
        number, end = new.number, end_from_c
    status = call(given, function, ctypes.c_void_p(number), end, byref(error))
    forget_those_ended(registered)
    if status < 0:
        registered.pop(number, None)
        fail(status, error)
