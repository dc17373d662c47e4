"""Bad input of every kind over a bare socket: a documented refusal in words, never a fault of ours, never a hang."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clients.hits import SCHEMAS, terms
from tests.clients.server import Keys, Server
from tests.clients.wire import TARGET, Answer, chunked, exchange, message, signed

pytestmark = pytest.mark.slow

MEGABYTE = 1024 * 1024
SLOW_SECONDS = 6


@pytest.fixture(scope="module")
def patient_server(
    request: pytest.FixtureRequest, database_kind: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server whose timeout with slow clients is short."""
    target = request.getfixturevalue("postgresql").fresh_database_url() if database_kind == "postgresql" else None
    environment = {"KEMPELEN_SLOW_SECONDS": str(SLOW_SECONDS)}
    with Server(tmp_path_factory.mktemp("server") / "data", target, environment=environment) as running:
        yield running


@pytest.fixture(scope="module")
def keys(patient_server: Server) -> Keys:
    return patient_server.add_requester()


@pytest.fixture(scope="module")
def token(patient_server: Server) -> str:
    return patient_server.add_worker().token


@pytest.fixture(autouse=True)
def no_fault(patient_server: Server) -> Iterator[None]:
    """Whatever a test sends: the server logs no fault, and goes on answering."""
    before = patient_server.log()
    yield
    told = patient_server.log()[len(before) :]
    assert "Traceback" not in told, told
    assert "error" not in told.lower(), told
    (alive,) = exchange(patient_server.port, message({"Host": "localhost"}, line="GET /readyz HTTP/1.1", length=None))
    assert alive.status == 200


def only(answers: list[Answer]) -> Answer:
    assert len(answers) == 1, answers
    return answers[0]


def refused(server: Server, request: bytes, status: int, kind: str, words: str, **how: Any) -> Answer:
    """The one answer to these bytes, which must be this refusal."""
    answer = only(exchange(server.port, request, **how))
    assert (answer.status, answer.type) == (status, kind), answer
    assert words in answer.message, answer
    return answer


# ---------------------------------------------------------------------------------------------- signatures


def signatures(keys: Keys) -> dict[str, tuple[bytes, str, str]]:
    now = datetime.now(UTC)
    body = b"{}"
    good = signed(keys, "GetAccountBalance", body)

    def with_authorization(value: str) -> bytes:
        return message({**good, "Authorization": value}, body)

    def without(*names: str) -> bytes:
        return message({name: value for name, value in good.items() if name not in names}, body)

    wrong_secret = keys._replace(secret_access_key="not the secret")
    wrong_key = keys._replace(access_key_id="KMPLNOBODYHASTHISKEY")
    does_not_match = ("InvalidSignatureException", "does not match the signature you provided")
    incomplete = "IncompleteSignatureException"
    return {
        "none": (without("Authorization"), "MissingAuthenticationTokenException", "Missing Authentication Token"),
        "empty": (with_authorization(""), "MissingAuthenticationTokenException", "Missing Authentication Token"),
        "wrong": (message(signed(wrong_secret, "GetAccountBalance", body), body), *does_not_match),
        "unknown key": (
            message(signed(wrong_key, "GetAccountBalance", body), body),
            "UnrecognizedClientException",
            "security token included in the request is invalid",
        ),
        "old": (
            message(signed(keys, "GetAccountBalance", body, at=now - timedelta(minutes=16)), body),
            "InvalidSignatureException",
            "Signature expired: ",
        ),
        "future": (
            message(signed(keys, "GetAccountBalance", body, at=now + timedelta(minutes=6)), body),
            "InvalidSignatureException",
            "Signature not yet current: ",
        ),
        "altered body": (message(good, b'{"a":1}'), *does_not_match),
        "altered target": (message({**good, "X-Amz-Target": TARGET + "ListHITs"}, body), *does_not_match),
        "altered host": (message({**good, "Host": "elsewhere.example.org"}, body), *does_not_match),
        "altered path": (message(good, body, line="POST /x HTTP/1.1"), *does_not_match),
        "altered query": (message(good, body, line="POST /?a=b HTTP/1.1"), *does_not_match),
        "without a date": (without("X-Amz-Date"), incomplete, "X-Amz-Date"),
        "a date that is none": (message({**good, "X-Amz-Date": "yesterday"}, body), incomplete, "ISO-8601"),
        "a date beyond calendars": (message({**good, "X-Amz-Date": "99999999T999999Z"}, body), incomplete, "ISO-8601"),
        "half": (with_authorization("AWS4-HMAC-SHA256 Credential=a/b/c"), incomplete, "requires 'Signature'"),
        "garbage": (with_authorization("AWS4-HMAC-SHA256 \xff,,==;;"), incomplete, "requires 'Credential'"),
        "another scheme": (with_authorization("Basic YTpi"), incomplete, "AWS4-HMAC-SHA256"),
        "another region": (
            message(signed(keys, "GetAccountBalance", body, region="eu-west-1"), body),
            "InvalidSignatureException",
            "valid region",
        ),
        "another service": (
            message(signed(keys, "GetAccountBalance", body, service="s3"), body),
            "InvalidSignatureException",
            "correct service: 'mturk-requester'",
        ),
    }


