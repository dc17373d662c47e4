"""Questions: the XML a Requester sends with a HIT, read and checked.

An HTMLQuestion is a page we serve, an ExternalQuestion the address of a page elsewhere. What is stored and answered by
GetHIT is the text as it was sent; `parse` tells whether it may be stored, and what the frame shows.

Texts are hostile until checked. They are read by expat in one pass that ends at the first thing which does not belong:
a document type, an element or attribute too many. So nothing is expanded, fetched or nested, and nothing stays behind
(libxml2 keeps every name a thread ever met: 78 kB of memory for each hostile text).
Sources: spec questions.md 1, 2, 5, 6, 11; api.md 2.5; worker.md 1.2.
"""

import re
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from xml.parsers import expat
from xml.parsers.expat.errors import codes

from msgspec import Struct

from kempelen.core.errors import (
    HTMLParseError,
    InvalidParameterValue,
    ParameterTooLong,
    QuestionFormUnsupported,
    QuestionTooShort,
    XMLParseError,
)

MAX_QUESTION_BYTES = 65_535
ASSIGNMENT_ID_NOT_AVAILABLE = "ASSIGNMENT_ID_NOT_AVAILABLE"
FRAME_PARAMETERS = ("assignmentId", "hitId", "workerId", "turkSubmitTo")

Strictness = Literal["anything", "submittable", "form"]
"""What is asked of an HTMLQuestion's page: nothing; that something in it may be submitted (a form, a script that may
build one, a nested page that may hold one); that a form-like element stands in the page itself."""


class HTMLQuestion(Struct, frozen=True):
    """A page served by us; a frame height of 0 lets the frame fit the window."""

    html: str
    frame_height: int


class ExternalQuestion(Struct, frozen=True):
    """The address of a Requester's own page; a frame height of 0 lets the frame fit the window."""

    url: str
    frame_height: int


def parse(
    question_xml: str, *, allow_http: bool = False, strictness: Strictness = "submittable"
) -> HTMLQuestion | ExternalQuestion:
    """The question that a text holds, or the error that says what is wrong with it and in which line."""
    check_size(question_xml)
    kind, content, frame_height = _read(question_xml)
    if kind is _HTML_QUESTION:
        check_html(content, strictness)
        return HTMLQuestion(content, frame_height)
    url = " ".join(content.split())
    check_url(url, allow_http=allow_http)
    return ExternalQuestion(url, frame_height)


def check_size(question_xml: str) -> None:
    """A question has 1 to 65,535 bytes of UTF-8."""
    if not question_xml:
        raise QuestionTooShort()
    if len(question_xml) > MAX_QUESTION_BYTES or len(_utf8(question_xml)) > MAX_QUESTION_BYTES:
        raise ParameterTooLong(name="question", limit=MAX_QUESTION_BYTES)


def check_html(html: str, strictness: Strictness) -> None:
    """A page must be one that a Worker can submit, as far as `strictness` asks for it.

    Faults of its HTML are let pass: browsers mend them, and nobody knows all that the original refused.
    """
    if strictness == "anything" or _may_be_submitted(html, strictness):
        return
    lines = html.splitlines() or [""]
    raise HTMLParseError(
        line=len(lines),
        column=len(lines[-1]) + 1,
        detail="End of file seen and there was nothing to submit. Add a “form” that posts to mturk/externalSubmit, "
        "or put the page in a “crowd-form”.",
        excerpt=html[:500],
    )


