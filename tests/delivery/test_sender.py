"""The Sender: at least once, one at a time, later each time, and never for ever."""

import json
import re
import threading
from datetime import timedelta

import pytest

from kempelen.core.wire.event_documents import NotificationSpecification, document_id
from kempelen.delivery.sender import LEASE
from kempelen.market.foundation import deliveries, outbox
from kempelen.market.foundation.call import MARKET, OPERATOR
from kempelen.market.messaging import notifications
from kempelen.store.open import open_database
from tests.delivery.receivers import hook
from tests.market.work import HOURS, new_hit


def subscribe(market, requester, url, *event_types):
    hit = new_hit(market, requester)
    market.perform(
        requester,
        notifications.update_notification_settings,
        hit_type_id=hit.hit_type_id,
        notification=NotificationSpecification(
            destination=url, transport="SNS", version="2014-08-15", event_types=list(event_types or ("HITCreated",))
        ),
    )


def states(market, status=""):
    return market.perform(OPERATOR, deliveries.list_deliveries, status=status, most=5_000)


def documents(received):
    return [json.loads(json.loads(body)["Message"]) for _, body in received.requests]


def test_what_waits_is_sent_once_and_recorded(market, alice, new_sender):
    with hook() as receiver:
        subscribe(market, alice, receiver.url)
        made = [new_hit(market, alice).hit_id for _ in range(3)]
        new_sender().send_due()
        new_sender().send_due()
    assert sorted(told["Events"][0]["HITId"] for told in documents(receiver)) == sorted(made)
    assert len({told["EventDocId"] for told in documents(receiver)}) == 3
    assert states(market) == []
    assert [(each.attempts, each.last_error) for each in states(market, "Sent")] == [(1, None)] * 3


def test_a_failure_is_repeated_later_each_time_with_the_same_document(market, alice, new_sender, real_clock):
    with hook(500, 503) as receiver:
        subscribe(market, alice, receiver.url)
        new_hit(market, alice)
        sender = new_sender()
        pauses = []
        for attempts in (1, 2):
            sender.send_due()
            (state,) = states(market)
            assert (state.status, state.attempts) == ("Waiting", attempts)
            assert state.last_error == f"127.0.0.1 answered {(500, 503)[attempts - 1]}."
            pauses.append((state.due_at - real_clock.now()).total_seconds())
            sender.send_due()
            assert len(receiver.requests) == attempts, "not before its time"
            real_clock.advance(seconds=pauses[-1])
        sender.send_due()
    assert 1 <= pauses[0] <= 2 <= pauses[1] <= 4
    first, second, third = documents(receiver)
    assert first == second == third
    (state,) = states(market, "Sent")
    assert (state.attempts, first["EventDocId"]) == (3, document_id(state.delivery_id))


def test_a_destination_that_is_down_holds_up_nobody_else_and_gets_all_when_it_is_up(
    market, alice, charlie_requester, new_sender, real_clock
):
    with hook() as receiver, hook() as other:
        down = receiver.port
        subscribe(market, charlie_requester, other.url)
        new_hit(market, charlie_requester)
        url = receiver.url
    subscribe(market, alice, url)
    for _ in range(5):
        new_hit(market, alice)
    with hook(port=other.port) as other:
        sender = new_sender()
        sender.send_due()
        assert len(other.requests) == 1
    tried = [state.attempts for state in states(market)]
    assert sorted(tried) == [0, 0, 0, 0, 1], "one attempt told enough"
    real_clock.advance(seconds=10)
    with hook(port=down) as receiver:
        sender.send_due()
        assert len(receiver.requests) == 5
    assert states(market) == []


def test_what_cannot_be_sent_for_a_day_is_dead_and_can_be_tried_again(market, alice, new_sender, real_clock):
    with hook() as receiver:
        url, port = receiver.url, receiver.port
    subscribe(market, alice, url)
    for _ in range(2):
        new_hit(market, alice)
    sender = new_sender()
    for _ in range(26):
        sender.send_due()
        real_clock.advance(seconds=HOURS)
    assert [state.status for state in states(market)] == ["Dead", "Dead"]
    assert all("refused" in state.last_error and state.due_at is None for state in states(market))
    with hook(port=port) as receiver:
        sender.send_due()
        assert receiver.requests == []
        assert market.perform(OPERATOR, deliveries.retry_dead, ended_by=real_clock.now()) == 2
        sender.send_due()
        assert len(receiver.requests) == 2


def test_much_that_waits_at_a_destination_that_is_down_begins_its_day_and_ends_some_at_a_time(
    market, alice, new_sender, real_clock
):
    with hook() as receiver:
        url = receiver.url
    subscribe(market, alice, url)
    new_hit(market, alice)
    (first,) = states(market)
    market.perform(MARKET, copied, delivery_id=first.delivery_id, many=1_200)
    new_sender().send_due()
    assert market.perform(MARKET, not_yet_tried) == 0
    real_clock.advance(seconds=25 * HOURS)
    new_hit(market, alice)
    much = {"destination_id": market.perform(MARKET, destination_of, delivery_id=first.delivery_id), "error": "Down."}
    ended = []
    while market.perform(MARKET, deliveries.spread_failure, **much, at=real_clock.now()):
        ended.append(len(states(market, "Dead")))
    assert ended == [500, 1_000], "nothing waits long for one transaction"
    assert (len(states(market, "Dead")), len(states(market, "Waiting"))) == (1_201, 1)
    assert [market.perform(OPERATOR, deliveries.retry_dead, ended_by=real_clock.now()) for _ in range(4)] == [
        500,
        500,
        201,
        0,
    ]
    assert market.perform(MARKET, not_yet_tried) == 1_201


