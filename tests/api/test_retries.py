"""A write that an SDK sends again by itself gets the answer of the first time, and acts once."""

import asyncio
import json
from dataclasses import replace

from kempelen.market import accounts
from kempelen.market.call import OPERATOR
from tests.api.caller import PREFIX, ask
from tests.api.test_protocol import HIT
from tests.awaited import awaited
from tests.market.work import balance, earned, submitted_work

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
    program.send("SendBonus", bonus(bob, assignment))
    program.send("SendBonus", bonus(bob, assignment))
    assert earned(market, bob) == "2.00"


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
