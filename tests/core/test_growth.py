"""What reads texts of strangers takes a number of steps that is linear in their length, whatever the text."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request, cookie_parser

from kempelen import hosts
from kempelen.api import protocol, sigv4
from kempelen.cli import worker_files
from kempelen.cli.frame import Refused
from kempelen.core.questions import (
    answer_keys,
    answers,
    crowd_elements,
    form_answers,
    formatted_content,
    javascript_patterns,
    layouts,
    question_forms,
    questions,
    task_pages,
    template_literals,
)
from kempelen.core.questions import html as html_pages
from kempelen.core.rules import destinations
from kempelen.core.wire.errors import FrameworkError, RequestError
from kempelen.core.wire.refusals import WorkerRefusal
from kempelen.store.vault import Vault
from kempelen.web.site import forms, languages, multipart
from kempelen.web.tasks import tickets
from kempelen.web.tasks.tickets import TicketRefused
from tests.steps import steps

FEW, MANY = 100, 400
NOW = datetime(2021, 6, 18, 20, 21, 13, tzinfo=UTC)
VAULT = Vault(bytes(range(32)))
REFUSALS = (RequestError, FrameworkError, WorkerRefusal, TicketRefused, Refused, ValueError)
FORM = f'<QuestionForm xmlns="{question_forms.SCHEMAS[0].namespace}">'
QUESTION = (
    "<Question><QuestionIdentifier>{0}</QuestionIdentifier><QuestionContent><Text>a</Text></QuestionContent>"
    "<AnswerSpecification><FreeTextAnswer/></AnswerSpecification></Question>"
)
SELECTIONS = (
    f"{FORM}<Question><QuestionIdentifier>q</QuestionIdentifier><QuestionContent><Text>a</Text></QuestionContent>"
    "<AnswerSpecification><SelectionAnswer><Selections>{0}</Selections></SelectionAnswer></AnswerSpecification>"
    "</Question></QuestionForm>"
)
SELECTION = "<Selection><SelectionIdentifier>{0}</SelectionIdentifier><Text>a</Text></Selection>"
SIGNED_BY = "AWS4-HMAC-SHA256 Credential=A/20210618/us-east-1/mturk-requester/aws4_request"
BOUNDARY = "multipart/form-data; boundary=x"
DISPOSITION = '--x\r\nContent-Disposition: form-data; name="{0}"\r\n\r\n'
CHOICE = question_forms.parse(SELECTIONS.format(SELECTION.format("a")))
KEY = f'<AnswerKey xmlns="{answer_keys.SCHEMA.namespace}">'
KEY_OPTION = "<AnswerOption><SelectionIdentifier>a</SelectionIdentifier><AnswerScore>1</AnswerScore></AnswerOption>"
KEY_QUESTION = f"<Question><QuestionIdentifier>q</QuestionIdentifier>{KEY_OPTION}</Question>"
ONE_FORM = question_forms.parse(f"{FORM}{QUESTION.format('q')}</QuestionForm>")


def request(body: bytes, content_type: str, size: int) -> Request:
    """One whose body comes in pieces of this size."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": pieces.pop(0) if pieces else b"", "more_body": bool(pieces)}

    return Request({"type": "http", "headers": [(b"content-type", content_type.encode())]}, receive)


def to_end(coroutine: Any) -> object:
    """What a coroutine returns that waits for nothing; so all of its steps are of this thread."""
    try:
        while True:
            coroutine.send(None)
    except StopIteration as ended:
        return ended.value


async def all_of(parts: AsyncIterator[Any]) -> list[Any]:
    return [part async for part in parts]


def read_files(body: str, size: int = 7) -> object:
    return to_end(all_of(multipart.read(request(body.encode(), BOUNDARY, size), max_bytes=10**7, max_parts=10**4)))


def read_form(body: str) -> object:
    return to_end(forms._multipart(request(b"", BOUNDARY, 1), body.encode(), 10**4))


def claim(authorization: str = "", *, path: str = "/", query: str = "", more: Iterable[tuple[str, str]] = ()) -> object:
    signed = authorization or "host;x-amz-date"
    headers = [
        ("host", "h"), ("x-amz-date", "20210618T202113Z"), *more,
        ("authorization", f"{SIGNED_BY}, SignedHeaders={signed}, Signature=00"),
    ]  # fmt: skip
    return sigv4.read_claim(
        sigv4.SignedRequest(
            "POST", path.encode(), query.encode(), [(name.encode(), value.encode()) for name, value in headers], b""
        )
    )


def operation(name: str, arguments: dict[str, Any]) -> object:
    return protocol.action(protocol.TARGET_PREFIX + name.encode()).decode(json.dumps(arguments).encode())