def check_url(url: str, *, allow_http: bool) -> None:
    """An ExternalURL is https (or http where that is allowed) and leaves our parameters to us."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:  # "https://[", "https://host:port"
        raise InvalidParameterValue(value=url, name="external_url", reason="This is not a URL.") from None
    if parts.scheme != "https" and not (allow_http and parts.scheme == "http"):
        reason = "This URL must use the HTTPS protocol.."  # both full stops, as recorded
        raise InvalidParameterValue(value=url, name="external_url", reason=reason)
    if not host:
        raise InvalidParameterValue(value=url, name="external_url", reason="This URL must name a host.")
    taken = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}.intersection(FRAME_PARAMETERS)
    if taken:
        reason = f"This URL must not have the parameter {sorted(taken)[0]}: it is added for each Worker."
        raise InvalidParameterValue(value=url, name="external_url", reason=reason)


def frame_url(
    url: str, *, assignment_id: str | None, hit_id: str, worker_id: str | None = None, submit_to: str | None = None
) -> str:
    """The address a task frame loads: the Requester's own query first, then ours, then the fragment.

    Without an assignment (None, or ASSIGNMENT_ID_NOT_AVAILABLE) it is a preview and tells nothing of the Worker.
    Source: spec worker.md 1.2.
    """
    if assignment_id is None or assignment_id == ASSIGNMENT_ID_NOT_AVAILABLE:
        values = [("assignmentId", ASSIGNMENT_ID_NOT_AVAILABLE), ("hitId", hit_id)]
    else:
        values = [("assignmentId", assignment_id), ("hitId", hit_id)]
        values += [("workerId", worker_id)] if worker_id else []
        values += [("turkSubmitTo", submit_to)] if submit_to else []
    ours = urlencode(values, quote_via=quote, safe="")
    address, hash_sign, fragment = url.partition("#")
    joint = "?" if "?" not in address else "" if address.endswith(("?", "&")) else "&"
    return address + joint + ours + hash_sign + fragment


# ---------------------------------------------------------------------------------------------- can it be submitted?

# One pass over the page, linear in its length: comments, scripts and other raw text are stepped over as a whole, so
# that only what a browser would take for a start tag counts. (An HTML parser's tree costs 50 µs and stops at a depth.)
_PIECE = re.compile(
    r"""
      <!--(?:-?>|.*?(?:--!?>|\Z))
    | <script(?=[\s/>])(?P<attributes>[^>]*+)>?(?P<script>.*?)(?:</script|\Z)
    | <(?P<raw>style|textarea|title|xmp|noembed|noframes)(?=[\s/>]).*?(?:</(?P=raw)|\Z)
    | <(?:(?P<form>form|crowd-form|crowd-entity-annotation)|(?P<nested>iframe|frame|object|embed))(?=[\s/>])
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_SOURCE = re.compile(r"\bsrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_BUILDS_FORMS = re.compile(r"form|submit|import", re.IGNORECASE)
_STOCK_SCRIPTS = ("crowd-html-elements.js", "externalhit_v1.js")  # neither makes a form of its own


def _may_be_submitted(html: str, strictness: Strictness) -> bool:
    pieces = _PIECE.finditer(html)
    if strictness == "form":
        return any(piece["form"] for piece in pieces)
    return any(piece["form"] or piece["nested"] or _may_build_a_form(piece) for piece in pieces)


def _may_build_a_form(piece: re.Match[str]) -> bool:
    if piece["attributes"] is None:
        return False
    source = _SOURCE.search(piece["attributes"])
    if source:
        return not source[1].lower().partition("?")[0].endswith(_STOCK_SCRIPTS)
    return bool(_BUILDS_FORMS.search(piece["script"]))


# ---------------------------------------------------------------------------------------------- well-formed and valid


class _Kind(NamedTuple):
    """One schema: a root with two children in this order, each once, text in the first and an integer in the second."""

    namespace: str
    root: str
    children: tuple[str, str]


_SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
_HTML_QUESTION = _Kind(_SCHEMAS + "2011-11-11/HTMLQuestion.xsd", "HTMLQuestion", ("HTMLContent", "FrameHeight"))
_EXTERNAL_QUESTION = _Kind(
    _SCHEMAS + "2006-07-14/ExternalQuestion.xsd", "ExternalQuestion", ("ExternalURL", "FrameHeight")
)
_KINDS = {kind.root: kind for kind in (_HTML_QUESTION, _EXTERNAL_QUESTION)}
_QUESTION_FORM_NAMESPACES = {_SCHEMAS + "2017-11-06/QuestionForm.xsd", _SCHEMAS + "2005-10-01/QuestionForm.xsd"}
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_BLANKS = " \t\r\n"
_INTEGER = re.compile(r"([+-]?)0*([0-9]{1,10})", re.ASCII)
_INTEGER_MAX = 2**31 - 1


class _Fault(Exception):
    """What is wrong at the place the parser has come to."""


def _read(question_xml: str) -> tuple[_Kind, str, int]:
    """The kind of a valid question, its content and its frame height, never below 0."""
    text = _utf8(question_xml)
    reading = _Reading()
    parser = expat.ParserCreate("utf-8", "}")  # UTF-8 whatever the declaration says; names are "namespace}name"
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reading.doctype
    parser.StartElementHandler = reading.start
    parser.CharacterDataHandler = reading.text
    parser.EndElementHandler = reading.end
    try:
        parser.Parse(text, True)
    except _Fault as fault:
        raise XMLParseError(detail=f"{fault} Line {parser.CurrentLineNumber}.") from None
    except expat.ExpatError as error:
        detail = _ill_formed(error.code, text, parser.ErrorByteIndex, reading)
        raise XMLParseError(detail=f"{detail} Line {error.lineno}.") from None
    assert reading.kind is not None
    return reading.kind, reading.values[0], max(0, reading.frame_height)


class _Reading:
    """What has been read so far. Faults are told in the words of Xerces: the original ran on it, programs know them."""

    def __init__(self) -> None:
        self.kind: _Kind | None = None
        self.open: list[str] = []
        self.values: list[str] = []
        self.frame_height = 0

    def doctype(self, *_: object) -> None:
        feature = "http://apache.org/xml/features/disallow-doctype-decl"
        raise _Fault(f'DOCTYPE is disallowed when the feature "{feature}" set to true.')

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition("}")
        namespace = namespace.strip()  # a published sample has a blank there
        if self.kind is None:
            self.kind = self._kind_of(namespace, name)
        elif len(self.open) == 1:
            self._expect_child(self.kind, namespace, name)
            self.values.append("")
        else:
            raise _Fault(
                f"cvc-type.3.1.2: Element '{self.open[-1]}' is a simple type, so it must have no element information "
                f"item [children]. Put it in a CDATA section, or write < as &lt; and & as &amp;."
            )
        self.open.append(name)
        for attribute in attributes:
            namespace, _, local = attribute.rpartition("}")
            if namespace != _XSI:
                raise _Fault(
                    f"cvc-complex-type.3.2.2: Attribute '{local}' is not allowed to appear in element '{name}'."
                )

    def _kind_of(self, namespace: str, name: str) -> _Kind:
        kind = _KINDS.get(name)
        if kind and namespace == kind.namespace:
            return kind
        if name == "QuestionForm" and namespace in _QUESTION_FORM_NAMESPACES:
            raise QuestionFormUnsupported()
        advice = f"Its namespace must be {kind.namespace}." if kind else "Send an HTMLQuestion or an ExternalQuestion."
        raise _Fault(f"cvc-elt.1: Cannot find the declaration of element '{name}'. {advice}")

    def _expect_child(self, kind: _Kind, namespace: str, name: str) -> None:
        found = f"Invalid content was found starting with element '{name}'."
        if len(self.values) == len(kind.children):
            raise _Fault(f"cvc-complex-type.2.4.d: {found} No child element is expected at this point.")
        expected = kind.children[len(self.values)]
        if (namespace, name) != (kind.namespace, expected):
            raise _Fault(f"cvc-complex-type.2.4.a: {found} {_one_of(kind, expected)}")

    def text(self, text: str) -> None:
        if len(self.open) == 2:
            self.values[-1] += text
        elif text.strip(_BLANKS):
            name = self.open[-1]
            raise _Fault(
                f"cvc-complex-type.2.3: Element '{name}' cannot have character [children], because the type's content "
                "type is element-only."
            )

    def end(self, _: str) -> None:
        name = self.open.pop()
        if not self.open and self.kind and len(self.values) < len(self.kind.children):
            expected = _one_of(self.kind, self.kind.children[len(self.values)])
            raise _Fault(f"cvc-complex-type.2.4.b: The content of element '{name}' is not complete. {expected}")
        if name == "FrameHeight":
            value = self.values[-1].strip(_BLANKS)
            match = _INTEGER.fullmatch(value)
            if not match or int(match[2]) > _INTEGER_MAX:
                raise _Fault(f"cvc-datatype-valid.1.2.1: '{value}' is not a valid value for 'integer'.")
            self.frame_height = int(match[1] + match[2])


def _ill_formed(code: int, text: bytes, index: int, reading: _Reading) -> str:
    """What Xerces would say; expat's own words where it has no such sentence."""
    before, rest = text[:index], text[index:]
    if not reading.kind and not rest:
        return "Premature end of file."
    if not reading.kind and not rest.startswith(b"<") and b"<" not in before:
        return "Content is not allowed in prolog."
    if code == codes[expat.errors.XML_ERROR_INVALID_TOKEN]:
        return _invalid_token(before, rest)
    if code == codes[expat.errors.XML_ERROR_TAG_MISMATCH]:
        name = reading.open[-1]
        return f'The element type "{name}" must be terminated by the matching end-tag "</{name}>".'
    if code == codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]:
        entity = re.match(rb"&([^&<;\s]+);", rest)
        name = f' "{entity[1].decode()}"' if entity else ""  # in an attribute its place is not told
        return f"The entity{name} was referenced, but not declared."
    return _XERCES_WORDS.get(code) or f"The markup is not well-formed: {expat.ErrorString(code)}."


def _invalid_token(before: bytes, rest: bytes) -> str:
    if before.endswith(b"&"):
        return "The entity name must immediately follow the '&' in the entity reference."
    character = rest.decode("utf-8", "surrogatepass")[:1]
    if character and not _XML_CHARACTER.match(character):
        code_point = f"0x{ord(character):x}"
        return f"An invalid XML character (Unicode: {code_point}) was found in the element content of the document."
    return "The content of elements must consist of well-formed character data or markup."


_XML_CHARACTER = re.compile(r"[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
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


def _one_of(kind: _Kind, child: str) -> str:
    return f"One of '{{\"{kind.namespace}\":{child}}}' is expected."


def _utf8(text: str) -> bytes:
    """Lone surrogates go through, for the parser to refuse them where they stand."""
    return text.encode("utf-8", "surrogatepass")
