"""What stands for something of the library's is not copied, and does not travel."""

from __future__ import annotations

import copy
import pickle
from typing import Any, Callable

import pytest

import kv

COPIES: list[Callable[[Any], Any]] = [copy.copy, copy.deepcopy, pickle.dumps]


@pytest.mark.parametrize("copied", COPIES)
def test_handles_are_not_copied(store: kv.Store, copied: Callable[[Any], Any]) -> None:
    store.set("g", "k", "v")
    subscription = store.on_change(lambda event: None)
    with store.scope("a") as scope:
        handles = [store, scope, store.batch(), store.transaction(), store.scan("g")]
        for handle in [*handles, store.watch("g", "k"), subscription]:
            with pytest.raises(TypeError, match="cannot be copied or pickled; pass on the object"):
                copied(handle)
    assert store.get("g", "k") == b"v"


def test_what_is_no_handle_is_copied(store: kv.Store) -> None:
    store.set("g", "k", "v")
    entry = store.get_entry("g", "k")
    assert pickle.loads(pickle.dumps(entry)) == entry
    assert copy.deepcopy(entry) == entry
