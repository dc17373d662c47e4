"""Documented bounds of texts and numbers that the service model leaves open, refused in the original's words.

Source: spec api.md 1.6, 2 and 9.
"""

from collections.abc import Sized

from kempelen.core.errors import ParameterTooLong, ParameterTooShort, ValueOutOfRange


def check_length(name: str, text: Sized, most: int, *, least: int = 0) -> None:
    """Refuse a text of too many or too few characters, or a list of too many or too few items."""
    if len(text) > most:
        raise ParameterTooLong(name=name, limit=most)
    if len(text) < least:
        raise ParameterTooShort(name=name, limit=least)


def check_bytes(name: str, text: str, most: int) -> None:
    """Refuse a text of too many bytes of UTF-8."""
    if len(text) > most or len(text.encode(errors="surrogatepass")) > most:
        raise ParameterTooLong(name=name, limit=most)


def check_range(name: str, value: int, low: int, high: int) -> None:
    """Refuse a number out of its documented range."""
    if not low <= value <= high:
        raise ValueOutOfRange(value=value, name=name, low=low, high=high)