def test_a_signature_that_is_not_good_is_refused_in_the_original_words(patient_server: Server, keys: Keys) -> None:
    for name, (request, kind, words) in signatures(keys).items():
        print(name)
        answer = refused(patient_server, request, 400, kind, words)
        assert answer.headers["x-amzn-requestid"]
        assert answer.headers["content-type"] == "application/x-amz-json-1.1"


@pytest.mark.parametrize("target", ["", "GetAccountBalance", TARGET, TARGET + "MakeTea", TARGET + "gethit"])
def test_an_operation_that_there_is_not_is_unknown(patient_server: Server, keys: Keys, target: str) -> None:
    request = message(signed(keys, "", b"{}", target=target), b"{}")
    refused(patient_server, request, 400, "UnknownOperationException", "")


# ---------------------------------------------------------------------------------------------- bodies

BAD_JSON = {
    "cut off": b'{"HITId": "3ABC',
    "nothing but a brace": b"{",
    "a list": b"[]",
    "a text": b'"HITId"',
    "a number": b"1",
    "invalid UTF-8": b'{"HITId": "\xff\xfe"}',
    "an overlong encoding": b'{"HITId": "\xc0\xaf"}',
    "an encoded surrogate": b'{"HITId": "\xed\xa0\x80"}',
    "UTF-16": '{"HITId": "3ABC"}'.encode("utf-16"),
    "a single quote": b"{'HITId': '3ABC'}",
    "two values": b'{"HITId": "3ABC"} {"HITId": "3ABC"}',
    "not a number": b'{"HITId": NaN}',
    "an escape that is none": b'{"HITId": "\\x41"}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"HITId":' * 100_000,
    "deep lists in an unknown member": b'{"HITId":"3ABC","Unknown":' + b"[" * 400_000 + b"]" * 400_000 + b"}",
    "a member of the wrong type": b'{"HITId": 3}',
    "an object for a text": b'{"HITId": {"a": 1}}',
    "XML": b"<GetHIT/>",
    "zeros": b"\0" * 1000,
}


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON.keys())
def test_a_body_that_cannot_be_read_is_refused(patient_server: Server, keys: Keys, body: bytes) -> None:
    answer = only(exchange(patient_server.port, message(signed(keys, "GetHIT", body), body)))
    assert (answer.status, answer.type) == (400, "SerializationException"), answer
    assert 5 < len(answer.message) < 1000


