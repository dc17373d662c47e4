"""Knowing: what was answered, what it earned, as pages, tables and a plot."""

from __future__ import annotations

import csv
import io
from datetime import date

import msgspec
import pytest

from kempelen.core.money import Money
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import assignments, bonuses
from kempelen.web.app import web
from kempelen.web.site import plots
from kempelen.web.site.csv_files import lines
from kempelen.web.site.settings import WebSettings
from tests.web.people import URL, Person, submit_url


def handed_in(market: Market, alice: str, bob: Person, fields: dict[str, str], **members: object) -> str:
    """The id of work that Bob has handed in by the form."""
    market.perform(bob.worker_id, accounts.set_auto_accept, on=False)
    accepted = bob.accept(market, alice, **members)
    market.clock.advance(seconds=90)
    bob.post(submit_url(accepted), {"assignment_id": accepted.assignment_id, **fields})
    return accepted.assignment_id


def table(bob: Person, name: str) -> list[dict[str, str]]:
    answer = bob.get(f"/dashboard/{name}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="{name}.csv"' in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_submitted_work_shows_what_was_answered(market: Market, alice: str, bob: Person, charlie: Person) -> None:
    done = handed_in(market, alice, bob, {"colour": "blå <b>", "why": "two\nlines"})
    page = bob.get(f"/assignments/{done}").text
    for told in ("blå &lt;b&gt;", "two\nlines", "1 minute 30 seconds", "Pending"):
        assert told in page
    known = bob.json(f"/assignments/{done}")
    assert known["answer"] == [{"name": "colour", "value": "blå <b>"}, {"name": "why", "value": "two\nlines"}]
    assert known["state"] == "Submitted"
    assert charlie.get(f"/assignments/{done}").status_code == 404


def test_work_that_is_only_accepted_has_no_answer_to_show(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    assert bob.get(f"/assignments/{accepted.assignment_id}").status_code == 404


def test_tables_hold_the_work_the_days_and_the_requesters(market: Market, alice: str, bob: Person) -> None:
    done = handed_in(market, alice, bob, {"colour": "red"}, title="=HYPERLINK(1)")
    market.perform(alice, assignments.reject_assignment, assignment_id=done, requester_feedback='Not, "a" mug')
    paid = handed_in(market, alice, bob, {"colour": "red"}, reward=Money.parse("1.00"))
    market.perform(alice, assignments.approve_assignment, assignment_id=paid)
    market.perform(
        alice,
        bonuses.send_bonus,
        worker_id=bob.worker_id,
        assignment_id=paid,
        bonus_amount=Money.parse("0.20"),
        reason="Fast",
    )
    first, second = table(bob, "work")
    assert (first["title"], first["status"], first["requester_feedback"]) == (
        "'=HYPERLINK(1)", "Rejected", 'Not, "a" mug',
    )  # fmt: skip
    assert (second["reward"], second["bonuses"], second["bonus_reasons"]) == ("1.00", "0.20", "Fast")
    (day,) = table(bob, "days")
    assert (day["submitted"], day["approved"], day["rejected"], day["earnings"]) == ("2", "1", "1", "1.20")
    (requester,) = table(bob, "requesters")
    assert (requester["requester_name"], requester["earnings"]) == ("Mug Lab", "1.20")
    assert bob.json("/dashboard")["requesters_overview"][0]["earnings"] == 1.2


def test_the_dashboard_draws_what_each_day_has_earned(market: Market, alice: str, bob: Person) -> None:
    assert "<svg" not in bob.get("/dashboard").text
    paid = handed_in(market, alice, bob, {"colour": "red"}, reward=Money.parse("1.00"))
    assert "<svg" not in bob.get("/dashboard").text, "a day of work that has earned nothing yet is no picture"
    market.perform(alice, assignments.approve_assignment, assignment_id=paid)
    page = bob.get("/dashboard").text
    assert page.count('<rect class="plot-bar"') == 45
    assert "<title>Thu, Oct 1, 2026: $1.00</title>" in page


def test_a_plot_has_round_lines_above_its_tallest_bar() -> None:
    days = {date(2026, 9, 30): Money.parse("3.10"), date(2026, 10, 1): Money.parse("1.55")}
    plot = plots.of_days(days, date(2026, 10, 1), 3)
    assert [amount for amount, _ in plot.lines] == [Money.parse(f"{n}.00") for n in range(5)]
    none, tall, half = plot.bars
    assert none.height == 0
    assert abs(tall.height - 2 * half.height) <= 0.1
    assert plot.lines[-1][1] <= tall.y < half.y < plot.floor == plot.lines[0][1]
    assert all(bar.x >= plot.left and bar.x + bar.width <= plot.width for bar in plot.bars)


def test_a_plot_of_nothing_has_a_line_still() -> None:
    plot = plots.of_days({}, date(2026, 10, 1), 3)
    assert [bar.height for bar in plot.bars] == [0, 0, 0]
    assert len(plot.lines) == 2


def test_no_cell_begins_like_a_formula() -> None:
    assert lines([["=1+1", "+1", "-1", "@a", "\tx", "plain", -1, None]]) == ("'=1+1,'+1,'-1,'@a,'\tx,plain,-1,\r\n")


def test_the_same_answer_again_is_no_error_and_counts_once(market: Market, alice: str, bob: Person) -> None:
    accepted = bob.accept(market, alice)
    fields = {"assignment_id": accepted.assignment_id, "colour": "red"}
    bob.post(submit_url(accepted), fields)
    again = bob.post(submit_url(accepted), fields)
    assert again.headers["location"] == "/tasks"
    assert "It counts once." in bob.follow(again).text
    other = bob.post(submit_url(accepted), fields | {"colour": "blue"})
    assert (other.status_code, "the first answer counts" in other.text) == (422, True)
    assert bob.json("/dashboard")["hits_overview"]["pending"] == 1


def test_the_dashboard_counts_bonuses_everywhere_and_says_what_is_pending(
    market: Market, alice: str, bob: Person
) -> None:
    reward = Money.parse("0.50")
    paid = handed_in(market, alice, bob, {"colour": "red"}, reward=reward)
    market.perform(alice, assignments.approve_assignment, assignment_id=paid)
    for amount in ("0.20", "0.30"):
        market.perform(
            alice,
            bonuses.send_bonus,
            worker_id=bob.worker_id,
            assignment_id=paid,
            bonus_amount=Money.parse(amount),
            reason="Fast",
        )
    handed_in(market, alice, bob, {"colour": "red"}, reward=Money.parse("0.70"))
    page, known = bob.get("/dashboard").text, bob.json("/dashboard")
    assert "Earnings by day of submission, bonuses included" in page
    assert "<title>Thu, Oct 1, 2026: $1.00</title>" in page
    assert "<td>$1.00</td>" in page.split('id="days"')[1].split("</table>")[0]
    assert "$0.70 pending" in page
    assert [day["earnings"] for day in known["daily_hit_statistics_overview"]] == [1.0]
    assert known["earnings_to_date"] == {"approved": 0.5, "bonuses": 0.5, "total": 1.0, "pending": 0.7}


def test_help_and_dashboard_say_how_money_arrives(market: Market, bob: Person) -> None:
    def says(note: str, path: str) -> str:
        at = Person(web(market, WebSettings(url=URL, payout_note=note)), URL)
        at.client.cookies.update(bob.client.cookies)
        return at.get(path).text

    for path in ("/help", "/dashboard"):
        assert "by bank transfer &lt;monthly&gt;" in says("We pay by bank transfer <monthly>.", path)
        assert "The people who run this site pay them out" in says("", path)


def test_a_sandbox_says_that_its_rewards_are_not_paid_out(
    market: Market, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(market, "rules", msgspec.structs.replace(market.rules, sandbox=True))
    for path in ("/help", "/dashboard"):
        assert "rewards here are not real money and are not paid out" in bob.get(path).text
