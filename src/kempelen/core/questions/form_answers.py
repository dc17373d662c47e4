"""Answers to QuestionForms: what a Worker's fields lack by the form's own constraints, and the answer they make.

In the page, questions and choices go by their number (`answer-2` = `1`), since identifiers may be anything.
Sources: docs/mturk/questions.md 1 to 3, 8, 12.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct

from kempelen.core.questions import answers, javascript_patterns, pattern_programs, questions
from kempelen.core.questions.question_forms import (
    FileUploadAnswer,
    FreeTextAnswer,
    Pattern,
    Question,
    QuestionForm,
    Range,
    SelectionAnswer,
)
from kempelen.core.texts import LazyText, lazy_plural, lazy_text

OTHER = "other"


class UploadedFile(Struct, frozen=True):
    """A file that a Worker has uploaded for a question."""

    key: str
    size: int
    name: str = ""


Files = Mapping[str, UploadedFile]
"""The files uploaded for a form's questions, by QuestionIdentifier."""
NO_FILES: Files = {}
Field = tuple[str, str]
"""A field of a form as it is sent: its name and its value."""


class Fault(Struct, frozen=True):
    """What is wrong with the answer to the question of this number, in words for the Worker."""

    number: int
    text: str


def field(number: int) -> str:
    """The field in which the answer to a question is sent."""
    return f"answer-{number}"


def other_field(number: int) -> str:
    """The field of the Worker's own words beside the choices of a question."""
    return f"answer-{number}-other"


class PatternChecks:
    """Which texts match which patterns, each decided once, within one budget of steps for all.

    Patterns are a Requester's, and a hostile one may use up the budget. So they are decided before a transaction, by
    `check_answers`, and the same checks handed to it in the transaction decide nothing again.
    """

    def __init__(self) -> None:
        self._budget = pattern_programs.Budget()
        self._decided: dict[tuple[Pattern, str], bool] = {}

    def matches(self, pattern: Pattern, text: str) -> bool:
        """Is the pattern found in the text? True also when the budget does not suffice to decide that."""
        key = pattern, text
        if key not in self._decided:
            self._decided[key] = javascript_patterns.found(
                pattern.regex, text, ignore_case=pattern.ignore_case, budget=self._budget
            )
        return self._decided[key]


class CheckedQuestion(NamedTuple):
    """A question, if it is a QuestionForm, and the decisions on its patterns for the fields of one answer."""

    form: QuestionForm | None
    checks: PatternChecks


def check(question: str, fields: Iterable[Field]) -> CheckedQuestion:
    """Read a stored question and decide its patterns for these fields: all that takes long, before a transaction."""
    form, checks = questions.stored_form(question), PatternChecks()
    if form is not None:
        check_answers(form, fields, checks=checks)
    return CheckedQuestion(form, checks)


def check_answers(
    form: QuestionForm, fields: Iterable[Field], files: Files = NO_FILES, checks: PatternChecks | None = None
) -> list[Fault]:
    """Everything that the constraints find wrong with these fields, at most one fault a question."""
    sent = _by_name(fields)
    checks = checks or PatternChecks()
    faults = [
        (number, _fault(question, sent.get(field(number), []), sent.get(other_field(number), [""])[0], files, checks))
        for number, question in enumerate(form.questions, 1)
    ]
    return [Fault(number, text) for number, text in faults if text]


def answer_xml(form: QuestionForm, fields: Iterable[Field], files: Files = NO_FILES) -> str:
    """The answer that these fields make: every question in the form's order. Source: docs/mturk/questions.md 8."""
    sent = _by_name(fields)
    return answers.document(
        (
            question.identifier,
            _values(question, sent.get(field(number), []), sent.get(other_field(number), [""])[0], files),
        )
        for number, question in enumerate(form.questions, 1)
    )


def file_keys(form: QuestionForm, fields: Iterable[Field]) -> list[str]:
    """The files that these fields name: the value of an upload's field is its key."""
    sent = _by_name(fields)
    return [
        sent[field(number)][0]
        for number, question in enumerate(form.questions, 1)
        if isinstance(question.answer, FileUploadAnswer) and sent.get(field(number), [""])[0]
    ]


def _by_name(fields: Iterable[Field]) -> dict[str, list[str]]:
    sent: dict[str, list[str]] = {}
    for name, value in fields:
        sent.setdefault(name, []).append(value)
    return sent


def _chosen(answer: SelectionAnswer, values: list[str]) -> tuple[list[str], bool]:
    """The identifiers chosen, in the form's order, and whether the Worker's own words are one of the choices."""
    identifiers = [one.identifier for place, one in enumerate(answer.selections, 1) if str(place) in values]
    return identifiers, answer.other is not None and OTHER in values


def _values(question: Question, values: list[str], other: str, files: Files) -> list[tuple[str, str]]:
    if isinstance(question.answer, SelectionAnswer):
        identifiers, says_other = _chosen(question.answer, values)
        chosen = [("SelectionIdentifier", identifier) for identifier in identifiers]
        return chosen + ([("OtherSelectionText", other)] if says_other else [])
    if isinstance(question.answer, FileUploadAnswer):
        file = _file(question, values, files)
        return [("UploadedFileSizeInBytes", str(file.size)), ("UploadedFileKey", file.key)] if file else []
    return [("FreeText", values[0] if values else "")]


def _file(question: Question, values: list[str], files: Files) -> UploadedFile | None:
    """The file that a field names, if it was uploaded for this very question."""
    file = files.get(question.identifier)
    return file if file and values[:1] == [file.key] else None