BAD_MEMBERS: dict[str, dict[str, Any]] = {
    "no members": dict.fromkeys(terms()),
    "too many places for 32 bits": {"MaxAssignments": 2**31},
    "too many places for 64 bits": {"MaxAssignments": 2**63},
    "a number beyond all bounds": {"LifetimeInSeconds": 10**400},
    "a fraction of a place": {"MaxAssignments": 1.5},
    "yes places": {"MaxAssignments": True},
    "a text for a number": {"LifetimeInSeconds": "a day"},
    "no places": {"MaxAssignments": 0},
    "a lifetime that has passed": {"LifetimeInSeconds": -1},
    "an endless lifetime": {"LifetimeInSeconds": 2**62},
    "an endless duration": {"AssignmentDurationInSeconds": 2**62},
    "an endless delay": {"AutoApprovalDelayInSeconds": 2**63 - 1},
    "a negative reward": {"Reward": "-0.05"},
    "a reward in scientific notation": {"Reward": "1e5"},
    "a reward in fractions of cents": {"Reward": "0.055"},
    "a reward in other digits": {"Reward": "١٢"},
    "a reward as a number": {"Reward": 0.05},
    "a reward beyond all money": {"Reward": "9" * 400},
    "a reward with a newline": {"Reward": "0.05\n"},
    "a title of nothing": {"Title": ""},
    "a title of zeros": {"Title": "\0"},
    "a title with a zero in it": {"Title": "mug\0mug"},
    "a title of half a character": {"Title": "\ud800"},
    "a long title": {"Title": "x" * 500_000},
    "keywords with a zero": {"Keywords": "a\0b"},
    "an annotation with a zero": {"RequesterAnnotation": "\0"},
    "an annotation of half a character": {"RequesterAnnotation": "\udfff"},
    "a token of half a character": {"UniqueRequestToken": "\ud800"},
    "a token with a zero": {"UniqueRequestToken": "a\0"},
    "a long token": {"UniqueRequestToken": "x" * 65},
    "a question with a zero": {"Question": terms()["Question"].replace("mug", "m\0g")},
    "a question of half a character": {"Question": terms()["Question"].replace("mug", "m\ud800g")},
    "requirements that are a text": {"QualificationRequirements": "none"},
    "many requirements": {"QualificationRequirements": [{}] * 10_000},
    "a layout with a zero": {"Question": None, "HITLayoutId": "3\0"},
}


@pytest.mark.parametrize("members", BAD_MEMBERS.values(), ids=BAD_MEMBERS.keys())
def test_a_member_that_cannot_be_meant_is_refused(patient_server: Server, keys: Keys, members: dict[str, Any]) -> None:
    body = json.dumps({name: value for name, value in terms(**members).items() if value is not None}).encode()
    answer = only(exchange(patient_server.port, message(signed(keys, "CreateHIT", body), body)))
    assert answer.status == 400, answer
    assert answer.type in {"ValidationException", "SerializationException", "ParameterValidationError"}, answer
    assert 5 < len(answer.message) < 20_000


@pytest.mark.parametrize(
    "moment", [10**400, -(10**400), 1e300, 2**63, -(2**63), "never", "9999999-01-01", "", True, [], {}, "NaN", "1e999"]
)
def test_a_moment_beyond_calendars_is_refused(patient_server: Server, keys: Keys, moment: Any) -> None:
    body = json.dumps({"HITId": "3ABC", "ExpireAt": moment}).encode()
    answer = only(exchange(patient_server.port, message(signed(keys, "UpdateExpirationForHIT", body), body)))
    assert answer.status == 400, answer
    assert answer.message


