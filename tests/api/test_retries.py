"""A write that an SDK sends again by itself gets the answer of the first time, and acts once."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from kempelen.api.app import RequesterAPI
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.market import Market
from kempelen.market.people import accounts
from tests.api.caller import PREFIX, ask
from tests.api.test_protocol import HIT
from tests.awaited import awaited
from tests.market.work import balance, earned, pass_time, submitted_work

FIRST = {"amz-sdk-invocation-id": "8a5e3f36-6f6b-4d8e-9b0e-0d8f0f6a1c11", "amz-sdk-request": "attempt=1"}


def again(attempt):
    return {**FIRST, "amz-sdk-request": f"attempt={attempt}; max=5"}


def bonus(worker, assignment, amount="0.50"):
    return {"WorkerId": worker, "AssignmentId": assignment, "BonusAmount": amount, "Reason": "Well done"}


def test_a_repeat_gets_the_same_bytes_and_does_nothing(program, market, alice):
    first = program.send("CreateHIT", HIT, **FIRST)
    second = program.send("CreateHIT", HIT, **again(2))
    assert first.body == second.body
    assert first.headers["x-amzn-requestid"] != second.headers["x-amzn-requestid"]
    assert program.call("ListHITs")["NumResults"] == 1
    assert balance(market, alice) == "999.94"


def test_many_repeats_at_once_act_once(program, market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    body = json.dumps(bonus(bob, assignment)).encode()
    headers = program.signed(body, {"X-Amz-Target": PREFIX + "SendBonus"}) | FIRST

    async def race():
        return await asyncio.gather(*(ask(program.app, headers, [body]) for _ in range(25)))

    answers = awaited(race())
    assert {(said.status, said.body) for said in answers} == {(200, b"{}")}
    assert earned(market, bob) == "0.50"


def test_the_same_call_meant_twice_acts_twice(program, market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    for invocation in ("one", "two"):
        program.send("SendBonus", bonus(bob, assignment), **{"amz-sdk-invocation-id": invocation})
    for second in range(2):
        signed_at = datetime.now(UTC) - timedelta(seconds=second)
        replace(program, now=partial(_same, signed_at)).send("SendBonus", bonus(bob, assignment))
    assert earned(market, bob) == "2.00"


def _same(at):
    return at


def captured(program, operation, members, **headers):
    """All of a signed request that whoever reads it can send again."""
    body = json.dumps(members).encode()
    return program.signed(body, {"X-Amz-Target": PREFIX + operation, **headers}), body


def replay(program, request, **unsigned):
    headers, body = request
    return awaited(ask(program.app, headers | unsigned, [body]))


def test_a_captured_request_without_an_invocation_id_acts_once(program, market, alice):
    request = captured(program, "CreateHIT", HIT)
    first = replay(program, request)
    assert [replay(program, request).body for _ in range(3)] == [first.body] * 3
    assert program.call("ListHITs")["NumResults"] == 1
    assert balance(market, alice) == "999.94"


def test_copies_at_once_act_once(program, market, alice, bob):
    headers, body = captured(program, "SendBonus", bonus(bob, submitted_work(market, alice, bob)))

    async def race():
        return await asyncio.gather(*(ask(program.app, headers, [body]) for _ in range(25)))

    assert {(said.status, said.body) for said in awaited(race())} == {(200, b"{}")}
    assert earned(market, bob) == "0.50"


ONE, TWO = ({"amz-sdk-invocation-id": invocation} for invocation in ("one", "two"))


def test_an_invocation_id_that_is_not_signed_makes_no_new_request_of_a_copy(program, market, alice, bob):
    request = captured(program, "SendBonus", bonus(bob, submitted_work(market, alice, bob)))
    for unsigned in ({}, ONE, TWO, {"Accept": "a"}):
        assert replay(program, request, **unsigned).body == b"{}"
    assert earned(market, bob) == "0.50"


def test_a_program_that_does_not_sign_its_invocation_ids_makes_equal_calls_within_a_second(program, market):
    """As botocore does."""
    request = captured(program, "CreateHIT", HIT)
    first, second = replay(program, request, **ONE), replay(program, request, **TWO)
    assert first.json["HIT"]["HITId"] != second.json["HIT"]["HITId"]
    assert replay(program, request, **TWO).body == second.body
    assert program.call("ListHITs")["NumResults"] == 2


@pytest.mark.parametrize("unsigned", [{}, ONE, TWO])
def test_a_copy_that_comes_later_acts_under_no_invocation_id(program, market, unsigned):
    request = captured(program, "CreateHIT", HIT)
    first = replay(program, request, **ONE)
    pass_time(market, 11)
    assert replay(program, request, **unsigned).body == first.body
    assert program.call("ListHITs")["NumResults"] == 1


def test_a_copy_without_the_invocation_id_of_the_request_acts_never(program, market):
    request = captured(program, "CreateHIT", HIT)
    first = replay(program, request, **ONE)
    assert replay(program, request).body == first.body
    assert program.call("ListHITs")["NumResults"] == 1


def test_a_signed_invocation_id_cannot_be_changed_in_a_copy(program, market, alice, bob):
    members = bonus(bob, submitted_work(market, alice, bob))
    request = captured(program, "SendBonus", members, **FIRST)
    assert replay(program, request).body == replay(program, request).body == b"{}"
    assert replay(program, request, **{"amz-sdk-invocation-id": "other"}).status == 400
    assert earned(market, bob) == "0.50"


def test_a_copy_acts_once_whichever_process_it_is_sent_to(program, market, alice):
    request = captured(program, "CreateHIT", HIT)
    first = replay(program, request)
    other = Market(market.database, vault=market.vault, clock=market.clock, rules=market.rules)
    try:
        assert replay(replace(program, app=RequesterAPI(other)), request).body == first.body
    finally:
        other.lanes.close()
    assert program.call("ListHITs")["NumResults"] == 1


def test_a_copy_of_a_refused_request_is_judged_anew(program, market, alice, bob):
    request = captured(program, "ApproveAssignment", {"AssignmentId": submitted_work(market, alice, bob)})
    assert replay(program, request).status == 200
    assert replay(program, request).json["TurkErrorCode"].endswith("InvalidAssignmentState")


def test_another_body_or_operation_under_the_same_id_is_no_repeat(program, market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    program.send("SendBonus", bonus(bob, assignment, "0.50"), **FIRST)
    program.send("SendBonus", bonus(bob, assignment, "0.25"), **FIRST)
    assert earned(market, bob) == "0.75"
    members = {"AssignmentId": assignment, "RequesterFeedback": "Fine."}
    assert program.send("ApproveAssignment", members, **FIRST).status == 200
    assert program.send("RejectAssignment", members, **FIRST).status == 400


def test_a_repeat_by_another_key_is_another_request(program, market, alice):
    key = market.perform(OPERATOR, accounts.add_access_key, requester_id=alice)
    other = replace(program, access_key_id=key.access_key_id, secret=key.secret_access_key)
    assert program.send("CreateHIT", HIT, **FIRST).body != other.send("CreateHIT", HIT, **FIRST).body
    assert program.call("ListHITs")["NumResults"] == 2


def test_a_repeat_is_answered_though_it_could_not_act_any_more(program, market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    members = {"AssignmentId": assignment}
    assert program.send("ApproveAssignment", members, **FIRST).body == b"{}"
    assert program.send("ApproveAssignment", members).json["TurkErrorCode"].endswith("InvalidAssignmentState")
    assert program.send("ApproveAssignment", members, **again(2)).body == b"{}"
    token = HIT | {"UniqueRequestToken": "once"}
    first = program.send("CreateHIT", token, **{"amz-sdk-invocation-id": "token"})
    assert program.send("CreateHIT", token, **{"amz-sdk-invocation-id": "token"}).body == first.body
    assert "already exists" in program.refused("CreateHIT", **token)[2]


def test_a_refusal_is_not_kept(program, market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    huge = bonus(bob, assignment, "990.00")
    assert program.send("SendBonus", huge, **FIRST).json["TurkErrorCode"].endswith("InsufficientFunds")
    program.call("UpdateExpirationForHIT", HITId=program.call("CreateHIT", **HIT)["HIT"]["HITId"], ExpireAt=0)
    assert program.send("SendBonus", huge | {"BonusAmount": "1.00"}, **FIRST).status == 200
    assert earned(market, bob) == "1.00"
