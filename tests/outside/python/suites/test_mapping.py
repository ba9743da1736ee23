"""The tests that CPython has for dict and its like, on kv.Group and on the mapping of any values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import kv
import pytest
from kv_engines import open_empty
from kv_mapping import Mapping
from test import mapping_tests

_numbers = itertools.count(1)
_stores: list[kv.Store] = []


@pytest.fixture(scope="module", autouse=True)
def store() -> Iterator[None]:
    with open_empty() as opened:
        _stores.append(opened)
        yield
        _stores.clear()


def empty_group() -> kv.Group[str]:
    return _stores[0].group(f"mapping-{next(_numbers)}")


class TestGroup(mapping_tests.BasicTestMappingProtocol):
    """kv.Group itself, whose keys are str and whose values are bytes."""

    def _reference(self) -> dict[str, bytes]:
        return {"1": b"2", "key1": b"value1", "key2": b"value2"}

    def _empty_mapping(self) -> kv.Group[str]:
        return empty_group()


class TestGroupOfBytes(mapping_tests.BasicTestMappingProtocol):
    """A group that is named in bytes, whose keys are bytes."""

    def _reference(self) -> dict[bytes, bytes]:
        return {b"1": b"2", b"key1": b"value1", b"key2": b"value2"}

    def _empty_mapping(self) -> kv.Group[bytes]:
        return _stores[0].group(b"mapping-%d" % next(_numbers))


class TestTyped(mapping_tests.BasicTestMappingProtocol):
    """kv.Typed itself, with JSON."""

    def _reference(self) -> dict[str, object]:
        return {"1": "2", "key1": 5.5, "key2": "value2"}

    def _empty_mapping(self) -> kv.Typed[str, object]:
        return kv.Typed(_stores[0], f"mapping-{next(_numbers)}")


class Dict(Mapping):
    """The mapping with a constructor as dict has it, in a group of its own."""

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(empty_group())
        self.update(*values, **named)

    def copy(self) -> Dict:
        return Dict(self)

    @classmethod
    def fromkeys(cls, keys: Any, value: Any = None) -> Any:
        made = cls()
        for key in keys:
            made[key] = value
        return made


class TestMapping(mapping_tests.TestMappingProtocol):
    type2test = Dict
