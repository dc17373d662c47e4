"""QuestionForms: questions written as XML, shown by us as a form; the tests of Qualifications are written so too.

`parse` reads a form of either date and refuses what its schema or the documentation refuses. `check_answers` says what
a Worker's fields lack, by the form's own constraints, and `answer_xml` turns them into the answer a Requester reads. In
the page, questions and choices go by their number (`answer-2` = `1`), since identifiers may be anything.
Sources: spec questions.md 1 to 3, 8, 12.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from kempelen.core.questions import answers, formatted_content, javascript_patterns, xml
from kempelen.core.questions.xml import Kind, Node, Value
from kempelen.core.texts import LazyText, lazy_plural, lazy_text
from kempelen.core.wire.errors import ParameterTooLong, ParameterTooShort

MAX_BYTES = 65_535
DEFAULT_ERROR_TEXT = lazy_text("Invalid input supplied.")
OTHER = "other"

Style = Literal["radiobutton", "checkbox", "list", "dropdown", "combobox", "multichooser"]


class Title(Struct, frozen=True):
    text: str


class Text(Struct, frozen=True):
    text: str


class List(Struct, frozen=True):
    items: tuple[str, ...]


class FormattedContent(Struct, frozen=True):
    """HTML of the permitted subset, safe to show as it is."""

    html: str


class Media(Struct, frozen=True):
    """Something to see or hear. `embedded` stands in the page; a width or height of "" is the thing's own."""

    type: str
    subtype: str
    url: str
    alt_text: str
    embedded: bool = False
    width: str = ""
    height: str = ""


class Application(Struct, frozen=True):
    """A Flash film or a Java applet, which no browser runs any more."""

    kind: str
    name: str


Piece = Title | Text | List | FormattedContent | Media | Application


class Range(Struct, frozen=True):
    """Inclusive bounds; None is no bound."""

    least: int | None = None
    most: int | None = None


class Pattern(Struct, frozen=True):
    """A JavaScript regular expression that must be found in the answer."""

    regex: str
    error_text: str = DEFAULT_ERROR_TEXT
    ignore_case: bool = False


class FreeTextAnswer(Struct, frozen=True):
    """A text to write; `numeric` and `length` are None when not asked for."""

    numeric: Range | None = None
    length: Range | None = None
    patterns: tuple[Pattern, ...] = ()
    default_text: str = ""
    lines: int = 1


class Selection(Struct, frozen=True):
    identifier: str
    shown: Text | FormattedContent | Media


class SelectionAnswer(Struct, frozen=True):
    """Choices, of which `least` to `most` are to be made; `other` is one of them, in the Worker's own words."""

    least: int
    most: int
    style: Style | None
    selections: tuple[Selection, ...]
    other: FreeTextAnswer | None = None

    @property
    def is_check_boxes(self) -> bool:
        """Are the choices shown as check boxes, of which several, or none, can be an answer?"""
        return self.most > 1 or self.style == "checkbox"


class FileUploadAnswer(Struct, frozen=True):
    """A file of this many bytes; only in forms of 2005."""

    max_bytes: int
    min_bytes: int


Answer = FreeTextAnswer | SelectionAnswer | FileUploadAnswer


class Question(Struct, frozen=True):
    identifier: str
    display_name: str
    is_required: bool
    content: tuple[Piece, ...]
    answer: Answer

    @property
    def least(self) -> int:
        """How many choices must be made, or how many characters written.

        The stricter of all that the form sets, except that no check box need be ticked where it sets a minimum of 0:
        then an answer without a choice is one.
        """
        asked = 0
        if isinstance(self.answer, SelectionAnswer):
            asked = self.answer.least
            if asked == 0 and self.answer.is_check_boxes:
                return 0
        elif isinstance(self.answer, FreeTextAnswer) and self.answer.length:
            asked = self.answer.length.least or 0
        return max(asked, int(self.is_required))


class Overview(Struct, frozen=True):
    content: tuple[Piece, ...]


class QuestionForm(Struct, frozen=True):
    parts: tuple[Overview | Question, ...]

    @property
    def questions(self) -> list[Question]:
        """The questions in their order; fields count them from 1."""
        return [part for part in self.parts if isinstance(part, Question)]

    @property
    def takes_files(self) -> bool:
        """Is any question answered by a file?"""
        return any(isinstance(question.answer, FileUploadAnswer) for question in self.questions)


class UploadedFile(Struct, frozen=True):
    """A file that a Worker has uploaded for a question."""

    key: str
    size: int
    name: str = ""


Files = Mapping[str, UploadedFile]
"""The files uploaded for a form's questions, by QuestionIdentifier."""
NO_FILES: Files = {}


