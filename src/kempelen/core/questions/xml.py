"""XML that a Requester sends, held to a schema while it is read.

A schema is data: what each element may hold, written as a DTD would (`"(Question+, Mapping?)"`), and which attributes
it may have. Texts are hostile until checked. They are read by expat in one pass that ends at the first thing which does
not belong: a document type, an element or attribute too many. So nothing is expanded or fetched, and nothing stays
behind (libxml2 keeps every name a thread ever met: 78 kB of memory for each hostile text). Faults are told with their
line and in the words of Xerces: the original ran on it, programs know them. Sources: spec questions.md 1, 11.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from xml.parsers import expat
from xml.parsers.expat.errors import codes

from msgspec import Struct

from kempelen.core.wire.errors import XMLParseError

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
BLANKS = " \t\r\n"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XML = "http://www.w3.org/XML/1998/namespace"
_LONGEST_SHOWN = 200
_DEEPEST = 200  # elements; browsers labour at thousands


class Fault(Exception):
    """What is wrong at the place the reader has come to."""


class Invalid(Exception):
    """A text that is not XML or breaks its schema: what is wrong with it, and in which line."""

    def __init__(self, detail: str, line: int) -> None:
        super().__init__(detail)
        self.detail = detail
        self.line = line


# ---------------------------------------------------------------------------------------------- schemas


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


class Node:
    """An element that was read, with its text as it counts and its children in order."""

    __slots__ = ("attributes", "children", "line", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str], line: int) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Node] = []
        self.line = line
        self.text = ""

    def all(self, *names: str) -> Iterator[Node]:
        """The children of these names."""
        return (child for child in self.children if child.name in names)

    def get(self, name: str) -> Node | None:
        """The first child of this name."""
        return next(self.all(name), None)

    def __getitem__(self, name: str) -> Node:
        found = self.get(name)
        assert found is not None, f"the schema lets {self.name} lack its {name}"
        return found


def read(text: str, schemas: Sequence[Schema], *, advice: str) -> tuple[Schema, Node]:
    """The tree of a text that is valid by one of the schemas; XMLParseError says what is wrong and in which line."""
    reader = TreeReader(schemas, advice)
    try:
        reader.read(text)
    except Invalid as invalid:
        raise XMLParseError(detail=f"{invalid.detail} Line {invalid.line}.") from None
    assert reader.schema is not None
    return reader.schema, reader.root


def refused(detail: str, line: int) -> XMLParseError:
    """The error for a valid text that says something which cannot be."""
    return XMLParseError(detail=f"{detail} Line {line}.")


# ---------------------------------------------------------------------------------------------- reading


class Reader:
    """Reads one text. Who derives from it is told what was opened, said and closed, after it was found valid."""

    def __init__(self, schemas: Sequence[Schema], advice: str = "") -> None:
        self.schema: Schema | None = None
        self.open: list[str] = []
        self._schemas = schemas
        self._advice = advice
        self._kinds: list[Kind] = []
        self._states: list[dict[str, int]] = []  # what may come next in each open element
        self._ended: list[bool] = []  # may it end here?
        self._text: list[list[str]] = []  # the pieces of each open element's text
        self._parser = expat.ParserCreate("utf-8", "}")  # UTF-8 whatever the text declares; names are "namespace}name"

    @property
    def line(self) -> int:
        return self._parser.CurrentLineNumber

    def on_start(self, name: str, attributes: dict[str, str]) -> None: ...
    def on_text(self, text: str) -> None: ...
    def on_end(self, name: str, text: str, /) -> None: ...

    def read(self, text: str, *, prolog: str = "") -> None:
        """Read all of it; Invalid at the first fault. A prolog of ours may declare entities."""
        data = utf8(prolog + text)
        parser = self._parser
        parser.buffer_text = True
        if not prolog:
            parser.StartDoctypeDeclHandler = _no_doctype
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._characters
        parser.EndElementHandler = self._end
        try:
            parser.Parse(data, True)
        except Fault as fault:
            raise Invalid(str(fault), parser.CurrentLineNumber) from None
        except expat.ExpatError as error:
            raise Invalid(_ill_formed(error.code, data, parser.ErrorByteIndex, self.open), error.lineno) from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition("}")
        namespace = namespace.strip()  # a published sample has a blank there
        kind = self._kind_of(namespace, name) if self._kinds else self._kind_of_root(namespace, name)
        if len(self.open) >= _DEEPEST:
            raise Fault(f"Elements are nested in one another more than {_DEEPEST} deep.")
        checked = _attributes(name, kind, attributes)
        self.open.append(name)
        self._kinds.append(kind)
        model = model_of(kind.model)
        self._states.append(model.after[0])
        self._ended.append(model.may_end[0])
        self._text.append([])
        self.on_start(name, checked)

    def _kind_of_root(self, namespace: str, name: str) -> Kind:
        self.schema = next((one for one in self._schemas if (one.namespace, one.root) == (namespace, name)), None)
        if self.schema:
            return self.schema.kinds[name]
        like = next((one.namespace for one in self._schemas if one.root == name), None)
        advice = f"Its namespace must be {like}." if like else self._advice
        raise Fault(f"cvc-elt.1: Cannot find the declaration of element '{shortened(name)}'. {advice}")

    def _kind_of(self, namespace: str, name: str) -> Kind:
        assert self.schema is not None
        kind = self._kinds[-1]
        if kind.value:
            raise Fault(
                f"cvc-type.3.1.2: Element '{self.open[-1]}' is a simple type, so it must have no element information "
                f"item [children]. Put it in a CDATA section, or write < as &lt; and & as &amp;."
            )
        model = model_of(kind.model)
        position = self._states[-1].get(name) if namespace == self.schema.namespace else None
        if position is None:
            found = f"Invalid content was found starting with element '{shortened(name)}'."
            if self._states[-1]:
                raise Fault(f"cvc-complex-type.2.4.a: {found} {self._expected()}")
            raise Fault(f"cvc-complex-type.2.4.d: {found} No child element is expected at this point.")
        self._states[-1] = model.after[position]
        self._ended[-1] = model.may_end[position]
        return self.schema.kinds[model.kinds[position]]

    def _expected(self) -> str:
        assert self.schema is not None
        names = ", ".join(f'"{self.schema.namespace}":{name}' for name in self._states[-1])
        return f"One of '{{{names}}}' is expected."

    def _characters(self, text: str) -> None:
        kind = self._kinds[-1]
        if kind.value:
            self._text[-1].append(text)
        elif kind.mixed:
            self.on_text(text)
        elif text.strip(BLANKS):
            if not kind.model:
                raise Fault(
                    f"cvc-complex-type.2.1: Element '{self.open[-1]}' must have no character or element information "
                    "item [children], because the type's content type is empty."
                )
            raise Fault(
                f"cvc-complex-type.2.3: Element '{self.open[-1]}' cannot have character [children], because the "
                "type's content type is element-only."
            )

    def _end(self, _: str) -> None:
        name, kind, text = self.open[-1], self._kinds[-1], "".join(self._text.pop())
        if not self._ended[-1]:
            raise Fault(f"cvc-complex-type.2.4.b: The content of element '{name}' is not complete. {self._expected()}")
        for stack in (self.open, self._kinds, self._states, self._ended):
            stack.pop()
        self.on_end(name, kind.value.read(text) if kind.value else "")


class TreeReader(Reader):
    """Reads a text into a tree."""

    root: Node

    def __init__(self, schemas: Sequence[Schema], advice: str) -> None:
        super().__init__(schemas, advice)
        self._nodes: list[Node] = []

    def on_start(self, name: str, attributes: dict[str, str]) -> None:
        """Hang the element under the one that is open."""
        node = Node(name, attributes, self.line)
        if self._nodes:
            self._nodes[-1].children.append(node)
        else:
            self.root = node
        self._nodes.append(node)

    def on_end(self, _: str, text: str) -> None:
        self._nodes.pop().text = text


def _no_doctype(*_: object) -> None:
    feature = "http://apache.org/xml/features/disallow-doctype-decl"
    raise Fault(f'DOCTYPE is disallowed when the feature "{feature}" set to true.')


def _attributes(name: str, kind: Kind, attributes: dict[str, str]) -> dict[str, str]:
    checked = {}
    for attribute, text in attributes.items():
        namespace, _, local = attribute.rpartition("}")
        if namespace == _XSI:
            continue
        written = f"xml:{local}" if namespace == _XML else local
        value = kind.attributes.get(written) if namespace in ("", _XML) else None
        if value is None:
            name_shown = shortened(written)
            raise Fault(
                f"cvc-complex-type.3.2.2: Attribute '{name_shown}' is not allowed to appear in element '{name}'."
            )
        checked[written] = value.read(text)
    for attribute in sorted(kind.required):
        if attribute not in checked:
            raise Fault(f"cvc-complex-type.4: Attribute '{attribute}' must appear on element '{name}'.")
    return checked


def shortened(text: str) -> str:
    """A text to be repeated in a message."""
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def utf8(text: str) -> bytes:
    """Lone surrogates go through, for the parser to refuse them where they stand."""
    return text.encode("utf-8", "surrogatepass")


def unlawful_character(text: str) -> tuple[int, str] | None:
    """The first character that no XML document can hold, after the number of its line; None when there is none."""
    found = _UNLAWFUL.search(text)
    return found and (text.count("\n", 0, found.start()) + 1, found[0])


# ---------------------------------------------------------------------------------------------- content models


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


# ---------------------------------------------------------------------------------------------- well-formed


def _ill_formed(code: int, text: bytes, index: int, opened: list[str]) -> str:
    """What Xerces would say; expat's own words where it has no such sentence."""
    before, rest = text[:index], text[index:]
    if not opened and not rest and code == codes[expat.errors.XML_ERROR_NO_ELEMENTS]:
        return "Premature end of file."
    if not opened and not rest.startswith(b"<") and b"<" not in before:
        return "Content is not allowed in prolog."
    if code == codes[expat.errors.XML_ERROR_INVALID_TOKEN]:
        return _invalid_token(before, rest)
    if code == codes[expat.errors.XML_ERROR_TAG_MISMATCH]:
        name = opened[-1]
        return f'The element type "{name}" must be terminated by the matching end-tag "</{name}>".'
    if code == codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]:
        entity = re.match(rb"&([^&<;\s]{1,200});", rest)
        name = f' "{entity[1].decode()}"' if entity else ""  # in an attribute its place is not told
        return f"The entity{name} was referenced, but not declared."
    return _XERCES_WORDS.get(code) or f"The markup is not well-formed: {expat.ErrorString(code)}."


