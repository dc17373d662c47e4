"""Layouts: values put into pages, raw, once and all of them."""

import pytest

from kempelen.core import layouts, questions
from kempelen.core.errors import (
    HTMLParseError,
    InvalidParameterValue,
    MissingLayoutParameters,
    ParameterTooLong,
    XMLParseError,
)
from kempelen.core.shapes import HITLayoutParameter

PAGE = "<!DOCTYPE html><form><p>{}</p><input name='answer'></form>"


def page(html: str, frame_height: int = 0, /, **values: str) -> str:
    """The page that a Worker's browser gets."""
    parameters = [HITLayoutParameter(name=name, value=value) for name, value in values.items()]
    made = questions.parse(layouts.question(html, frame_height, parameters))
    assert isinstance(made, questions.HTMLQuestion)
    assert made.frame_height == frame_height
    return made.html


def test_every_variable_is_replaced_wherever_it_stands():
    html = "<title>${who}</title><form action='/${where}'><img src='${where}'>${who}: ${what}</form>"
    assert layouts.variables(html) == ["who", "where", "what"]
    expected = "<title>Ann</title><form action='/a.png'><img src='a.png'>Ann: a mug</form>"
    assert page(html, 450, who="Ann", where="a.png", what="a mug") == expected


def test_a_layout_without_variables_is_a_page():
    assert page(PAGE) == PAGE


@pytest.mark.parametrize("name", ["image url", " padded ", "Größe", "a-b.c", "{", "a\nb", "$", "name${"])
def test_all_between_the_braces_is_a_variables_name(name):
    html = PAGE.format("${" + name + "}")
    assert layouts.variables(html) == [name]
    assert page(html, **{name: "seen"}) == PAGE.format("seen")


@pytest.mark.parametrize("text", ["${}", "$name", "{name}", "$ {name}", "${name", "}${", "\\$"])
def test_what_is_no_variable_stays(text):
    html = PAGE.format("") + text
    assert layouts.variables(html) == []
    assert page(html) == html


def test_values_are_not_escaped_and_not_looked_into_again():
    assert page(PAGE.format("${a} ${b}"), a="<b>&amp;</b>", b="${a} ${c} \\1 $") == PAGE.format(
        "<b>&amp;</b> ${a} ${c} \\1 $"
    )


def test_an_empty_value_is_a_value():
    assert page(PAGE.format("${a}"), a="") == PAGE.format("")


@pytest.mark.parametrize("text", ["]]>", "<![CDATA[x]]>", "]]]]>>", "</HTMLContent></HTMLQuestion>", "\u2028ä👍"])
def test_no_value_breaks_out_of_the_page(text):
    assert page(PAGE.format("${a}"), a=text) == PAGE.format(text)


def test_a_character_that_is_none_is_refused():
    with pytest.raises(XMLParseError, match="0x1"):
        page(PAGE.format("${a}"), a="\x01")


def test_every_missing_name_is_told_once_in_the_pages_order():
    with pytest.raises(MissingLayoutParameters) as refusal:
        page("${b} ${a} ${b} ${c}", a="1")
    assert refusal.value.message == (
        "Your request is missing required parameters. Required parameters include HITLayoutParameter. "
        "You have not provided all required HITLayout parameters. Missing parameter names: b, c"
    )


def test_an_unknown_name_is_refused_and_the_known_ones_told():
    with pytest.raises(InvalidParameterValue) as refusal:
        page(PAGE.format("${a} ${b}"), a="1", b="2", A="3")
    assert refusal.value.message == (
        'The value "A" is not valid for the parameter HITLayoutParameters. '
        "The layout has no such variable. Its variables are: a, b."
    )
    with pytest.raises(InvalidParameterValue, match="It has no variables"):
        page(PAGE, a="1")


def test_a_name_given_twice_is_refused():
    twice = [HITLayoutParameter(name="a", value=value) for value in "12"]
    with pytest.raises(InvalidParameterValue, match=r'"a".*given a value twice'):
        layouts.question("${a}", 0, twice)


def test_what_a_page_must_have_may_come_with_a_value():
    with pytest.raises(HTMLParseError):
        page("<p>${a}</p>", a="no form")
    assert "<crowd-form>" in page("<p>${a}</p>", a="<crowd-form>")


def test_the_merged_question_has_at_most_65535_bytes():
    html = PAGE.format("${a}")
    room = questions.MAX_QUESTION_BYTES - len(layouts.question(html, 0, [HITLayoutParameter(name="a", value="")]))
    assert page(html, a="x" * room)
    for too_long in ("x" * (room + 1), "x" * (room - 1) + "ä"):
        with pytest.raises(ParameterTooLong, match="Question has a maximum length of 65535"):
            page(html, a=too_long)


def test_a_small_request_cannot_ask_for_a_huge_page():
    with pytest.raises(ParameterTooLong):
        page("${a}" * 16_000, a="x" * 1_000_000)  # 16 GB, were it put together
    assert layouts.variables("${" * 32_000) == []
