"""Texts for people that are made far from the page that shows them, and translated there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def translatable(text: str) -> str:
    """The text itself, marked for the catalog of each language; pages show it translated."""
    return text


class LazyText(str):
    """A text with its facts put in: in English as a string, and translated by `Language.translate_text`.

    Facts may be lazy texts themselves; numbers are written as the language writes them. `many` is the text for any
    number of things but one.
    """

    text: str
    many: str
    number: int
    facts: dict[str, Any]

    def __new__(cls, text: str, facts: dict[str, Any], many: str = "", number: int = 1) -> LazyText:
        shown = {name: f"{fact:,}" if isinstance(fact, int | Decimal) else fact for name, fact in facts.items()}
        words = super().__new__(cls, (many if many and number != 1 else text).format_map(shown))
        words.text, words.many, words.number, words.facts = text, many, number, facts
        return words

    def sentence(self) -> LazyText:
        """The same with a full stop."""
        return LazyText("{words}.", {"words": self})


def lazy_text(text: str, **facts: Any) -> LazyText:
    """A text with its facts, marked for the catalogs."""
    return LazyText(text, facts)


def lazy_plural(one: str, many: str, number: int) -> LazyText:
    """The text for a {number} of things, marked for the catalogs."""
    return LazyText(one, {"number": number}, many, number)


def join_texts(words: list[LazyText], between: str = " ") -> LazyText:
    """The texts one after the other."""
    return LazyText(
        between.join(f"{{words{place}}}" for place in range(len(words))),
        {f"words{place}": one for place, one in enumerate(words)},
    )