Entry = tuple[Callable[[str], object], list[str]]
ENTRIES: dict[str, Entry] = {
    "a question": (
        questions.parse,
        ["<a>", "<a/>", "<", "&amp;", "&", "<!--", "<!-- -->", "<![CDATA[", "<![CDATA[]]>", "<?a ?>", "]]>", "a "],
    ),
    "the content of a question": (
        lambda text: questions.parse(f"{FORM}{text}</QuestionForm>"),
        [QUESTION.format("a"), "<Question>", "<!-- -->", "&#32;", "\n", "<Overview><Text>a</Text></Overview>"],
    ),
    "the choices of a question": (
        lambda text: question_forms.parse(
            SELECTIONS.format("".join(SELECTION.format(f"{one}{number}") for number, one in enumerate(text)))
        ),
        ["a", " "],
    ),
    "the questions of a form": (
        lambda text: question_forms.parse(
            f"{FORM}{''.join(QUESTION.format(f'{one}{number}') for number, one in enumerate(text))}</QuestionForm>"
        ),
        ["a", " "],
    ),
    "an answer key": (
        lambda text: answer_keys.parse(f"{KEY}{text}</AnswerKey>", CHOICE),
        ["<Question>", "&lt;", "<!-- -->", " ", KEY_QUESTION, "<QualificationValueMapping>"],
    ),
    "the options of an answer key": (
        lambda text: answer_keys.parse(f"{KEY}<Question><QuestionIdentifier>q</QuestionIdentifier>{text}", CHOICE),
        [KEY_OPTION, "<AnswerOption>", " "],
    ),
    "formatted content": (
        formatted_content.safe_html,
        ["<p>a</p>", "<b>", "<br/>", "&nbsp;", "&", "<a href='http://x'>", "<!-- -->", "<![CDATA[<]]>", "</b>", "\r"],
    ),
    "a layout": (
        layouts.variables,
        ["${", "${a}", "<script>`${a}`</script>", "<script>a b ", "<script>/[", "<script>`", "a ", "  "],
    ),
    "template literals": (
        template_literals.read,
        ["`${", "`${a}`", "/*", "//", "'", '"', "\\", "a b ", "/[", "/a/", "{", "}", "`$", "a.", "let a=", "<!--"],
    ),
    "tags of a page": (lambda text: list(html_pages.tags(text)), ["<a ", "<a b", "<a b=' ", "<!--", "</", "<script>"]),
    "the begin of a page": (html_pages.content_start, ["<!-- -->", "<!doctype", "<!doctype html>", " ", "\ufeff"]),
    "a task page": (
        lambda text: (task_pages.read(text), task_pages.may_be_submitted(text)),
        ["<form>", "<script>", "</form>", "<input name=a>", "<button>", "<form action=//"],
    ),
    "crowd elements": (crowd_elements.fault, [f"<{next(iter(crowd_elements.MISSING))}>", "<crowd-", "<crowd-form>"]),
    "a pattern": (
        lambda text: javascript_patterns.found(text, "a" * 40),
        ["a", "(a", "(a)", "a*", "[a", "[", "\\1", "(?:a|b)", "(?=a)", "a{1,9}", "|", "\\", "(?<a>"],
    ),
    "a text for a pattern": (
        lambda text: javascript_patterns.found("^(a+)+$|^(a|b)*c$", text),
        ["a", "ab", "b", "\n", "\ud83d\ude00"],
    ),
    "an address of mail": (
        destinations.is_mail_address,
        ["a", "a.", ".", "@", "a@a.", "-", "a@b.example "],
    ),
    "the domain of an address of mail": (
        lambda text: destinations.is_mail_address(f"a@{text}"),
        ["a", "a.", ".", "-", "xn--", "\u00fc."],
    ),
    "a destination": (
        lambda text: [
            destinations.is_destination(transport, prefix + text, allow_private=False)
            for transport, prefix in (("SNS", "https://"), ("SNS", "arn:aws:sns:"), ("SQS", "https://queue."))
        ],
        ["a", "a.", "0x", "1.", "[", "@", ":", "/", "a-"],
    ),
    "an address of a site": (
        lambda text: hosts._as_browsers_read(f"https://{text}"),
        ["a", "a.", "a@", "[", "\\", "0", ":1", "-"],
    ),
    "the fields of an answer": (
        lambda text: answers.to_xml((f"n{number}", value) for number, value in enumerate(text.split("|"))),
        ["a|", "&", "<", "\r", "\0", "\ud800", "]]>|"],
    ),
    "the fields of one name": (
        lambda text: answers.to_xml(("n", value) for value in text.split("|")),
        ["a|", "|"],
    ),
    "an answer to be shown": (
        lambda text: [
            show(answers.to_xml((str(number), value) for number, value in enumerate(text.split(","))))
            for show in (answers.readable, answers.values, answers.selections)
        ],
        ["a,", "|", "&", "a|a,"],
    ),
    "an answer to a form": (
        lambda text: form_answers.check_answers(ONE_FORM, [("q1", value) for value in text.split("|")]),
        ["a|", "a", "\r\n", "\U0001f600"],
    ),
    "a form": (
        lambda text: list(forms._urlencoded(text.encode("utf-8", "replace"), 10**4)),
        ["a=b&", "&", "=", "%", "%41", "%ff&", "+", ";"],
    ),
    "a form in parts": (read_form, [DISPOSITION.format("a") + "b\r\n", DISPOSITION, "\r\n--x", "\r\n", "a: b\r\n"]),
    "a form with files": (read_files, [DISPOSITION.format("a") + "b\r\n", DISPOSITION, "\r\n--x", "\r\n", "a: b\r\n"]),
    "the content of a file": (
        lambda text: read_files(DISPOSITION.format("a") + text),
        ["a", "\r\n", "\r\n-", "\r\n--", "--x", "\r\r\n"],
    ),
    "a header of a part": (
        lambda text: read_files(f"--x\r\n{text}: a\r\n\r\n"),
        ["a", "-", ":", " ", ";", '"'],
    ),
    "the name of a part": (lambda text: read_files(DISPOSITION.format(text)), ["a", "; ", '"', "\\", "a=b;", "%"]),
    "the languages of a browser": (
        lambda text: list(languages._asked(text)),
        ["a,", ",", ";", "de;q=0.1,", ";q=", " ", "-"],
    ),
    "cookies": (cookie_parser, ["a=b;", ";", "=", '"', '\\"', " ", "a;"]),
    "a ticket": (lambda text: tickets.read(VAULT, text, NOW), ["a", "-", "=", ".", "\u00fc"]),
    "the signed headers": (claim, ["host;", ";", "a;", "x-amz-date;"]),
    "headers of one name": (
        lambda text: claim(more=[("a", value) for value in text.split("|")]),
        ["a|", " |", "a b |"],
    ),
    "headers of many names": (
        lambda text: claim(
            ";".join(["host", "x-amz-date", *(f"x-amz-{number}" for number, _ in enumerate(text))]),
            more=[(f"x-amz-{number}", value) for number, value in enumerate(text)],
        ),
        ["a"],
    ),
    "a date": (lambda text: sigv4._instant(text.encode()), ["2", "T", ", "]),
    "a path": (lambda text: claim(path=f"/{text}"), ["/", "a/", "../", "a/../", "./", "%"]),
    "a query": (lambda text: claim(query=text), ["a=b&", "&", "=", "%"]),
    "a call": (
        lambda text: operation("GetHIT", {"HITId": text}),
        ["A", "\u00fc", "\0"],
    ),
    "a list in a call": (
        lambda text: operation("NotifyWorkers", {"Subject": "a", "MessageText": "a", "WorkerIds": list(text)}),
        ["A", "\u00fc", "-"],
    ),
    "an amount in a call": (lambda text: operation("SendBonus", {"BonusAmount": text}), ["1", ".", "1.", "-"]),
    "members that an operation does not have": (
        lambda text: operation("GetHIT", {f"{number}": one for number, one in enumerate(text)}),
        ["a"],
    ),
    "requirements in a call": (
        lambda text: operation(
            "CreateHITType",
            {
                "Title": "a", "Description": "a", "Reward": "1", "AssignmentDurationInSeconds": 60,
                "QualificationRequirements": [
                    {"QualificationTypeId": one, "Comparator": "In", "IntegerValues": [1] * len(text)}
                    for one in text[:10]
                ],
            },
        ),
        ["A", "\u00fc"],
    ),
}  # fmt: skip


