"""Words: texts for people that are written down far from the page which shows them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def told(text: str) -> str:
    """The text itself. Saying it marks it: a catalog of each language holds it, and pages show it translated."""
    return text


class Words(str):
    """A text of ours with its facts put in. To read it is English; a language can say it anew.

    Facts may be Words themselves; numbers are written as the language writes them. `many` is the text for any number
    of things but one.
    """

    text: str
    many: str
    number: int
    facts: dict[str, Any]

    def __new__(cls, text: str, facts: dict[str, Any], many: str = "", number: int = 1) -> Words:
        shown = {name: f"{fact:,}" if isinstance(fact, int | Decimal) else fact for name, fact in facts.items()}
        words = super().__new__(cls, (many if many and number != 1 else text).format_map(shown))
        words.text, words.many, words.number, words.facts = text, many, number, facts
        return words

    def sentence(self) -> Words:
        """The same with a full stop."""
        return Words("{words}.", {"words": self})


def said(text: str, **facts: Any) -> Words:
    """A text with its facts; saying it marks it for the catalogs."""
    return Words(text, facts)


def said_many(one: str, many: str, number: int) -> Words:
    """The same of a {number} of things."""
    return Words(one, {"number": number}, many, number)


def in_turn(words: list[Words], between: str = " ") -> Words:
    """One after the other."""
    return Words(
        between.join(f"{{words{place}}}" for place in range(len(words))),
        {f"words{place}": one for place, one in enumerate(words)},
    )
