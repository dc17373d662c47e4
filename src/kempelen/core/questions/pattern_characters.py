"""Characters of patterns: classes and ranges, and upper case as JavaScript has it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache


def is_word(character: str) -> bool:
    """Is it a word character, as `\\w` has it?"""
    return character == "_" or (character.isascii() and character.isalnum())


class CharacterRanges:
    """A set of characters as ranges that are looked up by halving, however many there are."""

    def __init__(self, ranges: Iterable[tuple[str, str]]) -> None:
        self.lows: list[str] = []
        self.highs: list[str] = []
        for low, high in sorted(ranges):
            if self.highs and ord(low) <= ord(self.highs[-1]) + 1:
                self.highs[-1] = max(self.highs[-1], high)
            else:
                self.lows.append(low)
                self.highs.append(high)

    def __contains__(self, character: str) -> bool:
        place = bisect_right(self.lows, character) - 1
        return place >= 0 and character <= self.highs[place]

    def all(self) -> list[tuple[str, str]]:
        """The ranges, in order and apart from each other."""
        return list(zip(self.lows, self.highs, strict=True))

    def others(self) -> list[tuple[str, str]]:
        """The ranges of all characters of 16 bits that are not in these."""
        begins = ["\0", *(chr(ord(high) + 1) for high in self.highs)]
        ends = [*(chr(ord(low) - 1) if low > "\0" else "" for low in self.lows), "\uffff"]
        return [(low, high) for low, high in zip(begins, ends, strict=True) if low <= high]


_CLASSES = {
    "d": CharacterRanges([("0", "9")]),
    "s": CharacterRanges(
        [*((each, each) for each in "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"), ("\u2000", "\u200a")]
    ),
    "w": CharacterRanges([("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z")]),
}
CONTROLS = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}


def class_of(letter: str) -> list[tuple[str, str]]:
    """The ranges of a class by its letter: `d`, `s`, `w`, or all others by a capital."""
    inside = _CLASSES[letter.lower()]
    return inside.all() if letter.islower() else inside.others()


def not_line_end(character: str) -> bool:
    """Is it matched by a dot?"""
    return character not in "\n\r\u2028\u2029"


def exactly_case(character: str) -> str:
    """The character itself, for patterns in which case counts."""
    return character


def upper_of(character: str) -> str:
    """As ECMA-262 folds without the flag `u`: to one capital, and never from beyond ASCII into it."""
    capital = character.upper()
    if len(capital) != 1 or (not character.isascii() and capital.isascii()):
        return character
    return capital


@lru_cache(maxsize=4096)
def forms_of(character: str) -> tuple[str, ...]:
    """The characters that fold like this one."""
    folded = upper_of(character)
    lower = folded.lower()
    return tuple(
        {character, folded, lower} if upper_of(lower[:1]) == folded and len(lower) == 1 else {character, folded}
    )


def units_of(text: str) -> str:
    """The text as JavaScript sees it without the flag `u`: characters beyond 16 bits are two."""
    data = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(data[place] | data[place + 1] << 8) for place in range(0, len(data), 2))
