"""Time: whatever is due happens once, in order, at its moment, however late it is noticed."""

from random import Random

import msgspec
import pytest

from kempelen.core.money import Money
from kempelen.core.questions import answers
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import ManualClock, SystemClock
from kempelen.market.hits import hit_changes, hits
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import history, work
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from tests.market.conftest import KEY, new_worker
from tests.market.test_notifications import QUEUE, TOPIC, subscribe
from tests.market.test_review_policies import ASKING, DECIDING, EXTENDING, known, plurality
from tests.market.work import (
    ANSWER,
    DAYS,
    HOURS,
    accepted_work,
    new_hit,
    pass_time,
    places,
    submit_answer,
    submitted_work,
)


def events(market: Market) -> list[tuple[str, int]]:
    with market.database.reading() as db:
        rows = db.all("SELECT kind, happened_at FROM event ORDER BY happened_at, event_id")
    return [(row["kind"], row["happened_at"]) for row in rows]


def test_a_month_asleep_is_performed_in_the_order_it_was_due(market, alice, bob):
    accepted = accepted_work(market, alice, bob, lifetime_in_seconds=12 * HOURS, assignment_duration_in_seconds=HOURS)
    begun = market.clock.now()
    pass_time(market, 200 * DAYS)
    told = {(kind, at // 1000 - int(begun.timestamp())) for kind, at in events(market)}
    assert told >= {
        ("AssignmentAbandoned", HOURS),
        ("HITAssignable", HOURS),
        ("HITExpired", 12 * HOURS),
        ("HITReviewable", 12 * HOURS),
        ("HITDisposed", 12 * HOURS + 120 * DAYS),
    }
    assert places(market, alice, accepted.hit_id)[0] == "Disposed"


def test_disposal_counts_from_the_last_time_a_hit_became_reviewable(market, alice):
    hit = new_hit(market, alice)
    pass_time(market, 1 * DAYS + 100 * DAYS)
    market.perform(
        alice,
        hit_changes.update_expiration_for_hit,
        hit_id=hit.hit_id,
        expire_at=market.clock.now() + (hit.expiration - hit.creation_time),
    )
    pass_time(market, 1 * DAYS + 120 * DAYS - 1)
    assert places(market, alice, hit.hit_id)[0] == "Reviewable"
    pass_time(market, 1)
    assert places(market, alice, hit.hit_id)[0] == "Disposed"


def test_a_hit_under_review_is_disposed_in_time_as_well(market, alice):
    hit = new_hit(market, alice)
    pass_time(market, 1 * DAYS)
    market.perform(alice, hit_changes.update_hit_review_status, hit_id=hit.hit_id)
    pass_time(market, 120 * DAYS)
    assert places(market, alice, hit.hit_id)[0] == "Disposed"


def test_a_disposal_that_comes_before_the_decision_waits_for_it(market, alice, bob):
    market.rules = msgspec.structs.replace(market.rules, disposal_days=1)
    undecided = accepted_work(market, alice, bob, auto_approval_delay_in_seconds=3 * DAYS)
    market.perform(bob, submit_answer, assignment_id=undecided.assignment_id, answer=ANSWER)
    begun = market.clock.now()
    pass_time(market, 3 * DAYS - 1)
    assert places(market, alice, undecided.hit_id)[0] == "Reviewable"
    pass_time(market, 10 * DAYS)
    assert places(market, alice, undecided.hit_id)[0] == "Disposed"
    (disposed_at,) = (at for kind, at in events(market) if kind == "HITDisposed")
    assert disposed_at // 1000 - int(begun.timestamp()) == 3 * DAYS


def test_a_reader_sees_what_was_due_even_if_nobody_has_performed_it(market, alice, bob):
    submitted_work(market, alice, bob, auto_approval_delay_in_seconds=60)
    market.clock.advance(seconds=60)
    assert market.perform(bob, history.get_dashboard).approved == 1


@pytest.mark.slow
def test_more_than_one_commits_worth_is_performed_whole(market, alice):
    for number in range(450):
        new_hit(market, alice, title=f"Title {number % 3}")
    pass_time(market, 1 * DAYS)
    page = market.perform(alice, hits.list_reviewable_hits, max_results=100)
    assert page.num_results == 100
    with market.database.reading() as db:
        assert db.one("SELECT COUNT(*) AS n FROM hit WHERE status <> 'Reviewable'")["n"] == 0


TOLD = (("SQS", QUEUE), ("SNS", TOPIC), ("SNS", "https://lab.example.org/hook"))


def forty_days(target: str, step: float) -> dict[str, list[dict]]:
    """The rows that a busy market's 40 days leave when the clock moves in steps of so many seconds."""
    database = open_database(target)
    database.migrate()
    market = Market(database, vault=Vault(KEY), clock=ManualClock(), random=Random(7))
    alice = market.perform(OPERATOR, accounts.add_requester, name="Alice", email="a@example.org").requester_id
    market.perform(OPERATOR, accounts.deposit, requester_id=alice, amount=Money.parse("500"))
    workers = [new_worker(market, name) for name in ("Bob", "Dora", "Emil")]
    for number in range(12):
        hit = new_hit(
            market,
            alice,
            title=f"Batch {number}",
            max_assignments=1 + number % 4,
            lifetime_in_seconds=HOURS + number * 5 * HOURS,
            assignment_duration_in_seconds=600 + 3_000 * number,
            auto_approval_delay_in_seconds=(number + 1) % 5 * 2 * DAYS,
            assignment_review_policy=known(**EXTENDING, ExtendMinimumTimeInSeconds=DAYS) if number % 4 == 1 else None,
            hit_review_policy=plurality(**DECIDING, **ASKING) if number % 3 else None,
        )
        if number % 4 != 2:  # the others' programs hear of nothing
            notify, destination = TOLD[number % 3]
            subscribe(market, alice, hit.hit_type_id, transport=notify, destination=destination)
        for worker in workers[: min(1 + number % 3, 1 + number % 4)]:
            accepted = market.perform(worker, work.accept, group_id=hit.hit_group_id)
            if number % 2:
                answer = answers.to_xml([("colour", "red" if worker == workers[0] else "blue")])
                market.perform(worker, submit_answer, assignment_id=accepted.assignment_id, answer=answer)
    for _ in range(round(40 * DAYS / step)):
        pass_time(market, step)
    with market.database.reading() as db:
        tables = {
            "hit": db.all("SELECT * FROM hit ORDER BY hit_id"),
            "hit_group": db.all("SELECT * FROM hit_group ORDER BY hit_group_id"),
            "assignment": db.all("SELECT * FROM assignment ORDER BY assignment_id"),
            "account": db.all("SELECT * FROM account ORDER BY account_id"),
            "transfer": db.all("SELECT * FROM transfer ORDER BY transfer_id"),
            "event": db.all("SELECT * FROM event ORDER BY event_id"),
            "review_action": db.all("SELECT * FROM review_action ORDER BY hit_id, number"),
            "review_result": db.all("SELECT * FROM review_result ORDER BY hit_id, number"),
            "delivery": db.all("SELECT * FROM delivery ORDER BY delivery_id"),
            "destination": db.all("SELECT * FROM destination ORDER BY destination_id"),
        }
    market.close()
    return tables


def is_what_forty_days_bring(rows: dict[str, list[dict]]) -> bool:
    """They have seen policies act at many moments, and everything told that time and policies bring about."""
    told = {row["kind"] for row in rows["delivery"]}
    acted = {row["name"] for row in rows["review_action"] if row["acted"]}
    return (
        told >= BROUGHT_BY_TIME
        and acted == {"approve", "reject", "extend"}
        and len({row["completed_at"] for row in rows["review_action"]}) > 5
        and {row["channel"] for row in rows["destination"]} == {"Mail", "SQS", "SNS", "Webhook"}
    )


BROUGHT_BY_TIME = {
    *("HITExpired", "HITReviewable", "HITExtended", "AssignmentAbandoned"),
    *("AssignmentApproved", "AssignmentRejected", "WorkRejected"),
}


def test_forty_days_at_once_or_by_the_shift_leave_the_same_rows_on_any_database(migrated_target):
    by_the_shift = forty_days(migrated_target, 8 * HOURS)
    assert by_the_shift == forty_days(":memory:", 40 * DAYS)
    assert is_what_forty_days_bring(by_the_shift)


@pytest.mark.slow
def test_forty_days_at_once_or_by_the_minute_leave_the_same_rows(durable_target, tmp_path):
    by_the_minute = forty_days(durable_target, 60)
    assert by_the_minute == forty_days(str(tmp_path / "at-once"), 40 * DAYS)
    assert is_what_forty_days_bring(by_the_minute)


def test_market_time_never_goes_back():
    floor = ManualClock().now()
    clock = SystemClock(floor.replace(year=2090))
    first = clock.now()
    assert first >= floor.replace(year=2090)
    assert clock.now() >= first
    assert clock.now().year == 2090


def test_a_manual_clock_refuses_to_go_back():
    with pytest.raises(ValueError, match="never goes back"):
        ManualClock().advance(seconds=-1)
