"""Answer keys: what is refused, and what a test is worth, by exact arithmetic."""

from fractions import Fraction
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.core.questions import answer_keys, form_answers, question_forms
from kempelen.core.questions.answer_keys import AnswerKey, KeyQuestion, Option, Percentage, Ranges, Scale, ScoreRange
from kempelen.core.questions.question_forms import QuestionForm
from kempelen.core.wire.errors import ParameterTooLong, XMLParseError

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"


def selection_question(identifier: str, *offered: str, other: str = "") -> str:
    choices = "".join(
        f"<Selection><SelectionIdentifier>{one}</SelectionIdentifier><Text>{one}</Text></Selection>" for one in offered
    )
    answer = (
        f"<MinSelectionCount>0</MinSelectionCount><MaxSelectionCount>9</MaxSelectionCount>"
        f"<Selections>{choices}{other}</Selections>"
    )
    return question(identifier, f"<SelectionAnswer>{answer}</SelectionAnswer>")


def question(identifier: str, answer: str) -> str:
    return (
        f"<Question><QuestionIdentifier>{identifier}</QuestionIdentifier>"
        f"<QuestionContent><Text>?</Text></QuestionContent><AnswerSpecification>{answer}</AnswerSpecification></Question>"
    )


def form(*questions: str) -> QuestionForm:
    return question_forms.parse(
        f'<QuestionForm xmlns="{SCHEMAS}2005-10-01/QuestionForm.xsd">{"".join(questions)}</QuestionForm>'
    )


TEST = form(selection_question("A", "x", "y", "z"), selection_question("B", "p", "q"), selection_question("C", "r"))


def key(*parts: str) -> str:
    return f'<AnswerKey xmlns="{SCHEMAS}2005-10-01/AnswerKey.xsd">\n{"".join(parts)}</AnswerKey>'


def keyed(identifier: str, *options: str, default: str = "") -> str:
    return (
        f"<Question><QuestionIdentifier>{identifier}</QuestionIdentifier>{''.join(options)}"
        f"{default and f'<DefaultScore>{default}</DefaultScore>'}</Question>"
    )


def option(chosen: str, score: object) -> str:
    identifiers = "".join(f"<SelectionIdentifier>{one}</SelectionIdentifier>" for one in chosen.split())
    return f"<AnswerOption>{identifiers}<AnswerScore>{score}</AnswerScore></AnswerOption>"


def mapped(inside: str) -> str:
    return f"<QualificationValueMapping>{inside}</QualificationValueMapping>"


def percentage(most: object) -> str:
    return mapped(f"<PercentageMapping><MaximumSummedScore>{most}</MaximumSummedScore></PercentageMapping>")


def scale(by: object) -> str:
    return mapped(f"<ScaleMapping><SummedScoreMultiplier>{by}</SummedScoreMultiplier></ScaleMapping>")


def ranges(*bounds: tuple[int, int, int], otherwise: int = -1) -> str:
    written = "".join(
        f"<SummedScoreRange><InclusiveLowerBound>{least}</InclusiveLowerBound><InclusiveUpperBound>{most}"
        f"</InclusiveUpperBound><QualificationValue>{value}</QualificationValue></SummedScoreRange>"
        for least, most, value in bounds
    )
    return mapped(
        f"<RangeMapping>{written}<OutOfRangeQualificationValue>{otherwise}</OutOfRangeQualificationValue></RangeMapping>"
    )


A = keyed("A", option("x", "+5"), option("x y", 2), default="-1")
B = keyed("B", option("p", 5))


def value(key_xml: str, **chosen: str) -> int:
    return answer_keys.score(
        answer_keys.parse(key_xml, TEST), {name: set(said.split()) for name, said in chosen.items()}
    )


def detail(key_xml: str, test: QuestionForm = TEST) -> str:
    with pytest.raises(XMLParseError) as caught:
        answer_keys.parse(key_xml, test)
    return caught.value.message.partition("Details: ")[2]


# ---------------------------------------------------------------------------------------------- scoring


