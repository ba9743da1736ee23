"""Integers of any size are values of a typed store, whatever limit the interpreter has."""

from __future__ import annotations

import random
import sys
from typing import Any

import pytest

import kv
from conftest import run_python
from kv.integers import SMALL_BITS, SMALL_DIGITS, to_int, to_text

EDGES = [SMALL_DIGITS, 4300, 5000, 100_000]


@pytest.mark.parametrize("digits", EDGES)
@pytest.mark.parametrize("sign", [1, -1])
def test_large_integers_come_back_as_they_were(store: kv.Store, digits: int, sign: int) -> None:
    typed: kv.Typed[str, Any] = kv.Typed(store, "g")
    for number in (10**digits, 10**digits - 1, 10**digits + 1, 7 ** (digits + 3)):
        typed["k"] = sign * number
        assert typed["k"] == sign * number
    # The text is plain JSON.
    assert store.get("g", "k") == b"-" * (sign < 0) + to_text(7 ** (digits + 3)).encode()


def test_large_integers_stand_anywhere_in_a_value(store: kv.Store) -> None:
    typed: kv.Typed[str, Any] = kv.Typed(store, "g")
    large = 3**20_000
    value = {"a": [large, {"b": -large, "c": "9" * 5000}], "d": 5, "e": True, "f": None, "g": 1.5}
    typed["k"] = value
    assert typed["k"] == value
    typed["k"] = (large, [large + 1])
    assert typed["k"] == [large, [large + 1]]
    typed["k"] = {large: 1, 5: 2}
    assert typed["k"] == {to_text(large): 1, "5": 2}


def test_the_limit_of_the_interpreter_is_neither_asked_nor_changed() -> None:
    if not hasattr(sys, "set_int_max_str_digits"):
        pytest.skip("this interpreter has no limit of digits")
    program = """
import sys, kv
for limit in (640, 4300, 0):
    sys.set_int_max_str_digits(limit)
    typed = kv.Typed(kv.open("memory:"), "g")
    for number in (2**3000, -(10**641), 10**640, 10**700, 10**6000):
        typed["k"] = [number]
        assert typed["k"] == [number]
    assert sys.get_int_max_str_digits() == limit
    typed._store.close()
print("done")
"""
    ended = run_python(program)
    assert (ended.stdout, ended.stderr) == ("done\n", "")


def test_both_ways_agree_with_python_on_random_numbers() -> None:
    numbers = random.Random(7)
    bits = [1, 63, SMALL_BITS - 1, SMALL_BITS, SMALL_BITS + 1, 2 * SMALL_BITS, 14_000]
    for _ in range(200):
        number = numbers.getrandbits(numbers.choice(bits)) * numbers.choice([1, -1])
        # Below the limit of 4,300 digits Python answers too.
        assert to_text(number) == str(number)
        assert to_int(str(number)) == number


@pytest.mark.parametrize("data", ["-", "[1,]", "NaN", "[" + "9" * 5000 + ",NaN]", "[" + "9" * 5000])
def test_what_is_no_json_is_refused_beside_a_large_integer(store: kv.Store, data: str) -> None:
    typed: kv.Typed[str, Any] = kv.Typed(store, "g")
    store.set("g", "k", data)
    with pytest.raises(kv.DecodeError):
        typed.get("k")


def test_what_json_does_not_have_is_refused_beside_a_large_integer(store: kv.Store) -> None:
    typed: kv.Typed[str, Any] = kv.Typed(store, "g")
    circle: list[Any] = [10**5000]
    circle.append(circle)
    for value in ([10**5000, float("nan")], [10**5000, object()], circle):
        with pytest.raises(kv.EncodeError):
            typed.set("k", value)
    assert not typed.exists("k")
