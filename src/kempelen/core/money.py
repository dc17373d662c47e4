"""Money: whole micro-dollars, read from and printed as decimal dollars.

Sums never pass through floating point. Division says how it rounds; only `core/rules/fees.py` divides.
"""

import re
from functools import total_ordering
from typing import ClassVar

CURRENCY_PATTERN = r"^[0-9]+(\.)?[0-9]{0,2}$"
MICROS_PER_DOLLAR = 1_000_000
MICROS_PER_CENT = 10_000
_CURRENCY = re.compile(CURRENCY_PATTERN.replace("$", r"\Z"), re.ASCII)


@total_ordering
class Money:
    """An amount of US dollars, exact to the micro-dollar; immutable, hashable, ordered."""

    __slots__ = ("micros",)
    ZERO: ClassVar["Money"]
    micros: int

    def __init__(self, micros: int) -> None:
        object.__setattr__(self, "micros", micros)

    @classmethod
    def parse(cls, text: str) -> "Money":
        """Read "5", "5.", "0.05" or "1.0"; ValueError for signs, blanks, grouping or a third decimal.

        Source: the service model's CurrencyAmount pattern.
        """
        if not _CURRENCY.match(text):
            raise ValueError(f"{text!r} is not an amount of dollars like 0.05")
        dollars, _, cents = text.partition(".")
        return cls(int(dollars) * MICROS_PER_DOLLAR + int(cents.ljust(2, "0")) * MICROS_PER_CENT)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("Money does not change")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.micros + other.micros)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.micros - other.micros)

    def __mul__(self, count: int) -> "Money":
        return Money(self.micros * count)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Money) and self.micros == other.micros

    def __lt__(self, other: "Money") -> bool:
        return self.micros < other.micros

    def __hash__(self) -> int:
        return hash(self.micros)

    def __bool__(self) -> bool:
        return self.micros != 0

    def __str__(self) -> str:
        """Dollars with two decimals, no grouping; anything finer than a cent is cut off, towards zero."""
        sign, cents = "-" if self.micros < 0 else "", abs(self.micros) // MICROS_PER_CENT
        return f"{sign}{cents // 100}.{cents % 100:02d}"

    def __repr__(self) -> str:
        return f"Money.parse({str(self)!r})"

    def __reduce__(self) -> tuple[type["Money"], tuple[int]]:
        return Money, (self.micros,)


Money.ZERO = Money(0)