def test_the_worked_example_of_the_documentation():
    assert value(key(A, B, percentage(10)), A="x y", B="p") == 70
    assert value(key(A, B, percentage(10)), A="y") == -10


def test_an_option_matches_when_all_of_it_and_nothing_else_is_chosen():
    assert [value(key(A), A=chosen) for chosen in ("x", "x y", "y x", "y", "x y z", "")] == [5, 2, 2, -1, -1, -1]


def test_of_equal_options_the_first_counts():
    assert value(key(keyed("A", option("x y", 1), option("y x", 2))), A="x y") == 1


def test_questions_that_the_key_does_not_name_score_nothing():
    assert value(key(B), A="x", B="p", C="r") == 5


def test_without_a_default_no_match_scores_0():
    assert value(key(B), B="q") == 0


@pytest.mark.parametrize(
    ("total", "most", "expected"),
    [(1, 8, 13), (-1, 8, -12), (1, 3, 33), (2, 3, 67), (1, 200, 1), (-1, 200, 0), (11, 10, 110), (5, -10, -50)],
)
def test_a_percentage_is_rounded_half_up_and_not_clamped(total: int, most: int, expected: int):
    assert value(key(keyed("A", option("x", total)), percentage(most)), A="x") == expected


@pytest.mark.parametrize(
    ("total", "by", "expected"),
    [(5, "0.5", 3), (-5, "0.5", -2), (3, "1e1", 30), (10, "0.05", 1), (7, "-1.5", -10), (1, ".49999999999999994", 0)],
)
def test_a_scale_is_a_double_and_its_product_is_rounded_half_up(total: int, by: str, expected: int):
    assert value(key(keyed("A", option("x", total)), scale(by)), A="x") == expected


def test_a_range_is_inclusive_and_the_first_that_fits():
    whole = key(keyed("A", option("x", 3), option("y", 5), option("z", 9)), ranges((0, 3, 1), (3, 5, 2), otherwise=7))
    assert [value(whole, A=chosen) for chosen in ("", "x", "y", "z")] == [1, 1, 2, 7]


IDENTIFIERS = st.frozensets(st.sampled_from("xyz"), min_size=1)
SCORES = st.integers(-1000, 1000)
MAPPINGS = st.one_of(
    st.none(),
    st.builds(Percentage, st.integers(-500, 500).filter(bool)),
    st.builds(Scale, st.floats(-1000, 1000)),
    st.builds(Ranges, st.lists(st.builds(ScoreRange, SCORES, SCORES, SCORES), min_size=1).map(tuple), SCORES),
)
QUESTIONS = st.lists(
    st.builds(KeyQuestion, st.sampled_from("ABC"), st.lists(st.builds(Option, IDENTIFIERS, SCORES)).map(tuple), SCORES),
    unique_by=lambda one: one.identifier,
)


@pytest.mark.slow
@given(QUESTIONS.map(tuple), MAPPINGS, st.dictionaries(st.sampled_from("ABC"), st.frozensets(st.sampled_from("xyz"))))
def test_a_score_is_what_plain_fractions_say(questions, mapping, chosen):
    exact = Fraction(0)
    for one in questions:
        scores = [each.score for each in one.options if set(each.selections) == set(chosen.get(one.identifier, ()))]
        exact += scores[0] if scores else one.default_score
    if isinstance(mapping, Percentage):
        exact = 100 * exact / mapping.maximum
    elif isinstance(mapping, Scale):
        exact = Fraction(float(exact) * mapping.multiplier)
    elif isinstance(mapping, Ranges):
        fitting = [one.value for one in mapping.ranges if one.least <= exact <= one.most]
        exact = Fraction(fitting[0] if fitting else mapping.otherwise)
    scored = answer_keys.score(AnswerKey(questions, mapping), chosen)
    assert -Fraction(1, 2) < scored - exact <= Fraction(1, 2)


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from("AB"), st.frozensets(st.sampled_from("123"))))
def test_an_answer_as_it_is_stored_scores_as_its_choices(chosen):
    test = form(selection_question("A", "1", "2", "3"), selection_question("B", "1", "2", "3"))
    whole = answer_keys.parse(key(keyed("A", option("1 2", 4), default="1"), keyed("B", option("3", -2))), test)
    fields = [(f"answer-{1 + 'AB'.index(name)}", one) for name, several in chosen.items() for one in several]
    assert answer_keys.score_answers(whole, form_answers.answer_xml(test, fields)) == answer_keys.score(whole, chosen)


