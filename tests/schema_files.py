"""Writes docs/schemas/ from the tables by which questions are read: `python -m tests.schema_files`.

The tables of `core` hold what may be sent; these are the same rules as W3C XML Schemas, for Requesters who check their
questions with other tools before they send them. `core/test_schema_files.py` shows that both judge alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from kempelen.core.questions import answer_keys, questions, xml_schemas
from kempelen.core.questions.xml_schemas import Kind, Schema, Value

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"
SCHEMAS = (*questions.SCHEMAS, answer_keys.SCHEMA)
OCCURS = {"": "", "?": ' minOccurs="0"', "*": ' minOccurs="0" maxOccurs="unbounded"', "+": ' maxOccurs="unbounded"'}


def files() -> dict[str, str]:
    """Every schema by the name of its file: the namespace's own end, `2017-11-06/QuestionForm.xsd`."""
    return {
        schema.namespace.removeprefix(xml_schemas.SCHEMAS): "".join(f"{line}\n" for line in _lines(schema))
        for schema in SCHEMAS
    }


def _lines(schema: Schema) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield "<!-- Written by `python -m tests.schema_files` from the tables in src/kempelen/core. -->"
    yield f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{schema.namespace}"'
    yield f'    targetNamespace="{schema.namespace}" elementFormDefault="qualified">'
    if schema.root == "QuestionForm":
        yield f'  <xs:element name="{schema.root}" type="{schema.root}">'
        yield '    <xs:unique name="QuestionIdentifierOnce" xmlns:q="' + schema.namespace + '">'
        yield '      <xs:selector xpath="q:Question"/>'
        yield '      <xs:field xpath="q:QuestionIdentifier"/>'
        yield "    </xs:unique>"
        yield "  </xs:element>"
    else:
        yield f'  <xs:element name="{schema.root}" type="{schema.root}"/>'
    for name, kind in schema.kinds.items():
        if kind.value:
            yield from _simple(kind.value, 2, f' name="{name}"')
        else:
            yield from _complex(name, kind)
    yield "</xs:schema>"


def _complex(name: str, kind: Kind) -> Iterator[str]:
    yield f'  <xs:complexType name="{name}">'
    if kind.model:
        yield from _Model(kind.model).lines(4)
    for attribute, value in kind.attributes.items():
        needed = ' use="required"' if attribute in kind.required else ""
        yield f'    <xs:attribute name="{attribute}"{needed}>'
        yield from _simple(value, 6)
        yield "    </xs:attribute>"
    yield "  </xs:complexType>"


def _simple(value: Value, indent: int, attributes: str = "") -> Iterator[str]:
    """A simple type; whole numbers are of 32 bits, whatever the name of their type."""
    whole = value.least is not None or value.most is not None or value.type_name in ("integer", "int")
    base = "int" if whole else "token" if value.one_of and value.type_name == "string" else value.type_name
    facets = [("minInclusive", value.least), ("maxInclusive", value.most), ("pattern", value.pattern or None)]
    if value.type_name != "boolean":
        facets += [("enumeration", one) for one in value.one_of]
    told = [f'<xs:{facet} value="{escape(str(limit))}"/>' for facet, limit in facets if limit is not None]
    blank = " " * indent
    yield f"{blank}<xs:simpleType{attributes}>"
    yield f'{blank}  <xs:restriction base="xs:{base}"' + (">" if told else "/>")
    yield from (f"{blank}    {facet}" for facet in told)
    if told:
        yield f"{blank}  </xs:restriction>"
    yield f"{blank}</xs:simpleType>"


class _Model:
    """A content model as XML Schema writes it: `(Overview|Question)+` is a choice that may be repeated."""

    def __init__(self, text: str) -> None:
        self._tokens = [*re.findall(r"[\w:]+|[(),|?*+]", text), ""]
        self._at = 0

    def lines(self, indent: int) -> list[str]:
        lines = self._group(indent)
        assert not self._tokens[self._at], "this content model cannot be read"
        return lines

    def _group(self, indent: int) -> list[str]:
        """Parts with `,` or `|` between them, with the occurrence that stands behind the closing bracket."""
        parts, between = [self._part(indent + 2)], ","
        while self._tokens[self._at] in (",", "|"):
            between = self._next()
            parts.append(self._part(indent + 2))
        occurs = ""
        if self._tokens[self._at] == ")":
            self._next()
            occurs = self._occurs()
        if len(parts) == 1 and parts[0][0].lstrip().startswith(("<xs:choice", "<xs:sequence")) and not occurs:
            return [line.removeprefix("  ") for line in parts[0]]
        word = "choice" if between == "|" else "sequence"
        blank = " " * indent
        return [f"{blank}<xs:{word}{occurs}>", *(line for part in parts for line in part), f"{blank}</xs:{word}>"]

    def _part(self, indent: int) -> list[str]:
        token = self._next()
        if token == "(":
            return self._group(indent)
        name, _, kind = token.partition(":")
        return [f'{" " * indent}<xs:element name="{name}" type="{kind or name}"{self._occurs()}/>']

    def _occurs(self) -> str:
        return OCCURS[self._next() if self._tokens[self._at] in ("?", "*", "+") else ""]

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text(text)
