"""Suspended Requesters and Workers: what they can no longer do, and what goes on."""

import pytest

from kempelen.core.wire.errors import PermissionDenied
from kempelen.core.wire.refusals import AccountClosed, GroupDoesNotExist
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import SystemClock
from kempelen.market.hits import listing_queries, listings
from kempelen.market.people import accounts
from kempelen.market.work import assignments, work
from tests.market.qualifying import new_type, required
from tests.market.work import (
    ANSWER,
    DAYS,
    accepted_work,
    earned,
    new_hit,
    pass_time,
    submit_answer,
    submitted_work,
    work_status,
)


def set_requester(market, requester_id, status):
    return market.perform(OPERATOR, accounts.set_requester_status, requester_id=requester_id, status=status)


def set_worker(market, worker_id, status):
    return market.perform(OPERATOR, accounts.set_worker_status, worker_id=worker_id, status=status)


def listed(market, worker, **wanted):
    page = market.perform(worker, listings.list_groups, **wanted)
    assert page.total == len(page.groups)
    return [group.requester_id for group in page.groups]


def test_no_hit_of_a_suspended_requester_is_offered(market, alice, bob, charlie_requester):
    reads = new_type(market, alice, "Reads")
    hit = new_hit(market, alice, qualification_requirements=[required(reads, "DoesNotExist")])
    other = new_hit(market, charlie_requester)
    about = {"group_id": hit.hit_group_id}
    assert sorted(listed(market, bob)) == sorted([alice, charlie_requester])
    set_requester(market, alice, "Suspended")
    for wanted in ({}, {"search": "mug"}, {"qualified": True}, {"sort": "reward_desc"}):
        assert alice not in listed(market, bob, **wanted)
    assert listed(market, bob, requester_id=alice) == []
    since = accounts.instant(0)
    news = market.perform(bob, listings.list_news, wanted=listing_queries.Wanted(), since=since)
    assert [group.hit_group_id for group in news] == [other.hit_group_id]
    assert market.perform(bob, listings.list_asking, qualification_type_id=reads) == []
    for function in (listings.get_group, listings.get_preview, work.accept):
        with pytest.raises(GroupDoesNotExist):
            market.perform(bob, function, **about)
    with pytest.raises(GroupDoesNotExist):
        market.perform(bob, work.accept, hit_id=hit.hit_id, **about)
    set_requester(market, alice, "Active")
    assert alice in listed(market, bob)
    assert market.perform(bob, work.accept, **about).hit_id == hit.hit_id


def test_what_was_accepted_of_a_suspended_requester_is_finished_and_paid(market, alice, bob):
    accepted = accepted_work(market, alice, bob, auto_approval_delay_in_seconds=3 * DAYS)
    set_requester(market, alice, "Suspended")
    assert [each.assignment_id for each in market.perform(bob, work.list_queue)] == [accepted.assignment_id]
    assert market.perform(bob, work.get_work, assignment_id=accepted.assignment_id).group.requester_id == alice
    market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)
    pass_time(market, 3 * DAYS)
    assert work_status(market, alice, accepted.assignment_id) == "Approved"
    assert earned(market, bob) == "0.05"


def test_the_requests_of_a_suspended_requester_are_refused_with_each_key(market, alice):
    keys = [market.perform(OPERATOR, accounts.add_access_key, requester_id=alice) for _ in range(2)]
    set_requester(market, alice, "Suspended")
    for key in keys:
        with pytest.raises(PermissionDenied):
            market.perform(alice, accounts.check_may_act, access_key_id=key.access_key_id)
    set_requester(market, alice, "Active")
    for key in keys:
        market.perform(alice, accounts.check_may_act, access_key_id=key.access_key_id)


def test_a_suspended_worker_is_signed_out_everywhere_and_accepts_nothing(market, alice, bob, charlie):
    at = SystemClock().now()
    session = market.perform(bob, accounts.start_session, worker_id=bob, at=at)
    token = market.perform(bob, accounts.add_worker_token, worker_id=bob, name="program")
    others = market.perform(charlie, accounts.start_session, worker_id=charlie, at=at)
    hit = new_hit(market, alice)
    set_worker(market, bob, "Suspended")

    def visitors():
        return (
            market.perform(bob, accounts.get_session, token=session.token, at=at),
            market.perform(bob, accounts.get_token_bearer, token=token),
        )

    assert visitors() == (None, None)
    with pytest.raises(AccountClosed):
        market.perform(bob, accounts.start_session, worker_id=bob, at=at)
    with pytest.raises(AccountClosed):
        market.perform(bob, work.accept, group_id=hit.hit_group_id)
    assert market.perform(charlie, accounts.get_session, token=others.token, at=at) is not None
    set_worker(market, bob, "Active")
    assert visitors() == (None, None), "what was ended stays so"
    assert market.perform(bob, accounts.start_session, worker_id=bob, at=at).token
    assert market.perform(bob, work.accept, group_id=hit.hit_group_id).hit_id == hit.hit_id


def test_what_a_suspended_worker_has_submitted_is_decided_and_paid(market, alice, bob, charlie):
    in_time = submitted_work(market, alice, bob, auto_approval_delay_in_seconds=3 * DAYS)
    decided = submitted_work(market, alice, bob)
    unfinished = accepted_work(market, alice, bob, assignment_duration_in_seconds=3600)
    set_worker(market, bob, "Suspended")
    market.perform(alice, assignments.approve_assignment, assignment_id=decided)
    pass_time(market, 3600)
    retaken = market.perform(charlie, work.accept, group_id=unfinished.hit_group_id)
    assert retaken.hit_id == unfinished.hit_id, "its time ran out, and its place is free again"
    pass_time(market, 3 * DAYS)
    assert {work_status(market, alice, each) for each in (in_time, decided)} == {"Approved"}
    assert earned(market, bob) == "0.10"
