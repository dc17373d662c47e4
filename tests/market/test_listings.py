"""What is left for each Worker: lists, counts, previews and acceptances agree, whoever holds or has done what."""

import pytest

from kempelen.checks import checks
from kempelen.core.wire.refusals import NoMoreHITs
from kempelen.market.hits import hit_changes, listings
from kempelen.market.hits.listing_queries import Wanted
from kempelen.market.work import work
from tests.market.work import ANSWER, DAYS, HOURS, new_hit, pass_time, submit_answer

EVERY_LIST = [
    {},
    {"qualified": True},
    {"search": "mug"},
    {"sort": "num_hits_desc"},
    {"sort": "reward_asc", "page_size": 10},
    {"new_within_hours": 24},
]


@pytest.fixture(autouse=True)
def true_counts(market):
    """Whatever a test does, the market's own proof holds afterwards."""
    yield
    assert checks.problems(market.database) == []


def left(market, worker, group_id):
    """How many HITs of the group each list, the news, the group itself and its preview have for this Worker."""
    found = []
    for asked in EVERY_LIST:
        page = market.perform(worker, listings.list_groups, **asked)
        assert page.total == len(page.groups)
        found.append(sum(group.open_hits for group in page.groups if group.hit_group_id == group_id))
    news = market.perform(worker, listings.list_news, wanted=Wanted(), since=market.clock.now().replace(year=2000))
    found.append(sum(group.open_hits for group in news if group.hit_group_id == group_id))
    found.append(market.perform(worker, listings.get_group, group_id=group_id).open_hits)
    assert len(set(found)) == 1, found
    if found[0]:
        assert market.perform(worker, listings.get_preview, group_id=group_id).hit_id
    else:
        with pytest.raises(NoMoreHITs):
            market.perform(worker, listings.get_preview, group_id=group_id)
        with pytest.raises(NoMoreHITs):
            market.perform(worker, work.accept, group_id=group_id)
    return found[0]


def done(market, worker, group_id):
    accepted = market.perform(worker, work.accept, group_id=group_id)
    market.perform(worker, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)
    return accepted


def test_a_group_that_a_worker_has_done_is_left_for_others_alone(market, alice, bob, charlie):
    group_id = new_hit(market, alice, max_assignments=3).hit_group_id
    assert (left(market, bob, group_id), left(market, charlie, group_id)) == (1, 1)
    done(market, bob, group_id)
    assert (left(market, bob, group_id), left(market, charlie, group_id)) == (0, 1)
    new_hit(market, alice)
    assert left(market, bob, group_id) == 1


def test_hits_that_a_worker_holds_or_has_done_are_not_counted_as_left(market, alice, bob, charlie):
    for _ in range(3):
        group_id = new_hit(market, alice, max_assignments=2).hit_group_id
    held = market.perform(bob, work.accept, group_id=group_id)
    done(market, bob, group_id)
    assert (left(market, bob, group_id), left(market, charlie, group_id)) == (1, 3)
    done(market, bob, group_id)
    assert (left(market, bob, group_id), left(market, charlie, group_id)) == (0, 3)
    market.perform(bob, work.return_assignment, assignment_id=held.assignment_id)
    assert left(market, bob, group_id) == 1
    assert market.perform(bob, listings.get_preview, group_id=group_id).hit_id == held.hit_id


def test_work_whose_time_ran_out_is_left_for_its_worker_again(market, alice, bob):
    group_id = new_hit(market, alice, max_assignments=2).hit_group_id
    market.perform(bob, work.accept, group_id=group_id)
    assert left(market, bob, group_id) == 0
    pass_time(market, 1 * HOURS)
    assert left(market, bob, group_id) == 1


def test_a_hit_without_places_counts_for_those_who_had_it_when_one_is_free_again(market, alice, bob, charlie):
    first = new_hit(market, alice, max_assignments=2)
    done(market, bob, first.hit_group_id)
    held = market.perform(charlie, work.accept, group_id=first.hit_group_id)
    new_hit(market, alice)
    assert (left(market, bob, first.hit_group_id), left(market, charlie, first.hit_group_id)) == (1, 1)
    market.perform(charlie, work.return_assignment, assignment_id=held.assignment_id)
    assert (left(market, bob, first.hit_group_id), left(market, charlie, first.hit_group_id)) == (1, 2)


def test_a_hit_that_is_opened_again_is_not_left_for_those_who_did_it(market, alice, bob, charlie):
    hit = new_hit(market, alice, max_assignments=2)
    done(market, bob, hit.hit_group_id)
    pass_time(market, 1 * DAYS)
    assert left(market, charlie, hit.hit_group_id) == 0
    market.perform(
        alice, hit_changes.update_expiration_for_hit, hit_id=hit.hit_id, expire_at=market.clock.now().replace(year=2027)
    )
    assert (left(market, bob, hit.hit_group_id), left(market, charlie, hit.hit_group_id)) == (0, 1)
    market.perform(
        alice, hit_changes.create_additional_assignments_for_hit, hit_id=hit.hit_id, number_of_additional_assignments=1
    )
    assert left(market, bob, hit.hit_group_id) == 0


def test_groups_that_are_left_out_take_no_place_on_a_page_and_are_not_counted(market, alice, bob):
    groups = [new_hit(market, alice, title=f"Mug {number}", max_assignments=2).hit_group_id for number in range(12)]
    for group_id in groups[::2]:
        done(market, bob, group_id)
    page = market.perform(bob, listings.list_groups, page_size=10)
    assert (len(page.groups), page.total) == (6, 6)
    assert {group.hit_group_id for group in page.groups} == set(groups[1::2])
    assert market.perform(bob, listings.list_groups, done=True).groups == []
