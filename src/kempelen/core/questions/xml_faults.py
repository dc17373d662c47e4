"""What is wrong with a text that is not well-formed XML, in the words that Xerces used."""

from __future__ import annotations

import re
from xml.parsers import expat
from xml.parsers.expat.errors import codes

from kempelen.core.questions import xml_schemas


def unlawful_character(text: str) -> tuple[int, str] | None:
    """The first character that no XML document can hold, after the number of its line; None when there is none."""
    found = _UNLAWFUL.search(text)
    return found and (text.count("\n", 0, found.start()) + 1, found[0])


def ill_formed(code: int, text: bytes, index: int, opened: list[str]) -> str:
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
        name = f' "{entity[1].decode()}"' if entity else ""  # in an attribute its position is not given
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
        name = xml_schemas.shortened(reference["name"].decode("utf-8", "surrogatepass"))
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