def bombs() -> dict[str, str]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    html = f"{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"

    def question(content: str, before: str = "", more: str = "") -> str:
        return (
            f'{before}<HTMLQuestion xmlns="{html}"{more}><HTMLContent>{content}</HTMLContent>'
            "<FrameHeight>0</FrameHeight></HTMLQuestion>"
        )

    return {
        "a billion laughs": question("&l11;", f'<!DOCTYPE q [<!ENTITY l0 "ha">{laughs}]>'),
        "a quadratic blow-up": question("&a;" * 50_000, f'<!DOCTYPE q [<!ENTITY a "{"x" * 50_000}">]>'),
        "an external entity": question("&e;", '<!DOCTYPE q [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
        "an external DTD": question("x", '<!DOCTYPE q SYSTEM "http://127.0.0.1:1/x.dtd">'),
        "parameter entities": question("x", '<!DOCTYPE q [<!ENTITY % p SYSTEM "file:///dev/zero"> %p;]>'),
        "deep elements": "<a>" * 150_000,
        "deep and closed": "<a>" * 60_000 + "</a>" * 60_000,
        "many attributes": question("x", more="".join(f' a{n}=""' for n in range(60_000))),
        "one attribute twice": question("x", more=' a="1" a="2"'),
        "many namespaces": question("x", more="".join(f' xmlns:n{n}="u{n}"' for n in range(30_000))),
        "not XML": "}{" * 1000,
        "nothing": "",
        "another encoding declared": question("x", '<?xml version="1.0" encoding="EBCDIC-CP-BE"?>'),
        "XML 1.1": question("x", '<?xml version="1.1"?>'),
        "a comment without end": question("x") + "<!--" * 10_000,
        "an XInclude": question('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'),
    }


@pytest.mark.parametrize("name", bombs())
def test_an_xml_bomb_is_refused_at_once(patient_server: Server, keys: Keys, name: str) -> None:
    body = json.dumps(terms(Question=bombs()[name])).encode()
    answer = only(exchange(patient_server.port, message(signed(keys, "CreateHIT", body), body)))
    assert answer.status == 400, answer
    assert answer.type in {"ParameterValidationError", "ValidationException"}, answer
    assert answer.message
    assert "root:" not in answer.message


# ---------------------------------------------------------------------------------------------- sizes and slowness


def test_a_body_of_ten_megabytes_is_refused_whichever_way_it_comes(patient_server: Server, keys: Keys) -> None:
    body = b'{"Question": "' + b"x" * (10 * MEGABYTE) + b'"}'
    headers = signed(keys, "CreateHIT", body)
    words = f"larger than {MEGABYTE} bytes"
    told = (413, "SerializationException", words)
    refused(patient_server, message(headers, body), *told)
    in_chunks = message({**headers, "Transfer-Encoding": "chunked"}, length=None) + chunked(body)
    refused(patient_server, in_chunks, *told)
    one_by_one = message({**headers, "Transfer-Encoding": "chunked"}, length=None) + chunked(body[: 2 * MEGABYTE], 7)
    refused(patient_server, one_by_one, *told)
    asked_first = message({**headers, "Expect": "100-continue"}, length=str(len(body)))
    refused(patient_server, asked_first, *told)


def test_a_body_that_does_not_come_is_given_up(patient_server: Server, keys: Keys) -> None:
    body = b"{}"
    promised = message(signed(keys, "GetAccountBalance", body), body, length="1000")
    refused(patient_server, promised, 408, "RequestTimeoutException", "did not arrive completely")
    in_chunks = {**signed(keys, "GetAccountBalance", body), "Transfer-Encoding": "chunked"}
    begun = message(in_chunks, length=None) + b"5\r\n{}"
    refused(patient_server, begun, 408, "RequestTimeoutException", "did not arrive completely")


def test_a_client_that_hangs_up_halfway_is_nobodys_trouble(patient_server: Server, keys: Keys) -> None:
    promised = message(signed(keys, "GetAccountBalance"), b"{", length="2")
    assert exchange(patient_server.port, promised, done_sending=True) == []
    assert exchange(patient_server.port, b"POST / HT", done_sending=True) == []
    assert exchange(patient_server.port, b"", done_sending=True) == []


def test_a_slow_client_keeps_nobody_else_waiting(patient_server: Server, keys: Keys) -> None:
    slow = [socket.create_connection(("127.0.0.1", patient_server.port)) for _ in range(100)]
    try:
        for each in slow:
            each.sendall(message(signed(keys, "GetAccountBalance"), b"", length="100"))
        body = b"{}"
        answer = only(exchange(patient_server.port, message(signed(keys, "GetAccountBalance", body), body)))
        assert answer.status == 200
        assert select.select(slow, [], [], 0)[0] == [], "they have been told nothing yet"
    finally:
        for each in slow:
            each.close()


# ---------------------------------------------------------------------------------------------- HTTP itself

BROKEN_HTTP: dict[str, bytes] = {
    "garbage": b"\x00\x01\x02\x03 garbage\r\n\r\n",
    "TLS": bytes.fromhex("16030100a5010000a10303") + bytes(range(160)),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/9": b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "a method that is none": b"ST\xffEAL / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
    "a header with a zero": b"GET / HTTP/1.1\r\nHost: local\x00host\r\n\r\n",
    "a blank in a header's name": b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    "a length in words": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ten\r\n\r\n",
    "a length beyond all bounds": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "length and chunks": (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "chunks of no size": (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"
    ),
    "another encoding": b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, nonsense\r\n\r\n",
    "a head of a megabyte": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * MEGABYTE + b"\r\n\r\n",
    "an address of a megabyte": b"GET /" + b"x" * MEGABYTE + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "ten thousand headers": (
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\n"
    ),
    "a header that never ends": b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200_000,
}


@pytest.mark.parametrize("request_bytes", BROKEN_HTTP.values(), ids=BROKEN_HTTP.keys())
def test_what_is_not_http_gets_a_4xx_and_the_connection_is_closed(patient_server: Server, request_bytes: bytes) -> None:
    answer = only(exchange(patient_server.port, request_bytes))
    assert 400 <= answer.status < 500, answer
    assert answer.message.strip()


HOSTS = {
    "none": [],
    "empty": [""],
    "two": ["localhost", "localhost"],
    "with blanks": ["local host"],
    "half an IPv6 address": ["[::1"],
    "a port beyond all ports": ["localhost:99999"],
    "a port in words": ["localhost:http"],
    "with a user": ["user@localhost"],
    "with a path": ["localhost/../etc"],
    "in other letters": ["kempelen.löcalhost"],
    "a long one": ["a" * 10_000],
    "of somebody else": ["www.mturk.com"],
    "of labels without end": [".".join(["a"] * 5000)],
    "an escape": ["%00.localhost"],
}


@pytest.mark.parametrize("hosts", HOSTS.values(), ids=HOSTS.keys())
def test_an_odd_host_is_nothing_of_ours(patient_server: Server, keys: Keys, hosts: list[str]) -> None:
    named = [("Host", host) for host in hosts]
    for line in ("GET / HTTP/1.1", "GET /projects HTTP/1.1", "POST /sign-in HTTP/1.1", "GET /mturk/preview HTTP/1.1"):
        answer = only(exchange(patient_server.port, message(named, line=line)))
        assert answer.status in (400, 421), answer
        assert answer.message.strip()
    unsigned = [*named, ("X-Amz-Target", TARGET + "GetAccountBalance")]
    answer = only(exchange(patient_server.port, message(unsigned, b"{}")))
    assert (answer.status, answer.type) == (400, "MissingAuthenticationTokenException"), answer


@pytest.mark.parametrize(
    "line",
    [
        "PUT / HTTP/1.1",
        "DELETE /projects HTTP/1.1",
        "PATCH /tasks HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "TRACE / HTTP/1.1",
        "CONNECT mturk-requester.us-east-1.amazonaws.com:443 HTTP/1.1",
        "PROPFIND / HTTP/1.1",
        "GET /%00 HTTP/1.1",
        "GET /%ff%fe HTTP/1.1",
        "GET /static/../../../../etc/passwd HTTP/1.1",
        "GET /static/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1",
        "GET /static/%00 HTTP/1.1",
        "GET //projects HTTP/1.1",
        "GET /projects/%00/tasks HTTP/1.1",
        "POST /nowhere HTTP/1.1",
        "POST /clock/advance HTTP/1.1",
        "GET /clock/advance HTTP/1.1",
    ],
)
def test_an_address_that_is_not_ours_is_refused(patient_server: Server, line: str) -> None:
    host = {"Host": f"127.0.0.1:{patient_server.port}"}
    answer = only(exchange(patient_server.port, message(host, line=line)))
    to_sign_in = answer.status == 303 and answer.headers["location"].startswith("/sign-in?")
    assert to_sign_in or (400 <= answer.status < 500 and answer.body), answer
    assert b"root:" not in answer.body


def test_http_1_0_is_answered_and_closed(patient_server: Server, keys: Keys) -> None:
    body = b"{}"
    request = message(signed(keys, "GetAccountBalance", body), body, line="POST / HTTP/1.0")
    answer = only(exchange(patient_server.port, request + request))
    assert answer.status == 200
    assert answer.json == {"AvailableBalance": "10000.00"}


def test_what_comes_before_pipelined_garbage_is_answered(patient_server: Server, keys: Keys) -> None:
    body = b"{}"
    good = message(signed(keys, "GetAccountBalance", body), body, close=False)
    answers = exchange(patient_server.port, good * 3, at_least=3)
    assert [answer.json for answer in answers] == [{"AvailableBalance": "10000.00"}] * 3
    answers = exchange(patient_server.port, good + b"\x00garbage\r\n\r\n")
    assert {answer.status for answer in answers} <= {200, 400}, answers


def test_an_absolute_address_is_the_same_request(patient_server: Server, keys: Keys) -> None:
    host, body = "mturk-requester.us-east-1.amazonaws.com", b"{}"
    line = f"POST http://{host}/ HTTP/1.1"
    answer = only(
        exchange(patient_server.port, message(signed(keys, "GetAccountBalance", body, host=host), body, line=line))
    )
    assert answer.status in (200, 400), answer


# ---------------------------------------------------------------------------------------------- the worker site

FORM = "application/x-www-form-urlencoded"
BAD_FORMS: dict[str, tuple[str, bytes, int]] = {
    "ten megabytes": (FORM, b"assignment_id=3ABC&x=" + b"y" * (20 * MEGABYTE), 413),
    "fields without end": (FORM, b"a=b&" * 500_000, 400),
    "zeros": (FORM, b"assignment_id=%00%00", 404),
    "invalid UTF-8": (FORM, b"assignment_id=%ff%fe%ed%a0%80", 404),
    "raw bytes": (FORM, b"\xff\xfe=\xff&assignment_id=\xff", 404),
    "JSON": ("application/json", b'{"assignment_id": "3ABC"}', 400),
    "no type": ("", b"assignment_id=3ABC", 400),
    "parts without a boundary": ("multipart/form-data", b"--x\r\n\r\n", 400),
    "parts that do not end": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a", 400),
    "parts without names": ("multipart/form-data; boundary=x", b"--x\r\nX: y\r\n\r\nz\r\n--x--\r\n", 400),
    "parts in a strange charset": ("multipart/form-data; boundary=x; charset=nonsense", b"--x--\r\n", 400),
}


@pytest.mark.parametrize("form", BAD_FORMS.values(), ids=BAD_FORMS.keys())
def test_a_form_that_cannot_be_read_is_refused_in_words(
    patient_server: Server, token: str, form: tuple[str, bytes, int]
) -> None:
    kind, body, status = form
    headers = {"Host": f"127.0.0.1:{patient_server.port}", "Authorization": f"Bearer {token}", "Content-Type": kind}
    for line in ("POST /projects/3ABC/tasks/3ABC/submit HTTP/1.1", "POST /mturk/externalSubmit HTTP/1.1"):
        answer = only(exchange(patient_server.port, message(headers, body, line=line)))
        assert 400 <= answer.status < 500, answer
        assert answer.status in (status, 400, 404, 422), answer
        assert answer.message


@pytest.mark.parametrize(
    "path",
    [
        "/projects?page_number=99999999999999999999",
        "/projects?page_size=-1&page_number=-1",
        "/projects?filters[search_term]=%00",
        "/projects?filters[search_term]=%ff%ed%a0%80",
        "/projects?filters[search_term]=" + "%25" * 5000,
        "/projects?filters[min_reward]=1e99",
        "/projects?filters[min_reward]=" + "9" * 1000,
        "/projects?sort=%00",
        "/projects/%00/tasks",
        "/projects/" + "3" * 5000 + "/tasks",
        "/projects/3ABC/tasks/accept_random",
        "/projects/3ABC/tasks/3ABC?assignment_id=%00",
        "/status_details/9999-99-99",
        "/status_details/0001-01-01",
        "/status_details/9999-12-31",
        "/status_details/%00",
        "/requesters/%00/projects",
        "/dashboard?status=%00&page_number=0",
        "/mturk/preview?groupId=%00",
        "/tasks?format=%00",
    ],
)
def test_a_senseless_visit_is_answered_in_words(patient_server: Server, token: str, path: str) -> None:
    headers = {
        "Host": f"127.0.0.1:{patient_server.port}",
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
    }
    answer = only(exchange(patient_server.port, message(headers, line=f"GET {path} HTTP/1.1")))
    assert answer.status < 500, answer
    assert answer.body or answer.status in (302, 303)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer \xff\xfe"},
        {"Authorization": "Bearer " + "x" * 10_000},
        {"Cookie": "kempelen_session_8900=\xff\x80"},
        {"Cookie": ";;;===" * 1000},
        {"Cookie": "kempelen_notice_8900=AAAA.BBBB; kempelen_visit_8900=\xff"},
        {"Accept-Language": "\xff" * 1000, "Accept": ",,;q=;"},
        {"Content-Type": "multipart/form-data; boundary=" + "x" * 5000},
        {"X-Forwarded-For": "not an address, \xff", "X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "a b"},
        {"Range": "bytes=9-1,-,99999999999999999999999-"},
        {"If-None-Match": "\xff" * 100, "If-Modified-Since": "yesterday"},
    ],
)
def test_odd_headers_are_nobodys_trouble(patient_server: Server, headers: dict[str, str]) -> None:
    host = {"Host": f"127.0.0.1:{patient_server.port}"}
    for line in ("GET / HTTP/1.1", "GET /tasks HTTP/1.1", "POST /sign-in HTTP/1.1", "GET /static/base.css HTTP/1.1"):
        answer = only(exchange(patient_server.port, message({**host, **headers}, line=line)))
        assert answer.status < 500, answer
