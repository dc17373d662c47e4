"""QuestionForms: questions written as XML, which the site shows as a form; qualification tests are written so too.

`parse` reads a form of either date and refuses what its schema or the documentation refuses. `form_answers` checks and
writes the answers to a form.
Sources: docs/mturk/questions.md 1 to 3, 8, 12.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from kempelen.core.questions import formatted_content, xml, xml_schemas
from kempelen.core.questions.xml import Node
from kempelen.core.questions.xml_schemas import Kind, Value
from kempelen.core.texts import lazy_text
from kempelen.core.wire.errors import ParameterTooLong, ParameterTooShort

MAX_BYTES = 65_535
DEFAULT_ERROR_TEXT = lazy_text("Invalid input supplied.")

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


def parse(form_xml: str, *, name: str = "question") -> QuestionForm:
    """The form that a text holds, or the error that says what is wrong with it and in which line.

    `name` is the parameter it came in, for the errors about its size.
    """
    if not form_xml:
        raise ParameterTooShort(name=name, limit=1)
    if len(form_xml) > MAX_BYTES or len(xml.utf8(form_xml)) > MAX_BYTES:
        raise ParameterTooLong(name=name, limit=MAX_BYTES)
    return built(*xml.read(form_xml, SCHEMAS, advice="Send a QuestionForm."))


def built(schema: xml_schemas.Schema, root: Node) -> QuestionForm:
    """The form of a valid document; XMLParseError when it asks for what cannot be."""
    assert schema in SCHEMAS
    parts = tuple(_question(node) if node.name == "Question" else Overview(_content(node)) for node in root.children)
    seen: set[str] = set()
    for node in root.all("Question"):
        identifier = node["QuestionIdentifier"].text
        if identifier in seen:
            shown = xml_schemas.shortened(identifier)
            raise xml.refused(
                f"cvc-identity-constraint.4.2.2: Duplicate key value [{shown}] declared for identity constraint "
                f'"QuestionIdentifier" of element "QuestionForm".',
                node.line,
            )
        seen.add(identifier)
    return QuestionForm(parts)


# ---------------------------------------------------------------------------------------------- the schemas

_CONTENT = "Title|Text|List|FormattedContent|Binary|EmbeddedBinary"
_STRING = Kind(value=xml_schemas.STRING)
_ADDRESS = Kind(value=xml_schemas.URL)
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
    "IsRequired": Kind(value=xml_schemas.BOOLEAN),
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
    "IsNumeric": Kind(attributes={"minValue": xml_schemas.INT, "maxValue": xml_schemas.INT}),
    "Length": Kind(attributes={"minLength": _WHOLE, "maxLength": _COUNT}),
    "AnswerFormatRegex": Kind(
        attributes={"regex": xml_schemas.STRING, "errorText": xml_schemas.STRING, "flags": xml_schemas.STRING},
        required=frozenset({"regex"}),
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
    xml_schemas.Schema(xml_schemas.SCHEMAS + "2017-11-06/QuestionForm.xsd", "QuestionForm", _CURRENT),
    xml_schemas.Schema(xml_schemas.SCHEMAS + "2005-10-01/QuestionForm.xsd", "QuestionForm", _OLDER),
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