class Fault(Struct, frozen=True):
    """What is wrong with the answer to the question of this number, in words for the Worker."""

    number: int
    text: str


def parse(form_xml: str, *, name: str = "question") -> QuestionForm:
    """The form that a text holds, or the error that says what is wrong with it and in which line.

    `name` is the parameter it came in, for the errors about its size.
    """
    if not form_xml:
        raise ParameterTooShort(name=name, limit=1)
    if len(form_xml) > MAX_BYTES or len(xml.utf8(form_xml)) > MAX_BYTES:
        raise ParameterTooLong(name=name, limit=MAX_BYTES)
    return built(*xml.read(form_xml, SCHEMAS, advice="Send a QuestionForm."))


def built(schema: xml.Schema, root: Node) -> QuestionForm:
    """The form of a valid document; XMLParseError when it asks for what cannot be."""
    assert schema in SCHEMAS
    parts = tuple(_question(node) if node.name == "Question" else Overview(_content(node)) for node in root.children)
    seen: set[str] = set()
    for node in root.all("Question"):
        identifier = node["QuestionIdentifier"].text
        if identifier in seen:
            shown = xml.shortened(identifier)
            raise xml.refused(
                f"cvc-identity-constraint.4.2.2: Duplicate key value [{shown}] declared for identity constraint "
                f'"QuestionIdentifier" of element "QuestionForm".',
                node.line,
            )
        seen.add(identifier)
    return QuestionForm(parts)


def field(number: int) -> str:
    """The field in which the answer to a question is sent."""
    return f"answer-{number}"


def other_field(number: int) -> str:
    """The field of the Worker's own words beside the choices of a question."""
    return f"answer-{number}-other"


def check_answers(form: QuestionForm, fields: Iterable[tuple[str, str]], files: Files = NO_FILES) -> list[Fault]:
    """Everything that the constraints find wrong with these fields, at most one fault a question."""
    sent = _by_name(fields)
    steps = javascript_patterns.Budget()
    faults = [
        (number, _fault(question, sent.get(field(number), []), sent.get(other_field(number), [""])[0], files, steps))
        for number, question in enumerate(form.questions, 1)
    ]
    return [Fault(number, text) for number, text in faults if text]


def answer_xml(form: QuestionForm, fields: Iterable[tuple[str, str]], files: Files = NO_FILES) -> str:
    """The answer that these fields make: every question in the form's order. Source: spec questions.md 8."""
    sent = _by_name(fields)
    return answers.document(
        (
            question.identifier,
            _values(question, sent.get(field(number), []), sent.get(other_field(number), [""])[0], files),
        )
        for number, question in enumerate(form.questions, 1)
    )


def file_keys(form: QuestionForm, fields: Iterable[tuple[str, str]]) -> list[str]:
    """The files that these fields name: the value of an upload's field is its key."""
    sent = _by_name(fields)
    return [
        sent[field(number)][0]
        for number, question in enumerate(form.questions, 1)
        if isinstance(question.answer, FileUploadAnswer) and sent.get(field(number), [""])[0]
    ]


# ---------------------------------------------------------------------------------------------- the schemas

_CONTENT = "Title|Text|List|FormattedContent|Binary|EmbeddedBinary"
_STRING = Kind(value=xml.STRING)
_ADDRESS = Kind(value=xml.URL)
_WHOLE = Value(type_name="nonNegativeInteger", least=0)
_COUNT = Value(type_name="positiveInteger", least=1)
_BYTES = Value(type_name="integer", least=1, most=2_000_000_000)


def _texts(names: str, kind: Kind) -> dict[str, Kind]:
    return dict.fromkeys(names.split(), kind)


