"""The one ASGI callable: what goes where, by path and Host; readiness; the clock that is moved by hand."""

import json
from random import Random

import pytest

from kempelen.config import Config
from kempelen.market.foundation.clock import ManualClock, SystemClock
from kempelen.market.market import Market
from kempelen.server import front as front_module
from kempelen.server.front import Front
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from tests.api.caller import PREFIX, Program, ask, give_key
from tests.awaited import awaited
from tests.market.conftest import KEY
from tests.market.work import HOURS, places, submitted_work, work_status

SITE = {"Host": "kempelen.localhost:8900"}


@pytest.fixture
def front(market, tmp_path):
    return Front(market, Config(data=tmp_path))


@pytest.fixture
def clock_program(front, market, alice):
    return Program(front, give_key(market, alice))


def get(app, path, headers=SITE, method="GET"):
    return awaited(ask(app, dict(headers), [b""], method=method, path=path))


def advance(program, body, client="127.0.0.1", path="/clock/advance", **extra):
    headers = program.signed(body, {}, path=path) | extra
    return awaited(ask(program.app, headers, [body], path=path, client=client))


def test_the_api_is_at_any_host_and_the_site_only_at_its_own(front, clock_program):
    assert clock_program.send("GetAccountBalance").status == 200
    for host in ("kempelen.localhost:8900", "localhost:8900", "127.0.0.1:8900", "[::1]:8900"):
        assert get(front, "/", {"Host": host}).status in (200, 303), host
    for host in ("mturk-requester.us-east-1.amazonaws.com", "localhost:8901", "evil.example", "kempelen.localhost", ""):
        assert get(front, "/", {"Host": host}).status == 421, host
    assert get(front, "/", {}).status == 421


@pytest.mark.parametrize("host", ["a b", "http://x", "[::1", "x\xe4", "localhost:8900@evil", "../..", ":::", "%00"])
def test_odd_hosts_show_nothing(front, host):
    assert get(front, "/", {"Host": host}).status == 421


def test_a_host_sent_twice_shows_nothing(front):
    async def twice():
        sent = []

        async def send(message):
            sent.append(message)

        async def receive():
            return {"type": "http.request", "body": b""}

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"localhost:8900"), (b"host", b"kempelen.localhost:8900")],
        }
        await front(scope, receive, send)
        return sent[0]["status"]

    assert awaited(twice()) == 421


def test_what_is_meant_for_the_api_is_answered_by_it_however_bad(front):
    for headers in (
        {"X-Amz-Target": PREFIX + "GetHIT"},
        {"Content-Type": "application/x-amz-json-1.1"},
        {"Authorization": "AWS4-HMAC-SHA256 Credential=x"},
    ):
        said = awaited(ask(front, SITE | headers, [b"{}"]))
        assert said.status == 400
        assert said.json["__type"].startswith("com.amazon.coral.service#")
    plain = awaited(ask(front, SITE | {"Content-Type": "application/x-www-form-urlencoded"}, [b"a=b"]))
    assert plain.headers["content-type"].startswith("text/html")


def test_life_and_readiness_are_told_at_any_host(front):
    assert get(front, "/livez", {"Host": "10.1.2.3"}).status == 200
    assert get(front, "/readyz", {"Host": "10.1.2.3"}).status == 200


def test_a_server_that_cannot_write_in_its_folder_is_not_ready(market, tmp_path, monkeypatch):
    monkeypatch.setattr(front_module, "READY_FOR", -1.0)
    front = Front(market, Config(data=tmp_path / "gone"))
    assert get(front, "/readyz").status == 503
    (tmp_path / "gone").mkdir()
    assert get(front, "/readyz").status == 200


@pytest.mark.parametrize("status", [200, 503])
def test_readiness_is_looked_at_once_for_a_while_however_it_was(market, tmp_path, monkeypatch, status):
    monkeypatch.setattr(front_module, "READY_FOR", 3600.0)
    looks = []

    def look(folder):
        looks.append(folder)
        if status == 503:
            raise OSError("The disk fails.")

    monkeypatch.setattr(front_module, "try_to_write", look)
    front = Front(market, Config(data=tmp_path))
    assert [get(front, "/readyz").status for _ in range(5)] == [status] * 5
    assert looks == [tmp_path]


PREFLIGHT = {
    "Origin": "null",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-amz-date,x-amz-target,amz-sdk-invocation-id",
}


