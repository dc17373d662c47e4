"""Earnings by month, as a page and as JSON."""

from __future__ import annotations

from kempelen.core.money import Money
from kempelen.market.market import Market
from kempelen.market.work import assignments, bonuses
from tests.market.work import submitted_work
from tests.web.people import Person


def test_the_months_are_listed_with_what_they_add_up_to(market: Market, alice: str, bob: Person) -> None:
    assert "No earnings yet." in bob.get("/dashboard/months").text
    assert bob.json("/dashboard/months") == {"results": [], "total": 0.0}
    work_id = submitted_work(market, alice, bob.worker_id, reward=Money.parse("1.20"))
    market.perform(alice, assignments.approve_assignment, assignment_id=work_id)
    given = {"worker_id": bob.worker_id, "bonus_amount": Money.parse("0.30"), "reason": "Thank you."}
    market.perform(alice, bonuses.send_bonus, assignment_id=work_id, **given)
    now = market.clock.now()
    month = {"month": f"{now:%Y-%m}", "approved": 1, "rewards": 1.2, "bonuses": 0.3, "total": 1.5}
    assert bob.json("/dashboard/months") == {"results": [month], "total": 1.5}
    page = bob.get("/dashboard/months").text
    assert f"{now:%B %Y}" in page
    assert page.count("$1.50") == 2
    assert "/dashboard/months" in bob.get("/dashboard").text


def test_it_is_for_people_who_are_signed_in(nobody: Person) -> None:
    assert nobody.get("/dashboard/months").headers["location"] == "/sign-in?next=%2Fdashboard%2Fmonths"