_CURRENT = {
    "QuestionForm": Kind(model="(Overview|Question)+"),
    "Overview": Kind(model=f"({_CONTENT})+"),
    "Question": Kind(
        model="QuestionIdentifier, DisplayName?, IsRequired?, QuestionContent:Overview, AnswerSpecification"
    ),
    **_texts("QuestionIdentifier DisplayName Title Text ListItem FormattedContent AltText", _STRING),
    "IsRequired": Kind(value=xml.BOOLEAN),
    "List": Kind(model="ListItem+"),
    "Binary": Kind(model="MimeType, DataURL, AltText"),
    "MimeType": Kind(model="Type, SubType?"),
    "Type": Kind(value=Value(one_of=("image", "audio", "video"))),
    "EmbeddedBinary": Kind(model="EmbeddedMimeType, DataURL, AltText, Width, Height, ApplicationParameter*"),
    "EmbeddedMimeType": Kind(model="Type:AnyType, SubType"),
    **_texts("AnyType SubType Width Height Name Value", _STRING),
    "DataURL": _ADDRESS,
    "ApplicationParameter": Kind(model="Name, Value"),
    "AnswerSpecification": Kind(model="FreeTextAnswer|SelectionAnswer"),
    "FreeTextAnswer": Kind(model="Constraints?, DefaultText?, NumberOfLinesSuggestion?"),
    "Constraints": Kind(model="IsNumeric?, Length?, AnswerFormatRegex*"),
    "IsNumeric": Kind(attributes={"minValue": xml.INT, "maxValue": xml.INT}),
    "Length": Kind(attributes={"minLength": _WHOLE, "maxLength": _COUNT}),
    "AnswerFormatRegex": Kind(
        attributes={"regex": xml.STRING, "errorText": xml.STRING, "flags": xml.STRING}, required=frozenset({"regex"})
    ),
    "DefaultText": _STRING,
    "NumberOfLinesSuggestion": Kind(value=_COUNT),
    "SelectionAnswer": Kind(model="MinSelectionCount?, MaxSelectionCount?, StyleSuggestion?, Selections"),
    "MinSelectionCount": Kind(value=_WHOLE),
    "MaxSelectionCount": Kind(value=_COUNT),
    "StyleSuggestion": Kind(
        value=Value(one_of=("radiobutton", "checkbox", "list", "dropdown", "combobox", "multichooser"))
    ),
    "Selections": Kind(model="Selection+, OtherSelection:FreeTextAnswer?"),
    "Selection": Kind(model="SelectionIdentifier, (Text|FormattedContent|Binary)"),
    "SelectionIdentifier": _STRING,
}
_OLDER = _CURRENT | {
    "Overview": Kind(model=f"({_CONTENT}|Application)+"),
    "Application": Kind(model="Flash|JavaApplet"),
    "Flash": Kind(model="FlashMovieURL, Width, Height, ApplicationParameter*"),
    "JavaApplet": Kind(model="AppletPath, AppletFilename, Width, Height, ApplicationParameter*"),
    **_texts("FlashMovieURL AppletPath", _ADDRESS),
    "AppletFilename": _STRING,
    "AnswerSpecification": Kind(model="FreeTextAnswer|SelectionAnswer|FileUploadAnswer"),
    "FileUploadAnswer": Kind(model="MaxFileSizeInBytes, MinFileSizeInBytes"),
    **_texts("MaxFileSizeInBytes MinFileSizeInBytes", Kind(value=_BYTES)),
}
SCHEMAS = (
    xml.Schema(xml.SCHEMAS + "2017-11-06/QuestionForm.xsd", "QuestionForm", _CURRENT),
    xml.Schema(xml.SCHEMAS + "2005-10-01/QuestionForm.xsd", "QuestionForm", _OLDER),
)

# ---------------------------------------------------------------------------------------------- from XML to a form


def _question(node: Node) -> Question:
    required, named = node.get("IsRequired"), node.get("DisplayName")
    asked = node["AnswerSpecification"].children[0]
    return Question(
        identifier=node["QuestionIdentifier"].text,
        display_name=named.text if named else "",
        is_required=required is not None and required.text in ("true", "1"),
        content=_content(node["QuestionContent"]),
        answer=_ANSWERS[asked.name](asked),
    )


def _content(node: Node) -> tuple[Piece, ...]:
    return tuple(_PIECES[child.name](child) for child in node.children)


def _formatted(node: Node) -> FormattedContent:
    return FormattedContent(formatted_content.safe_html(node.text, line=node.line))


def _media(node: Node) -> Media:
    mime = node.children[0]
    subtype = mime.get("SubType")
    embedded = node.name == "EmbeddedBinary"
    return Media(
        type=mime["Type"].text,
        subtype=subtype.text if subtype else "",
        url=node["DataURL"].text,
        alt_text=node["AltText"].text,
        embedded=embedded,
        width=node["Width"].text if embedded else "",
        height=node["Height"].text if embedded else "",
    )


def _application(node: Node) -> Application:
    inner = node.children[0]
    if inner.name == "Flash":
        return Application("Flash", inner["FlashMovieURL"].text)
    return Application("Java", inner["AppletFilename"].text)


_PIECES: dict[str, Callable[[Node], Piece]] = {
    "Title": lambda node: Title(node.text),
    "Text": lambda node: Text(node.text),
    "List": lambda node: List(tuple(item.text for item in node.children)),
    "FormattedContent": _formatted,
    "Binary": _media,
    "EmbeddedBinary": _media,
    "Application": _application,
}


