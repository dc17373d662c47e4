"""Bounds that the service model leaves open: texts that people are to read. Spec api.md 2 and 9."""

import pytest

from kempelen.core.wire.bounds import check_title, check_words
from kempelen.core.wire.errors import ParameterValidationError


@pytest.mark.parametrize(
    "text", ["a", " a ", "Größe 😀", "two\nlines\tand\r\na tab", "\u200fهلا", "👩\u200d🔬", "1" * 128]
)
def test_a_title_is_anything_that_can_be_seen(text):
    check_title("title", text, 128)


@pytest.mark.parametrize("text", ["", " ", "\u00a0\u2003", "\n\t\r", "\u200b", "\u2028"])
def test_a_title_of_nothing_to_see_is_too_short(text):
    with pytest.raises(ParameterValidationError) as refusal:
        check_title("title", text, 128)
    assert refusal.value.message == (
        "Your request parameter Title has a minimum length of 1. "
        "Title was sent empty or with nothing that can be read: give it a text."
    )


@pytest.mark.parametrize("character", ["\0", "\x07", "\x0b", "\x1b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_what_no_xml_can_hold_is_refused_by_its_number(character):
    for check in (check_title, check_words):
        with pytest.raises(ParameterValidationError) as refusal:
            check("description", f"a{character}b", 128)
        assert refusal.value.message == (
            f'The value "a\\u{ord(character):04x}b" is not valid for the parameter Description. '
            f"It cannot have the character U+{ord(character):04X}."
        )
        assert refusal.value.turk_error_code == "AWS.MechanicalTurk.InvalidParameterValue"


@pytest.mark.parametrize("character", ["\x7f", "\x80", "\x85", "\x9b", "\x9f", "\u202a", "\u202e", "\u2066", "\u2069"])
def test_what_nobody_means_in_a_text_for_people_is_refused_by_its_number(character):
    for check in (check_title, check_words):
        with pytest.raises(ParameterValidationError, match=rf"cannot have the character U\+{ord(character):04X}\."):
            check("title", f"a{character}b", 128)


@pytest.mark.parametrize(
    "character", ["\n", "\r", "\t", "\xa0", "\xad", "\u200b", "\u200d", "\u200e", "\u200f", "\u2060"]
)
def test_what_scripts_and_layouts_of_texts_need_is_taken(character):
    check_title("title", f"a{character}b", 128)
    check_words("description", f"a{character}b", 128)


def test_a_refusal_repeats_no_more_than_a_thousand_characters():
    with pytest.raises(ParameterValidationError) as refusal:
        check_words("description", "a" * 1990 + "\x07", 2000)
    assert f'"{"a" * 1000}"' in refusal.value.message


@pytest.mark.parametrize(
    "character", ["\n", "\r", "\t", "\x07", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\ufffe"]
)
def test_a_name_is_one_line(character):
    check_title("name", "Größe 😀", 200, one_line=True)
    with pytest.raises(ParameterValidationError, match=rf"cannot have the character U\+{ord(character):04X}\."):
        check_title("name", f"a{character}b", 200, one_line=True)


def test_words_may_be_blank_and_of_many_lines():
    for text in ("", " ", "a\n\n\tb"):
        check_words("keywords", text, 100)
    with pytest.raises(ParameterValidationError, match="Your request parameter Description has a minimum length of 1"):
        check_words("description", "", 100, least=1)