def test_what_dies_while_all_that_is_dead_is_tried_again_is_left_dead(market, alice, real_clock):
    subscribe(market, alice, "https://lab.example.org/hook")
    for _ in range(2):
        new_hit(market, alice)
        (delivery,) = states(market, "Waiting")
        market.perform(
            MARKET,
            deliveries.record_failure,
            delivery_id=delivery.delivery_id,
            error="It answered 410.",
            at=real_clock.now(),
            again_at=None,
            destination_again_at=None,
        )
        asked_at = real_clock.now()
        real_clock.advance(seconds=1)
    assert market.perform(OPERATOR, deliveries.retry_dead, ended_by=asked_at - timedelta(seconds=1)) == 1
    assert [each.status for each in states(market)] == ["Dead", "Waiting"]


def copied(call, *, delivery_id, many):
    """So many more deliveries like this one."""
    call.db.run(
        """
        INSERT INTO delivery (delivery_id, destination_id, kind, requester_id, hit_type_id, hit_id, happened_at, status,
                              due_at, attempts)
        WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < :many)
        SELECT d.delivery_id || CAST(number AS TEXT), d.destination_id, d.kind, d.requester_id, d.hit_type_id, d.hit_id,
               d.happened_at, 'Waiting', 0, 0
          FROM delivery d, numbers WHERE d.delivery_id = :delivery_id
        """,
        delivery_id=delivery_id,
        many=many,
    )


def not_yet_tried(call):
    return call.db.one("SELECT COUNT(*) AS n FROM delivery WHERE status = 'Waiting' AND tried_since IS NULL")["n"]


def destination_of(call, *, delivery_id):
    return call.db.one("SELECT destination_id FROM delivery WHERE delivery_id = :id", id=delivery_id)["destination_id"]


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (deliveries._BEGIN_DAYS, "delivery_tried (destination_id=? AND tried_since=?)"),
        (deliveries._END_DAYS, "delivery_tried (destination_id=? AND tried_since<?)"),
        (deliveries._RETRY_DEAD, "delivery_ended (status=? AND ended_at<?)"),
        (outbox._DROP_REJECTION, "delivery_by_assignment (assignment_id=?)"),
        (outbox._DROP_BLOCK, "delivery_by_worker (worker_id=?)"),
        (outbox._DROP_GRANT, "delivery_by_worker (worker_id=?)"),
        (outbox._DROP_MAILS, "delivery_by_worker (worker_id=?)"),
        (outbox._CLEAR_MAIL_ERRORS, "delivery_by_worker (worker_id=?)"),
    ],
)
def test_whatever_changes_many_deliveries_is_led_to_them_by_an_index(sql, index):
    database = open_database(":memory:")
    database.migrate()
    given = dict.fromkeys(re.findall(r":(\w+)", sql), "0")
    with database.writing() as db:
        plan = [row["detail"] for row in db.all(f"EXPLAIN QUERY PLAN {sql}", **given)]
    database.close()
    assert any(index in step for step in plan), plan
    assert not any("SCAN" in step or "TEMP B-TREE" in step for step in plan), plan


def test_one_of_several_senders_at_a_time_has_a_destination(market, alice, new_sender, real_clock):
    with hook() as receiver:
        subscribe(market, alice, receiver.url)
        new_hit(market, alice)
        first, second = new_sender(), new_sender()
        destination = first.claim()
        assert second.claim() is None
        nearly = LEASE.total_seconds() - 1
        real_clock.advance(seconds=nearly)
        first.renew()
        real_clock.advance(seconds=nearly)
        assert second.claim() is None
        real_clock.advance(seconds=1)
        assert second.claim() == destination, "the first is gone"


def test_many_senders_send_nothing_twice(market, alice, charlie_requester, new_sender):
    with hook() as receiver, hook() as other:
        for requester, where in ((alice, receiver), (charlie_requester, other)):
            subscribe(market, requester, where.url)
            for _ in range(20):
                new_hit(market, requester)
        senders = [threading.Thread(target=new_sender().send_due) for _ in range(4)]
        for each in senders:
            each.start()
        for each in senders:
            each.join()
        for where in (receiver, other):
            assert len({told["EventDocId"] for told in documents(where)}) == len(where.requests) == 20


def test_its_thread_sends_what_comes_and_stops_when_told(market, alice, new_sender):
    with hook() as receiver:
        sender = new_sender()
        sender.start()
        subscribe(market, alice, receiver.url)
        new_hit(market, alice)
        receiver.wait_for(1)
        sender.stop()
        new_hit(market, alice)
    assert [state.status for state in states(market)] == ["Waiting"]


def test_ended_deliveries_are_forgotten_in_time(market, alice, new_sender, real_clock):
    with hook() as receiver:
        subscribe(market, alice, receiver.url)
        new_hit(market, alice)
        new_sender().send_due()
    market.perform(MARKET, deliveries.delete_old, at=real_clock.now())
    assert len(states(market, "Sent")) == 1
    real_clock.advance(seconds=7 * 24 * HOURS)
    market.perform(MARKET, deliveries.delete_old, at=real_clock.now())
    assert states(market, "Sent") == []


def test_only_what_is_there_can_be_tried_again(market, alice):
    with pytest.raises(Exception, match="There is no delivery 3NOBODY that waits or is dead"):
        market.perform(OPERATOR, deliveries.retry, delivery_id="3NOBODY")
