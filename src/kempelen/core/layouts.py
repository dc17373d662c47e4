"""Layouts: a page with variables, into which each HIT puts its own values.

A variable is `${name}`: all between `${` and the next `}` is its name, blanks and line ends too; `${}` is no variable.
Values are put in as they are, without escaping and once: what looks like a variable in a value stays. The outcome is
an HTMLQuestion, which is then checked like any other.

Source: spec questions.md 7; api.md 3.18.
"""

import re
from collections.abc import Sequence
from typing import NoReturn

from kempelen.core import xml
from kempelen.core.errors import InvalidParameterValue, MissingLayoutParameters, ParameterTooLong
from kempelen.core.questions import HTML_QUESTION_NAMESPACE, MAX_QUESTION_BYTES
from kempelen.core.shapes import HITLayoutParameter

_VARIABLE = re.compile(r"\$\{([^}]+)\}")


def variables(html: str) -> list[str]:
    """The names of a page's variables, each once, in the order they first come."""
    return list(dict.fromkeys(_parts(html)[1::2]))


def question(html: str, frame_height: int, parameters: Sequence[HITLayoutParameter]) -> str:
    """The HTMLQuestion that a layout and its values make.

    Refused when a variable has no value, when a value has no variable or is given twice, and when the page becomes
    too long; that is known before it is put together.
    """
    parts = _parts(html)
    values = _values(parts[1::2], parameters)
    parts[1::2] = [values[name] for name in parts[1::2]]
    if sum(map(len, parts)) > MAX_QUESTION_BYTES:
        raise ParameterTooLong(name="question", limit=MAX_QUESTION_BYTES)
    page = "".join(parts).replace("]]>", "]]]]><![CDATA[>")
    return (
        f'<HTMLQuestion xmlns="{HTML_QUESTION_NAMESPACE}"><HTMLContent><![CDATA[{page}]]></HTMLContent>'
        f"<FrameHeight>{frame_height}</FrameHeight></HTMLQuestion>"
    )


def _parts(html: str) -> list[str]:
    """Text and names of variables by turns, beginning and ending with text; in time linear in the page's length."""
    end = html.rfind("}") + 1  # after the last one, no search for a variable's end need begin
    parts: list[str] = _VARIABLE.split(html[:end])
    parts[-1] += html[end:]
    return parts


def _values(names: Sequence[str], parameters: Sequence[HITLayoutParameter]) -> dict[str, str]:
    """The value of each name; what is missing is told first, because the original told it."""
    known = dict.fromkeys(names)
    values = {parameter.name: parameter.value for parameter in parameters}
    missing = [name for name in known if name not in values]
    if missing:
        raise MissingLayoutParameters(missing)
    seen: set[str] = set()
    for parameter in parameters:
        if parameter.name not in known:
            there_are = f"Its variables are: {', '.join(known)}." if known else "It has no variables."
            _refuse(parameter, f"The layout has no such variable. {xml.shortened(there_are)}")
        if parameter.name in seen:
            _refuse(parameter, "This variable is given a value twice.")
        seen.add(parameter.name)
    return values


def _refuse(parameter: HITLayoutParameter, reason: str) -> NoReturn:
    raise InvalidParameterValue(value=xml.shortened(parameter.name), name="hit_layout_parameters", reason=reason)
