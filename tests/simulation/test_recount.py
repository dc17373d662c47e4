"""The recount itself: rows that were tampered with do not pass it."""

import copy
from collections.abc import Callable

import pytest

from kempelen.core.money import Money
from kempelen.core.wire.event_documents import NotificationSpecification
from kempelen.market.hits import hit_changes, hit_creation, hit_types
from kempelen.market.messaging import notifications
from kempelen.market.work import assignments, bonuses, work
from tests.market.work import ANSWER, DAYS, HOURS, QUESTION, submit_answer
from tests.simulation.recount import Row, Rows, problems
from tests.simulation.town import Town


@pytest.fixture(scope="module")
def played() -> tuple[Rows, Rows, int]:
    """The rows before and after a market's last step: work in every state, a bonus, a HIT that is gone."""
    town = Town(":memory:")
    town.settle()
    alice, (bob, dora, emil) = town.requesters[0], town.workers
    hit_type = town.perform(
        alice,
        hit_types.create_hit_type,
        title="Cups",
        description="One question.",
        reward=Money.parse("0.50"),
        assignment_duration_in_seconds=1 * HOURS,
    ).hit_type_id
    new = {"hit_type_id": hit_type, "lifetime_in_seconds": 1 * DAYS, "question": QUESTION}
    gone = town.perform(alice, hit_creation.create_hit_with_hit_type, **new | {"lifetime_in_seconds": 30}).hit.hit_id
    town.pass_time(seconds=30)
    town.perform(alice, hit_changes.delete_hit, hit_id=gone)
    hit = town.perform(alice, hit_creation.create_hit_with_hit_type, max_assignments=3, **new).hit
    group = hit.hit_group_id
    done = []
    for worker in (bob, dora, emil):
        taken = town.perform(worker, work.accept, group_id=group, hit_id=hit.hit_id)
        town.perform(worker, submit_answer, assignment_id=taken.assignment_id, answer=ANSWER)
        done.append((worker, taken.assignment_id))
    town.perform(alice, hit_creation.create_hit_with_hit_type, max_assignments=2, **new)
    town.perform(bob, work.accept, group_id=group)
    town.perform(alice, assignments.reject_assignment, assignment_id=done[1][1], requester_feedback="No.")
    town.perform(
        alice,
        bonuses.send_bonus,
        worker_id=emil,
        bonus_amount=Money.parse("1"),
        assignment_id=done[2][1],
        reason="Well done",
    )
    town.perform(
        alice,
        notifications.update_notification_settings,
        hit_type_id=hit_type,
        notification=NotificationSpecification(
            destination="lab@example.org", transport="Email", version="2014-08-15", event_types=["AssignmentApproved"]
        ),
    )
    before = town.rows()
    town.perform(alice, assignments.approve_assignment, assignment_id=done[0][1])
    after, now = town.rows(), town.now()
    town.close()
    return before, after, now


def one(rows: Rows, table: str, **values: object) -> Row:
    return next(row for row in rows[table] if all(row[name] == value for name, value in values.items()))


def test_rows_that_nobody_tampered_with_pass(played):
    assert problems(*played) == []


def set_to(table: str, column: str, value: object, **where: object) -> Callable[[Rows], None]:
    def tamper(rows: Rows) -> None:
        row = one(rows, table, **where)
        row[column] = value(row[column]) if callable(value) else value

    return tamper


def without(table: str, **where: object) -> Callable[[Rows], None]:
    return lambda rows: rows[table].remove(one(rows, table, **where))


def twice(table: str, key: str, **where: object) -> Callable[[Rows], None]:
    return lambda rows: rows[table].append({**one(rows, table, **where), key: "3AGAIN"})


def more(number: int) -> int:
    return number + 1


@pytest.mark.parametrize(
    ("tamper", "noticed"),
    [
        (set_to("account", "balance_micros", more, kind="available"), "not to zero"),
        (set_to("account", "balance_micros", -1, kind="fees"), "is overdrawn"),
        (without("delivery", kind="AssignmentApproved"), "is told to nobody"),
        (twice("delivery", "delivery_id", kind="AssignmentApproved"), "nobody wants to hear"),
        (twice("delivery", "delivery_id", kind="BonusPaid"), "mails were made to"),
        (without("delivery", kind="BonusPaid"), "gone"),
        (set_to("account", "balance_micros", more, kind="hold"), " holds "),
        (without("transfer", reason="Reward"), "was paid"),
        (twice("transfer", "transfer_id", reason="Reward"), "was paid"),
        (twice("transfer", "transfer_id", reason="Fee"), "was paid"),
        (without("transfer", reason="Bonus"), "was paid"),
        (set_to("assignment", "status", "Approved", status="Rejected"), "was paid"),
        (set_to("assignment", "status", "Rejected", status="Approved"), "was paid"),
        (twice("assignment", "assignment_id", status="Accepted"), "has 2 assignments"),
        (set_to("hit", "pending", more, status="Assignable"), "there are"),
        (set_to("hit", "open", more, status="Assignable"), "places open"),
        (set_to("hit", "status", "Unassignable", status="Assignable"), "its counters do not make it"),
        (set_to("hit", "dispose_at", 1, status="Disposed"), "to be disposed"),
        (set_to("hit", "expired", 1, status="Assignable"), "expires at"),
        (set_to("hit", "expires_at", 1, status="Assignable"), "expires at"),
        (set_to("hit_group", "open_hits", more), "open HITs, there are"),
        (set_to("hit", "reward_micros", more, status="Disposed"), "the reward of its type"),
        (set_to("assignment", "due_at", 1, status="Accepted"), "should have been abandoned"),
        (set_to("assignment", "due_at", more, status="Submitted"), "due at the wrong time"),
        (set_to("assignment", "auto_approve_at", 1, status="Submitted"), "should have been approved"),
        (set_to("assignment", "submitted_at", 1, status="Submitted"), "submitted out of its time"),
        (set_to("event", "to_status", "Rejected", to_status="Approved"), "but told"),
        (set_to("event", "from_status", "Returned", to_status="Approved"), "not allowed"),
        (without("event", to_status="Approved"), "but told"),
        (without("event", kind="HITDisposed"), "is gone"),
        (set_to("transfer", "amount_micros", more, reason="Bonus"), "has changed"),
        (without("bonus"), "is gone"),
        (without("hit", status="Disposed"), "is gone"),
        (set_to("hit", "place", more, status="Disposed"), "is final"),
    ],
)
def test_rows_that_were_tampered_with_are_noticed(played, tamper, noticed):
    before, after, now = copy.deepcopy(played)
    tamper(after)
    assert any(noticed in problem for problem in problems(before, after, now)), problems(before, after, now)
