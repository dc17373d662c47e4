"""Questions: what is accepted, what is refused and in which words, and the address a frame loads."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.core.questions import questions
from kempelen.core.questions.question_forms import Overview, QuestionForm, Text
from kempelen.core.questions.questions import ExternalQuestion, HTMLQuestion, frame_url, parse
from kempelen.core.wire.errors import (
    HTMLParseError,
    InvalidParameterValue,
    ParameterTooLong,
    ParameterValidationError,
    QuestionTooShort,
    XMLParseError,
)
from tests.cost import cost

SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/"
HTML = SCHEMAS + "2011-11-11/HTMLQuestion.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
EXTERNAL = SCHEMAS + "2006-07-14/ExternalQuestion.xsd"
OVERVIEW = "<Overview><Text>Mug</Text></Overview>"
SECTION_END = 'The character sequence "]]>" must not appear in content unless used to mark the end of a CDATA section.'
NO_NAME = "The entity name must immediately follow the '&' in the entity reference."
UNENDED = "The reference to entity \"{}\" must end with the ';' delimiter."
PAGE = "<!DOCTYPE html><html><body><form action='/mturk/externalSubmit'><input name=a></form></body></html>"


def html_question(html: str = PAGE, *, height: str = "450", namespace: str = HTML) -> str:
    content = f"<HTMLContent><![CDATA[{html}]]></HTMLContent><FrameHeight>{height}</FrameHeight>"
    return f'<HTMLQuestion xmlns="{namespace}">{content}</HTMLQuestion>'


def external_question(url: str = "https://tasks.example.org/mug", *, height: str = "0") -> str:
    content = f"<ExternalURL>{url}</ExternalURL><FrameHeight>{height}</FrameHeight>"
    return f'<ExternalQuestion xmlns="{EXTERNAL}">{content}</ExternalQuestion>'


def refusal(question_xml: str) -> str:
    """What a text is refused with, after `Details: `."""
    with pytest.raises(XMLParseError) as caught:
        parse(question_xml)
    opening, _, detail = caught.value.message.partition(" Details: ")
    assert opening == (
        "There was an error parsing the XML question or answer data in your request.  Please make sure the data is "
        "well-formed and validates against the appropriate schema."
    )
    return detail


# ---------------------------------------------------------------------------------------------- what is accepted


def test_an_html_question_gives_its_page_and_height():
    assert parse(html_question()) == HTMLQuestion(PAGE, 450)


def test_an_external_question_gives_its_address_and_height():
    question = external_question("https://tasks.example.org/mug?round=2&amp;lang=en#top", height="0")
    assert parse(question) == ExternalQuestion("https://tasks.example.org/mug?round=2&lang=en#top", 0)


WRITINGS = {
    "declared": '<?xml version="1.0" encoding="UTF-8"?>\n' + html_question(),
    "declared in another encoding": '<?xml version="1.0" encoding="UTF-16"?>' + html_question(),
    "declared as standalone": '<?xml version="1.0" encoding="ASCII" standalone="yes"?>' + html_question(),
    "blanks around it": "\n  " + html_question() + "\n",
    "byte order mark": "\ufeff" + html_question(),
    "comments": "<!-- a > b --><?pi x?>" + html_question() + "<!-- end -->",
    "blanks in the namespace": html_question(namespace=" " + HTML + "\n"),
    "schemaLocation": html_question().replace(">", f' xmlns:xsi="{XSI}" xsi:schemaLocation="a b">', 1),
    "prefix": re.sub("<(/?)([HF])", r"<\1q:\2", html_question()).replace("xmlns", "xmlns:q"),
    "blanks in a number": html_question(height=" 450\n"),
    "sign and zero in a number": html_question(height="+0450"),
    "comment in a number": html_question(height="4<!-- four hundred -->50"),
}


@pytest.mark.parametrize("question", WRITINGS.values(), ids=WRITINGS)
def test_a_question_may_be_written_in_any_way_xml_allows(question: str):
    assert parse(question) == HTMLQuestion(PAGE, 450)


def test_a_page_may_be_escaped_or_split_or_hold_any_character():
    page = "<form>é😀 ]]> &amp; \t\n</form>"
    escaped = page.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("😀", "&#128512;")
    assert parse(html_question(f"]]>{escaped}<![CDATA[")) == HTMLQuestion(page, 450)
    assert parse(html_question(page.replace("]]>", "]]]]><![CDATA[>"))) == HTMLQuestion(page, 450)


def test_an_address_is_trimmed():
    assert parse(external_question("\n  https://a.example/x\n")) == ExternalQuestion("https://a.example/x", 0)


@pytest.mark.parametrize(
    "url", ["https://a.example/?ids[]=1", "https://a.example/100%", "HTTPS://A.example:8443/é?ü={x}"]
)
def test_an_address_that_browsers_take_is_taken(url: str):
    assert parse(external_question(url)) == ExternalQuestion(url, 0)


def test_a_frame_height_below_zero_is_automatic():
    assert parse(html_question(height="-1")) == HTMLQuestion(PAGE, 0)


# ---------------------------------------------------------------------------------------------- size


def test_an_empty_question_is_refused():
    with pytest.raises(QuestionTooShort) as caught:
        parse("")
    assert caught.value.message == "Your request parameter Question  has a minimum length of 1."


@pytest.mark.parametrize("filling", ["x", "é", "€", "😀"])
def test_a_question_has_at_most_65535_bytes_of_utf_8(filling: str):
    room = 65_535 - len(html_question("<form>").encode())
    count, rest = divmod(room, len(filling.encode()))
    largest = html_question("<form>" + filling * count + "x" * rest)
    assert len(largest.encode()) == 65_535
    assert isinstance(parse(largest), HTMLQuestion)
    with pytest.raises(ParameterTooLong) as caught:
        parse(largest + " ")
    assert caught.value.message == "Your request parameter Question has a maximum length of 65535."


# ---------------------------------------------------------------------------------------------- the schema


@pytest.mark.parametrize(
    ("question", "detail"),
    [
        (
            html_question(namespace="urn:other"),
            f"cvc-elt.1: Cannot find the declaration of element 'HTMLQuestion'. Its namespace must be {HTML}. Line 1.",
        ),
        (
            "<HTMLQuestion/>",
            f"cvc-elt.1: Cannot find the declaration of element 'HTMLQuestion'. Its namespace must be {HTML}. Line 1.",
        ),
        (
            "\n<Survey/>",
            (
                "cvc-elt.1: Cannot find the declaration of element 'Survey'. "
                "Send an HTMLQuestion, an ExternalQuestion or a QuestionForm. Line 2."
            ),
        ),
        (
            f'<HTMLQuestion xmlns="{HTML}"/>',
            (
                "cvc-complex-type.2.4.b: The content of element 'HTMLQuestion' is not complete. "
                f"One of '{{\"{HTML}\":HTMLContent}}' is expected. Line 1."
            ),
        ),
        (
            f'<HTMLQuestion xmlns="{HTML}">\n<FrameHeight>0</FrameHeight></HTMLQuestion>',
            (
                "cvc-complex-type.2.4.a: Invalid content was found starting with element 'FrameHeight'. "
                f"One of '{{\"{HTML}\":HTMLContent}}' is expected. Line 2."
            ),
        ),
        (
            html_question().replace("<FrameHeight>450</FrameHeight>", ""),
            (
                "cvc-complex-type.2.4.b: The content of element 'HTMLQuestion' is not complete. "
                f"One of '{{\"{HTML}\":FrameHeight}}' is expected. Line 1."
            ),
        ),
        (
            html_question().replace("<FrameHeight>", '<FrameHeight xmlns="">'),
            (
                "cvc-complex-type.2.4.a: Invalid content was found starting with element 'FrameHeight'. "
                f"One of '{{\"{HTML}\":FrameHeight}}' is expected. Line 1."
            ),
        ),
        (
            html_question().replace("</HTMLQ", "<Extra/></HTMLQ"),
            (
                "cvc-complex-type.2.4.d: Invalid content was found starting with element 'Extra'. "
                "No child element is expected at this point. Line 1."
            ),
        ),
        (
            html_question().replace("<HTMLQuestion", '<HTMLQuestion lang="en"'),
            "cvc-complex-type.3.2.2: Attribute 'lang' is not allowed to appear in element 'HTMLQuestion'. Line 1.",
        ),
        (
            html_question().replace("<FrameH", "text<FrameH"),
            (
                "cvc-complex-type.2.3: Element 'HTMLQuestion' cannot have character [children], "
                "because the type's content type is element-only. Line 1."
            ),
        ),
        (
            html_question("]]><p>no CDATA</p><![CDATA["),
            (
                "cvc-type.3.1.2: Element 'HTMLContent' is a simple type, so it must have no element information item "
                "[children]. Put it in a CDATA section, or write < as &lt; and & as &amp;. Line 1."
            ),
        ),
        *(
            (
                html_question(height=height),
                f"cvc-datatype-valid.1.2.1: '{height.strip()}' is not a valid value for 'integer'. Line 1.",
            )
            for height in ["", "tall", "4.5", "4 50", "٤", "0x1", "99999999999", "9" * 150]
        ),
        (
            external_question(height="tall"),
            "cvc-datatype-valid.1.2.1: 'tall' is not a valid value for 'integer'. Line 1.",
        ),
        (
            external_question().replace("ExternalURL", "ExternalUrl"),
            (
                "cvc-complex-type.2.4.a: Invalid content was found starting with element 'ExternalUrl'. "
                f"One of '{{\"{EXTERNAL}\":ExternalURL}}' is expected. Line 1."
            ),
        ),
    ],
)
def test_a_question_against_its_schema_is_refused_in_the_words_of_xerces(question: str, detail: str):
    assert refusal(question) == detail


def test_leading_zeros_of_a_height_do_not_count():
    assert parse(html_question(height="0" * 5000 + "7")) == HTMLQuestion(PAGE, 7)


@pytest.mark.parametrize("date", ["2005-10-01", "2017-11-06"])
def test_a_question_form_of_either_date_is_taken(date: str):
    form = parse(f'<QuestionForm xmlns="{SCHEMAS}{date}/QuestionForm.xsd">{OVERVIEW}</QuestionForm>')
    assert form == QuestionForm((Overview((Text("Mug"),)),))


def upload_form(*, least: int, most: int) -> str:
    bounds = f"<MaxFileSizeInBytes>{most}</MaxFileSizeInBytes><MinFileSizeInBytes>{least}</MinFileSizeInBytes>"
    asked = (
        "<Question><QuestionIdentifier>f</QuestionIdentifier><QuestionContent><Text>?</Text></QuestionContent>"
        f"<AnswerSpecification><FileUploadAnswer>{bounds}</FileUploadAnswer></AnswerSpecification></Question>"
    )
    return f'<QuestionForm xmlns="{SCHEMAS}2005-10-01/QuestionForm.xsd">{asked}</QuestionForm>'


def test_a_form_may_ask_for_files_that_can_be_uploaded_here():
    assert parse(upload_form(least=9, most=2_000_000_000), max_upload_bytes=9).takes_files
    with pytest.raises(InvalidParameterValue) as caught:
        parse(upload_form(least=10, most=2_000_000_000), max_upload_bytes=9)
    assert caught.value.message == (
        'The value "10" is not valid for the parameter Question. '
        "Files of 9 bytes are the largest that Workers can upload here."
    )


def test_a_question_form_of_another_date_is_unknown():
    assert refusal(f'<QuestionForm xmlns="{SCHEMAS}2011-11-11/QuestionForm.xsd"/>').startswith("cvc-elt.1: ")


# ---------------------------------------------------------------------------------------------- well-formed


@pytest.mark.parametrize(
    ("question", "detail"),
    [
        ("hello", "Content is not allowed in prolog. Line 1."),
        ("  \n", "Premature end of file. Line 2."),
        (
            '\n<?xml version="1.0"?>' + html_question(),
            'The processing instruction target matching "[xX][mM][lL]" is not allowed. Line 2.',
        ),
        (html_question()[:-5], "XML document structures must start and end within the same entity. Line 1."),
        (html_question().replace("]]>", ""), 'The CDATA section must end with "]]>". Line 1.'),
        (
            html_question() + html_question(),
            "The markup in the document following the root element must be well-formed. Line 1.",
        ),
        (
            external_question("https://a.example/?a=1&b=2"),
            "The reference to entity \"b\" must end with the ';' delimiter. Line 1.",
        ),
        (external_question("https://a.example/?é=1&\n&é=2"), NO_NAME + " Line 1."),
        (external_question("https://a.example/?a=1&größe=2&b=3"), UNENDED.format("größe") + " Line 1."),
        (external_question("https://a.example/?&lt=1"), UNENDED.format("lt") + " Line 1."),
        (external_question("https://a.example/?&" + "b" * 300), UNENDED.format("b" * 200 + "…") + " Line 1."),
        (external_question(height="&b.c-d"), UNENDED.format("b.c-d") + " Line 1."),
        (external_question().replace(" xmlns", " a='&b=1' xmlns"), UNENDED.format("b") + " Line 1."),
        (external_question("&1"), NO_NAME + " Line 1."),
        (external_question("&#38"), "The character reference must end with the ';' delimiter. Line 1."),
        (
            external_question("&#;"),
            'A decimal representation must immediately follow the "&#" in a character reference. Line 1.',
        ),
        (
            external_question("&#xz;"),
            'A hexadecimal representation must immediately follow the "&#x" in a character reference. Line 1.',
        ),
        (
            external_question("https://a.example/\n]]>"),
            SECTION_END + " Line 2.",
        ),
        (external_question("<!-- &b--c -->"), 'The string "--" is not permitted within comments. Line 1.'),
        (
            external_question("a < b"),
            "The content of elements must consist of well-formed character data or markup. Line 1.",
        ),
        (
            html_question("<form>&b\x01"),
            "An invalid XML character (Unicode: 0x1) was found in the element content of the document. Line 1.",
        ),
        (
            external_question("https://a.example/?a & b"),
            "The entity name must immediately follow the '&' in the entity reference. Line 1.",
        ),
        (external_question("https://a.example/&nbsp;"), 'The entity "nbsp" was referenced, but not declared. Line 1.'),
        (
            external_question("</b>"),
            'The element type "ExternalURL" must be terminated by the matching end-tag "</ExternalURL>". Line 1.',
        ),
        (
            html_question("<form>\n\x01"),
            "An invalid XML character (Unicode: 0x1) was found in the element content of the document. Line 2.",
        ),
        (
            html_question("<form>\ud83d"),
            "An invalid XML character (Unicode: 0xd83d) was found in the element content of the document. Line 1.",
        ),
        (external_question("&#0;"), "A character reference is to an invalid XML character. Line 1."),
        ('<q:HTMLQuestion xmlns="urn:x"/>', "The prefix of an element or attribute is not bound. Line 1."),
    ],
)
def test_an_ill_formed_text_is_refused_with_its_line(question: str, detail: str):
    assert refusal(question) == detail


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 20))


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE HTMLQuestion>",
        f'<!DOCTYPE HTMLQuestion [<!ENTITY e0 "ha">{BOMB}]>',
        '<!DOCTYPE HTMLQuestion [<!ENTITY e19 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE HTMLQuestion SYSTEM "http://127.0.0.1:9/x.dtd">',
        '<!DOCTYPE HTMLQuestion [<!ENTITY % e SYSTEM "http://127.0.0.1:9/x.dtd"> %e;]>',
    ],
    ids=["bare", "bomb", "external entity", "external subset", "parameter entity"],
)
def test_a_document_type_is_refused_before_it_can_do_anything(doctype: str):
    assert refusal(doctype + html_question("]]>&e19;<![CDATA[")) == (
        'DOCTYPE is disallowed when the feature "http://apache.org/xml/features/disallow-doctype-decl" set to true. '
        "Line 1."
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "<a>" * 20_000,
        html_question().replace(">", " " + " ".join(f'a{n}=""' for n in range(8_000)) + ">", 1),
        f'<HTMLQuestion xmlns="{HTML}">' + "<!---->" * 9_000,
        *(
            html_question(piece * (64_000 // len(piece)))
            for piece in [
                "<",
                "<!--",
                "<script ",
                "<script src='",
                "<style>",
                "<title",
                "<form",
                "<a b='",
                "</script",
                "&",
            ]
        ),
    ],
)
def test_a_hostile_text_costs_little_more_than_another_of_its_size(hostile: str):
    plain = html_question("<p>mug</p>\n" * 4_000 + "<input name='a'>")
    assert cost(lambda: read_or_refused(hostile)) < 40 * cost(lambda: read_or_refused(plain)), "quadratic: thousands"


def read_or_refused(question_xml: str) -> None:
    with contextlib.suppress(ParameterValidationError):
        parse(question_xml)


@given(
    st.lists(
        st.sampled_from(
            ["<", ">", "&", ";", '"', "]]>", "<![CDATA[", "<!--", "-->", "<?", "?>", "</", "&#", "=", "xmlns:a"]
        )
        | st.text(max_size=3)
        | st.sampled_from(["\ud800", "\0", "\ufeff", "}", "<form>"]),
        max_size=4,
    ),
    st.integers(0, 300),
)
def test_whatever_is_sent_is_a_question_or_a_documented_refusal(pieces: list[str], place: int):
    whole = '<?xml version="1.0"?>' + html_question("<form>")
    with contextlib.suppress(ParameterValidationError):
        assert isinstance(parse(whole[:place] + "".join(pieces) + whole[place:]), HTMLQuestion)


# ---------------------------------------------------------------------------------------------- pages


@pytest.mark.parametrize(
    "page",
    [
        "<form></form>",
        "<FORM\nmethod=post>",
        "<crowd-form answer-format='flatten-objects'>",
        "<script src='https://assets.crowd.aws/crowd-html-elements.js'></script><crowd-form></crowd-form>",
        "<crowd-entity-annotation name=a></crowd-entity-annotation>",
        "</html><div>" * 3_000 + "<form>",
        "<style>p > a { color: red }</style><!-- it's a > b --><form>",
    ],
)
def test_a_page_with_a_form_like_element_is_accepted_however_it_is_written(page: str):
    assert parse(html_question(page), strictness="form") == HTMLQuestion(page, 450)


@pytest.mark.parametrize(
    "page",
    [
        "<div id=root></div><script src=/static/app.js></script>",
        "<script>const f = document.createElement('FORM'); document.body.append(f)</script>",
        "<script>jsPsych.turk.submitToTurk({score: 1})</script>",
        "<div id=list></div><script>list.innerHTML = '<input name=a>'</script>",
        "<script>document.body.append(document.createElement('textarea'))</script>",
        "<script type=module>import './study.js'</script>",
        "<iframe src='https://survey.example.org/'></iframe>",
        "<p>Which colour?</p><p><input type=text name=colour></p>",
        "<textarea><form></textarea>",
        "<select name=a><option>b</select>",
    ],
)
def test_a_page_whose_script_or_nested_page_may_submit_is_accepted_unless_strict(page: str):
    assert parse(html_question(page)) == HTMLQuestion(page, 450)
    with pytest.raises(HTMLParseError):
        parse(html_question(page), strictness="form")


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<p>Thank you</p>",
        "<!-- <form> --><p>later</p>",
        "<input type=hidden name=a>",
        "<title><form></title><!-- <input name=a> -->",
        "<style>form { margin: 0 }</style>",
        "<p>fill in the &lt;form&gt;</p>",
        "<formula>x</formula>",
        "<script src='https://s3.amazonaws.com/mturk-public/externalHIT_v1.js?x=1'></script><p>a",
        '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script><crowd-input name=a></crowd-input>',
        '<script src=" //assets.crowd.aws/js/crowd-html-elements-v2.min.js?x=1/2#3"></script><crowd-input name=a>',
        "<script>console.log('hello')</script>",
    ],
)
def test_a_page_that_nobody_could_submit_is_refused(page: str):
    with pytest.raises(HTMLParseError):
        parse(html_question(page))
    assert parse(html_question(page), strictness="anything") == HTMLQuestion(page, 450)


def test_the_refusal_of_a_page_says_where_and_shows_it():
    with pytest.raises(HTMLParseError) as caught:
        parse(html_question("<p>Thank\nyou</p>"))
    assert caught.value.turk_error_code == "AWS.MechanicalTurk.InvalidParameterValue"
    assert caught.value.message == (
        "There was an error parsing the HTML5 data in your request.  Please make sure the data is well-formed and "
        "validates as HTML5. Details: Errors: <! [2,8] End of file seen and there was nothing to submit. Add a “form” "
        "that posts to mturk/externalSubmit, or put the page in a “crowd-form”. !> Invalid content: <p>Thank\nyou</p>"
    )


# ---------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://tasks.example.org/",
        "http://localhost:5000/",
        "http://127.0.0.1/",
        "ftp://a/",
        "javascript:alert(1)",
        "//a.example/",
        "mug.html",
        "",
    ],
)
def test_an_address_must_be_https(url: str):
    with pytest.raises(InvalidParameterValue) as caught:
        parse(external_question(url))
    assert caught.value.message == (
        f'The value "{url}" is not valid for the parameter ExternalURL. This URL must use the HTTPS protocol..'
    )


@pytest.mark.parametrize("url", ["http://localhost:5000/task", "http://127.0.0.1/", "http://tasks.lab/?a=1"])
def test_an_http_address_is_accepted_where_the_market_allows_it(url: str):
    assert parse(external_question(url), allow_http=True) == ExternalQuestion(url, 0)


@pytest.mark.parametrize("url", ["ftp://a.example/", "javascript:alert(1)", "data:text/html,x", "mug.html"])
def test_allowing_http_allows_nothing_else(url: str):
    with pytest.raises(InvalidParameterValue):
        parse(external_question(url), allow_http=True)


@pytest.mark.parametrize("url", ["https://[bad", "https://a.example:port/", "https://a.example:99999/", "https:///mug"])
def test_an_address_must_lead_somewhere(url: str):
    with pytest.raises(InvalidParameterValue, match=r"This is not a URL\.|This URL must name a host\."):
        parse(external_question(url))


@pytest.mark.parametrize("name", ["assignmentId", "hitId", "workerId", "turkSubmitTo", "hit%49d"])
def test_an_address_leaves_the_frame_parameters_to_us(name: str):
    with pytest.raises(InvalidParameterValue, match="it is added for each Worker"):
        parse(external_question(f"https://a.example/?round=2&amp;{name}=x#f"))


@pytest.mark.parametrize(
    "url", ["https://a.example/?hitid=1&myhitId=2", "https://a.example/hitId=1", "https://a.example/#?hitId=1"]
)
def test_an_address_may_have_parameters_of_its_own(url: str):
    assert parse(external_question(url.replace("&", "&amp;"))) == ExternalQuestion(url, 0)


# ---------------------------------------------------------------------------------------------- the frame


def test_the_frame_of_an_accepted_assignment_gets_four_parameters_in_order():
    url = frame_url(
        "https://a.example/mug", assignment_id="3A", hit_id="3H", worker_id="A1W", submit_to="https://turk.example.org"
    )
    assert url == (
        "https://a.example/mug?assignmentId=3A&hitId=3H&workerId=A1W&turkSubmitTo=https%3A%2F%2Fturk.example.org"
    )


@pytest.mark.parametrize("assignment_id", [None, "ASSIGNMENT_ID_NOT_AVAILABLE"])
def test_the_frame_of_a_preview_tells_nothing_of_the_worker(assignment_id: str | None):
    url = frame_url(
        "https://a.example/mug", assignment_id=assignment_id, hit_id="3H", worker_id="A1W", submit_to="https://b"
    )
    assert url == "https://a.example/mug?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=3H"


@pytest.mark.parametrize(
    ("url", "framed"),
    [
        ("https://a.example", "https://a.example?assignmentId=3A&hitId=3H"),
        ("https://a.example/?", "https://a.example/?assignmentId=3A&hitId=3H"),
        ("https://a.example/?b=1+2&", "https://a.example/?b=1+2&assignmentId=3A&hitId=3H"),
        ("https://a.example/?b=1&c=%20#top", "https://a.example/?b=1&c=%20&assignmentId=3A&hitId=3H#top"),
        ("https://a.example/#/route?x=1", "https://a.example/?assignmentId=3A&hitId=3H#/route?x=1"),
    ],
)
def test_the_requesters_own_query_stays_first_and_the_fragment_last(url: str, framed: str):
    assert frame_url(url, assignment_id="3A", hit_id="3H") == framed


def test_frame_parameters_are_those_an_address_may_not_have():
    url = frame_url("https://a/", assignment_id="3A", hit_id="3H", worker_id="A1W", submit_to="https://b")
    assert tuple(pair.partition("=")[0] for pair in url.partition("?")[2].split("&")) == questions.FRAME_PARAMETERS
