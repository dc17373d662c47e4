"""Answers: the QuestionFormAnswers XML, made from a submitted form and read again to be shown.

The text is ASCII on one line, without a blank between elements and without a prefix, because programs read it by
position, by regular expression and by every kind of parser. All values are strings.
Sources: docs/mturk/questions.md 8; docs/mturk/worker.md 1.4.
"""

import re
from collections.abc import Iterable
from xml.etree import ElementTree

NAMESPACE = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd"
FRAME_PARAMETERS = ("assignmentId", "hitId", "workerId", "turkSubmitTo")
Values = frozenset[str]
_DECLARATION = '<?xml version="1.0" encoding="ASCII"?>'


def to_xml(fields: Iterable[tuple[str, str]]) -> str:
    """The answer that a form's fields make, in the order they were sent.

    Values of one name are joined by `|` where the name came first; what the frame was given is no answer, and neither
    is a field without a name. Without any field the document is empty.
    """
    values: dict[str, list[str]] = {}
    for name, value in fields:
        if name and name not in FRAME_PARAMETERS:
            values.setdefault(name, []).append(value)
    return document((name, [("FreeText", "|".join(several))]) for name, several in values.items())


def document(answers: Iterable[tuple[str, list[tuple[str, str]]]]) -> str:
    """A whole QuestionFormAnswers: for each identifier the elements that say its value, by their names."""
    written = "".join(
        f"<Answer><QuestionIdentifier>{_escaped(identifier)}</QuestionIdentifier>"
        f"{''.join(_element(name, value) for name, value in values)}</Answer>"
        for identifier, values in answers
    )
    return f'{_DECLARATION}<QuestionFormAnswers xmlns="{NAMESPACE}">{written}</QuestionFormAnswers>'


def readable(answer_xml: str) -> list[tuple[str, str]]:
    """What an answer says, question by question, for a person to read: identifier and value, several joined by `|`."""
    answers = ElementTree.fromstring(answer_xml)
    return [
        (children[0].text or "", "|".join(child.text or "" for child in children[1:]))
        for children in map(list, answers)
    ]


def selections(answer_xml: str) -> dict[str, set[str]]:
    """The identifiers chosen, by question; a text that was written is none."""
    if not answer_xml:
        return {}
    tag = f"{{{NAMESPACE}}}SelectionIdentifier"
    return {
        children[0].text or "": {child.text or "" for child in children[1:] if child.tag == tag}
        for children in map(list, ElementTree.fromstring(answer_xml))
    }


def values(answer_xml: str) -> dict[str, Values | None]:
    """What each question was answered with, as the set of its values; None for a file, which equals no other.

    Made to be compared: of choices, of what else was written and of a form's fields only the values are left.
    """
    found: dict[str, Values | None] = {}
    for identifier, *given in map(list, ElementTree.fromstring(answer_xml)):
        question, texts = identifier.text or "", [child.text or "" for child in given]
        is_file = any(child.tag.endswith("}UploadedFileKey") for child in given)
        earlier = found.get(question, frozenset())
        found[question] = None if is_file or earlier is None else earlier | as_set(texts)
    return found


def as_set(texts: Iterable[str]) -> Values:
    """These values to be compared: without the blanks at their ends, without empty ones, those joined by `|` apart."""
    return frozenset(value for text in texts for part in text.split("|") if (value := part.strip()))


_MARKUP = re.compile("[&<>\r]")
_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # by XML 1.0, however it is written
_SURROGATES = re.compile("[\ud800-\udfff]")


def _element(name: str, value: str) -> str:
    return f"<{name}>{_escaped(value)}</{name}>" if value else f"<{name}/>"


def _escaped(text: str) -> str:
    """The text with references for markup and for all that is not ASCII; what XML forbids becomes U+FFFD."""
    if _SURROGATES.search(text):  # pairs are a character, lone ones are none
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _FORBIDDEN.sub("\ufffd", text)
    return _MARKUP.sub(lambda match: _REFERENCES[match[0]], text).encode("ascii", "xmlcharrefreplace").decode("ascii")
