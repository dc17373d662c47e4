"""Requests repeated by themselves: the first answer is kept and nothing acts twice, however many come at once."""

import asyncio

import pytest

from kempelen.core.money import Money
from kempelen.core.wire.errors import InsufficientFunds
from kempelen.market.foundation import request_tokens
from kempelen.market.foundation.request_tokens import Answer
from kempelen.market.work import bonuses
from tests.awaited import awaited
from tests.market.work import DAYS, balance, earned, pass_time, submitted_work


def send(market, alice, bob, assignment, key, amount="0.50"):
    arguments = {
        "worker_id": bob,
        "assignment_id": assignment,
        "bonus_amount": Money.parse(amount),
        "reason": "Well done",
    }
    return market.answer_once(alice, bonuses.send_bonus, arguments, key=key, answer=lambda _: Answer(200, "{}"))


def test_a_repeat_gets_the_answer_and_pays_nothing(market, alice, bob):
    assignment = submitted_work(market, alice, bob)

    async def race():
        return await asyncio.gather(*(send(market, alice, bob, assignment, "same") for _ in range(20)))

    assert awaited(race()) == [Answer(200, "{}")] * 20
    assert awaited(send(market, alice, bob, assignment, "same")) == Answer(200, "{}")
    assert earned(market, bob) == "0.50"
    awaited(send(market, alice, bob, assignment, "other"))
    assert earned(market, bob) == "1.00"


def test_a_refusal_is_judged_anew(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    for _ in range(2):
        with pytest.raises(InsufficientFunds):
            awaited(send(market, alice, bob, assignment, "same", "5000"))
    awaited(send(market, alice, bob, assignment, "same"))
    assert earned(market, bob) == "0.50"


def test_answers_are_forgotten_after_a_day(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    awaited(send(market, alice, bob, assignment, "same"))
    market.perform(alice, request_tokens.delete_old)
    pass_time(market, 1 * DAYS)
    market.perform(alice, request_tokens.delete_old)
    with market.database.reading() as db:
        assert db.all("SELECT * FROM answer") == []
    assert balance(market, alice) == "999.34"


def test_what_is_forgotten_is_forgotten_some_at_a_time(market, alice, bob, monkeypatch):
    monkeypatch.setattr(request_tokens, "FORGOTTEN_AT_ONCE", 2)
    assignment = submitted_work(market, alice, bob)
    for number in range(5):
        awaited(send(market, alice, bob, assignment, f"key {number}", "0.01"))
    pass_time(market, 1 * DAYS)
    assert [market.perform(alice, request_tokens.delete_old) for _ in range(3)] == [True, True, False]
    with market.database.reading() as db:
        assert db.all("SELECT * FROM answer") == []
