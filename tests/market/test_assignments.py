"""Decisions: approve, reject, override; and the money that follows."""

import pytest

from kempelen.core.money import Money
from kempelen.core.wire.errors import (
    AssignmentDoesNotExist,
    HITDoesNotExist,
    InsufficientFunds,
    InvalidAssignmentState,
    InvalidHITState,
    ParameterTooLong,
)
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hit_changes
from kempelen.market.people import accounts
from kempelen.market.work import assignments, work
from tests.market.conftest import new_worker
from tests.market.work import (
    ANSWER,
    DAYS,
    accepted_work,
    balance,
    earned,
    new_hit,
    pass_time,
    places,
    submit_answer,
    submitted_work,
    work_status,
)


def test_approval_pays_the_reward_from_the_hold(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    assert balance(market, alice) == "999.94"
    market.perform(alice, assignments.approve_assignment, assignment_id=assignment, requester_feedback="Thank you!")
    answer = market.perform(alice, assignments.get_assignment, assignment_id=assignment).assignment
    assert (answer.assignment_status, answer.requester_feedback) == ("Approved", "Thank you!")
    assert answer.approval_time == market.clock.now()
    assert answer.rejection_time is None
    assert (balance(market, alice), earned(market, bob)) == ("999.94", "0.05")


def test_a_second_approval_is_an_error_and_pays_nothing(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    market.perform(alice, assignments.approve_assignment, assignment_id=assignment)
    for override in (False, True):
        with pytest.raises(InvalidAssignmentState, match="with a status of: Submitted"):
            market.perform(alice, assignments.approve_assignment, assignment_id=assignment, override_rejection=override)
    assert earned(market, bob) == "0.05"


def test_rejection_gives_the_money_back_and_keeps_the_place_taken(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    market.perform(alice, assignments.reject_assignment, assignment_id=assignment, requester_feedback="Empty.")
    answer = market.perform(alice, assignments.get_assignment, assignment_id=assignment)
    assert (answer.assignment.assignment_status, answer.assignment.requester_feedback) == ("Rejected", "Empty.")
    assert places(market, alice, answer.hit.hit_id) == ("Reviewable", 0, 0, 1)
    assert (balance(market, alice), earned(market, bob)) == ("1000.00", "0.00")


def test_a_rejection_can_be_overridden_for_30_days_from_submission(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    market.perform(alice, assignments.reject_assignment, assignment_id=assignment, requester_feedback="Hm.")
    with pytest.raises(InvalidAssignmentState):
        market.perform(alice, assignments.approve_assignment, assignment_id=assignment)
    pass_time(market, 30 * DAYS)
    market.perform(alice, assignments.approve_assignment, assignment_id=assignment, override_rejection=True)
    answer = market.perform(alice, assignments.get_assignment, assignment_id=assignment).assignment
    assert (answer.assignment_status, answer.rejection_time, answer.requester_feedback) == ("Approved", None, "Hm.")
    assert (balance(market, alice), earned(market, bob)) == ("999.94", "0.05")


def test_a_rejection_older_than_30_days_stands(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    market.perform(alice, assignments.reject_assignment, assignment_id=assignment, requester_feedback="")
    pass_time(market, 30 * DAYS + 1)
    with pytest.raises(InvalidAssignmentState, match="status of: Submitted"):
        market.perform(alice, assignments.approve_assignment, assignment_id=assignment, override_rejection=True)


def test_an_override_needs_money_and_an_undisposed_hit(market, alice, bob):
    poor = market.perform(OPERATOR, accounts.add_requester, name="Poor", email="p@example.org").requester_id
    market.perform(OPERATOR, accounts.deposit, requester_id=poor, amount=Money.parse("0.06"))
    assignment = submitted_work(market, poor, bob)
    hit_id = market.perform(poor, assignments.get_assignment, assignment_id=assignment).hit.hit_id
    market.perform(poor, assignments.reject_assignment, assignment_id=assignment, requester_feedback="")
    new_hit(market, poor)
    with pytest.raises(InsufficientFunds):
        market.perform(poor, assignments.approve_assignment, assignment_id=assignment, override_rejection=True)
    assert work_status(market, poor, assignment) == "Rejected"
    market.perform(poor, hit_changes.delete_hit, hit_id=hit_id)
    with pytest.raises(InvalidHITState, match="'Disposed'.  .* of: Assignable, Unassignable, Reviewable, Reviewing"):
        market.perform(poor, assignments.approve_assignment, assignment_id=assignment, override_rejection=True)


def test_work_in_progress_is_not_seen_or_decided(market, alice, bob):
    accepted = accepted_work(market, alice, bob)
    with pytest.raises(InvalidAssignmentState, match="status of: Reviewable,Approved,Rejected"):
        market.perform(alice, assignments.get_assignment, assignment_id=accepted.assignment_id)
    with pytest.raises(InvalidAssignmentState, match="status of: null"):
        market.perform(alice, assignments.approve_assignment, assignment_id=accepted.assignment_id)
    with pytest.raises(InvalidAssignmentState, match="status of: Submitted"):
        market.perform(
            alice, assignments.reject_assignment, assignment_id=accepted.assignment_id, requester_feedback=""
        )
    assert market.perform(alice, assignments.list_assignments_for_hit, hit_id=accepted.hit_id).assignments == []


def test_assignments_are_listed_as_submitted_and_by_status(market, alice):
    hit = new_hit(market, alice, max_assignments=3)
    made = []
    for name in ("Dora", "Emil", "Finn"):
        worker = new_worker(market, name)
        accepted = market.perform(worker, work.accept, group_id=hit.hit_group_id)
        pass_time(market, 1)
        market.perform(worker, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)
        made.append(accepted.assignment_id)
    market.perform(alice, assignments.approve_assignment, assignment_id=made[1])
    market.perform(alice, assignments.reject_assignment, assignment_id=made[2], requester_feedback="")

    def listed(**members):
        page = market.perform(alice, assignments.list_assignments_for_hit, hit_id=hit.hit_id, **members)
        return [assignment.assignment_id for assignment in page.assignments]

    assert listed() == made
    assert listed(assignment_statuses=[]) == made
    assert listed(assignment_statuses=["Approved"]) == made[1:2]
    assert listed(assignment_statuses=["Rejected", "Submitted"]) == [made[0], made[2]]
    assert listed(max_results=2) == made[:2]


def test_feedback_is_bounded(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    with pytest.raises(
        ParameterTooLong, match="Your request parameter RequesterFeedback has a maximum length of 1024."
    ):
        market.perform(alice, assignments.reject_assignment, assignment_id=assignment, requester_feedback="x" * 1025)


def test_a_stranger_reads_and_decides_nothing(market, alice, bob, charlie_requester):
    assignment = submitted_work(market, alice, bob)
    hit_id = market.perform(alice, assignments.get_assignment, assignment_id=assignment).hit.hit_id
    for operation, members in (
        (assignments.get_assignment, {}),
        (assignments.approve_assignment, {}),
        (assignments.approve_assignment, {"override_rejection": True}),
        (assignments.reject_assignment, {"requester_feedback": ""}),
    ):
        with pytest.raises(AssignmentDoesNotExist):
            market.perform(charlie_requester, operation, assignment_id=assignment, **members)
    with pytest.raises(HITDoesNotExist):
        market.perform(charlie_requester, assignments.list_assignments_for_hit, hit_id=hit_id)
    assert work_status(market, alice, assignment) == "Submitted"