def test_an_empty_answer_scores_the_defaults():
    assert answer_keys.score_answers(answer_keys.parse(key(A, B), TEST), "") == -1


# ---------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "whole",
    [
        key(),
        key(keyed("A")),
        key(keyed("A", option("x", "1.5"))),
        key(keyed("A", option("", 1))),
        key(keyed("A", option("x", 1)).replace("<AnswerOption>", "<DefaultScore>1</DefaultScore><AnswerOption>")),
        key(A, ranges((0, 1, 1)).replace("OutOfRangeQualificationValue", "Other")),
        key(A, mapped("<RangeMapping><OutOfRangeQualificationValue>1</OutOfRangeQualificationValue></RangeMapping>")),
        key(A, mapped("")),
        key(A, scale("much")),
        key(A, scale("INF")),
        key(percentage(1), A),
        key(A, percentage(1), percentage(1)),
        key(keyed("A", option("x", 2**31))),
        key(A).replace("2005-10-01", "2017-11-06"),
    ],
)
def test_a_key_against_its_schema_is_refused(whole: str):
    assert detail(whole).startswith("cvc-")


@pytest.mark.parametrize(
    ("whole", "told"),
    [
        (key(keyed("D", option("x", 1))), "The test has no question with the QuestionIdentifier 'D'. Line 2."),
        (
            key(keyed("A", option("x q", 1))),
            "The question 'A' has no selection with the SelectionIdentifier 'q'. Line 2.",
        ),
        (key(A, A), "The AnswerKey has the QuestionIdentifier 'A' twice. Line 2."),
        (key(A, percentage(0)), "The MaximumSummedScore must not be 0: a percentage of it has no meaning. Line 2."),
        (
            key(A, scale("1e300")),
            "The AnswerKey can give values beyond 32 bits. Make its scores smaller. Line 1.",
        ),
        (
            key(keyed("A", option("x", 2_000_000_000)), keyed("B", option("p", 2_000_000_000))),
            "The AnswerKey can give values beyond 32 bits. Make its scores smaller. Line 1.",
        ),
    ],
)
def test_a_key_that_cannot_score_this_test_is_refused(whole: str, told: str):
    assert detail(whole) == told


@pytest.mark.parametrize(
    "unscored",
    [
        question("W", "<FreeTextAnswer/>"),
        selection_question("W", "a", other="<OtherSelection/>"),
        question(
            "W",
            "<FileUploadAnswer><MaxFileSizeInBytes>9</MaxFileSizeInBytes><MinFileSizeInBytes>1</MinFileSizeInBytes>"
            "</FileUploadAnswer>",
        ),
    ],
)
def test_a_scored_test_has_choices_only(unscored: str):
    assert "'W'" in detail(key(A), form(selection_question("A", "x", "y"), unscored))


def test_a_key_has_at_most_65535_bytes():
    whole = key(A)
    room = 65_535 - len(whole)
    assert answer_keys.parse(whole.replace("\n", "\n" + " " * room), TEST)
    with pytest.raises(ParameterTooLong):
        answer_keys.parse(whole.replace("\n", "\n" + " " * (room + 1)), TEST)


def test_identifiers_count_as_they_are_written():
    blank = form(selection_question(escape(" a<b "), "x "))
    read = answer_keys.parse(
        key(keyed(escape(" a<b "), option("x", 3).replace(">x<", ">x <"))),
        blank,
    )
    assert answer_keys.score_answers(read, form_answers.answer_xml(blank, [("answer-1", "1")])) == 3
