"""Answer keys: what a Qualification's test is scored by.

A key gives a score to certain sets of choices for each of its questions; the sum of the scores, mapped or as it is, is
the Qualification's value. All is exact: fractions, rounded half up; a scale is the IEEE double that the text names.
Source: docs/mturk/questions.md 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import floor

from msgspec import Struct

from kempelen.core.questions import answers, xml, xml_schemas
from kempelen.core.questions.question_forms import Question, QuestionForm, SelectionAnswer
from kempelen.core.questions.xml import Node
from kempelen.core.questions.xml_schemas import Kind
from kempelen.core.wire.errors import ParameterTooLong

MAX_BYTES = 65_535


class Option(Struct, frozen=True):
    """A set of choices, all of them and no others, and what it scores."""

    selections: frozenset[str]
    score: int


class KeyQuestion(Struct, frozen=True):
    identifier: str
    options: tuple[Option, ...]
    default_score: int = 0


class Percentage(Struct, frozen=True):
    """The sum as a percentage of the greatest one."""

    maximum: int

    def value(self, total: int) -> int:
        return rounded(Fraction(100 * total, self.maximum))


class Scale(Struct, frozen=True):
    """The sum times a double."""

    multiplier: float

    def value(self, total: int) -> int:
        return rounded(Fraction(total * self.multiplier))


class ScoreRange(Struct, frozen=True):
    """Inclusive bounds of a sum and the value it makes."""

    least: int
    most: int
    value: int


class Ranges(Struct, frozen=True):
    """The value of the first range that holds the sum."""

    ranges: tuple[ScoreRange, ...]
    otherwise: int

    def value(self, total: int) -> int:
        return next((one.value for one in self.ranges if one.least <= total <= one.most), self.otherwise)


class AnswerKey(Struct, frozen=True):
    """Scores by question; without a mapping the value is their sum."""

    questions: tuple[KeyQuestion, ...]
    mapping: Percentage | Scale | Ranges | None = None


def parse(key_xml: str, form: QuestionForm) -> AnswerKey:
    """The key that a text holds, if it can score this test; XMLParseError says what is wrong and in which line."""
    if len(key_xml) > MAX_BYTES or len(xml.utf8(key_xml)) > MAX_BYTES:
        raise ParameterTooLong(name="answer_key", limit=MAX_BYTES)
    _, root = xml.read(key_xml, (SCHEMA,), advice="Send an AnswerKey.")
    _check_test(form, root.line)
    asked = {question.identifier: question for question in form.questions}
    seen: set[str] = set()
    for node in root.all("Question"):
        _check_question(node, asked, seen)
    mapping = root.get("QualificationValueMapping")
    key = AnswerKey(tuple(map(_question, root.all("Question"))), _mapping(mapping.children[0]) if mapping else None)
    _check_values(key, root.line)
    return key


def score(key: AnswerKey, selections: Mapping[str, Iterable[str]]) -> int:
    """The Qualification's value for these choices, by question; a question that is not there had none."""
    total = sum(_scored(question, frozenset(selections.get(question.identifier, ()))) for question in key.questions)
    return key.mapping.value(total) if key.mapping else total


def score_answers(key: AnswerKey, answer_xml: str) -> int:
    """The same for an answer as it is stored (QuestionFormAnswers)."""
    return score(key, answers.selections(answer_xml))


def rounded(number: Fraction) -> int:
    """The nearest whole number; half goes up, also below zero."""
    return floor(number + Fraction(1, 2))


def _scored(question: KeyQuestion, chosen: frozenset[str]) -> int:
    return next((option.score for option in question.options if option.selections == chosen), question.default_score)


# ---------------------------------------------------------------------------------------------- the schema

