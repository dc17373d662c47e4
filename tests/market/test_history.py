"""A Worker's earnings by month: by when they were approved or granted, and all of them."""

from datetime import date, timedelta

from kempelen.core.money import Money
from kempelen.market.market import Market
from kempelen.market.work import assignments, bonuses, history
from tests.market.work import DAYS, submitted_work


def approve(market: Market, requester: str, assignment_id: str) -> None:
    market.perform(requester, assignments.approve_assignment, assignment_id=assignment_id)


def bonus(market: Market, requester: str, worker: str, assignment_id: str, amount: str) -> None:
    given = {"worker_id": worker, "bonus_amount": Money.parse(amount), "reason": "Thank you."}
    market.perform(requester, bonuses.send_bonus, assignment_id=assignment_id, **given)


def test_months_are_those_of_the_approval_and_of_the_bonus(market: Market, alice: str, bob: str) -> None:
    first = submitted_work(market, alice, bob)
    rejected = submitted_work(market, alice, bob, title="Another")
    market.perform(alice, assignments.reject_assignment, assignment_id=rejected, requester_feedback="No.")
    assert market.perform(bob, history.list_months) == []
    approve(market, alice, first)
    this = market.clock.now().date().replace(day=1)
    following = (this + timedelta(days=31)).replace(day=1)
    market.clock.advance(seconds=(following - market.clock.now().date()).days * DAYS)
    approve(market, alice, submitted_work(market, alice, bob, title="A third"))
    bonus(market, alice, bob, first, "0.50")
    assert [
        (one.month, one.approved, str(one.rewards), str(one.bonuses), str(one.total))
        for one in market.perform(bob, history.list_months)
    ] == [(following, 1, "0.05", "0.50", "0.55"), (this, 1, "0.05", "0.00", "0.05")]


def test_months_add_up_to_the_earnings(market: Market, alice: str, bob: str) -> None:
    for number in range(4):
        work_id = submitted_work(market, alice, bob, title=str(number), reward=Money.parse(f"0.1{number}"))
        approve(market, alice, work_id)
        bonus(market, alice, bob, work_id, "0.25")
        market.clock.advance(seconds=20 * DAYS)
    months = market.perform(bob, history.list_months)
    earned = market.perform(bob, history.get_dashboard).earned
    assert Money(sum(one.total.micros for one in months)) == earned == Money.parse("1.46")
    assert [one.month for one in months] == sorted((one.month for one in months), reverse=True)
    assert all(one.month.day == 1 and one.month > date(2000, 1, 1) for one in months)
