"""The audit log: what happened, found by whom and what it concerns, a page at a time."""

from datetime import timedelta
from functools import partial
from random import Random

import pytest

from kempelen.core.wire import names
from kempelen.market.foundation import events
from kempelen.market.foundation.call import OPERATOR, POLICY
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import assignments
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from tests.market.conftest import KEY, new_worker
from tests.market.test_review_policies import STRICT, known, submit
from tests.market.work import ANSWER, accepted_work, new_hit, pass_time, submit_answer


@pytest.fixture
def audit(market):
    return partial(market.perform, OPERATOR, events.list_events)


def kinds(found):
    return [event.kind for event in found]


def test_what_happened_is_told_in_the_order_it_happened(market, audit, alice, bob):
    pass_time(market, 60)
    assignment_id = accepted_work(market, alice, bob).assignment_id
    pass_time(market, 60)
    market.perform(bob, submit_answer, assignment_id=assignment_id, answer=ANSWER)
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


def test_what_happened_in_one_moment_is_told_in_the_order_it_happened_too(market, audit, alice, bob):
    hit = new_hit(market, alice, max_assignments=20, assignment_review_policy=known(**STRICT))
    for number in range(8):
        submit(market, hit, bob, colour="red")  # all at a clock that stands still
        bob = new_worker(market, f"Bob{number}")
    for found in (audit(kind="AssignmentSubmitted"), audit(kind="AssignmentApproved")):
        assert len(found) == 8
    for one in audit(kind="AssignmentAccepted"):
        assert [(event.kind, event.actor) for event in audit(assignment_id=one.assignment_id)] == [
            ("AssignmentAccepted", one.worker_id),
            ("AssignmentSubmitted", one.worker_id),
            ("AssignmentApproved", POLICY),
        ]
    moments = [event.event_id for event in audit()]
    assert [names.number_in_order(each) for each in moments] == list(range(1, len(moments) + 1))


def test_after_a_restart_in_the_same_moment_the_order_goes_on(durable_target):
    random, clock = Random(0), ManualClock()
    for name in ("Alice", "Charlie", "Dora", "Emil", "Fay"):
        database = open_database(durable_target)
        database.migrate()
        market = Market(database, vault=Vault(KEY), clock=clock, random=random)
        market.perform(OPERATOR, accounts.add_requester, name=name, email=f"{name.lower()}@example.org")
        found = [event.requester_id for event in market.perform(OPERATOR, events.list_events, kind="RequesterAdded")]
        named = [market.perform(OPERATOR, accounts.get_requester, requester_id=each).name for each in found]
        market.close()
    assert named == ["Alice", "Charlie", "Dora", "Emil", "Fay"]


def test_what_was_undone_leaves_the_order_as_it_is(market, audit, alice):
    new_hit(market, alice)
    with pytest.raises(Exception, match="insufficient funds"):
        new_hit(market, alice, title="Dear", max_assignments=1_000_000)
    made = new_hit(market, alice)
    last = audit()[-1]
    assert (last.kind, last.hit_id) == ("HITCreated", made.hit_id)


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
    database = open_database(":memory:")
    database.migrate()
    given = dict.fromkeys(("assignment_id", "hit_id", "worker_id", "requester_id", "kind"), "") | asked
    with database.reading() as db:
        sql = "EXPLAIN QUERY PLAN " + events._AUDIT[next(iter(asked), "")]
        plan = " ".join(row["detail"] for row in db.all(sql, **given, after="", before="4", at_most=9))
    database.close()
    assert "SEARCH event USING" in plan
    assert "TEMP B-TREE" not in plan, "it is read in order"


def test_the_last_event_of_a_moment_is_found_by_an_index():
    database = open_database(":memory:")
    database.migrate()
    with database.reading() as db:
        plan = " ".join(row["detail"] for row in db.all("EXPLAIN QUERY PLAN " + events._LAST, begun="3", ended="4"))
    database.close()
    assert "SEARCH event USING" in plan
    assert "TEMP B-TREE" not in plan


def test_ids_of_a_moment_lie_behind_its_mark():
    random, moment = Random(0), 1_790_856_000_000
    mark = names.before_ids_of(moment)
    assert names.new_id(moment - 1, random) < mark < names.new_id(moment, random) < names.before_ids_of(moment + 1)
    assert names.before_ids_of(-5) < names.new_id(0, random)
    assert names.new_id(moment, random) < names.before_ids_of(2**60) < "4"
