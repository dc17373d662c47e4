"""QuestionForms: what is read, what is refused and why, what answers are checked for and how they are written."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.core.questions import form_answers
from kempelen.core.questions.form_answers import Fault
from kempelen.core.questions.question_forms import (
    Application,
    FileUploadAnswer,
    FormattedContent,
    FreeTextAnswer,
    List,
    Media,
    Overview,
    Pattern,
    Question,
    QuestionForm,
    Range,
    Selection,
    SelectionAnswer,
    Text,
    Title,
    parse,
)
from kempelen.core.wire.errors import ParameterTooLong, ParameterTooShort, ParameterValidationError, XMLParseError
from tests.cost import cost
from tests.web.forms import (
    APPLET,
    CONTENT,
    EVERYTHING,
    FLASH,
    SCHEMAS,
    binary,
    choices,
    embedded,
    form,
    formatted,
    overview,
    question,
    regex,
    text,
)

Q = question("q", text())


def detail(form_xml: str) -> str:
    """What a text is refused with, after `Details: `."""
    with pytest.raises(XMLParseError) as caught:
        parse(form_xml)
    return caught.value.message.partition(" Details: ")[2]


def upload(first: str = "MaxFileSizeInBytes", second: str = "MinFileSizeInBytes", size: int = 9) -> str:
    return f"<FileUploadAnswer><{first}>{size}</{first}><{second}>1</{second}></FileUploadAnswer>"


# ---------------------------------------------------------------------------------------------- what is read


def test_the_form_of_the_documentation_is_read_whole():
    read = parse(
        form(
            overview("<Title>A mug</Title>" + formatted("<p>Look</p>")),
            question(
                "colour",
                choices(
                    "r=Red", "b=Blue", least=1, most=3, style="checkbox",
                    other="<Constraints><Length maxLength='20'/></Constraints>",
                ),
                required="true",
            ),
            question(
                "price",
                text('<IsNumeric minValue="1" maxValue="99"/>' + regex("^[0-9]+$", "Whole."), default="5"),
                name="Price",
            ),
        )
    )  # fmt: skip
    asked = (Text("What do you see?"),)
    assert read == QuestionForm(
        (
            Overview((Title("A mug"), FormattedContent("<p>Look</p>"))),
            Question(
                "colour",
                "",
                True,
                asked,
                SelectionAnswer(
                    1,
                    3,
                    "checkbox",
                    (Selection("r", Text("Red")), Selection("b", Text("Blue"))),
                    FreeTextAnswer(length=Range(None, 20)),
                ),
            ),
            Question(
                "price",
                "Price",
                False,
                asked,
                FreeTextAnswer(numeric=Range(1, 99), patterns=(Pattern("^[0-9]+$", "Whole."),), default_text="5"),
            ),
        )
    )


def test_every_kind_of_content_is_read():
    (first,) = parse(form(overview(CONTENT + FLASH + APPLET), date="2005-10-01")).parts
    kinds = [type(piece) for piece in first.content]
    assert kinds == [
        Title,
        Text,
        List,
        FormattedContent,
        Media,
        Media,
        Media,
        Media,
        Media,
        Media,
        Application,
        Application,
    ]
    assert first.content[1] == Text("Look <b>closely</b>, then answer.")
    assert first.content[7] == Media(
        "image", "x", "http://127.0.0.1:9/mug.png", "Something with a mug", True, "320", "60"
    )
    assert first.content[10:] == (Application("Flash", "http://127.0.0.1:9/a.swf"), Application("Java", "Mug.class"))


def test_what_is_not_said_has_its_default():
    (one, two) = parse(form(question("a", choices("x=X")), question("b", text(regex("a"))))).questions
    assert one.answer == SelectionAnswer(1, 1, None, (Selection("x", Text("X")),))
    assert two.answer == FreeTextAnswer(patterns=(Pattern("a", "Invalid input supplied."),))
    assert (two.is_required, two.display_name, two.least) == (False, "", 0)


VALID = {
    "one Overview and no Question": form(overview("<Text>a</Text>")),
    "Overviews between Questions": form(Q, overview("<Text>a</Text>"), question("r", text())),
    "IsRequired 1": form(question("q", text(), required="1")),
    "empty FreeTextAnswer": form(question("q", "<FreeTextAnswer/>")),
    "empty Constraints": form(question("q", "<FreeTextAnswer><Constraints/></FreeTextAnswer>")),
    "only Selections": form(question("q", choices("a=A"))),
    "empty OtherSelection": form(question("q", choices("a=A", other=""))),
    "empty AltText": form(question("q", text(), content=binary(alt=""))),
    "no SubType in a MimeType": form(overview(binary().replace("<SubType>png</SubType>", ""))),
    "file upload in 2005": form(question("q", upload()), date="2005-10-01"),
    "applications in 2005": form(overview(FLASH + APPLET), date="2005-10-01"),
    "any embedded type": form(overview(embedded("application/pdf"))),
    "more than can be chosen": form(question("q", choices("a=A", most=9))),
    "patterns": form(question("q", text(regex("a") + regex("b")))),
    "prefix": form(Q).replace("<", "<q:").replace("<q:/", "</q:").replace("xmlns", "xmlns:q"),
    "declaration, comment, blanks": '<?xml version="1.0"?>\n<!-- a -->' + form("\n", Q, "<!-- b -->\n"),
    **{
        style: form(question("q", choices("a=A", style=style)))
        for style in ("radiobutton", "checkbox", "list", "dropdown", "combobox", "multichooser")
    },
}


@pytest.mark.parametrize("form_xml", VALID.values(), ids=VALID)
def test_a_valid_form_is_taken(form_xml: str):
    assert isinstance(parse(form_xml), QuestionForm)


# ---------------------------------------------------------------------------------------------- what is refused

INVALID = {
    "no child": form(),
    "empty Overview": form(overview("")),
    "empty List": form(overview("<List/>")),
    "IsRequired yes": form(question("q", text(), required="yes")),
    "DisplayName after IsRequired": form(
        Q.replace("<QuestionContent>", "<IsRequired>1</IsRequired><DisplayName>a</DisplayName><QuestionContent>")
    ),
    "no identifier": form(Q.replace("<QuestionIdentifier>q</QuestionIdentifier>", "")),
    "maxLength 0": form(question("q", text('<Length maxLength="0"/>'))),
    "minLength -1": form(question("q", text('<Length minLength="-1"/>'))),
    "minValue 1.5": form(question("q", text('<IsNumeric minValue="1.5"/>'))),
    "no regex": form(question("q", text("<AnswerFormatRegex/>"))),
    "Length before IsNumeric": form(question("q", text("<Length/><IsNumeric/>"))),
    "two Lengths": form(question("q", text("<Length/><Length/>"))),
    "0 lines": form(question("q", text(lines=0))),
    "DefaultText after lines": form(
        question("q", text(lines=1).replace("</Free", "<DefaultText>a</DefaultText></Free"))
    ),
    "style radio": form(question("q", choices("a=A", style="radio"))),
    "StyleSuggestions": form(question("q", choices("a=A", style="list").replace("Suggestion>", "Suggestions>"))),
    "MaxSelectionCount 0": form(question("q", choices("a=A", most=0))),
    "OtherSelection first": form(
        question("q", choices("a=A").replace("<Selections>", "<Selections><OtherSelection/>"))
    ),
    "only OtherSelection": form(question("q", choices(other=""))),
    "no Selection": form(question("q", choices())),
    "two answers": form(question("q", text() + text())),
    "file upload Min, Max": form(question("q", upload("MinFileSizeInBytes", "MaxFileSizeInBytes")), date="2005-10-01"),
    "file upload of 2 GB and a byte": form(question("q", upload(size=2_000_000_001)), date="2005-10-01"),
    "file upload in 2017": form(question("q", upload())),
    "application in 2017": form(overview(FLASH)),
    "Binary application": form(overview(binary("application"))),
    "DataURL ftp": form(overview(binary(url="ftp://a/b.png"))),
    "DataURL script": form(overview(binary(url="javascript:alert(1)//http://"))),
    "EmbeddedMimeType without SubType": form(overview(embedded("image").replace("<SubType>x</SubType>", ""))),
    "text between elements": form("mug", Q),
    "an attribute": form(Q.replace("<Question>", '<Question id="a">')),
    "markup in Text": form(overview("<Text><b>a</b></Text>")),
    "another namespace inside": form(Q.replace("<Question>", '<Question xmlns="urn:x">')),
}


@pytest.mark.parametrize("form_xml", INVALID.values(), ids=INVALID)
def test_a_form_against_its_schema_is_refused_in_the_words_of_xerces(form_xml: str):
    assert detail(form_xml).startswith("cvc-")


def test_a_refusal_says_what_is_wrong_what_was_expected_and_in_which_line():
    namespace = SCHEMAS + "2017-11-06/QuestionForm.xsd"
    assert detail(form("\n<Question>\n<QuestionContent/></Question>")) == (
        "cvc-complex-type.2.4.a: Invalid content was found starting with element 'QuestionContent'. "
        f"One of '{{\"{namespace}\":QuestionIdentifier}}' is expected. Line 3."
    )
    assert detail(form(Q.replace("<QuestionContent>", "<Extra/><QuestionContent>"))).endswith(
        f'One of \'{{"{namespace}":DisplayName, "{namespace}":IsRequired, "{namespace}":QuestionContent}}\' '
        "is expected. Line 1."
    )
    assert detail(form(question("q", choices("a=A", most=0)))) == (
        "cvc-minInclusive-valid: Value '0' is not facet-valid with respect to minInclusive '1' for type "
        "'positiveInteger'. Line 1."
    )


@pytest.mark.parametrize(
    ("form_xml", "told"),
    [
        (
            form(Q, "\n", Q),
            (
                "cvc-identity-constraint.4.2.2: Duplicate key value [q] declared for identity constraint "
                '"QuestionIdentifier" of element "QuestionForm". Line 2.'
            ),
        ),
        (
            form("\n", question("q", choices("a=A", least=2))),
            "No answer can have the MinSelectionCount of 2: it is above the MaxSelectionCount of 1. Line 2.",
        ),
        (
            form(question("q", choices("a=A", least=2, most=2))),
            "No answer can have the MinSelectionCount of 2: it is above the 1 offered. Line 1.",
        ),
        (
            form(question("q", text('<Length minLength="3" maxLength="2"/>'))),
            "No answer can have minLength 3 and maxLength 2. Line 1.",
        ),
        (
            form(question("q", text('<IsNumeric minValue="3" maxValue="2"/>'))),
            "No answer can have minValue 3 and maxValue 2. Line 1.",
        ),
    ],
)
def test_a_form_that_nobody_could_answer_is_refused(form_xml: str, told: str):
    assert detail(form_xml) == told


def test_a_form_has_1_to_65535_bytes():
    with pytest.raises(ParameterTooShort):
        parse("")
    largest = form(Q, " " * (65_535 - len(form(Q))))
    assert parse(largest)
    with pytest.raises(ParameterTooLong) as caught:
        parse(largest + " ", name="test")
    assert caught.value.message == "Your request parameter Test has a maximum length of 65535."


@given(
    st.integers(0, len(EVERYTHING)), st.integers(0, 12), st.sampled_from(["", "<", "&", "]]>", "<Text/>", "\0", "<!--"])
)
def test_whatever_is_sent_is_a_form_or_a_documented_refusal(place: int, cut: int, put: str):
    with contextlib.suppress(ParameterValidationError):
        assert isinstance(parse(EVERYTHING[:place] + put + EVERYTHING[place + cut :]), QuestionForm)


@pytest.mark.slow
@pytest.mark.parametrize(
    "hostile",
    [
        form(overview("<Text/>" * 9_000)),
        form(*(f"{question(str(n), text())}" for n in range(280))),
        form(question("q", choices(*("a=A",) * 900))),
        form(overview(formatted("<b>" * 8_000))),
        form(overview(formatted("&nbsp;" * 10_000))),
        form(question("q", text(regex("(a" * 20_000)))),
    ],
)
def test_a_hostile_form_costs_little_more_than_another_of_its_size(hostile: str):
    plain = form(overview("<Text>mug mug</Text>" * 3_000))
    assert cost(lambda: read_or_refused(hostile)) < 40 * cost(lambda: read_or_refused(plain)), "quadratic: thousands"


def read_or_refused(form_xml: str) -> None:
    with contextlib.suppress(ParameterValidationError):
        parse(form_xml)


# ---------------------------------------------------------------------------------------------- constraints


def faults(answer: str, *fields: tuple[str, str], required: str = "") -> list[str]:
    read = parse(form(question("q", answer, required=required)))
    return [fault.text for fault in form_answers.check_answers(read, fields)]


def said(answer: str, written: str, required: str = "") -> str:
    return "".join(faults(answer, ("answer-1", written), required=required))


@pytest.mark.parametrize("written", ["1", "99", " 5 ", "+5", "05", "5.", "98.999999999999999999999"])
def test_a_number_within_its_bounds_passes(written: str):
    assert said(text('<IsNumeric minValue="1" maxValue="99"/>'), written) == ""


@pytest.mark.parametrize("written", ["0", "100", "99.000000000000000000001", "-5", "five", "5 5", "1e1", "٥", "", " "])
def test_what_is_no_number_within_its_bounds_is_a_fault(written: str):
    told = said(text('<IsNumeric minValue="1" maxValue="99"/>'), written, required="true")
    assert told in ("Write a number from 1 to 99.", "This question needs an answer.")


def test_without_bounds_any_number_passes():
    assert [said(text("<IsNumeric/>"), one) for one in ("-1.5", ".5", "x")] == ["", "", "Write a number."]


def test_an_answer_that_nobody_asked_for_may_be_empty():
    assert said(text("<IsNumeric/>" + regex("^a$")), "") == ""
    assert faults(text()) == []


def test_a_length_counts_blanks_as_browsers_do_and_above_0_asks_for_an_answer():
    answer = text('<Length minLength="2" maxLength="4"/>')
    assert [bool(said(answer, one)) for one in ("", "a", "  ", "abcd", "abcde", "😀😀", "😀😀a", "a\r\nbc")] == [
        True, True, False, False, True, False, True, False,
    ]  # fmt: skip
    assert said(answer, "abcde") == "Write at most 4 characters. There are 5 now."


def test_a_pattern_is_searched_for_and_the_first_that_fails_is_told():
    answer = text(regex("[0-9]") + regex("x", "No x."), default="")
    assert [said(answer, one) for one in ("a1x", "x", "1")] == ["", "Invalid input supplied.", "No x."]
    assert said(text(regex("^MUG$", flags="i")), "mug") == ""
    assert said(text(regex("^MUG$")), "mug") != ""


@pytest.mark.slow
@pytest.mark.parametrize("hostile", ["^(a+)+$", "(.*.*.*.*.*.*)*b", "(a|a)*c", "(?:a?){60}a{60}b"])
def test_a_hostile_pattern_ends(hostile: str):
    """The steps are counted for the form: its many patterns end with what one may take, and count as found."""
    one, many = (parse(form(*(question(str(n), text(regex(hostile))) for n in range(count)))) for count in (1, 100))

    def check(read: QuestionForm) -> list[Fault]:
        return form_answers.check_answers(read, [(f"answer-{n}", "a" * 50 + "!") for n in range(1, 101)])

    assert check(many) == []
    assert cost(lambda: check(many)) < 20 * cost(lambda: check(one))


def test_a_required_question_needs_more_than_blanks():
    assert said(text(), " \n", required="true") == "This question needs an answer."


@pytest.mark.parametrize(
    ("least", "most", "required", "right"),
    [(None, None, "", {1}), (0, 1, "", {0, 1}), (0, 1, "true", {1}), (0, 2, "", {0, 1, 2}), (2, 3, "", {2, 3}),
     (1, 3, "true", {1, 2, 3}), (None, 3, "true", {1, 2, 3}), (None, 3, "", {1, 2, 3})],
)  # fmt: skip
def test_as_many_choices_as_asked_for_the_stricter_winning(least, most, required, right):
    assert taken(choices("a=A", "b=B", "c=C", "d=D", least=least, most=most), required) == right


@pytest.mark.parametrize(("most", "style"), [(2, ""), (4, "multichooser"), (2, "dropdown"), (1, "checkbox")])
def test_a_minimum_of_0_lets_all_check_boxes_stay_empty_also_where_an_answer_is_required(most, style):
    answer = choices("a=A", "b=B", "c=C", "d=D", least=0, most=most, style=style)
    assert taken(answer, "true") == set(range(most + 1))
    (read,) = parse(form(question("q", answer, required="true"))).questions
    assert read.least == 0


def taken(answer: str, required: str) -> set[int]:
    """With how many choices the answer is taken."""
    return {
        count
        for count in range(5)
        if not faults(answer, *(("answer-1", str(n + 1)) for n in range(count)), required=required)
    }


def test_the_other_counts_as_a_choice_and_must_be_said_within_its_constraints():
    answer = choices("a=A", other="<Constraints><Length maxLength='3'/></Constraints>")
    other = ("answer-1", "other")
    assert faults(answer, other, ("answer-1-other", "tea")) == []
    assert faults(answer, other, ("answer-1", "1"), ("answer-1-other", "tea")) == ["Choose one."]
    assert faults(answer, other) == ["Please say what the other is."]
    assert faults(answer, other, ("answer-1-other", "coffee")) == ["Write at most 3 characters. There are 6 now."]
    assert faults(answer, ("answer-1", "1"), ("answer-1-other", "coffee")) == []  # typed, then thought better of


@pytest.mark.parametrize("value", ["0", "3", "a", "other", " ", "01"])
def test_a_choice_that_is_not_offered_is_a_fault(value: str):
    assert faults(choices("a=A", "b=B"), ("answer-1", value)) == ["This choice is not one of those offered."]


def test_faults_name_their_question_by_number():
    read = parse(form(Q, question("r", choices("a=A")), question("s", text(), required="1")))
    assert form_answers.check_answers(read, []) == [
        Fault(2, "Choose one."),
        Fault(3, "This question needs an answer."),
    ]


# ---------------------------------------------------------------------------------------------- answers


def answer(form_xml: str, *fields: tuple[str, str]) -> str:
    written = form_answers.answer_xml(parse(form_xml), fields)
    namespace = f"{SCHEMAS}2005-10-01/QuestionFormAnswers.xsd"
    opening = f'<?xml version="1.0" encoding="ASCII"?><QuestionFormAnswers xmlns="{namespace}">'
    assert written.startswith(opening)
    assert written.endswith("</QuestionFormAnswers>")
    return written[len(opening) : -len("</QuestionFormAnswers>")]


def test_the_answer_of_the_documentation():
    asked = form(question("colour", choices("r=Red", "b=Blue", most=3, other="")), question("note", text(lines=2)))
    fields = [
        ("answer-1", "1"),
        ("answer-1", "other"),
        ("answer-1-other", "sea green"),
        ("answer-2", "café & bar\r\nsecond line"),
    ]
    assert answer(asked, *fields) == (
        "<Answer><QuestionIdentifier>colour</QuestionIdentifier><SelectionIdentifier>r</SelectionIdentifier>"
        "<OtherSelectionText>sea green</OtherSelectionText></Answer><Answer><QuestionIdentifier>note"
        "</QuestionIdentifier><FreeText>caf&#233; &amp; bar&#13;\nsecond line</FreeText></Answer>"
    )


def test_a_text_left_empty_is_there_and_empty_and_no_choice_is_only_the_question():
    asked = form(question("t", text()), question("c", choices("a=A", least=0)))
    assert (
        answer(asked)
        == answer(asked, ("answer-1", ""))
        == (
            "<Answer><QuestionIdentifier>t</QuestionIdentifier><FreeText/></Answer>"
            "<Answer><QuestionIdentifier>c</QuestionIdentifier></Answer>"
        )
    )


def test_choices_stand_in_the_order_of_the_form():
    asked = form(question("c", choices("z=Z", "a=A", "m=M", most=3)))
    told = answer(asked, ("answer-1", "3"), ("answer-1", "1"), ("answer-1", "3"))
    assert told == (
        "<Answer><QuestionIdentifier>c</QuestionIdentifier><SelectionIdentifier>z</SelectionIdentifier>"
        "<SelectionIdentifier>m</SelectionIdentifier></Answer>"
    )


def test_identifiers_may_be_anything():
    asked = form(question("assignmentId", text()), question("answer-1", text()), question("&lt;é&gt;", text()))
    assert answer(asked, ("answer-1", "x"), ("answer-2", "y"), ("answer-3", "z"), ("else", "!")) == (
        "<Answer><QuestionIdentifier>assignmentId</QuestionIdentifier><FreeText>x</FreeText></Answer>"
        "<Answer><QuestionIdentifier>answer-1</QuestionIdentifier><FreeText>y</FreeText></Answer>"
        "<Answer><QuestionIdentifier>&lt;&#233;&gt;</QuestionIdentifier><FreeText>z</FreeText></Answer>"
    )


def test_a_file_upload_is_read_in_forms_of_2005():
    (one,) = parse(form(question("f", upload()), date="2005-10-01")).questions
    assert one.answer == FileUploadAnswer(9, 1)
