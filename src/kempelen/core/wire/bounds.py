"""Documented bounds of texts and numbers that the service model leaves open, refused in the original's words.

Source: docs/mturk/api.md 1.6, 2 and 9.
"""

import re
from collections.abc import Sized

from kempelen.core.wire.errors import (
    InvalidParameterValue,
    ParameterEmpty,
    ParameterTooLong,
    ParameterTooShort,
    ValueOutOfRange,
)
from kempelen.core.wire.shapes import MAX_SHOWN

# What no XML can hold, and what nobody means in a text for people: C1, DEL, bidirectional embeddings and isolates
_NOT_IN_WORDS = re.compile("[^\t\n\r -~\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_A_LINE = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def check_words(name: str, text: str, most: int, *, least: int = 0) -> None:
    """Refuse a text for people of a wrong length, or with a character that no page shows or that reorders others."""
    check_length(name, text, most, least=least)
    _check_characters(name, text, _NOT_IN_WORDS)


def check_title(name: str, text: str, most: int, *, one_line: bool = False) -> None:
    """The same of what something is called: at least one character of it must be seen, and it may have to be a line."""
    check_length(name, text, most, least=1)
    _check_characters(name, text, _NOT_IN_A_LINE if one_line else _NOT_IN_WORDS)
    if not any(character.isprintable() and not character.isspace() for character in text):
        raise ParameterEmpty(name=name, limit=1)


def check_length(name: str, text: Sized, most: int, *, least: int = 0) -> None:
    """Refuse a text of too many or too few characters, or a list of too many or too few items."""
    if len(text) > most:
        raise ParameterTooLong(name=name, limit=most)
    if isinstance(text, str) and len(text) < least:
        raise ParameterEmpty(name=name, limit=least)
    if len(text) < least:
        raise ParameterTooShort(name=name, limit=least)


def _check_characters(name: str, text: str, unfit: re.Pattern[str]) -> None:
    found = unfit.search(text)
    if found is not None:
        raise InvalidParameterValue(
            value=unfit.sub(lambda each: f"\\u{ord(each[0]):04x}", text[:MAX_SHOWN]),
            name=name,
            reason=f"It cannot have the character U+{ord(found[0]):04X}.",
        )


def check_bytes(name: str, text: str, most: int) -> None:
    """Refuse a text of too many bytes of UTF-8."""
    if len(text) > most or len(text.encode(errors="surrogatepass")) > most:
        raise ParameterTooLong(name=name, limit=most)


def check_range(name: str, value: int, low: int, high: int) -> None:
    """Refuse a number out of its documented range."""
    if not low <= value <= high:
        raise ValueOutOfRange(value=value, name=name, low=low, high=high)
