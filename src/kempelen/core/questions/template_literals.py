"""Template literals: where JavaScript puts values into texts by itself, and which names its code uses.

A script is read once, in time linear in its length, without a parser of the language. The result decides only whether
a `${…}` in a layout belongs to the script or lacks a value, so a script that is misread does little harm.
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


_DECLARES = frozenset(["const", "let", "var"])


class Templates(Struct, frozen=True):
    """The place of each `${` in a template literal that the script may fill itself, and the names its code uses."""

    places: frozenset[int]
    names: frozenset[str]


def read(script: str) -> Templates:
    """The template literals of one script."""
    places: set[int] = set()
    names: set[str] = set()
    open_braces: list[bool] = []  # True: the brace was opened by a `${`, and the literal goes on after it ends
    position, ends_value = 0, False
    before, last = "", ""  # the two tokens before this one
    declared = ""  # the name that is being declared, and a brace: it cannot be used in its own value
    while token := _TOKEN.search(script, position):
        if declared and script.find("\n", position, token.start()) >= 0:
            declared = ""
        kind, text, position = token.lastgroup, token[0], token.end()
        in_literal = kind == "backtick"
        if kind == "slash":
            if not ends_value:  # a regular expression; one that is not closed takes the rest of its line
                expression = _REGEX.match(script, token.start())
                position = expression.end() if expression else _after(_REST_OF_LINE, script, position)
            ends_value = not ends_value
        elif kind == "word":
            if last != "." and not _is_all_of_a_substitution(script, token):
                names.add(text)
            ends_value = text not in _BEFORE_REGEX
            declared = "" if text == "function" else declared
        elif kind == "open":
            open_braces.append(False)
            ends_value = False
        elif kind == "close":
            in_literal = bool(open_braces) and open_braces.pop()
            ends_value = True
        elif kind == "sign":
            ends_value = text in ")]"
            if text == "=" and before in _DECLARES:
                declared = last + "}"
            elif text == ";" or (text, last) == (">", "="):
                declared = ""
        elif kind is None and text[0] in "\"'":
            ends_value = True
        before, last = last, text
        if in_literal:
            position = _after(_LITERAL_TEXT, script, position)
            ends_value = not script.startswith("${", position)
            if ends_value:
                position += 1  # the closing backtick
            else:
                if not (declared and script.startswith(declared, position + 2)):
                    places.add(position)
                open_braces.append(True)
                position += 2
    return Templates(frozenset(places), frozenset(names))


def _is_all_of_a_substitution(script: str, token: re.Match[str]) -> bool:
    return script.startswith("${", token.start() - 2) and script.startswith("}", token.end())


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position
