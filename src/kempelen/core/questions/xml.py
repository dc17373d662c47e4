"""XML that a Requester sends, held to a schema while it is read.

A schema is data: what each element may hold, written as a DTD would (`"(Question+, Mapping?)"`), and which attributes
it may have. Texts are hostile until checked. They are read by expat in one pass that ends at the first thing which does
not belong: a document type, an element or attribute too many. So nothing is expanded or fetched, and nothing stays
behind (libxml2 keeps every name a thread ever met: 78 kB of memory for each hostile text). Faults have their
line and the words of Xerces: the original ran on it, programs know them. Sources: docs/mturk/questions.md 1, 11.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.parsers import expat

from kempelen.core.questions import xml_faults, xml_schemas
from kempelen.core.questions.xml_schemas import Fault, Kind, Schema
from kempelen.core.wire.errors import XMLParseError

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XML = "http://www.w3.org/XML/1998/namespace"
_DEEPEST = 200  # elements; browsers labour at thousands


class Invalid(Exception):
    """A text that is not XML or breaks its schema: what is wrong with it, and in which line."""

    def __init__(self, detail: str, line: int) -> None:
        super().__init__(detail)
        self.detail = detail
        self.line = line


# ---------------------------------------------------------------------------------------------- schemas


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
    """Reads one text, and calls a subclass for each start tag, text and end tag, once they are known to be valid."""

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
            raise Invalid(
                xml_faults.ill_formed(error.code, data, parser.ErrorByteIndex, self.open), error.lineno
            ) from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition("}")
        namespace = namespace.strip()  # a published sample has a blank there
        kind = self._kind_of(namespace, name) if self._kinds else self._kind_of_root(namespace, name)
        if len(self.open) >= _DEEPEST:
            raise Fault(f"Elements are nested in one another more than {_DEEPEST} deep.")
        checked = _attributes(name, kind, attributes)
        self.open.append(name)
        self._kinds.append(kind)
        model = xml_schemas.model_of(kind.model)
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
        raise Fault(f"cvc-elt.1: Cannot find the declaration of element '{xml_schemas.shortened(name)}'. {advice}")

    def _kind_of(self, namespace: str, name: str) -> Kind:
        assert self.schema is not None
        kind = self._kinds[-1]
        if kind.value:
            raise Fault(
                f"cvc-type.3.1.2: Element '{self.open[-1]}' is a simple type, so it must have no element information "
                f"item [children]. Put it in a CDATA section, or write < as &lt; and & as &amp;."
            )
        model = xml_schemas.model_of(kind.model)
        position = self._states[-1].get(name) if namespace == self.schema.namespace else None
        if position is None:
            found = f"Invalid content was found starting with element '{xml_schemas.shortened(name)}'."
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
        elif text.strip(xml_schemas.BLANKS):
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
            name_shown = xml_schemas.shortened(written)
            raise Fault(
                f"cvc-complex-type.3.2.2: Attribute '{name_shown}' is not allowed to appear in element '{name}'."
            )
        checked[written] = value.read(text)
    for attribute in sorted(kind.required):
        if attribute not in checked:
            raise Fault(f"cvc-complex-type.4: Attribute '{attribute}' must appear on element '{name}'.")
    return checked


def utf8(text: str) -> bytes:
    """Lone surrogates go through, for the parser to refuse them where they stand."""
    return text.encode("utf-8", "surrogatepass")