def _free_text(node: Node) -> FreeTextAnswer:
    constraints = node.get("Constraints")
    given, lines = node.get("DefaultText"), node.get("NumberOfLinesSuggestion")
    numeric = constraints.get("IsNumeric") if constraints else None
    length = constraints.get("Length") if constraints else None
    return FreeTextAnswer(
        numeric=_range(numeric, "minValue", "maxValue") if numeric else None,
        length=_range(length, "minLength", "maxLength") if length else None,
        patterns=tuple(map(_pattern, constraints.all("AnswerFormatRegex"))) if constraints else (),
        default_text=given.text if given else "",
        lines=int(lines.text) if lines else 1,
    )


def _range(node: Node, least: str, most: str) -> Range:
    bounds = [int(node.attributes[name]) if name in node.attributes else None for name in (least, most)]
    if None not in bounds and bounds[0] > bounds[1]:  # type: ignore[operator]  # neither is None
        raise xml.refused(f"No answer can have {least} {bounds[0]} and {most} {bounds[1]}.", node.line)
    return Range(*bounds)


def _pattern(node: Node) -> Pattern:
    return Pattern(
        regex=node.attributes["regex"],
        error_text=node.attributes.get("errorText") or DEFAULT_ERROR_TEXT,
        ignore_case="i" in node.attributes.get("flags", ""),
    )


def _selection_answer(node: Node) -> SelectionAnswer:
    least, most, style = (node.get(name) for name in ("MinSelectionCount", "MaxSelectionCount", "StyleSuggestion"))
    fewest, greatest = int(least.text) if least else 1, int(most.text) if most else 1
    choices = node["Selections"]
    other = choices.get("OtherSelection")
    offered = len(choices.children)
    for limit, what in ((greatest, f"the MaxSelectionCount of {greatest}"), (offered, f"the {offered} offered")):
        if fewest > limit:
            line = least.line if least else node.line
            raise xml.refused(f"No answer can have the MinSelectionCount of {fewest}: it is above {what}.", line)
    return SelectionAnswer(
        least=fewest,
        most=greatest,
        style=style.text if style else None,  # type: ignore[arg-type]  # the schema lets through no other
        selections=tuple(map(_selection, choices.all("Selection"))),
        other=_free_text(other) if other else None,
    )


def _selection(node: Node) -> Selection:
    shown = node.children[1]
    return Selection(node["SelectionIdentifier"].text, _PIECES[shown.name](shown))  # type: ignore[arg-type]  # by schema


def _file_upload(node: Node) -> FileUploadAnswer:
    most, least = (int(child.text) for child in node.children)
    if least > most:
        raise xml.refused(f"No file can have {least} bytes or more and {most} or fewer.", node.line)
    return FileUploadAnswer(most, least)


_ANSWERS: dict[str, Callable[[Node], Answer]] = {
    "FreeTextAnswer": _free_text,
    "SelectionAnswer": _selection_answer,
    "FileUploadAnswer": _file_upload,
}

# ---------------------------------------------------------------------------------------------- from fields to answers


def _by_name(fields: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
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


def _fault(question: Question, values: list[str], other: str, files: Files, steps: javascript_patterns.Budget) -> str:
    answer = question.answer
    if isinstance(answer, SelectionAnswer):
        return _selection_fault(question, answer, values, other, steps)
    text = values[0] if values else ""
    if isinstance(answer, FileUploadAnswer):
        if not text:
            return lazy_text("This question needs a file.") if question.is_required else ""
        file = _file(question, values, files)
        return size_fault(answer, file.size) if file else lazy_text("This file did not arrive. Please upload it again.")
    if (question.is_required and not text.strip()) or (question.least and not text):
        return lazy_text("This question needs an answer.")
    return _text_fault(answer, text, steps)


def _selection_fault(
    question: Question, answer: SelectionAnswer, values: list[str], other: str, steps: javascript_patterns.Budget
) -> str:
    values = [value for value in values if value]  # a menu left at its first line sends an empty one
    known = {str(place) for place in range(1, len(answer.selections) + 1)} | ({OTHER} if answer.other else set())
    if not known.issuperset(values):
        return lazy_text("This choice is not one of those offered.")
    count = len(set(values))
    if not question.least <= count <= max(answer.most, question.least):
        return wanted(question).sentence()
    if answer.other and OTHER in values:
        return _text_fault(answer.other, other, steps) if other.strip() else lazy_text("Please say what the other is.")
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


def _text_fault(answer: FreeTextAnswer, text: str, steps: javascript_patterns.Budget) -> str:
    text = text.replace("\r\n", "\n")  # as the browser's own script sees it
    if answer.length and (fault := length_fault(answer.length, _units(text))):
        return fault
    if not text:
        return ""  # not required, so constraints have nothing to say
    if answer.numeric and (fault := _number_fault(answer.numeric, text)):
        return fault
    for pattern in answer.patterns:
        if not javascript_patterns.found(pattern.regex, text, ignore_case=pattern.ignore_case, budget=steps):
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