def _fault(question: Question, values: list[str], other: str, files: Files, checks: PatternChecks) -> str:
    answer = question.answer
    if isinstance(answer, SelectionAnswer):
        return _selection_fault(question, answer, values, other, checks)
    text = values[0] if values else ""
    if isinstance(answer, FileUploadAnswer):
        if not text:
            return lazy_text("This question needs a file.") if question.is_required else ""
        file = _file(question, values, files)
        return size_fault(answer, file.size) if file else lazy_text("This file did not arrive. Please upload it again.")
    if (question.is_required and not text.strip()) or (question.least and not text):
        return lazy_text("This question needs an answer.")
    return _text_fault(answer, text, checks)


def _selection_fault(
    question: Question, answer: SelectionAnswer, values: list[str], other: str, checks: PatternChecks
) -> str:
    values = [value for value in values if value]  # a menu left at its first line sends an empty one
    known = {str(place) for place in range(1, len(answer.selections) + 1)} | ({OTHER} if answer.other else set())
    if not known.issuperset(values):
        return lazy_text("This choice is not one of those offered.")
    count = len(set(values))
    if not question.least <= count <= max(answer.most, question.least):
        return wanted(question).sentence()
    if answer.other and OTHER in values:
        return _text_fault(answer.other, other, checks) if other.strip() else lazy_text("Please say what the other is.")
    return ""


def wanted(question: Question) -> LazyText:
    """How many choices are to be made, in words: `Choose 1 to 3`."""
    assert isinstance(question.answer, SelectionAnswer)
    offered = len(question.answer.selections) + (question.answer.other is not None)
    least, most = question.least, min(question.answer.most, offered)
    if least >= most:
        return lazy_text("Choose one") if most == 1 else lazy_text("Choose {number}", number=most)
    if least == 0:
        return lazy_text("Choose one or none") if most == 1 else lazy_text("Choose up to {most}", most=most)
    if most < offered:
        return lazy_text("Choose {least} to {most}", least=least, most=most)
    return lazy_text("Choose at least one") if least == 1 else lazy_text("Choose at least {least}", least=least)


def _text_fault(answer: FreeTextAnswer, text: str, checks: PatternChecks) -> str:
    text = text.replace("\r\n", "\n")  # as the browser's own script sees it
    if answer.length and (fault := length_fault(answer.length, _units(text))):
        return fault
    if not text:
        return ""  # not required, so constraints have nothing to say
    if answer.numeric and (fault := _number_fault(answer.numeric, text)):
        return fault
    for pattern in answer.patterns:
        if not checks.matches(pattern, text):
            return pattern.error_text
    return ""


def _units(text: str) -> int:
    """A text's length as browsers count it: line ends are one character, those beyond 16 bits two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def length_fault(length: Range, count: int) -> str:
    """What is wrong with a text of so many characters, or nothing."""
    if length.least is not None and count < length.least:
        return lazy_text(
            "Write at least {characters}. There are {count} now.", characters=characters(length.least), count=count
        )
    if length.most is not None and count > length.most:
        return lazy_text(
            "Write at most {characters}. There are {count} now.", characters=characters(length.most), count=count
        )
    return ""


def capped(answer: FileUploadAnswer, most: int) -> FileUploadAnswer:
    """The same bounds where no file may be larger than so many bytes at all."""
    return FileUploadAnswer(min(answer.max_bytes, most), answer.min_bytes)


def size_fault(answer: FileUploadAnswer, size: int) -> str:
    """What is wrong with a file of so many bytes, or nothing."""
    if answer.min_bytes <= size <= answer.max_bytes:
        return ""
    return lazy_text("{wanted}. This one has {size}.", wanted=file_wanted(answer), size=in_bytes(size))


def file_wanted(answer: FileUploadAnswer) -> LazyText:
    """What file is to be uploaded, in words: `Choose a file of 1 kB to 5 MB`."""
    if answer.min_bytes <= 1:
        return lazy_text("Choose a file of at most {size}", size=in_bytes(answer.max_bytes))
    if answer.min_bytes == answer.max_bytes:
        return lazy_text("Choose a file of exactly {size}", size=in_bytes(answer.max_bytes))
    return lazy_text(
        "Choose a file of {least} to {most}", least=in_bytes(answer.min_bytes), most=in_bytes(answer.max_bytes)
    )


def in_bytes(count: int) -> LazyText:
    """A file's size in words, exact where it must be: `1 byte`, `1,500 bytes`, `5 MB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size and count % (size // 10) == 0:
            number = Decimal(count) / size
            return LazyText("{number} {unit}", {"number": number, "unit": unit})
    return lazy_plural("{number} byte", "{number} bytes", count)


def characters(count: int) -> LazyText:
    """`1 character`, `2 characters`."""
    return lazy_plural("{number} character", "{number} characters", count)


NUMBER = r"\s*[+\-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*"


def _number_fault(numeric: Range, text: str) -> str:
    if not re.fullmatch(NUMBER, text):
        return number_wanted(numeric).sentence()
    number = Decimal(text.strip())
    if (numeric.least is not None and number < numeric.least) or (numeric.most is not None and number > numeric.most):
        return number_wanted(numeric).sentence()
    return ""


def number_wanted(numeric: Range) -> LazyText:
    """What number is to be written, in words: `Write a number from 1 to 99`; its bounds as they are to be written."""
    least, most = str(numeric.least), str(numeric.most)
    if numeric.least is not None and numeric.most is not None:
        return lazy_text("Write a number from {least} to {most}", least=least, most=most)
    if numeric.least is not None:
        return lazy_text("Write a number, {least} or more", least=least)
    if numeric.most is not None:
        return lazy_text("Write a number, {most} or less", most=most)
    return lazy_text("Write a number")
