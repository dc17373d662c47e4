"""The schemas that are published judge as the product does: libxml2 reads the ones, our reader the others."""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from kempelen.core.questions import answer_keys, questions, xml
from kempelen.core.wire.errors import XMLParseError
from tests import schema_files
from tests.core.test_question_forms import INVALID, VALID
from tests.web.forms import EVERYTHING, SCHEMAS

JUDGES = {name: etree.XMLSchema(etree.fromstring(text.encode())) for name, text in schema_files.files().items()}
KEY = (
    f'<AnswerKey xmlns="{SCHEMAS}2005-10-01/AnswerKey.xsd"><Question><QuestionIdentifier>a</QuestionIdentifier>'
    "<AnswerOption><SelectionIdentifier>1</SelectionIdentifier><AnswerScore>5</AnswerScore></AnswerOption>"
    "<DefaultScore>-1</DefaultScore></Question><QualificationValueMapping><RangeMapping><SummedScoreRange>"
    "<InclusiveLowerBound>0</InclusiveLowerBound><InclusiveUpperBound>9</InclusiveUpperBound>"
    "<QualificationValue>7</QualificationValue></SummedScoreRange>"
    "<OutOfRangeQualificationValue>0</OutOfRangeQualificationValue></RangeMapping></QualificationValueMapping></AnswerKey>"
)
SCALED = KEY.partition("<RangeMapping>")[0] + (
    "<ScaleMapping><SummedScoreMultiplier>1.5</SummedScoreMultiplier></ScaleMapping>"
    "</QualificationValueMapping></AnswerKey>"
)
EXTERNAL = (
    f'<ExternalQuestion xmlns="{SCHEMAS}2006-07-14/ExternalQuestion.xsd"><ExternalURL>https://example.org/?a=1&amp;b=2'
    "</ExternalURL><FrameHeight>400</FrameHeight></ExternalQuestion>"
)
HTML = (
    f'<HTMLQuestion xmlns="{SCHEMAS}2011-11-11/HTMLQuestion.xsd"><HTMLContent><![CDATA[<p>a</p>]]></HTMLContent>'
    "<FrameHeight>0</FrameHeight></HTMLQuestion>"
)
SAMPLES = [EVERYTHING, VALID["file upload in 2005"], VALID["applications in 2005"], KEY, SCALED, EXTERNAL, HTML]
TEXTS = [
    *("", " ", "a", "0", "1", " 2 ", "-1", "+3", "1.5", ".5", "1e3", "INF", "2000000001", "2147483648", "-2147483648"),
    *("true", "false", "yes", "1 ", "image", " audio ", "application", "list", "radio", "https://example.org/a.png"),
    *("http://", "ftp://a", "javascript:alert(1)//http://", "é", "a\nb"),
]


def is_valid_by_file(text: str) -> bool:
    document = etree.fromstring(text.encode())
    return any(judge.validate(document) for judge in JUDGES.values())


def is_valid_by_us(text: str) -> bool:
    """By the tables, and with no QuestionIdentifier twice."""
    try:
        schema, root = xml.read(text, (*questions.SCHEMAS, answer_keys.SCHEMA), advice="")
    except XMLParseError:
        return False
    named = [node["QuestionIdentifier"].text for node in root.all("Question")]
    return schema.root != "QuestionForm" or len(named) == len(set(named))


def test_the_files_are_up_to_date() -> None:
    written = {
        str(path.relative_to(schema_files.FOLDER)): path.read_text(encoding="utf-8")
        for path in schema_files.FOLDER.rglob("*.xsd")
    }
    assert written == schema_files.files(), "run: python -m tests.schema_files"


@pytest.mark.parametrize("form_xml", [*VALID.values(), *SAMPLES], ids=[*VALID, *map(str, range(len(SAMPLES)))])
def test_what_is_taken_is_valid_by_them(form_xml: str) -> None:
    assert is_valid_by_us(form_xml)
    assert is_valid_by_file(form_xml)


@pytest.mark.parametrize("form_xml", INVALID.values(), ids=INVALID)
def test_what_is_refused_is_not(form_xml: str) -> None:
    assert not is_valid_by_us(form_xml)
    assert not is_valid_by_file(form_xml)


@pytest.mark.slow
@settings(max_examples=300)
@given(st.sampled_from(SAMPLES), st.data())
def test_both_judge_alike_whatever_is_changed(sample: str, data: st.DataObject) -> None:
    root = etree.fromstring(sample.encode())
    for _ in range(data.draw(st.integers(1, 2))):
        change(root, data)
    text = etree.tostring(root, encoding="unicode")
    assert is_valid_by_us(text) == is_valid_by_file(text), text


def change(root: etree._Element, data: st.DataObject) -> None:
    """One change at one place: an element gone, twice, moved or under another name, another text or attribute."""
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    element = data.draw(st.sampled_from(elements))
    parent = element.getparent()
    namespace = etree.QName(root).namespace
    how = data.draw(st.sampled_from(["text", "gone", "twice", "moved", "renamed", "attribute"]))
    if how == "text":
        element.text = data.draw(st.sampled_from(TEXTS))
    elif how == "attribute":
        name = data.draw(st.sampled_from([*map(str, element.attrib), "minLength", "flags", "other"]))
        element.set(name, data.draw(st.sampled_from(TEXTS)))
    elif how == "renamed":
        element.tag = data.draw(st.sampled_from([str(other.tag) for other in elements] + [f"{{{namespace}}}Other"]))
    elif parent is None:
        return
    elif how == "gone":
        parent.remove(element)
    elif how == "twice":
        parent.insert(parent.index(element), deepcopy(element))
    else:
        parent.insert(data.draw(st.integers(0, len(parent))), element)
