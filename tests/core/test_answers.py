"""Answers: a form's fields as QuestionFormAnswers XML, and back."""

import re
from xml.dom import minidom
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from kempelen.core.questions.answers import FRAME_PARAMETERS, readable, to_xml

OPENING = (
    '<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="http://mechanicalturk.amazonaws.com/'
    'AWSMechanicalTurkDataSchemas/2005-10-01/QuestionFormAnswers.xsd">'
)
NAMESPACE = re.search('xmlns="(.*?)"', OPENING)[1]
ALLOWED = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
    lambda c: c >= " " or c in "\t\n\r"
)
TEXT = st.text(ALLOWED)


def free_text(value: str) -> str:
    """What stands between the tags for a value."""
    whole = re.fullmatch(
        r".*<QuestionIdentifier>q</QuestionIdentifier><FreeText>(.*)</FreeText></Answer></\w+>",
        to_xml([("q", value)]),
        re.DOTALL,
    )
    return whole[1]


def test_every_field_becomes_an_answer_in_the_order_it_was_sent():
    assert to_xml([("b", "sea green"), ("a", "1"), ("c", "")]) == (
        OPENING + "<Answer><QuestionIdentifier>b</QuestionIdentifier><FreeText>sea green</FreeText></Answer>"
        "<Answer><QuestionIdentifier>a</QuestionIdentifier><FreeText>1</FreeText></Answer>"
        "<Answer><QuestionIdentifier>c</QuestionIdentifier><FreeText/></Answer></QuestionFormAnswers>"
    )


def test_a_form_without_fields_makes_an_empty_document():
    assert to_xml([]) == OPENING + "</QuestionFormAnswers>"
    assert readable(to_xml([])) == []


def test_what_the_frame_was_given_is_no_answer():
    given_to_the_frame = [("assignmentId", "3A"), ("hitId", "3H"), ("workerId", "A1"), ("turkSubmitTo", "https://x")]
    assert readable(to_xml([*given_to_the_frame, ("assignmentid", "x"), ("q", "1")])) == [
        ("assignmentid", "x"),
        ("q", "1"),
    ]


def test_a_field_without_a_name_is_no_answer():
    assert to_xml([("", "x")]) == OPENING + "</QuestionFormAnswers>"


def test_fields_of_one_name_are_one_answer_joined_by_bars():
    fields = [("advice", "sleep"), ("age", "30"), ("advice", ""), ("advice", "a|b")]
    assert readable(to_xml(fields)) == [("advice", "sleep||a|b"), ("age", "30")]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("caf\u00e9 & bar\r\nsecond line", "caf&#233; &amp; bar&#13;\nsecond line"),
        ("a < b > c ]]> & &amp;", "a &lt; b &gt; c ]]&gt; &amp; &amp;amp;"),
        ('[{"colour":{"label":"Red"},\'rating\':7.50}]', '[{"colour":{"label":"Red"},\'rating\':7.50}]'),
        ("  padded \t", "  padded \t"),
        ("\U0001f600\u2028\x85\x7f", "&#128512;&#8232;&#133;\x7f"),
        ("1e400", "1e400"),
    ],
)
def test_a_value_is_ascii_that_any_program_can_read(value: str, written: str):
    assert free_text(value) == written
    assert readable(to_xml([("q", value)])) == [("q", value)]


@pytest.mark.parametrize("forbidden", ["\0", "\x08", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_a_character_that_xml_forbids_is_replaced(forbidden: str):
    assert readable(to_xml([(f"q{forbidden}", f"a{forbidden}b")])) == [("q\ufffd", "a\ufffdb")]


def test_two_surrogates_that_make_a_character_are_that_character():
    assert readable(to_xml([("q", "\ud83d\ude00 \ude00\ud83d")])) == [("q", "\U0001f600 \ufffd\ufffd")]


def test_a_name_is_written_like_a_value():
    assert readable(to_xml([("a<b>&\r\u00e9", "1")])) == [("a<b>&\r\u00e9", "1")]


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(TEXT.filter(lambda name: name not in ("", *FRAME_PARAMETERS)), TEXT), unique_by=lambda field: field[0]
    )
)
def test_any_text_comes_back_from_any_xml_parser(fields: list[tuple[str, str]]):
    xml = to_xml(fields)
    assert xml.isascii()
    assert readable(xml) == fields
    for parse in (ElementTree.fromstring, lambda text: etree.fromstring(text.encode())):
        assert [tuple(child.text or "" for child in answer) for answer in parse(xml)] == fields
    by_position = [
        tuple("".join(node.data for node in child.childNodes) for child in answer.childNodes)
        for answer in minidom.parseString(xml).documentElement.childNodes
    ]
    assert by_position == fields


@pytest.mark.slow
@given(st.lists(st.tuples(st.text(), st.text(st.characters()))))
def test_whatever_is_submitted_can_be_read_again(fields: list[tuple[str, str]]):
    assert len(readable(to_xml(fields))) == len({name for name, _ in fields} - {"", *FRAME_PARAMETERS})


def test_answers_to_other_question_kinds_can_be_shown():
    xml = OPENING + (
        "\n<Answer>\n<QuestionIdentifier>colour</QuestionIdentifier>\n<SelectionIdentifier>r</SelectionIdentifier>\n"
        "<OtherSelectionText>sea green</OtherSelectionText>\n</Answer>"
        "<Answer><QuestionIdentifier>none</QuestionIdentifier></Answer></QuestionFormAnswers>"
    )
    assert readable(xml) == [("colour", "r|sea green"), ("none", "")]