_INT = Kind(value=xml_schemas.INT)
SCHEMA = xml_schemas.Schema(
    xml_schemas.SCHEMAS + "2005-10-01/AnswerKey.xsd",
    "AnswerKey",
    {
        "AnswerKey": Kind(model="Question+, QualificationValueMapping?"),
        "Question": Kind(model="QuestionIdentifier, AnswerOption+, DefaultScore?"),
        "QuestionIdentifier": Kind(value=xml_schemas.STRING),
        "AnswerOption": Kind(model="SelectionIdentifier+, AnswerScore"),
        "SelectionIdentifier": Kind(value=xml_schemas.STRING),
        "QualificationValueMapping": Kind(model="PercentageMapping|ScaleMapping|RangeMapping"),
        "PercentageMapping": Kind(model="MaximumSummedScore"),
        "ScaleMapping": Kind(model="SummedScoreMultiplier"),
        "SummedScoreMultiplier": Kind(value=xml_schemas.DOUBLE),
        "RangeMapping": Kind(model="SummedScoreRange+, OutOfRangeQualificationValue"),
        "SummedScoreRange": Kind(model="InclusiveLowerBound, InclusiveUpperBound, QualificationValue"),
        **dict.fromkeys(
            (
                "AnswerScore", "DefaultScore", "MaximumSummedScore", "InclusiveLowerBound", "InclusiveUpperBound",
                "QualificationValue", "OutOfRangeQualificationValue",
            ),
            _INT,
        ),
    },
)  # fmt: skip


def _question(node: Node) -> KeyQuestion:
    default = node.get("DefaultScore")
    return KeyQuestion(
        identifier=node["QuestionIdentifier"].text,
        options=tuple(map(_option, node.all("AnswerOption"))),
        default_score=int(default.text) if default else 0,
    )


def _option(node: Node) -> Option:
    chosen = frozenset(child.text for child in node.all("SelectionIdentifier"))
    return Option(chosen, int(node["AnswerScore"].text))


def _mapping(node: Node) -> Percentage | Scale | Ranges:
    if node.name == "PercentageMapping":
        maximum = int(node["MaximumSummedScore"].text)
        if maximum == 0:
            raise xml.refused("The MaximumSummedScore must not be 0: a percentage of it has no meaning.", node.line)
        return Percentage(maximum)
    if node.name == "ScaleMapping":
        return Scale(float(node["SummedScoreMultiplier"].text))
    ranges = tuple(ScoreRange(*(int(bound.text) for bound in one.children)) for one in node.all("SummedScoreRange"))
    return Ranges(ranges, int(node["OutOfRangeQualificationValue"].text))


# ---------------------------------------------------------------------------------------------- can it score the test?


def _check_test(form: QuestionForm, line: int) -> None:
    """A scored test has choices only, since nothing else can be compared."""
    for question in form.questions:
        name_shown = xml_schemas.shortened(question.identifier)
        if not isinstance(question.answer, SelectionAnswer):
            raise xml.refused(
                f"A test with an AnswerKey can have selection questions only, and '{name_shown}' is none. Make it a "
                "SelectionAnswer, or send no AnswerKey and value each request yourself.",
                line,
            )
        if question.answer.other is not None:
            raise xml.refused(f"A test with an AnswerKey cannot have an OtherSelection, as '{name_shown}' has.", line)


def _check_question(node: Node, asked: Mapping[str, Question], seen: set[str]) -> None:
    identifier = node["QuestionIdentifier"].text
    name_shown = xml_schemas.shortened(identifier)
    if identifier not in asked:
        raise xml.refused(f"The test has no question with the QuestionIdentifier '{name_shown}'.", node.line)
    if identifier in seen:
        raise xml.refused(f"The AnswerKey has the QuestionIdentifier '{name_shown}' twice.", node.line)
    seen.add(identifier)
    answer = asked[identifier].answer
    assert isinstance(answer, SelectionAnswer)
    offered = {selection.identifier for selection in answer.selections}
    for option in node.all("AnswerOption"):
        for chosen in option.all("SelectionIdentifier"):
            if chosen.text not in offered:
                raise xml.refused(
                    f"The question '{name_shown}' has no selection with the SelectionIdentifier "
                    f"'{xml_schemas.shortened(chosen.text)}'.",
                    chosen.line,
                )


def _check_values(key: AnswerKey, line: int) -> None:
    """Every value that the key can give is a whole number of 32 bits, as Qualifications hold."""
    if isinstance(key.mapping, Ranges):
        return
    scores = [(*(option.score for option in question.options), question.default_score) for question in key.questions]
    for total in (sum(map(min, scores)), sum(map(max, scores))):
        try:
            value = key.mapping.value(total) if key.mapping else total
        except (OverflowError, ValueError):  # an infinite multiplier, or none of it
            value = 2**31
        if not -(2**31) <= value < 2**31:
            raise xml.refused("The AnswerKey can give values beyond 32 bits. Make its scores smaller.", line)