def _invalid_token(before: bytes, rest: bytes) -> str:
    character = rest.decode("utf-8", "surrogatepass")[:1]
    if character and not _XML_CHARACTER.match(character):
        code_point = f"0x{ord(character):x}"
        return f"An invalid XML character (Unicode: {code_point}) was found in the element content of the document."
    if before.endswith(b"--") and before.rfind(b"<!--") > before.rfind(b"-->"):
        return 'The string "--" is not permitted within comments.'
    if before.endswith(b"]]") and rest.startswith(b">"):
        return 'The character sequence "]]>" must not appear in content unless used to mark the end of a CDATA section.'
    if reference := _REFERENCE.fullmatch(before, max(0, before.rfind(b"&"))):
        return _unfinished_reference(reference)
    return "The content of elements must consist of well-formed character data or markup."


def _unfinished_reference(reference: re.Match[bytes]) -> str:
    if reference["name"]:
        name = shortened(reference["name"].decode("utf-8", "surrogatepass"))
        return f"The reference to entity \"{name}\" must end with the ';' delimiter."
    if reference["digits"]:
        return "The character reference must end with the ';' delimiter."
    if reference["x"]:
        return 'A hexadecimal representation must immediately follow the "&#x" in a character reference.'
    if reference["number"]:
        return 'A decimal representation must immediately follow the "&#" in a character reference.'
    return "The entity name must immediately follow the '&' in the entity reference."


_REFERENCE = re.compile(
    rb"&(?:(?P<name>[A-Za-z_:\x80-\xff][\w.:\x80-\xff-]*+)|(?P<number>\#)(?P<x>x)?(?P<digits>[0-9A-Fa-f]*+))?"
)
_XML_CHARACTER = re.compile(r"[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNLAWFUL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XERCES_WORDS = {
    codes[expat.errors.XML_ERROR_NO_ELEMENTS]: "XML document structures must start and end within the same entity.",
    codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN]: "XML document structures must start and end within the same entity.",
    codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION]: 'The CDATA section must end with "]]>".',
    codes[expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE]: "An attribute was already specified for this element.",
    codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]: (
        "The markup in the document following the root element must be well-formed."
    ),
    codes[expat.errors.XML_ERROR_BAD_CHAR_REF]: "A character reference is to an invalid XML character.",
    codes[expat.errors.XML_ERROR_MISPLACED_XML_PI]: (
        'The processing instruction target matching "[xX][mM][lL]" is not allowed.'
    ),
    codes[expat.errors.XML_ERROR_UNBOUND_PREFIX]: "The prefix of an element or attribute is not bound.",
}
