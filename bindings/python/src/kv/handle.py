"""What stands for something of the library's: a number, which is of this process alone."""

from __future__ import annotations

from typing import Any, NoReturn

from . import abi


class Handle:
    """An object that cannot be copied or pickled: the copy would close what both stand for, and in
    another process its number may stand for something else."""

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
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


class StoreHandle(Handle):
    """Holds the handle of a store. A closed one stays a number, which the library refuses."""

    _handle: abi.kv_store
