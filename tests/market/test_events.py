"""The audit log: what happened, found by whom and what it concerns, a page at a time."""

from datetime import timedelta
from functools import partial
from random import Random

import pytest

from kempelen.core import names
from kempelen.market import assignments, events, work
from kempelen.market.call import OPERATOR
from kempelen.store.database import Database
from tests.market.work import ANSWER, accepted_work, new_hit, pass_time


@pytest.fixture
def audit(market):
    return partial(market.perform, OPERATOR, events.list_events)


def kinds(found):
    return [event.kind for event in found]


def test_what_happened_is_told_in_the_order_it_happened(market, audit, alice, bob):
    pass_time(market, 60)
    assignment_id = accepted_work(market, alice, bob).assignment_id
    pass_time(market, 60)
    market.perform(bob, work.submit, assignment_id=assignment_id, answer=ANSWER)
    pass_time(market, 60)
    market.perform(alice, assignments.approve_assignment, assignment_id=assignment_id)
    found = audit(assignment_id=assignment_id)
    assert kinds(found) == ["AssignmentAccepted", "AssignmentSubmitted", "AssignmentApproved"]
    assert [event.actor for event in found] == [bob, bob, alice]
    assert [(event.from_status, event.to_status) for event in found][-1] == ("Submitted", "Approved")
    assert found[-1].happened_at - found[0].happened_at == timedelta(seconds=120)
    everything = audit()
    assert everything == sorted(everything, key=lambda event: event.happened_at)
    assert len(everything) > len(found)


def test_each_filter_finds_what_it_names_and_together_they_narrow(
    market, audit, alice, charlie_requester, bob, charlie
):
    mine = accepted_work(market, alice, bob)
    other = accepted_work(market, alice, charlie)
    foreign = accepted_work(market, charlie_requester, bob)
    for asked, attribute in (
        ({"requester_id": alice}, "requester_id"),
        ({"worker_id": bob}, "worker_id"),
        ({"hit_id": mine.hit_id}, "hit_id"),
        ({"assignment_id": mine.assignment_id}, "assignment_id"),
        ({"kind": "AssignmentAccepted"}, "kind"),
    ):
        (value,) = asked.values()
        found = audit(**asked)
        assert found
        assert found == [event for event in audit() if getattr(event, attribute) == value]
    both = audit(requester_id=alice, worker_id=bob, kind="AssignmentAccepted")
    assert [event.assignment_id for event in both] == [mine.assignment_id]
    assert audit(hit_id=other.hit_id, worker_id=bob) == []
    assert [event.hit_id for event in audit(worker_id=bob, requester_id=charlie_requester)] == [foreign.hit_id]


def test_since_is_included_and_until_is_not(market, audit, alice):
    begun = market.clock.now()
    for _ in range(3):
        pass_time(market, 3600)
        new_hit(market, alice)
    second = begun + timedelta(hours=2)
    assert [event.happened_at for event in audit(kind="HITCreated", since=second)] == [
        second,
        second + timedelta(hours=1),
    ]
    assert [event.happened_at for event in audit(kind="HITCreated", until=second)] == [begun + timedelta(hours=1)]
    assert audit(since=second, until=second) == []


def test_pages_follow_one_another_without_a_gap(market, audit, alice):
    for _ in range(5):
        new_hit(market, alice)  # all in one moment
    whole, pages, after = audit(requester_id=alice), [], ""
    while page := audit(requester_id=alice, after=after, at_most=2):
        assert len(page) <= 2
        pages += page
        after = page[-1].event_id
    assert pages == whole


@pytest.mark.parametrize(
    "asked", [{name: "3X"} for name in ("assignment_id", "hit_id", "worker_id", "requester_id", "kind")] + [{}]
)
def test_whatever_is_asked_for_an_index_leads_to_it(asked):
    database = Database.open(":memory:")
    database.migrate()
    given = dict.fromkeys(("assignment_id", "hit_id", "worker_id", "requester_id", "kind"), "") | asked
    with database.reading() as db:
        sql = "EXPLAIN QUERY PLAN " + events._AUDIT[next(iter(asked), "")]
        plan = " ".join(row["detail"] for row in db.all(sql, **given, after="", before="4", at_most=9))
    database.close()
    assert "SEARCH event USING" in plan
    assert "TEMP B-TREE" not in plan, "it is read in order"


def test_ids_of_a_moment_lie_behind_its_mark():
    random, moment = Random(0), 1_790_856_000_000
    mark = names.before_ids_of(moment)
    assert names.new_id(moment - 1, random) < mark < names.new_id(moment, random) < names.before_ids_of(moment + 1)
    assert names.before_ids_of(-5) < names.new_id(0, random)
    assert names.new_id(moment, random) < names.before_ids_of(2**60) < "4"
