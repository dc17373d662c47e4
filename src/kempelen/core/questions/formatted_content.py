"""FormattedContent: the part of XHTML that a QuestionForm may show, checked and made safe in one pass.

What is not in the tables below is refused, so what is let through is safe to show: no script, no style, no identifiers,
no address but of a known scheme. Attributes that could only mislead (a link's target, names that scripts could meet as
globals) are allowed, as they were, and left out. Comments are dropped. Source: docs/mturk/questions.md 4.
"""

from __future__ import annotations

import html
import re
from html.entities import name2codepoint

from kempelen.core.questions import xml, xml_schemas
from kempelen.core.questions.xml_schemas import STRING, Kind, Value
from kempelen.core.wire.errors import XHTMLParseError

NAMESPACE = "http://www.w3.org/1999/xhtml"


def safe_html(text: str, *, line: int = 1) -> str:
    """The HTML to show for a FormattedContent; XHTMLParseError when it is not of the subset.

    `line` is where the element stands in its document, so that faults have the document's line numbers.
    """
    reader = _Sanitiser(_SCHEMA)
    prolog = _PROLOG if "&" in text else ""
    wrapped = f'<FormattedContent xmlns="{NAMESPACE}">{text}</FormattedContent>'
    try:
        reader.read(wrapped, prolog=prolog)
    except xml.Invalid as invalid:
        raise XHTMLParseError(detail=f"{invalid.detail} Line {line + invalid.line - 1}.") from None
    return "".join(reader.written)


class _Sanitiser(xml.Reader):
    """Writes what it reads as HTML."""

    def __init__(self, schema: xml_schemas.Schema) -> None:
        super().__init__([schema])
        self.written: list[str] = []
        self._links = 0
        self._left_out: list[bool] = []

    def on_start(self, name: str, attributes: dict[str, str]) -> None:
        inner_link = name == "a" and self._links > 0  # the schema sees only direct children; HTML would end the outer
        self._links += name == "a"
        left_out = name == "FormattedContent" or inner_link
        self._left_out.append(left_out)
        if not left_out:
            shown = "".join(
                f' {attribute}="{html.escape(value)}"' for attribute, value in _shown(name, attributes).items()
            )
            self.written.append(f"<{name}{shown}>")

    def on_text(self, text: str) -> None:
        self.written.append(html.escape(text, quote=False).replace("\r", "&#13;"))

    def on_end(self, name: str, _: str) -> None:
        self._links -= name == "a"
        if not self._left_out.pop() and name not in _EMPTY:
            self.written.append(f"</{name}>")


def _shown(name: str, attributes: dict[str, str]) -> dict[str, str]:
    shown = {attribute: value for attribute, value in attributes.items() if attribute not in _NOT_SHOWN.get(name, ())}
    for attribute in _UNSEEN:
        shown.pop(attribute, None)
    if name in ("a", "area"):
        if not _LEADS_SOMEWHERE.match(shown.get("href", "")):
            shown.pop("href", None)
        else:
            shown |= {"target": "_blank", "rel": "noopener noreferrer"}
    if name == "img":
        if not _LOADS.match(shown["src"]):
            del shown["src"]
        if shown.get("usemap", "").startswith("#"):
            shown["usemap"] = "#content-" + shown["usemap"][1:]
        else:
            shown.pop("usemap", None)
        shown["loading"] = "lazy"
    if name == "map":
        shown["name"] = "content-" + shown["name"]
    return shown


_LEADS_SOMEWHERE = re.compile(r"(?:https?|ftp)://[^\s/]")
_LOADS = re.compile(r"https?://[^\s/]")
_UNSEEN = ("accesskey", "tabindex", "target", "rel", "rev", "longdesc", "xml:space", "headers", "id")
_NOT_SHOWN = {"a": ("name", "type", "charset", "shape", "coords"), "img": ("name",)}
_EMPTY = frozenset({"br", "img", "hr", "area", "col"})

# ---------------------------------------------------------------------------------------------- the tables

