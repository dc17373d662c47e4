"""Schemas of the XML that is read: elements, their content models and their values, as tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from msgspec import Struct

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
BLANKS = " \t\r\n"
_LONGEST_SHOWN = 200


class Fault(Exception):
    """What is wrong at the place the reader has come to."""


class Value(Struct, frozen=True, kw_only=True):
    """The text of an element or attribute; without any rule, any text at all, blanks included."""

    type_name: str = "string"
    one_of: tuple[str, ...] = ()
    pattern: str = ""
    least: int | None = None
    most: int | None = None

    def read(self, text: str) -> str:
        """The text as it counts: a number without blanks and leading zeros, a string as it is."""
        if self.least is not None or self.most is not None or self.type_name in ("integer", "int"):
            return self._number(text)
        if self.one_of:
            return self._choice(text)
        if self.pattern:
            text = " ".join(text.split())
            if not re.fullmatch(self.pattern, text):
                raise Fault(self._datatype(text) if self.type_name == "double" else self._off_pattern(text))
        return text

    def _number(self, text: str) -> str:
        text = text.strip(BLANKS)
        match = _INTEGER.fullmatch(text)
        if not match:
            raise Fault(self._datatype(text))
        number = int(match[1] + match[2])
        if not -(2**31) <= number < 2**31 and self.most is None:
            raise Fault(self._datatype(text))
        for word, bound, outside in (
            ("minInclusive", self.least, self.least is not None and number < self.least),
            ("maxInclusive", self.most, self.most is not None and number > self.most),
        ):
            if outside:
                raise Fault(
                    f"cvc-{word}-valid: Value '{number}' is not facet-valid with respect to {word} '{bound}' "
                    f"for type '{self.type_name}'."
                )
        return str(number)

    def _choice(self, text: str) -> str:
        text = text.strip(BLANKS)
        if text not in self.one_of:
            if self.type_name == "boolean":
                raise Fault(self._datatype(text))
            raise Fault(
                f"cvc-enumeration-valid: Value '{shortened(text)}' is not facet-valid with respect to enumeration "
                f"'[{', '.join(self.one_of)}]'. It must be a value from the enumeration."
            )
        return text

    def _datatype(self, text: str) -> str:
        return f"cvc-datatype-valid.1.2.1: '{shortened(text)}' is not a valid value for '{self.type_name}'."

    def _off_pattern(self, text: str) -> str:
        return (
            f"cvc-pattern-valid: Value '{shortened(text)}' is not facet-valid with respect to pattern "
            f"'{self.pattern}' for type '{self.type_name}'."
        )


_INTEGER = re.compile(r"([+-]?)0*([0-9]{1,10})", re.ASCII)
STRING = Value()
INTEGER = Value(type_name="integer")
INT = Value(type_name="int")
BOOLEAN = Value(type_name="boolean", one_of=("true", "false", "1", "0"))
URL = Value(type_name="anyURI", pattern="(http|https)://.*")
DOUBLE = Value(type_name="double", pattern=r"[+-]?([0-9]{1,400}(\.[0-9]{0,400})?|\.[0-9]{1,400})([eE][+-]?[0-9]{1,9})?")


class Kind(Struct, frozen=True, kw_only=True):
    """What an element may be: a text (`value`), or children (`model`) with text between them when it is `mixed`."""

    value: Value | None = None
    model: str = ""
    mixed: bool = False
    attributes: Mapping[str, Value] = {}
    required: frozenset[str] = frozenset()


class Schema(Struct, frozen=True):
    """The elements of one namespace by name. In a model `Name:Kind` is an element of another kind than its name."""

    namespace: str
    root: str
    kinds: Mapping[str, Kind]


def shortened(text: str) -> str:
    """A text to be repeated in a message."""
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


class Model:
    """A content model as an automaton: after a position, which element may come next and whether the parent may end.

    Position 0 is the start; each name in the model is a position (Glushkov's construction: schemas are deterministic).
    """

    def __init__(self, text: str) -> None:
        self.kinds = [""]
        self._names = [""]
        self._follow: list[list[int]] = [[]]
        self._tokens = re.findall(r"[\w:]+|[(),|?*+]", text)
        self._at = 0
        empty, first, last = self._choice() if self._tokens else (True, [], [])
        assert self._at == len(self._tokens), f"this content model cannot be read: {text}"
        self._follow[0] = first
        self.after = [{self._names[position]: position for position in follow} for follow in self._follow]
        self.may_end = [empty, *(position in last for position in range(1, len(self._names)))]

    def _choice(self) -> _Part:
        empty, first, last = self._sequence()
        while self._take("|"):
            empty_too, more_first, more_last = self._sequence()
            empty, first, last = empty or empty_too, first + more_first, last + more_last
        return empty, first, last

    def _sequence(self) -> _Part:
        empty, first, last = self._repeated()
        while self._take(","):
            next_empty, next_first, next_last = self._repeated()
            self._link(last, next_first)
            first = first + next_first if empty else first
            last = last + next_last if next_empty else next_last
            empty = empty and next_empty
        return empty, first, last

    def _repeated(self) -> _Part:
        empty, first, last = self._one()
        if self._take("?"):
            return True, first, last
        if self._take("*"):
            self._link(last, first)
            return True, first, last
        if self._take("+"):
            self._link(last, first)
        return empty, first, last

    def _one(self) -> _Part:
        if self._take("("):
            part = self._choice()
            assert self._take(")"), "a bracket is not closed"
            return part
        name, _, kind = self._tokens[self._at].partition(":")
        self._at += 1
        self._names.append(name)
        self.kinds.append(kind or name)
        self._follow.append([])
        position = len(self._names) - 1
        return False, [position], [position]

    def _link(self, last: list[int], first: list[int]) -> None:
        for position in last:
            self._follow[position] += [one for one in first if one not in self._follow[position]]

    def _take(self, token: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at] == token
        self._at += found
        return found


_Part = tuple[bool, list[int], list[int]]  # may it be empty; where it may begin; where it may end
model_of: Callable[[str], Model] = lru_cache(maxsize=None)(Model)
