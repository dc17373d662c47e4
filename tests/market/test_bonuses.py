"""Bonuses: paid once per call, or once per token."""

import pytest

from kempelen.core.money import Money
from kempelen.core.wire.errors import (
    AssignmentDoesNotExist,
    HITDoesNotExist,
    InsufficientFunds,
    InvalidParameterValue,
    MissingParameters,
    TokenAlreadyProcessed,
)
from kempelen.market.work import assignments, bonuses, work
from tests.market.work import ANSWER, DAYS, accepted_work, balance, earned, pass_time, submit_answer, submitted_work


def bonus(worker: str, assignment: str, amount: str = "0.50", **members):
    return {
        "worker_id": worker,
        "assignment_id": assignment,
        "bonus_amount": Money.parse(amount),
        "reason": "Well done",
        **members,
    }


def test_a_bonus_costs_its_amount_and_a_fifth(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    market.perform(alice, bonuses.send_bonus, **bonus(bob, assignment))
    assert (balance(market, alice), earned(market, bob)) == ("999.34", "0.50")
    (payment,) = market.perform(alice, bonuses.list_bonus_payments, assignment_id=assignment).bonus_payments
    assert (payment.bonus_amount, payment.reason, payment.worker_id) == (Money.parse("0.50"), "Well done", bob)


def test_without_a_token_every_call_pays_and_with_one_only_the_first(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    market.perform(alice, bonuses.send_bonus, **bonus(bob, assignment))
    market.perform(alice, bonuses.send_bonus, **bonus(bob, assignment, unique_request_token="one"))
    with pytest.raises(TokenAlreadyProcessed, match='The idempotency token "one" has already been processed.'):
        market.perform(alice, bonuses.send_bonus, **bonus(bob, assignment, unique_request_token="one"))
    assert earned(market, bob) == "1.00"
    pass_time(market, 1 * DAYS)
    market.perform(alice, bonuses.send_bonus, **bonus(bob, assignment, unique_request_token="one"))
    assert earned(market, bob) == "1.50"


def test_a_bonus_that_funds_do_not_cover_with_its_fee_is_refused(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    with pytest.raises(InsufficientFunds):
        market.perform(alice, bonuses.send_bonus, **bonus(bob, assignment, "900.00"))
    assert (balance(market, alice), earned(market, bob)) == ("999.94", "0.00")


def test_a_bonus_goes_to_the_worker_of_the_submitted_assignment(market, alice, bob, charlie):
    assignment = submitted_work(market, alice, bob)
    for worker in (charlie, "A0000000000000"):
        with pytest.raises(InvalidParameterValue, match=f'"{worker}" is not valid for the parameter WorkerId.'):
            market.perform(alice, bonuses.send_bonus, **bonus(worker, assignment))
    with pytest.raises(InvalidParameterValue, match='"0.00" is not valid for the parameter BonusAmount.'):
        market.perform(alice, bonuses.send_bonus, **bonus(bob, assignment, "0"))


def test_before_its_submission_an_assignment_does_not_exist_for_a_bonus(market, alice, bob):
    accepted = accepted_work(market, alice, bob, max_assignments=2).assignment_id
    early = bonus(bob, accepted, unique_request_token="one")
    for _ in range(2):
        with pytest.raises(AssignmentDoesNotExist, match=f"Assignment {accepted} does not exist."):
            market.perform(alice, bonuses.send_bonus, **early)
    market.perform(bob, submit_answer, assignment_id=accepted, answer=ANSWER)
    market.perform(alice, bonuses.send_bonus, **early)
    assert earned(market, bob) == "0.50"
    returned = accepted_work(market, alice, bob, title="Another").assignment_id
    market.perform(bob, work.return_assignment, assignment_id=returned)
    with pytest.raises(AssignmentDoesNotExist):
        market.perform(alice, bonuses.send_bonus, **bonus(bob, returned))


def test_bonuses_are_listed_by_hit_or_assignment_oldest_first(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    hit_id = market.perform(alice, assignments.get_assignment, assignment_id=assignment).hit.hit_id
    for amount in ("0.01", "0.02", "0.03"):
        market.perform(alice, bonuses.send_bonus, **bonus(bob, assignment, amount))
        pass_time(market, 1)
    page = market.perform(alice, bonuses.list_bonus_payments, hit_id=hit_id, max_results=2)
    assert [str(payment.bonus_amount) for payment in page.bonus_payments] == ["0.01", "0.02"]
    page = market.perform(alice, bonuses.list_bonus_payments, hit_id=hit_id, next_token=page.next_token)
    assert [str(payment.bonus_amount) for payment in page.bonus_payments] == ["0.03"]
    page = market.perform(alice, bonuses.list_bonus_payments, hit_id=hit_id, next_token=page.next_token)
    assert (page.bonus_payments, page.next_token) == ([], None)
    with pytest.raises(MissingParameters, match="Required parameters include HITId or AssignmentId."):
        market.perform(alice, bonuses.list_bonus_payments)


def test_a_stranger_pays_and_sees_no_bonus(market, alice, bob, charlie_requester):
    assignment = submitted_work(market, alice, bob)
    hit_id = market.perform(alice, assignments.get_assignment, assignment_id=assignment).hit.hit_id
    with pytest.raises(AssignmentDoesNotExist):
        market.perform(charlie_requester, bonuses.send_bonus, **bonus(bob, assignment))
    with pytest.raises(AssignmentDoesNotExist):
        market.perform(charlie_requester, bonuses.list_bonus_payments, assignment_id=assignment)
    with pytest.raises(HITDoesNotExist):
        market.perform(charlie_requester, bonuses.list_bonus_payments, hit_id=hit_id)
    assert earned(market, bob) == "0.00"
