"""Texts of strangers for a terminal: characters that would control it or reorder the text are shown by their numbers.

What remains are letters, blanks, tabs and line ends, also joiners and direction marks that scripts need.
"""

import re

# C0, DEL, C1, line ends of Unicode, bidirectional embeddings, overrides and isolates, halves of pairs
_STEERING = "\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_IN_TEXT = re.compile(f"[{_STEERING}]|\r(?!\n)")
_IN_LINE = re.compile(f"[\t\n\r{_STEERING}]")


def text(written: str) -> str:
    """A text of any number of lines, safe to print."""
    return _IN_TEXT.sub(_number, written)


def line(written: str) -> str:
    """The same of a text that is to stay on its line."""
    return _IN_LINE.sub(_number, written)


def _number(found: re.Match[str]) -> str:
    """As JSON writes it, so that a string of JSON stays the same string."""
    return f"\\u{ord(found[0]):04x}"
