"""Log lines: one request id with the answer, nothing that is a secret, an answer or a person's."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from kempelen import logs
from kempelen.config import Config
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hits
from kempelen.market.people import accounts
from kempelen.server.front import Front
from tests.api.caller import SECRET, Program, ask, give_key
from tests.awaited import awaited
from tests.market.work import accepted_work

SITE = {"Host": "kempelen.localhost:8900"}


class Lines(io.StringIO):
    """What was written, line by line."""

    @property
    def told(self):
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The log as it is written while the test runs; afterwards all is as it was."""
    written = Lines()
    handlers, level = logging.root.handlers[:], logging.root.level
    logs.write("json", every_request=True, to=written)
    yield written
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.getLogger("kempelen.requests").setLevel(logging.NOTSET)
    logging.getLogger("uvicorn.error").setLevel(logging.NOTSET)


@pytest.fixture
def front(market):
    return Front(market, Config(log_requests=True))


def get(front, path, **headers):
    return awaited(ask(front, SITE | headers, [b""], method="GET", path=path))


def test_an_operations_line_has_the_request_id_of_its_answer(lines, front, market, alice):
    program = Program(front, give_key(market, alice))
    done, refused = program.send("GetAccountBalance"), program.send("GetHIT", {"HITId": "3NOBODY"})
    stranger = Program(front, program.access_key_id, secret="guessed").send("GetAccountBalance")
    assert [line["request_id"] for line in lines.told] == [
        said.headers["x-amzn-requestid"] for said in (done, refused, stranger)
    ]
    assert [(line["operation"], line["outcome"]) for line in lines.told] == [
        ("GetAccountBalance", "ok"),
        ("GetHIT", "HITDoesNotExist"),
        ("GetAccountBalance", "InvalidSignatureException"),
    ]
    assert [line.get("requester_id") for line in lines.told] == [alice, alice, None]
    assert all(line["ms"] >= 0 and line["level"] == "info" for line in lines.told)


def test_a_pages_line_has_the_request_id_of_its_answer_and_no_address(lines, front):
    said = get(front, "/register")
    (line,) = lines.told
    assert line["request_id"] == said.headers["x-request-id"]
    assert (line["method"], line["page"], line["status"]) == ("GET", "/register", said.status)


def test_a_failure_is_told_once_with_the_request_id_and_where(lines, front, market, alice, monkeypatch):
    program = Program(front, give_key(market, alice))

    def fail(*_arguments, **_members):
        raise ZeroDivisionError("of all things\nDETAIL: the row is (bob@example.org)")

    monkeypatch.setattr("kempelen.market.hits.hits._page", fail)
    said = program.send("ListHITs")
    failure, answered = lines.told
    assert said.status == 500
    assert failure["request_id"] == answered["request_id"] == said.headers["x-amzn-requestid"]
    assert (failure["level"], failure["operation"], answered["outcome"]) == ("error", "ListHITs", "ServiceFault")
    assert "ZeroDivisionError: of all things" in failure["exception"]
    assert "hits.py" in failure["exception"]
    assert "bob@example.org" not in lines.getvalue()


def test_a_page_that_fails_is_told_once_with_the_request_id(lines, front, monkeypatch):
    def fail(*_arguments):
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("kempelen.web.site.visits.Visit.finished", fail)
    monkeypatch.setattr("kempelen.web.site.visits.Visit.refused", fail)
    with pytest.raises(ZeroDivisionError):
        get(front, "/sign_in")
    assert {line["request_id"] for line in lines.told} == {lines.told[0]["request_id"]}
    assert lines.told[0]["level"] == "error"


def test_no_secret_no_answer_and_nobodys_data_is_in_the_log(lines, front, market, alice, bob):
    program = Program(front, give_key(market, alice))
    market.perform(
        OPERATOR,
        accounts.add_worker,
        name="Roberta",
        email="roberta@example.org",
        password_hash="-",
        worker_id="A1ROBERTA",
    )
    token = market.perform(OPERATOR, accounts.add_worker_token, worker_id="A1ROBERTA", name="test")
    work = accepted_work(market, alice, "A1ROBERTA")
    path = f"/projects/{market.perform(alice, hits.get_hit, hit_id=work.hit_id).hit.hit_group_id}/tasks/{work.hit_id}"
    fields = f"assignment_id={work.assignment_id}&colour=my+secret+answer".encode()
    form = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-www-form-urlencoded"}
    assert awaited(ask(front, SITE | form, [fields], path=f"{path}/submit")).status == 200
    program.call("ListAssignmentsForHIT", HITId=work.hit_id)
    program.call("CreateWorkerBlock", WorkerId="A1ROBERTA", Reason="Her secret answer.")
    get(front, "/register", **{"X-Forwarded-For": "192.0.2.7"})
    signed = {"email": "roberta@example.org", "password": "wrong horse"}
    body = "&".join(f"{name}={value}" for name, value in signed.items()).encode()
    awaited(ask(front, SITE | {"Content-Type": form["Content-Type"]}, [body], path="/sign_in"))
    text = lines.getvalue()
    assert text.count("\n") >= 5
    for private in (SECRET, token, "secret answer", "secret+answer", "roberta@", "Roberta", "wrong horse", "192.0.2.7"):
        assert private not in text


def test_requests_have_no_line_unless_a_setting_says_so(lines, market, alice):
    front = Front(market, Config())
    Program(front, give_key(market, alice)).call("GetAccountBalance")
    get(front, "/projects")
    assert lines.getvalue() == ""


def test_people_read_lines_too(lines, front):
    logs.write("text", every_request=True, to=lines)
    get(front, "/projects")
    assert "page=/projects" in lines.getvalue()
    assert "status=303" in lines.getvalue()


def test_the_log_of_libraries_is_as_brief(lines):
    try:
        try:
            raise KeyError("first")
        except KeyError as first:
            raise ValueError("x" * 1000) from first
    except ValueError:
        logging.getLogger("some.library").exception("It broke")
    (line,) = lines.told
    assert line["exception"].index("KeyError: 'first'") < line["exception"].index("ValueError: xxx")
    assert len(line["exception"].splitlines()[-1]) < 400
