"""What a terminal is shown of strangers' texts."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.core import visible


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\x1b]0;owned\x07", "\\u001b]0;owned\\u0007"),
        ("\x9b31m", "\\u009b31m"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("a\u2066b\u2069", "a\\u2066b\\u2069"),
        ("paid\rfree", "paid\\u000dfree"),
        ("a\b\x7f\0", "a\\u0008\\u007f\\u0000"),
    ],
)
def test_what_steers_a_terminal_is_shown_by_its_number(written, shown):
    assert visible.text(written) == visible.line(written) == shown


def test_texts_keep_their_lines_and_what_scripts_need():
    for written in ("a\n\tb\r\nc", "Größe 😀", "👩\u200d🔬", "\u200fهلا", "نمی\u200cخواهم"):
        assert visible.text(written) == written
    assert visible.line("one\ntwo\t") == "one\\u000atwo\\u0009"


@given(st.text(st.characters(codec="utf-8")))
def test_no_control_is_left_and_json_stays_what_it_was(written):
    assert not any(unicodedata.category(sign) == "Cc" for sign in visible.line(written))
    assert json.loads(visible.text(json.dumps(written, ensure_ascii=False))) == written
