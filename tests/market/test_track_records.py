"""Track records: what Workers are told of a group's work and of its Requester, and what they look for by it."""

import pytest

from kempelen.core.money import Money
from kempelen.core.wire.refusals import InvalidField
from kempelen.market.hits import listings, saved_searches
from kempelen.market.hits.listing_queries import Wanted
from kempelen.market.work import assignments, work
from tests.market.work import ANSWER, HOURS, MINUTES, new_hit, pass_time, submit_answer


def worked(market, worker, group_id, seconds):
    """The id of work that was submitted so long after it was accepted."""
    accepted = market.perform(worker, work.accept, group_id=group_id)
    pass_time(market, seconds)
    market.perform(worker, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)
    return accepted.assignment_id


def group_for(market, worker, group_id):
    return market.perform(worker, listings.get_group, group_id=group_id)


def titles(market, worker, **wanted):
    return [group.title for group in market.perform(worker, listings.list_groups, **wanted).groups]


def three_hits(market, alice, **members):
    for _ in range(3):
        hit = new_hit(market, alice, **members)
    return hit.hit_group_id


def test_a_typical_time_is_told_from_the_third_submission_on(market, alice, bob):
    group_id = three_hits(market, alice, reward=Money.parse("0.50"))
    for seconds in (60, 60):
        worked(market, bob, group_id, seconds)
    assert group_for(market, bob, group_id).typical_seconds is None
    assert group_for(market, bob, group_id).hourly_rate is None
    worked(market, bob, group_id, 60)
    group = group_for(market, bob, group_id)
    assert (group.typical_seconds, group.hourly_rate) == (60, Money.parse("30.00"))


def test_one_long_break_moves_the_typical_time_little(market, alice, bob):
    group_id = three_hits(market, alice)
    for seconds in (60, 60, 59 * MINUTES):
        worked(market, bob, group_id, seconds)
    assert 3 * MINUTES < group_for(market, bob, group_id).typical_seconds < 5 * MINUTES  # the mean is 20


def test_a_requesters_decisions_and_their_time_are_told(market, alice, bob):
    group_id = three_hits(market, alice)
    done = [worked(market, bob, group_id, 60) for _ in range(3)]
    pass_time(market, 2 * HOURS)
    for assignment_id in done[:2]:
        market.perform(alice, assignments.approve_assignment, assignment_id=assignment_id)
    assert group_for(market, bob, group_id).approval_rate is None
    market.perform(alice, assignments.reject_assignment, assignment_id=done[2], requester_feedback="Blurred.")
    group = group_for(market, bob, group_id)
    assert round(group.approval_rate) == 67
    assert 115 * MINUTES < group.seconds_to_decide < 125 * MINUTES
    pass_time(market, 9 * HOURS)
    market.perform(alice, assignments.approve_assignment, assignment_id=done[2], override_rejection=True)
    overridden = group_for(market, bob, group_id)
    assert (overridden.approval_rate, overridden.seconds_to_decide) == (100, group.seconds_to_decide)


def test_a_profile_tells_what_the_worker_has_done_for_the_requester(market, alice, bob, charlie):
    group_id = three_hits(market, alice)
    done = worked(market, bob, group_id, 60)
    market.perform(alice, assignments.approve_assignment, assignment_id=done)
    mine = market.perform(bob, listings.get_requester_profile, requester_id=alice)
    assert (mine.my_submitted, mine.my_approved, mine.my_earnings, mine.approved) == (1, 1, Money.parse("0.05"), 1)
    other = market.perform(charlie, listings.get_requester_profile, requester_id=alice)
    assert (other.my_submitted, other.my_earnings, other.approved) == (0, Money.ZERO, 1)


def test_groups_are_found_by_whether_the_worker_has_done_hits_of_them(market, alice, bob, charlie):
    worked(market, bob, three_hits(market, alice, title="Known"), 60)
    new_hit(market, alice, title="Unknown")
    assert titles(market, bob, done=True) == ["Known"]
    assert titles(market, bob, done=False) == ["Unknown"]
    assert titles(market, charlie, done=True) == []
    assert len(titles(market, bob)) == 2
    assert market.perform(bob, listings.list_groups, done=True).groups[0].done == 1


def test_groups_are_found_by_how_new_their_hits_are(market, alice, bob):
    new_hit(market, alice, title="Old")
    new_hit(market, alice, title="Refilled")
    pass_time(market, 2 * HOURS)
    new_hit(market, alice, title="New")
    new_hit(market, alice, title="Refilled")
    assert sorted(titles(market, bob, new_within_hours=1)) == ["New", "Refilled"]
    assert len(titles(market, bob, new_within_hours=24)) == 3


def test_news_are_the_matching_groups_that_got_hits_since(market, alice, bob):
    new_hit(market, alice, title="A mug")
    since = market.perform(bob, listings.get_latest_news)
    pass_time(market, 1)
    new_hit(market, alice, title="Another mug")
    new_hit(market, alice, title="A spoon")
    found = market.perform(bob, listings.list_news, wanted=Wanted(search="mug"), since=since)
    assert [group.title for group in found] == ["Another mug"]
    latest = market.perform(bob, listings.get_latest_news)
    assert latest == market.clock.now()
    assert market.perform(bob, listings.list_news, wanted=Wanted(), since=latest) == []


def test_a_worker_keeps_searches_which_nobody_else_sees(market, bob, charlie):
    kept = market.perform(bob, saved_searches.save_search, name=" my  mugs ", query="filters=mug", alerts=True)
    assert [one.name for one in market.perform(bob, saved_searches.list_searches)] == ["my mugs"]
    assert market.perform(charlie, saved_searches.list_searches) == []
    market.perform(charlie, saved_searches.delete_search, search_id=kept)
    assert len(market.perform(bob, saved_searches.list_searches)) == 1
    market.perform(bob, saved_searches.delete_search, search_id=kept)
    market.perform(bob, saved_searches.delete_search, search_id=kept)
    assert market.perform(bob, saved_searches.list_searches) == []


def test_searches_are_bounded_in_number_and_size(market, bob):
    for number in range(saved_searches.MOST):
        market.perform(bob, saved_searches.save_search, name=f"{number}", query="", alerts=False)
    for name, query in (("one more", ""), ("", ""), ("x" * 61, ""), ("x", "y" * 1001)):
        with pytest.raises(InvalidField):
            market.perform(bob, saved_searches.save_search, name=name, query=query, alerts=False)
    assert len(market.perform(bob, saved_searches.list_searches)) == saved_searches.MOST
