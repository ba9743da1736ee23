"""Integers of any size in JSON.

Python converts between int and decimal text up to a limit, of 4,300 digits unless a program sets
another, because its algorithm is quadratic. Here both ways divide and conquer: a text is two halves
that are joined by a multiplication, and an int is two halves that are joined as exact decimals. The
limit of the interpreter is neither asked nor changed.
"""

from __future__ import annotations

import decimal
import uuid
from functools import lru_cache
from typing import Any

#: The most digits that int() takes under the least limit that can be set.
SMALL_DIGITS = 640
#: Bits of an int that is fewer digits than that.
SMALL_BITS = 2000


def to_int(text: str) -> int:
    """Returns the integer of decimal digits, with a minus sign or without."""
    if text.startswith("-"):
        return -of_digits(text[1:])
    return of_digits(text)


def of_digits(digits: str) -> int:
    if len(digits) <= SMALL_DIGITS:
        return int(digits)
    # The right part has a length of few kinds, so that few powers are made.
    right = SMALL_DIGITS
    while right * 2 < len(digits):
        right *= 2
    return of_digits(digits[:-right]) * power_of_ten(right) + of_digits(digits[-right:])


@lru_cache(maxsize=8)
def power_of_ten(exponent: int) -> int:
    return 10**exponent if exponent <= SMALL_DIGITS else power_of_ten(exponent // 2) ** 2


def to_text(number: int) -> str:
    """Returns the decimal digits of an integer, with a minus sign before them if it is negative."""
    with decimal.localcontext() as context:
        context.prec, context.Emax, context.Emin = (
            decimal.MAX_PREC,
            decimal.MAX_EMAX,
            decimal.MIN_EMIN,
        )
        context.traps[decimal.Inexact] = True
        digits = str(of_bits(abs(number), {}))
    return f"-{digits}" if number < 0 else digits


def of_bits(number: int, powers: dict[int, decimal.Decimal]) -> decimal.Decimal:
    """Returns a number that is not negative as a decimal; `powers` are those of 2 by exponent."""
    if number.bit_length() <= SMALL_BITS:
        return decimal.Decimal(number)
    right = SMALL_BITS
    while right * 2 < number.bit_length():
        right *= 2
    if right not in powers:
        powers[right] = decimal.Decimal(2) ** right
    left = of_bits(number >> right, powers) * powers[right]
    return left + of_bits(number & ((1 << right) - 1), powers)


class Large:
    """The large integers of a value, which json cannot write under the limit.

    A mark, which is a text, stands in the place of each. In the JSON its digits replace the mark and
    the quotes.
    """

    def __init__(self) -> None:
        # No value has it, so that nothing else is replaced.
        self._mark = uuid.uuid4().hex
        self._texts: list[str] = []

    def __len__(self) -> int:
        return len(self._texts)

    def marked(self, value: Any) -> Any:
        """Returns a value of JSON's types with marks in the place of its large integers."""
        if isinstance(value, int):
            return self._mark_of(value) if is_large(value) else value
        if isinstance(value, dict):
            return {self._key(key): self.marked(it) for key, it in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.marked(it) for it in value]
        return value

    def written(self, text: str) -> str:
        """Returns a JSON text with the integers themselves."""
        parts = text.split(f'"{self._mark}:')
        written = [parts[0]]
        for part in parts[1:]:
            number, _, rest = part.partition('"')
            written += (self._texts[int(number)], rest)
        return "".join(written)

    def _mark_of(self, number: int) -> str:
        self._texts.append(to_text(number))
        return f"{self._mark}:{len(self._texts) - 1}"

    def _key(self, key: Any) -> Any:
        if isinstance(key, int) and is_large(key):
            # A key is a text, as json makes of every number. The mark only counts.
            self._texts.append("")
            return to_text(key)
        return key


def is_large(number: int) -> bool:
    return number.bit_length() > SMALL_BITS
