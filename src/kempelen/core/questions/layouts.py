"""Layouts: a page with variables, into which each HIT puts its own values.

A `${…}` is a variable when a value of exactly that name is given, whatever the name looks like; it is replaced wherever
it stands. Without such a value it is

- a missing value, for which the layout is refused, if it holds a name: letters, digits, `_`, `-`, `.`, spaces between;
- text that stays, if it holds anything else: `${1 + 1}`, `${list[0]}`, `${" + n + "}`, `${}`;
- text, too, in a template literal of a script, if the script can mean it itself: `${where.pathname}`, or `${n}` when
  the page's scripts use the name `n` elsewhere.

Values are put in as they are, without escaping and once: what looks like a variable in a value stays. The outcome is
an HTMLQuestion, which is then checked like any other. Every step is linear in the page's length.

Source: docs/mturk/questions.md 7; docs/mturk/api.md 3.18.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NoReturn

from kempelen.core.questions import template_literals, xml, xml_schemas
from kempelen.core.questions.html import tags
from kempelen.core.questions.questions import HTML_QUESTION_NAMESPACE
from kempelen.core.wire.errors import InvalidParameterValue, MissingLayoutParameters
from kempelen.core.wire.shapes import HITLayoutParameter

MAX_LAYOUT_BYTES = 2 * 1024 * 1024
MAX_PAGE_BYTES = 4 * 1024 * 1024  # the largest layout, and values that fill the largest request


def variables(html: str) -> list[str]:
    """The names that must be given a value, each once, in the order they first come."""
    return _names_without_value(html, _parts(html), given=())


def question(html: str, frame_height: int, parameters: Sequence[HITLayoutParameter]) -> str:
    """The HTMLQuestion that a layout and its values make.

    Refused when a variable has no value, when a value has no variable or is given twice, and when the page becomes
    too long; that is known before it is put together.
    """
    parts = _parts(html)
    values = {parameter.name: parameter.value for parameter in parameters}
    if missing := _names_without_value(html, parts, given=values):
        raise MissingLayoutParameters(missing)  # before all else, as in the original
    _check_names(html, parts, parameters)
    parts[1::2] = [values.get(inner, f"${{{inner}}}") for inner in parts[1::2]]
    _check_size(parts, parameters)
    page = "".join(parts).replace("]]>", "]]]]><![CDATA[>")
    return (
        f'<HTMLQuestion xmlns="{HTML_QUESTION_NAMESPACE}"><HTMLContent><![CDATA[{page}]]></HTMLContent>'
        f"<FrameHeight>{frame_height}</FrameHeight></HTMLQuestion>"
    )


def _parts(html: str) -> list[str]:
    """Text and what `${…}` hold, by turns, beginning and ending with text; a `${` before a `}` begins nothing else."""
    first, *rest = html.split("${")
    parts, text = [], [first]
    for piece in rest:
        inner, brace, after = piece.partition("}")
        if brace:
            parts += ["".join(text), inner]
            text = [after]
        else:
            text += ["${", piece]
    return [*parts, "".join(text)]


def _names_without_value(html: str, parts: Sequence[str], given: Collection[str]) -> list[str]:
    """The names without a value that only a value can be meant by, each once, in the page's order."""
    unfilled: dict[str, list[int]] = {}
    place = 0
    for index, part in enumerate(parts):
        if index % 2 and part not in given and _is_name(part):
            unfilled.setdefault(part, []).append(place)
        place += len(part) + 3 * (index % 2)
    if not unfilled:
        return []
    literals = _template_literals(html)
    return [
        name
        for name, places in unfilled.items()
        if not all(place in literals.places for place in places) or not _may_be_of_script(name, literals.names)
    ]


def _is_name(text: str) -> bool:
    return any(character.isalnum() or character == "_" for character in text) and all(map(_may_be_in_name, text))


def _may_be_in_name(character: str) -> bool:
    return (
        character.isalnum()
        or character in "_-. \u200c\u200d"  # the last two join and part letters, in Persian for one
        or unicodedata.category(character).startswith("M")  # vowel signs and accents of their own
    )


def _may_be_of_script(name: str, used: Collection[str]) -> bool:
    """In a template literal: can JavaScript find a value for it, or does only the layout's author know one?"""
    name = name.strip()
    if name.isidentifier():
        return name in used or name in _VALUES_OF_JAVASCRIPT
    return all(
        first in _OPERATORS_OF_JAVASCRIPT or second in _OPERATORS_OF_JAVASCRIPT
        for first, second in _NEIGHBOURS.findall(name)
    )


_NEIGHBOURS = re.compile(r"\b(\w++) ++(?=(\w++))")  # two words without an operator between
_OPERATORS_OF_JAVASCRIPT = frozenset(["await", "delete", "in", "instanceof", "new", "typeof", "void", "yield"])
_VALUES_OF_JAVASCRIPT = frozenset(["this", "true", "false", "null", "undefined", "NaN", "Infinity", "arguments"])


# ---------------------------------------------------------------------------------------------- scripts in the page

_JAVASCRIPT = re.compile(r"(?:|module|(?:text|application)/(?:x-)?(?:javascript|ecmascript|typescript|babel|jsx))")


@lru_cache(maxsize=8)
def _template_literals(html: str) -> template_literals.Templates:
    """Those of all scripts, with their places in the page; kept, since thousands of HITs are made of one layout."""
    places: set[int] = set()
    names: set[str] = set()
    for start, script in _scripts(html):
        found = template_literals.read(script)
        places.update(start + place for place in found.places)
        names |= found.names
    return template_literals.Templates(frozenset(places), frozenset(names))


def _scripts(html: str) -> Iterator[tuple[int, str]]:
    if "`" not in html:
        return
    for tag in tags(html):
        if tag.name == "script" and not tag.is_end and _JAVASCRIPT.fullmatch((tag.get("type") or "").strip().lower()):
            yield tag.end, html[tag.end : tag.text_end]


# ---------------------------------------------------------------------------------------------- values


def _check_names(html: str, parts: Sequence[str], parameters: Sequence[HITLayoutParameter]) -> None:
    """Every value has a variable, and every variable one value."""
    held = frozenset(parts[1::2])
    seen: set[str] = set()
    for parameter in parameters:
        if parameter.name not in held:
            known = variables(html)
            there_are = f"Its variables are: {', '.join(known)}." if known else "It has no variables."
            _refuse(parameter, f"The layout has no such variable. {xml_schemas.shortened(there_are)}")
        if parameter.name in seen:
            _refuse(parameter, "This variable is given a value twice.")
        seen.add(parameter.name)


def _check_size(parts: Sequence[str], parameters: Sequence[HITLayoutParameter]) -> None:
    """The page is not too long; the fewest steps first, since a small request can ask for a huge page."""
    if sum(map(len, parts)) <= MAX_PAGE_BYTES and sum(len(xml.utf8(part)) for part in parts) <= MAX_PAGE_BYTES:
        return
    assert parameters, f"a layout is never larger than {MAX_LAYOUT_BYTES} bytes by itself"
    longest = max(parameters, key=lambda parameter: len(parameter.value))
    _refuse(longest, f"With these values the page is longer than {MAX_PAGE_BYTES} bytes; this one is the longest.")


def _refuse(parameter: HITLayoutParameter, reason: str) -> NoReturn:
    raise InvalidParameterValue(
        value=xml_schemas.shortened(parameter.name), name="hit_layout_parameters", reason=reason
    )
