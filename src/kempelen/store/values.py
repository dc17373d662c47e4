"""Values on their way into and out of a database: TEXT and BIGINT are all it holds."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LARGEST = 2**63 - 1


class Amount(Protocol):
    """What is counted in whole micro-dollars, like Money."""

    @property
    def micros(self) -> int: ...


Value = str | int | bool | datetime | Amount | None
Row = Mapping[str, Any]  # a plain dict; instants are milliseconds, yes and no are 1 and 0


def ms(at: datetime) -> int:
    """An instant as the database keeps it: whole milliseconds since 1970 UTC, the rest cut off."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone")
    return (at - EPOCH) // _MILLISECOND


def instant(milliseconds: int) -> datetime:
    """The instant, in UTC, the database kept as this number."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def stored(values: dict[str, Any]) -> dict[str, Any]:
    """The same dict with every value as both databases take it; ValueError or TypeError for what one of them cannot.

    Refused are texts with NUL or half a surrogate pair, whole numbers beyond 64 bits, and all other types.
    """
    for name, value in values.items():  # every value of every statement passes here: the usual ones at once
        kind = type(value)
        if kind is str:
            if not value.isascii() or "\0" in value:
                _check_text(name, value)
        elif kind is int:
            if not -_LARGEST - 1 <= value <= _LARGEST:
                _check_number(name, value)
        elif kind is datetime:
            values[name] = ms(value)
        elif value is not None:
            values[name] = _converted(name, value)
    return values


def _converted(name: str, value: object) -> str | int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return ms(value)
    if isinstance(value, str):  # a subclass, such as an enumeration's member
        text = str.__str__(value)
        _check_text(name, text)
        return text
    number = value if isinstance(value, int) else getattr(value, "micros", None)
    if not isinstance(number, int):
        raise TypeError(f"{name}: a database of ours holds no {type(value).__name__}")
    _check_number(name, number)
    return int(number)


def _check_text(name: str, text: str) -> None:
    if "\0" in text:
        raise ValueError(f"{name}: a text cannot hold the character NUL")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{name}: a text cannot hold half of a surrogate pair") from None


def _check_number(name: str, number: int) -> None:
    if not -_LARGEST - 1 <= number <= _LARGEST:
        raise ValueError(f"{name}: {number} does not fit 64 bits")