_URI = Value(type_name="URI", pattern="(http|https|ftp|news|nntp|mailto|gopher|telnet)://.*")
_LENGTH = Value(type_name="Length", pattern=r"[-+]?[0-9]+(\.[0-9]+)?%?")
_LENGTHS = Value(type_name="MultiLength", pattern=r"[-+]?[0-9]+(\.[0-9]+)?%?|[0-9]*\*")
_NUMBER = Value(type_name="nonNegativeInteger", least=0)
_COLOR = Value(type_name="Color", pattern="[A-Za-z]+|#[0-9A-Fa-f]{3}|#[0-9A-Fa-f]{6}")
_LANGUAGE = Value(type_name="LanguageCode", pattern="[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
_CHARACTER = Value(type_name="Character", pattern=".")
_TAB = Value(type_name="tabindexNumber", least=0, most=32_767)
_SHAPE = Value(type_name="Shape", one_of=("rect", "circle", "poly", "default"))


def _of(*words: str) -> Value:
    return Value(type_name="NMTOKEN", one_of=words)


_TITLE = {"title": STRING}
_COMMON = {**_TITLE, "lang": _LANGUAGE, "dir": _of("ltr", "rtl")}
_SIDES = {"align": _of("left", "center", "right", "justify")}
_LINK = {"href": _URI, "target": STRING, "accesskey": _CHARACTER, "tabindex": _TAB, "shape": _SHAPE, "coords": STRING}
_CELLS = {
    "align": _of("left", "center", "right", "justify", "char"),
    "char": _CHARACTER,
    "charoff": _LENGTH,
    "valign": _of("top", "middle", "bottom", "baseline"),
}
_COLUMNS = _CELLS | {"span": _NUMBER, "width": _LENGTHS}
_CELL = _CELLS | {
    "abbr": STRING, "axis": STRING, "headers": STRING, "scope": _of("row", "col", "rowgroup", "colgroup"),
    "rowspan": _NUMBER, "colspan": _NUMBER, "nowrap": _of("nowrap"), "bgcolor": _COLOR, "width": _LENGTH,
    "height": _LENGTH,
}  # fmt: skip

_EITHER = "ins|del"
_IN_PRE = "a|br|i|b|u|s|strike|em|strong|code|q|cite"
_WORDS = "br|img|map|i|b|u|s|strike|big|small|font|em|strong|code|q|cite|sub|sup"
_BLOCKS = "p|h1|h2|h3|h4|h5|h6|ul|ol|dl|pre|hr|blockquote|center|table"
_INLINE = f"(a|{_WORDS}|{_EITHER})*"
_FLOW = f"(a|{_WORDS}|{_BLOCKS}|{_EITHER})*"


def _element(
    model: str,
    more: dict[str, Value] | None = None,
    *,
    required: str = "",
    common: dict[str, Value] = _COMMON,
    **attributes: Value,
) -> Kind:
    names = {name.replace("__", ":"): value for name, value in attributes.items()} | (more or {})
    mixed = model in (_INLINE, _FLOW) or model.endswith(")*")
    return Kind(model=model, mixed=mixed, attributes=common | names, required=frozenset(required.split()))


_KINDS = {
    "FormattedContent": Kind(model=_FLOW, mixed=True),
    "a": _element(
        f"({_WORDS}|{_EITHER})*", _LINK, hreflang=_LANGUAGE, rel=STRING, rev=STRING, name=STRING, type=STRING,
        charset=STRING,
    ),
    "img": _element(
        "", required="src alt", src=_URI, alt=STRING, name=STRING, longdesc=_URI, height=_LENGTH, width=_LENGTH,
        usemap=STRING, ismap=_of("ismap"), align=_of("top", "middle", "bottom", "left", "right"), border=_LENGTH,
        hspace=_NUMBER, vspace=_NUMBER,
    ),
    "map": _element("area+", required="name id", name=STRING, id=STRING),
    "area": _element("", _LINK, required="alt", alt=STRING, nohref=_of("nohref")),
    "br": _element("", common=_TITLE, clear=_of("left", "all", "right", "none")),
    **dict.fromkeys(("p", "h1", "h2", "h3", "h4", "h5", "h6"), _element(_INLINE, _SIDES)),
    "ul": _element("li+", type=_of("disc", "square", "circle"), compact=_of("compact")),
    "ol": _element("li+", type=STRING, compact=_of("compact"), start=_NUMBER),
    "li": _element(_FLOW, type=STRING, value=_NUMBER),
    "dl": _element("(dt|dd)+", compact=_of("compact")),
    "dt": _element(_INLINE),
    "dd": _element(_FLOW),
    "hr": _element("", align=_of("left", "center", "right"), noshade=_of("noshade"), size=_NUMBER, width=_LENGTH),
    "pre": _element(f"({_IN_PRE}|{_EITHER})*", width=_NUMBER, xml__space=_of("preserve")),
    "blockquote": _element(_FLOW, cite=_URI),
    "q": _element(_INLINE, cite=_URI),
    "ins": _element(_FLOW, cite=_URI, datetime=STRING),
    "del": _element(_FLOW, cite=_URI, datetime=STRING),
    "center": _element(_FLOW),
    "font": _element(_INLINE, size=STRING, color=_COLOR, face=STRING),
    **dict.fromkeys(
        ("i", "b", "u", "s", "strike", "big", "small", "em", "strong", "code", "cite", "sub", "sup"), _element(_INLINE)
    ),
    "table": _element(
        "(col* | colgroup*), thead?, tfoot?, (tbody+ | tr+)",
        summary=STRING, width=_LENGTH, border=_LENGTH, cellspacing=_LENGTH, cellpadding=_LENGTH, bgcolor=_COLOR,
        frame=_of("void", "above", "below", "hsides", "lhs", "rhs", "vsides", "box", "border"),
        rules=_of("none", "groups", "rows", "cols", "all"), align=_of("left", "center", "right"),
    ),
    **dict.fromkeys(("thead", "tfoot", "tbody"), _element("tr+", _CELLS)),
    "colgroup": Kind(model="col*", attributes=_COMMON | _COLUMNS),
    "col": _element("", _COLUMNS),
    "tr": _element("(th|td)+", _CELLS, bgcolor=_COLOR),
    **dict.fromkeys(("th", "td"), _element(_FLOW, _CELL)),
}  # fmt: skip
_SCHEMA = xml_schemas.Schema(NAMESPACE, "FormattedContent", _KINDS)

# The entity sets of XHTML (Latin-1, symbols, special), declared by us on the first line, for the parser to expand.
_PREDEFINED = ("lt", "gt", "amp", "quot")
_DECLARED = "".join(
    f'<!ENTITY {name} "&#{code_point};">' for name, code_point in name2codepoint.items() if name not in _PREDEFINED
)
_PROLOG = f"<!DOCTYPE FormattedContent [{_DECLARED}]>"
