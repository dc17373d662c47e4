"""What is too big, too slow, too often or too much at once is answered, briefly, and in an envelope."""

import asyncio

import pytest

from kempelen.api.app import LET_PASS, RequesterAPI
from kempelen.api.rates import Rates
from tests.api.caller import PREFIX, Program, ask, give_key
from tests.awaited import awaited

MEBIBYTE = 1024 * 1024


def test_a_body_of_ten_megabytes_is_refused_and_read_away(program):
    said = program.send("CreateHIT", body=b'{"Question":"' + b"x" * 10_000_000 + b'"}')
    assert said.error == (413, "SerializationException", "The request body is larger than 1048576 bytes.")
    assert said.headers["connection"] == "close"


def test_a_body_of_the_limit_is_taken(program):
    padding = MEBIBYTE - len('{"Padding":""}')
    assert program.send("GetAccountBalance", body=b'{"Padding":"' + b"x" * padding + b'"}').status == 200
    assert program.send("GetAccountBalance", body=b'{"Padding":"' + b"x" * (padding + 1) + b'"}').status == 413


def test_a_body_in_parts_of_no_told_length_is_limited_too(program):
    headers = program.signed(b"", {"X-Amz-Target": PREFIX + "GetAccountBalance"})
    parts = [b"x" * 65_536] * 17
    assert awaited(ask(program.app, headers, parts, declared=False)).status == 413
    whole = program.signed(b'{"a":"b"}', {"X-Amz-Target": PREFIX + "GetAccountBalance"})
    assert awaited(ask(program.app, whole, [b'{"a"', b"", b':"b"}'], declared=False)).status == 200


def test_no_more_than_a_bounded_part_of_an_endless_body_is_read(program):
    parts = [b"x" * MEBIBYTE] * (LET_PASS // MEBIBYTE + 10)
    headers = program.signed(b"", {"X-Amz-Target": PREFIX + "GetAccountBalance"})
    assert awaited(ask(program.app, headers, parts, declared=False)).status == 413


def test_a_body_that_was_only_announced_is_not_asked_for(program):
    headers = program.signed(b"", {"X-Amz-Target": PREFIX + "GetAccountBalance"})
    headers |= {"Expect": "100-continue", "Content-Length": "10000000"}
    assert awaited(ask(program.app, headers, [])).status == 413  # receiving would wait for ever


def test_a_body_that_trickles_is_given_up(market, alice):
    program = Program(RequesterAPI(market, slow_seconds=0.05), give_key(market, alice))
    headers = program.signed(b"{}", {"X-Amz-Target": PREFIX + "GetAccountBalance"}) | {"Content-Length": "2"}
    said = awaited(ask(program.app, headers, []))
    assert said.error == (
        408,
        "RequestTimeoutException",
        "The request did not arrive completely within 0.05 seconds.",
    )


def test_whoever_hangs_up_is_not_answered(program):
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"", "headers": []}
    awaited(program.app(scope, receive, send))
    assert sent == []


def test_more_requests_at_once_than_allowed_are_told_to_come_again(market, alice):
    program = Program(RequesterAPI(market, max_requests_at_once=3), give_key(market, alice))
    headers = program.signed(b"{}", {"X-Amz-Target": PREFIX + "GetAccountBalance"})

    async def race():
        return await asyncio.gather(*(ask(program.app, headers, [b"{}"]) for _ in range(8)))

    answers = awaited(race())
    refused = [said.error for said in answers if said.status != 200]
    assert 0 < len(refused) < 8
    assert {error[:2] for error in refused} == {(503, "ServiceUnavailableException")}
    assert program.send("GetAccountBalance").status == 200


class Steady:
    """Real, steady time, moved by hand."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_a_rate_holds_for_each_key(market, alice):
    steady = Steady()
    api = RequesterAPI(market, rates=Rates(2.0, 3, steady))
    one, two = (Program(api, give_key(market, alice, name)) for name in ("KMPLONE", "KMPLTWO"))
    assert [one.send("GetAccountBalance").status for _ in range(4)] == [200, 200, 200, 400]
    assert one.refused("GetAccountBalance") == (400, "ThrottlingException", "Rate exceeded")
    assert two.send("GetAccountBalance").status == 200
    steady.now += 0.5
    assert [one.send("GetAccountBalance").status for _ in range(2)] == [200, 400]
    steady.now += 3600
    assert [one.send("GetAccountBalance").status for _ in range(4)] == [200, 200, 200, 400]


def test_a_wrong_signature_uses_up_nobodys_rate(market, alice):
    api = RequesterAPI(market, rates=Rates(1.0, 1, Steady()))
    program = Program(api, give_key(market, alice))
    wrong = Program(api, program.access_key_id, secret="guessed")
    for _ in range(5):
        assert wrong.send("GetAccountBalance").error[1] == "InvalidSignatureException"
    assert program.send("GetAccountBalance").status == 200


@pytest.mark.parametrize("burst", [0, 1])
def test_a_rate_lets_at_least_one_pass(burst):
    rates = Rates(10.0, burst, Steady())
    assert rates.admits("a")
    assert not rates.admits("a")


def test_rates_forget_keys_that_are_idle(monkeypatch):
    monkeypatch.setattr("kempelen.api.rates.KEYS_KEPT", 10)
    steady = Steady()
    rates = Rates(1.0, 2, steady)
    for number in range(100):
        steady.now += 1
        assert rates.admits(str(number))
    assert len(rates._buckets) <= 11