def test_a_browser_may_call_the_api_from_any_page(front, clock_program):
    asked = get(front, "/", PREFLIGHT, method="OPTIONS")
    assert asked.status == 200
    assert asked.headers["access-control-allow-origin"] == "*"
    assert asked.headers["access-control-allow-methods"] == "POST"
    assert asked.headers["access-control-allow-headers"] == PREFLIGHT["Access-Control-Request-Headers"]
    assert "set-cookie" not in asked.headers
    answers = [
        clock_program.send("GetAccountBalance"),
        clock_program.send("MakeCoffee"),
        clock_program.send("GetAccountBalance", body=b"{"),
        clock_program.send("GetAccountBalance", body=b"x" * 2_000_000),
        awaited(ask(front, {"X-Amz-Target": PREFIX + "GetAccountBalance"}, [b"{}"])),
    ]
    assert [answer.status for answer in answers] == [200, 400, 400, 413, 400]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "x-amzn-requestid" in answer.headers["access-control-expose-headers"]


def test_pages_of_other_origins_read_nothing_of_the_site(front):
    assert "access-control-allow-origin" not in get(front, "/", SITE | {"Origin": "https://other.example"}).headers
    simple = PREFLIGHT | SITE | {"Access-Control-Request-Headers": "x-mine"}
    assert "access-control-allow-origin" not in get(front, "/", simple, method="OPTIONS").headers
    assert "access-control-allow-origin" not in get(front, "/tasks", SITE | PREFLIGHT, method="OPTIONS").headers


def test_cors_can_be_turned_off(market):
    front = Front(market, Config(cors=False))
    assert "access-control-allow-origin" not in get(front, "/", SITE | PREFLIGHT, method="OPTIONS").headers
    answer = awaited(ask(front, {"X-Amz-Target": PREFIX + "GetAccountBalance"}, [b"{}"]))
    assert "access-control-allow-origin" not in answer.headers


def test_a_server_without_its_database_is_alive_and_not_ready(tmp_path):
    database = open_database(tmp_path)
    database.migrate()
    market = Market(database, vault=Vault(KEY), clock=ManualClock(), random=Random(0))
    front = Front(market, Config())
    market.lanes.close()
    assert get(front, "/readyz").status == 503
    assert get(front, "/livez").status == 200
    market.close()


def test_the_clock_moves_and_all_that_fell_due_is_done(clock_program, market, alice, bob):
    assignment = submitted_work(market, alice, bob, auto_approval_delay_in_seconds=2 * HOURS)
    hit_id = clock_program.call("ListHITs")["HITs"][0]["HITId"]
    before = market.clock.now()
    said = advance(clock_program, b'{"seconds": 90000}')
    assert said.status == 200
    assert said.json == {"now": "2026-10-02T13:00:00.000Z"}
    assert (market.clock.now() - before).total_seconds() == 90_000
    assert work_status(market, alice, assignment) == "Approved"
    assert places(market, alice, hit_id) == ("Reviewable", 0, 0, 1)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "SerializationException"),
        (b"{}", "SerializationException"),
        (b"[5]", "SerializationException"),
        (b'{"seconds": "5"}', "ParameterValidationError"),
        (b'{"seconds": -1}', "ParameterValidationError"),
        (b'{"seconds": true}', "ParameterValidationError"),
        (b'{"seconds": NaN}', "ParameterValidationError"),
        (b'{"seconds": 1e300}', "ParameterValidationError"),
    ],
)
def test_the_clock_takes_only_seconds_forward(clock_program, market, body, kind):
    before = market.clock.now()
    assert advance(clock_program, body).error[:2] == (400, kind)
    assert market.clock.now() == before


def test_the_clock_is_moved_from_this_machine_by_a_requester(clock_program, front, market):
    before = market.clock.now()
    body = b'{"seconds": 60}'
    assert advance(clock_program, body, client="192.0.2.7").status == 403
    assert advance(clock_program, body, **{"X-Forwarded-For": "127.0.0.1"}, client="192.0.2.7").status == 403
    assert awaited(ask(front, dict(SITE), [body], path="/clock/advance")).error[1].startswith("MissingAuth")
    assert get(front, "/clock/advance").status == 405
    other = Program(front, "KMPLNOBODYNOBODYNOBO")
    assert advance(other, body).error[1] == "UnrecognizedClientException"
    assert market.clock.now() == before
    assert advance(clock_program, body, client="::1").status == 200


def test_in_real_time_there_is_no_clock_to_move(tmp_path):
    database = open_database(tmp_path)
    database.migrate()
    market = Market(database, vault=Vault(KEY), clock=SystemClock(), random=Random(0))
    said = awaited(
        ask(Front(market, Config()), dict(SITE), [json.dumps({"seconds": 1}).encode()], path="/clock/advance")
    )
    market.close()
    assert said.status == 404
