"""JavaScript's patterns: as JavaScript means them, like Python's where both agree, and never for long."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.core.questions.javascript_patterns import decidable, found
from kempelen.core.questions.pattern_programs import MAX_STEPS, Budget
from tests.steps import grows_evenly, steps

# Each row was run by V8: pattern, flags, text, found?
ROWS = [
    (r"^[0-9]+$", "", "12", True), (r"^[0-9]+$", "", "12\n", False), ("b", "", "abc", True), ("^b", "", "abc", False),
    (r"\d", "", "٣", False), (r"\w", "", "é", False), (r"\s", "", "\xa0", True), (r"\s", "", "\u180e", False),
    (r"^.$", "", "\u2028", False), (r"^.$", "", "\r", False), (r"^.$", "", "😀", False), (r"^..$", "", "😀", True),
    (r"[^]", "", "\n", True), (r"[]", "", "a", False), (r"\Z", "", "Z", True), (r"\A", "", "A", True),
    (r"x{,5}", "", "x{,5}", True), (r"a{2", "", "a{2", True), (r"]", "", "]", True), (r"}", "", "}", True),
    (r"^(\d{3})-\1$", "", "123-123", True), (r"^(\d{3})-\1$", "", "123-124", False), (r"(a)|\1b", "", "b", True),
    (r"\1(a)", "", "a", True), (r"\2(a)", "", "a", False), (r"\2(a)", "", "\x02a", True),
    (r"(?=.*\d)(?=.*[a-z])^.{4,8}$", "", "ab12", True), (r"^(?!.*x)", "", "axb", False), (r"a(?!b)", "", "abac", True),
    (r"^(?:a|ab)(?:c|bcd)$", "", "abcd", True), (r"^a{2,3}$", "", "aaaa", False), (r"^a{2,}?$", "", "aaaa", True),
    (r"^(a*)*$", "", "b", False), (r"^(?:a?)*?$", "", "aaa", True), (r"(z)((a+)?(b+)?(c))*", "", "zaacbbbcac", True),
    (r"^(?:(a)|b)*\1$", "", "ab", True), (r"\bmug\b", "", "a mug.", True), (r"\bmug\b", "", "smug", False),
    (r"\Bu", "", "mug", True), (r"^[\w.-]+@[\w-]+\.\w{2,}$", "", "a.b-c@d-e.org", True), (r"[\b]", "", "\b", True),
    (r"^mug$", "i", "MUG", True), (r"^[a-f]+$", "i", "CAFE", True), (r"^[^a-f]$", "i", "C", False),
    (r"ß", "i", "SS", False), (r"k", "i", "\u212a", False), (r"\u212a", "i", "k", False), (r"é", "i", "É", True),
    (r"ſ", "i", "s", False), (r"\x41\u0042\t\cA", "", "AB\t\x01", True), (r"\/\-\_", "", "/-_", True),
    (r"(?<year>\d{4})-\k<year>", "", "2026-2026", True), (r"\k", "", "k", True), (r"a||b", "", "", True),
    (r"", "", "", True), (r"^$", "", "", True), (r"^$", "", "a", False), (r"[a-\d]", "", "-", True),
    (r"^(?:\+?1[-. ]?)?\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4}$", "", "(555) 010-9999", True),
    (r"^[+-]?\d+$", "", "-5", True),
    (r"((a)|(b))+\2", "", "ab", True), (r"^(?=(a+))a*b\1$", "", "aaab", False), (r"(?=(a+))a*b\1", "", "baaabac", True),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "flags", "text", "expected"), ROWS)
def test_a_pattern_means_what_it_means_in_javascript(pattern: str, flags: str, text: str, expected: bool):
    assert decidable(pattern, ignore_case=flags == "i")
    assert found(pattern, text, ignore_case=flags == "i") is expected


@pytest.mark.parametrize(
    "pattern", ["(", ")", "[", "a**", "*", "+a", "\\", "[b-a]", "a{2,1}", "(?<=a)b", "(?P<a>b)", "(?i)a", "{1}", "(?<a"]
)
def test_what_is_no_pattern_or_needs_looking_behind_is_left_to_the_browser(pattern: str):
    assert not decidable(pattern)
    assert found(pattern, "anything")


BOMBS = {
    "nested": ("^(a+)+$", "a" * 200 + "!"),
    "either way": ("^(a|a)*$", "a" * 200 + "!"),
    "anything": ("^(.*)*x$", "a" * 200 + "!"),
    "looking ahead": ("(?=(a*)*b)", "a" * 200 + "!"),
    "looking ahead in looking ahead": ("(?=" * 30 + ".*" + ")*" * 30 + "z", "a" * 10_000),
    "long programs": ("a{0,900}" * 5 + "$b", "a" * 200 + "!"),
    "deep": ("(" * 60 + ")" * 60, "a"),
    "deeper": ("(?:" * 20_000, "a"),
    "repeated repetitions": ("(" * 9 + "a" + "{0,9}){0,9}" * 9 + "b", "a" * 100),
    "captures by the thousand, each remembered": ("(x)*" + "()" * 2_000 + "$y", "x" * 60_000),
    "captures by the hundred, all forgotten": ("(?:(x)" + "()" * 800 + ")*$y", "x" * 60_000),
    "a long text again": (r"^(.*)\1\1y", "a" * 1_000_000),
    "a long text again in any case": (r"(.*)\1y", "aB" * 500_000),
    "many ranges": ("[" + "".join(f"{chr(n)}-{chr(n + 1)}" for n in range(256, 20_000, 3)) + "]*!", "b" * 10_000),
    "a text without end": ("[^b]z", "b" * 4_000_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_pattern_that_takes_too_much_counts_as_found(name: str):
    pattern, text = BOMBS[name]
    assert found(pattern, text, budget=Budget(100_000))


GROWING = {
    "open sets": "[",
    "open groups with names": "(?<",
    "groups": "()",
    "groups that capture nothing": "(?:)",
    "names": "(?<a>b)",
    "names that are not closed": r"(?<a>b)\k<a",
    "open look-ahead": "(?=a",
    "alternatives": "|",
    "sets": "[a]",
    "back-slashes": "\\",
    "ranges": "[a-b]",
    "characters": "a",
    "repeated parts that nothing is left of": "(?:(?:a{99}){49}){0}",
    "repetitions": "a{2}",
}


@pytest.mark.parametrize("name", GROWING)
def test_steps_grow_no_faster_than_the_pattern(name: str):
    part = GROWING[name]

    def lines(size: int) -> int:
        return steps(lambda pattern: found(pattern, "b", budget=Budget(1_000)), "(?:a)?" + part * (size // len(part)))

    def counted(size: int) -> int:
        budget = Budget()
        found(part * (size // len(part)), "b", budget=budget)
        return MAX_STEPS - budget.left

    assert grows_evenly(lines, (500, 1_000, 2_000))
    assert grows_evenly(counted, (16_000, 32_000, 64_000))


@pytest.mark.parametrize("name", GROWING)
def test_every_line_of_a_pattern_is_paid_for(name: str):
    """The budget bounds what runs: some lines a step, and some for each character of pattern and text."""
    part, text = GROWING[name], "b" * 500
    for left in (500, 1_000, 2_000):
        pattern = part * (4_000 // len(part)) + f"{left}"
        lines = steps(lambda given, left=left: found(given, text, budget=Budget(left)), pattern)
        assert lines < 80 * left + 25 * len(pattern + text)


def test_a_pattern_costs_the_same_whether_its_program_was_kept_or_not():
    pattern = "(?:ab?){1,20}[a-c]+7$"
    first, second = Budget(), Budget()
    assert found(pattern, "abab7", budget=first) == found(pattern, "abab7", budget=second)
    assert first.left == second.left


def test_a_pattern_that_was_given_up_for_want_of_steps_is_read_when_there_are_enough():
    pattern = "^a{900}9$"
    assert found(pattern, "b", budget=Budget(50))
    assert not found(pattern, "b")
    spent = Budget(50)
    found("^a{900}10$", "b", budget=spent)
    assert spent.left < 0, "what was tried is paid for"


@pytest.mark.parametrize("sign", ["", "^"])
@given(
    st.lists(st.sampled_from(["a-f", "0-9", "q", "\\d", "\\W", "\\s", "\\S", "z-", "\\x00-\\x20", "é-ü"]), min_size=1)
)
def test_a_set_has_the_characters_that_it_has_in_python(sign: str, members: list[str]):
    pattern = f"[{sign}{''.join(members)}]"
    known = re.compile(pattern.replace("z-", "z\\-"), re.ASCII)
    for character in "aAfgq09z- \n_é\x00\x1f~ü\x7f":
        assert found(pattern.replace("z-", "z\\-"), character) == bool(known.search(character)), character


def test_many_patterns_take_no_more_than_one():
    """What a form's patterns may take is for all of them: reading them counts, and so do the texts."""
    budget, text = Budget(100_000), "a" * 20_000
    patterns = [f"a{{1,{900 + number % 90}}}{number}$" for number in range(1_000)]
    assert not found(patterns[0], "b", budget=budget)
    assert all(found(pattern, text, budget=budget) for pattern in patterns)
    assert budget.left < 0


def test_a_class_of_many_characters_is_one_look():
    characters = "".join(map(chr, range(256, 20_000)))
    assert not found(f"[{characters}]$", "b" * 1_000)
    assert found(f"[^{characters}]$", "b" * 1_000)
    assert found(f"[{characters}]$", "B" + chr(300), ignore_case=True)


ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\d", "\\w"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, inner).map("(?:{0[0]}|{0[1]})".format),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{1,2}", "{2}", "*?", "??"])).map("(?:{0[0]}){0[1]}".format),
        inner.map("({})".format),
        inner.map("(?={})".format),
        inner.map("(?!{})".format),
    )


@pytest.mark.slow
@given(st.recursive(ATOMS, _grown, max_leaves=6), st.text("ab1!", max_size=6), st.booleans())
def test_where_both_agree_it_is_as_in_python(pattern: str, text: str, whole: bool):
    pattern = f"^(?:{pattern})$" if whole else pattern
    budget = Budget()
    assert found(pattern, text, budget=budget) == bool(re.search(pattern, text, re.ASCII))
    assert budget.left > 0
