"""Layouts: values put into pages, raw, once and all of them."""

import pytest

from kempelen.config import Config
from kempelen.core.questions import layouts, questions
from kempelen.core.wire.errors import HTMLParseError, InvalidParameterValue, MissingLayoutParameters, XMLParseError
from kempelen.core.wire.shapes import HITLayoutParameter
from tests.steps import steps

PAGE = "<!DOCTYPE html><form><p>{}</p><input name='answer'></form>"


def page(html: str, frame_height: int = 0, /, **values: str) -> str:
    """The page that a Worker's browser gets."""
    parameters = [HITLayoutParameter(name=name, value=value) for name, value in values.items()]
    made = questions.parse(layouts.question(html, frame_height, parameters), max_bytes=None)
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


NAMES = [
    "image url",
    " padded ",
    "Größe",
    "a-b.c",
    "2",
    "_",
    "Input.image_1",
    "写真",
    "चित्र",
    "می\u200cخواهم",
    "e\u0301",
]
EXPRESSIONS = ["{", "a\nb", "$", "1 + 1", "f()", "list[0]", '" + n + "', "a ? b", "q (1)", "50%", "-", "it's"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_between_the_braces_must_be_given_a_value(name):
    html = PAGE.format("${" + name + "}")
    assert layouts.variables(html) == [name]
    with pytest.raises(MissingLayoutParameters) as refusal:
        page(html)
    assert refusal.value.message.endswith(f"Missing parameter names: {name}")
    assert page(html, **{name: "seen"}) == PAGE.format("seen")


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_stays_as_it_is_unless_a_value_of_that_name_is_given(text):
    html = PAGE.format("${" + text + "} ${name}")
    assert layouts.variables(html) == ["name"]
    assert page(html, name="Ann") == PAGE.format("${" + text + "} Ann")
    assert page(html, **{"name": "Ann", text: "seen"}) == PAGE.format("seen Ann")


@pytest.mark.parametrize("text", ["${}", "$name", "{name}", "$ {name}", "${name", "}${", "\\$", "${${", "${ }"])
def test_what_holds_no_name_stays(text):
    html = PAGE.format("") + text
    assert layouts.variables(html) == []
    assert page(html) == html


def test_a_variable_begins_at_the_last_sign_before_its_end():
    assert page("<form>${open ${name} ${f(`${name}`)} ${${name}}", name="Ann") == "<form>${open Ann ${f(`Ann`)} ${Ann}"


def script(code: str, **attributes: str) -> str:
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<form><p>${{name}}</p></form><script{written}>{code}</script>"


STAYING = {
    "an expression": "show(`${1 + 1} ${list[0]} ${f({ a: 1 })}`)",
    "a property": "show(`${where.pathname} ${document.title}`)",
    "a variable of the script": "for (const n of [1, 2]) show(`${n} of 2`)",
    "a parameter of a function": "rows.map(row => `<li>${row}</li>`)",
    "a variable of an expression beside it": "show(`${n} ${n + 1}`)",
    "operators that are words": "show(`${typeof x} ${new Date} ${a in b} ${a - b}`)",
    "a value of the language": "show(`${this} ${undefined}`)",
    "a literal in a literal": "const a = 1; show(`${a ? `<b>${a}</b>` : ''}`)",
    "after a regular expression with a backtick": "const n = 1; text.replace(/[`/]/g, ''); show(`${n}`)",
    "after strings and comments with backticks": "// `\n/* ` */ const n = '`' + \"`\"; show(`${n}`)",
    "the same name in a function": "const rows = [1].map(rows => `${rows}`); let a = function (a) { return `${a}` }",
    "a name that has its value": "let n = 1; n = `${n}+`; const m = 2\nshow(`${m}`)",
    "after a division": "const n = (a + b) / 2 / c; show(`${n}`)",
    "after a line that does not parse": "x = (/[`\nlet n = 1; show(`${n}`)",
}


@pytest.mark.parametrize("code", STAYING.values(), ids=STAYING)
@pytest.mark.parametrize("kind", [{}, {"type": "module"}, {"type": "text/javascript", "id": "a"}])
def test_what_a_scripts_template_literal_means_itself_stays(code, kind):
    html = script(code, **kind)
    assert layouts.variables(html) == ["name"]
    assert page(html, name="Ann") == html.replace("${name}", "Ann")


def test_a_template_literal_may_use_a_name_of_another_script():
    html = "<form></form><script>let total = 3</script><script>show(`${total}`)</script>"
    assert page(html) == html


@pytest.mark.parametrize(
    "code",
    ["show(`${data}`)", "let d = \"${data}\"", "let d = '${data}'", "let d = ${data}", "`a` + '${data}' + `b`",
     "// ${data}", "show(`\\${data}`)", "let d = '`${data}`'",
     "show(`${data}`, a.data)", "const data = `${data}`", "let data = JSON.parse(`${data}`), n = 1",
     "var data =\t`\n${data}\n`; show(data)"],
)  # fmt: skip
def test_a_name_in_a_script_that_only_the_layout_can_mean_must_be_given_a_value(code):
    html = script(code)
    assert layouts.variables(html) == ["name", "data"]
    with pytest.raises(MissingLayoutParameters):
        page(html, name="Ann")
    assert page(html, name="Ann", data="[1]") == html.replace("${name}", "Ann").replace("${data}", "[1]")


@pytest.mark.parametrize("name", ["data sheet", "the.data sheet", "a - b c", "new data sheet"])
def test_so_must_words_beside_one_another_that_no_script_could_mean(name):
    assert layouts.variables(script("let data = 1; show(`${" + name + "}`)")) == ["name", name]


@pytest.mark.parametrize(
    "html",
    ["<p>`${n}`</p>", "<!-- <script>show(`${n}`)</script> -->", "<textarea><script>show(`${n}`)</script></textarea>",
     "<script type='text/html'>`${n}`</script>", "<script type=application/json>\"`${n}`\"</script>",
     "<style>`${n}`</style>", "<script data-x=a type='x/y'>`${n}`</script>", "<scripts>`${n}`</scripts>"],
)  # fmt: skip
def test_backticks_outside_of_javascript_are_text(html):
    assert layouts.variables("<script>let n = `${n}`</script>" + html) == ["n"]


def test_a_value_goes_into_template_literals_too():
    html = script("show(`Hello ${name}`)")
    assert page(html, name="Ann") == html.replace("${name}", "Ann")


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


def test_a_page_may_be_far_larger_than_the_question_parameter():
    html = PAGE.format("${a}") + "ä" * 500_000
    assert page(html, a="x" * 1_000_000) == html.replace("${a}", "x" * 1_000_000)


@pytest.mark.parametrize("filling", ["]]>", "é", "x", "]"])
def test_the_largest_layout_and_a_request_of_values_make_a_page(filling):
    html = PAGE.format("${a}")
    html += filling * ((layouts.MAX_LAYOUT_BYTES - len(html)) // len(filling.encode()))
    assert page(html, a="x" * Config().max_request_bytes).endswith(filling)


def test_a_page_has_at_most_four_mebibytes():
    html = PAGE.format("${a}")
    room = layouts.MAX_PAGE_BYTES - len(PAGE.format(""))
    assert page(html, a="x" * room)
    for too_long in ("x" * (room + 1), "x" * (room - 1) + "ä"):
        with pytest.raises(InvalidParameterValue) as refusal:
            page(html, a=too_long)
        assert refusal.value.message == (
            'The value "a" is not valid for the parameter HITLayoutParameters. With these values the page is longer '
            "than 4194304 bytes; this one is the longest."
        )


def test_a_small_request_cannot_ask_for_a_huge_page():
    with pytest.raises(InvalidParameterValue, match="page is longer"):
        page("${a}" * 16_000, a="x" * 1_000_000)  # 16 GB, were it put together


HOSTILE = [
    "${", "${a", "${}", "}", "${a}", "<!--", "<script ", "<script>`${", "<script>`${`", "<script>/[", "<script>x/",
    "<script>'",
    "<script>/*", "<script>`\\", "<script type='", "<style ", "<script>`</script>", "<script>{`${{", "<script>//",
    "<script>`$",
]  # fmt: skip


@pytest.mark.parametrize("opening", ["", "${name}<script>`", "${name}`<script>"])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_layout_twice_as_long_takes_at_most_twice_the_steps(hostile, opening):
    """Of Python's; each expression in the module reads on from where the one before it has ended."""
    once, twice = (steps(layouts.variables, opening + hostile * count) for count in (300, 600))
    assert twice <= 2 * once + 100