def read(entry: str, text: str) -> object:
    """What comes of it; a refusal is as good."""
    with contextlib.suppress(*REFUSALS):
        return ENTRIES[entry][0](text)
    return None


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_text_four_times_as_long_takes_about_four_times_the_steps(entry: str) -> None:
    for piece in ENTRIES[entry][1]:
        read(entry, piece * (FEW - 1))  # what is done the first time only; of the text itself nothing is known yet
        few, many = (steps(lambda text: read(entry, text), piece * times) for times in (FEW, MANY))
        assert few > 0
        assert many <= 4.5 * few + 100, (piece, few, many)


@pytest.mark.parametrize("piece", ["A1,1\n", "A1\n", ",", '"', '"a""', "\n", "A1,1,", "UPDATE-", " "])
@pytest.mark.parametrize("columns", ["WorkerId,Value\n", "WorkerId,", ""])
def test_a_file_four_times_as_long_takes_about_four_times_the_steps(tmp_path: Path, columns: str, piece: str) -> None:
    def load(path: Path) -> None:
        with contextlib.suppress(*REFUSALS):
            file = worker_files.read(path)
            worker_files.entries(file, {"T": Refused("no type")}, "T", "A1")

    paths = [tmp_path / f"{times}.csv" for times in (FEW, MANY)]
    for path, times in zip(paths, (FEW, MANY), strict=True):
        path.write_text(columns + piece * times)
    load(paths[0])
    few, many = (steps(load, path) for path in paths)
    assert many <= 4.5 * few + 100


def test_a_header_that_is_signed_again_and_again_is_refused() -> None:
    """Else a request of 64 KiB would be hashed as many megabytes, before it is known whose it is."""
    with pytest.raises(FrameworkError, match="named twice"):
        claim("host;x-amz-date;a;a", more=[("a", "b" * 1_000)])


def test_quadratic_steps_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(text: str) -> None:
        for at in range(len(text)):
            for _ in text[at:]:
                pass

    monkeypatch.setitem(ENTRIES, "slow", (slow, ["a"]))
    with pytest.raises(AssertionError):
        test_a_text_four_times_as_long_takes_about_four_times_the_steps("slow")
