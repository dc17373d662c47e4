"""Template literals: where JavaScript puts values into texts by itself, and which names its code uses.

Reads a script in one pass of linear cost. It is no parser: what it takes for a template literal decides only whether a
`${…}` without a value is the script's own or a missing value of a layout.
"""

import re

from msgspec import Struct

# Every alternative either ends at its closing sign or at the end of the line or script, so nothing is read twice.
_TOKEN = re.compile(
    r"""
      //[^\n]*+ | <!--[^\n]*+ | /\*.*?(?:\*/|\Z)
    | "(?:[^"\\\n]|\\.)*+"? | '(?:[^'\\\n]|\\.)*+'?
    | (?P<word>[\w$]+)
    | (?P<dots>\.+)
    | (?P<open>\{) | (?P<close>\})
    | (?P<backtick>`)
    | (?P<slash>/)
    | (?P<sign>[^\s\w])
    """,
    re.VERBOSE | re.DOTALL,
)
_LITERAL_TEXT = re.compile(r"(?:[^\\`$]|\\.|\$(?!\{))*+", re.DOTALL)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*+\])++/")
_REST_OF_LINE = re.compile(r"[^\n]*+")
_BEFORE_REGEX = frozenset(
    ["return", "typeof", "case", "in", "of", "do", "else", "void", "delete", "throw", "new", "await", "yield"]
)


class Templates(Struct, frozen=True):
    """The places of each `${` that belongs to a template literal, and the names that the code uses elsewhere."""

    places: frozenset[int]
    names: frozenset[str]


def read(script: str) -> Templates:
    """The template literals of one script."""
    places: set[int] = set()
    names: set[str] = set()
    open_braces: list[bool] = []  # True: the brace was opened by a `${`, and the literal goes on after it ends
    position, ends_value, after_dot = 0, False, False
    while token := _TOKEN.search(script, position):
        kind, position = token.lastgroup, token.end()
        in_literal = kind == "backtick"
        if kind == "slash":
            if not ends_value:  # a regular expression; one that is not closed takes the rest of its line
                expression = _REGEX.match(script, token.start()) or _REST_OF_LINE.match(script, position)
                position = expression.end() if expression else position
            ends_value = not ends_value
        elif kind == "word":
            word = token[0]
            if not after_dot and not _is_all_of_a_substitution(script, token):
                names.add(word)
            ends_value = word not in _BEFORE_REGEX
        elif kind == "open":
            open_braces.append(False)
            ends_value = False
        elif kind == "close":
            in_literal = bool(open_braces) and open_braces.pop()
            ends_value = True
        elif kind == "sign":
            ends_value = token[0] in ")]"
        elif kind is None and token[0][0] in "\"'":
            ends_value = True
        after_dot = kind == "dots" and token[0] == "."
        if in_literal:
            text = _LITERAL_TEXT.match(script, position)
            assert text is not None, "the expression also matches an empty text"
            position = text.end()
            ends_value = True
            if script.startswith("${", position):
                places.add(position)
                open_braces.append(True)
                ends_value = False
                position += 2
            else:
                position += 1  # the closing backtick
    return Templates(frozenset(places), frozenset(names))


def _is_all_of_a_substitution(script: str, token: re.Match[str]) -> bool:
    return script.startswith("${", token.start() - 2) and script.startswith("}", token.end())
