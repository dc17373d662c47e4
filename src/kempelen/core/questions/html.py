"""HTML: the tags of a page, where they stand, and the text of elements whose content is no markup.

Requesters' pages are hostile, so a page is read once, from start to end, by steps whose cost is bounded by what they
consume: reading costs time linear in the length of the page, whatever it holds. Tags are found as a browser's tokenizer
finds them (comments, doctypes, scripts with escapes, unclosed tags at the end), without building a tree.

Source: the HTML standard, section "Tokenization".
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_BLANK = r"\t\n\f\r "
# Every repetition is possessive: once it has consumed something it never gives a part of it back.
_MARKUP = re.compile(r"<(?:(?P<end>/)?(?P<name>[a-zA-Z][^\t\n\f\r />]*+)|(?P<comment>!--)|(?P<other>[!?/]))")
_BETWEEN_ATTRIBUTES = re.compile(rf"[{_BLANK}/]*+")
_ATTRIBUTE_NAME = re.compile(rf"[^{_BLANK}/>][^{_BLANK}/>=]*+")
_EQUALS = re.compile(rf"[{_BLANK}]*+=[{_BLANK}]*+")
_UNQUOTED = re.compile(rf"[^{_BLANK}>]*+")
_COMMENT_END = re.compile(r"--!?>")
_SCRIPT_PIECE = re.compile(rf"<!--|-->|<(?P<end>/)?script(?=[{_BLANK}/>])", re.IGNORECASE)

_TEXT_ELEMENTS = ("style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
_END_TAG = {name: re.compile(rf"</{name}(?=[{_BLANK}/>])", re.IGNORECASE) for name in _TEXT_ELEMENTS}


class Attribute(NamedTuple):
    """An attribute of a start tag: its name in lower case, its value as written, and where the value stands.

    `start` and `end` include the value's quotes; both are the end of the name where no value is written.
    """

    name: str
    value: str
    start: int
    end: int


class Tag(NamedTuple):
    """A tag: its name in lower case, where it stands, and of a start tag its attributes, each name once.

    `text_end` is where the content ends of an element whose content is text (script, style, textarea, title …); of all
    other tags it is the end of the tag itself.
    """

    name: str
    is_end: bool
    start: int
    end: int
    attributes: dict[str, Attribute]
    text_end: int

    def get(self, name: str) -> str | None:
        """The value of an attribute, as written; None where the tag has none of this name."""
        found = self.attributes.get(name)
        return found.value if found else None


def tags(html: str) -> Iterator[Tag]:
    """The tags of a page, in order."""
    at = 0
    while (markup := _MARKUP.search(html, at)) is not None:
        if markup["name"] is None:
            at = _after_no_tag(html, markup)
            if at < 0:
                return
            continue
        name = markup["name"].lower()
        attributes: dict[str, Attribute] = {}
        end = _read_attributes(html, markup.end(), attributes)
        if end < 0:
            return  # a tag that is never closed is no tag
        is_end = markup["end"] is not None
        text_end = end if is_end else _text_end(html, name, end)
        yield Tag(name, is_end, markup.start(), end, {} if is_end else attributes, text_end)
        at = text_end


def _after_no_tag(html: str, markup: re.Match[str]) -> int:
    """Where a comment, a doctype or something like them ends; -1 when it goes on to the end of the page."""
    if markup["comment"]:
        return _after_comment(html, markup.end())
    return html.find(">", markup.end()) + 1 or -1


def _after_comment(html: str, at: int) -> int:
    for short in (">", "->"):
        if html.startswith(short, at):
            return at + len(short)
    closing = _COMMENT_END.search(html, at)
    return closing.end() if closing else -1


def _read_attributes(html: str, at: int, attributes: dict[str, Attribute]) -> int:
    """Read what follows a tag's name; the end of the tag, or -1 when there is none."""
    while True:
        at = _after(_BETWEEN_ATTRIBUTES, html, at)
        if at >= len(html):
            return -1
        if html[at] == ">":
            return at + 1
        name_end = _after(_ATTRIBUTE_NAME, html, at)
        name = html[at:name_end].lower()
        value, start, end = "", name_end, name_end
        equals = _EQUALS.match(html, name_end)
        if equals is not None:
            start = equals.end()
            quote = html[start : start + 1]
            if quote in ('"', "'"):
                closing = html.find(quote, start + 1)
                if closing < 0:
                    return -1
                value, end = html[start + 1 : closing], closing + 1
            else:
                end = _after(_UNQUOTED, html, start)
                value = html[start:end]
        attributes.setdefault(name, Attribute(name, value, start, end))
        at = end


def _text_end(html: str, name: str, at: int) -> int:
    """Where the text of an element ends whose content is text; else `at`."""
    if name == "script":
        return _script_end(html, at)
    if name == "plaintext":
        return len(html)
    if name not in _END_TAG:
        return at
    end_tag = _END_TAG[name].search(html, at)
    return end_tag.start() if end_tag else len(html)


def _script_end(html: str, at: int) -> int:
    """Where a script ends. After `<!--` and `<script` its first end tag only ends the inner one."""
    depth = 0  # 1 after "<!--", 2 in a "<script" after that
    while (piece := _SCRIPT_PIECE.search(html, at)) is not None:
        at = piece.end()
        if piece[0] == "-->":
            depth = 0
        elif piece[0] == "<!--":
            depth = depth or 1
            at -= 2  # "<!-->" ends what it begins
        elif piece["end"]:
            if depth < 2:
                return piece.start()
            depth = 1
        elif depth == 1:
            depth = 2
    return len(html)


def content_start(html: str) -> int:
    """Where a page's content begins: after its doctype and the comments before that; 0 where there is no doctype."""
    at = 1 if html.startswith("\ufeff") else 0
    while True:
        at = _after(_BETWEEN, html, at)
        if html.startswith("<!--", at):
            at = _after_comment(html, at + 4)
            if at < 0:
                return 0
        elif _DOCTYPE.match(html, at):
            return html.find(">", at) + 1
        else:
            return 0


_BETWEEN = re.compile(r"\s*+")
_DOCTYPE = re.compile(r"<!doctype", re.IGNORECASE)


def _after(pattern: re.Pattern[str], html: str, at: int) -> int:
    found = pattern.match(html, at)
    return found.end() if found else at
