"""Notifications: which events become deliveries, to whom, and when a specification counts."""

import json
import re
from datetime import UTC, datetime

import msgspec
import pytest

from kempelen.core.wire import event_documents
from kempelen.core.wire.errors import (
    InvalidParameterValue,
    InvalidTransportEndpoint,
    MissingParameters,
    NoNotificationYet,
    ParameterTooShort,
    TooManyTestEvents,
)
from kempelen.core.wire.event_documents import EVENT_TYPES, NotificationSpecification
from kempelen.market.foundation import deliveries
from kempelen.market.hits import hit_changes
from kempelen.market.messaging import notifications
from kempelen.market.work import assignments, work
from tests.market.work import ANSWER, DAYS, accepted_work, new_hit, pass_time, submit_answer

QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/lab"
TOPIC = "arn:aws:sns:us-east-1:123456789012:lab"


def specification(**members):
    given = {"destination": QUEUE, "transport": "SQS", "version": "2014-08-15", "event_types": sorted(EVENT_TYPES)}
    return NotificationSpecification(**given | members)


def subscribe(market, requester, hit_type_id, active=None, **members):
    market.perform(
        requester,
        notifications.update_notification_settings,
        hit_type_id=hit_type_id,
        notification=specification(**members),
        active=active,
    )


def switch(market, requester, hit_type_id, *, on):
    market.perform(requester, notifications.update_notification_settings, hit_type_id=hit_type_id, active=on)


def told(market):
    """All deliveries to programs as they stand: the kind, and the ids they tell."""
    with market.database.reading() as db:
        return db.all("SELECT * FROM delivery WHERE worker_id IS NULL ORDER BY happened_at, delivery_id")


def kinds(market):
    return [row["kind"] for row in told(market)]


@pytest.fixture
def hit(market, alice):
    """A HIT of Alice's whose type tells of everything, from its second HIT on."""
    hit = new_hit(market, alice, max_assignments=3)
    subscribe(market, alice, hit.hit_type_id)
    return hit


# ---------------------------------------------------------------------------------------------- events


def test_each_event_of_a_hits_life_is_told_once(market, alice, bob, charlie, hit):
    def act(caller, function, **arguments):
        market.clock.advance(seconds=1)
        return market.perform(caller, function, **arguments)

    def take(worker):
        return act(worker, work.accept, group_id=hit.hit_group_id).assignment_id

    act(bob, work.return_assignment, assignment_id=take(bob))
    first, second = take(bob), take(charlie)
    act(bob, submit_answer, assignment_id=first, answer=ANSWER)
    act(alice, assignments.reject_assignment, assignment_id=first, requester_feedback="No.")
    act(alice, assignments.approve_assignment, assignment_id=first, override_rejection=True)
    act(alice, hit_changes.create_additional_assignments_for_hit, hit_id=hit.hit_id, number_of_additional_assignments=1)
    pass_time(market, 2 * DAYS)  # Charlie's time is over, then the HIT's
    act(alice, hit_changes.delete_hit, hit_id=hit.hit_id)
    assert kinds(market)[:9] == [
        *("AssignmentAccepted", "AssignmentReturned", "AssignmentAccepted", "AssignmentAccepted"),
        *("AssignmentSubmitted", "AssignmentRejected", "AssignmentApproved", "HITExtended", "AssignmentAbandoned"),
    ]
    assert sorted(kinds(market)[9:]) == ["HITDisposed", "HITExpired", "HITReviewable"]
    of_assignments = {row["kind"]: row["assignment_id"] for row in told(market)}
    assert (of_assignments["AssignmentApproved"], of_assignments["AssignmentAbandoned"]) == (first, second)
    for row in told(market):
        assert (row["assignment_id"] is not None) == row["kind"].startswith("Assignment")
        assert (row["hit_id"], row["hit_type_id"], row["requester_id"]) == (hit.hit_id, hit.hit_type_id, alice)


def test_auto_approval_is_told_as_of_its_time(market, alice, bob):
    hit = new_hit(market, alice, auto_approval_delay_in_seconds=2 * DAYS)
    subscribe(market, alice, hit.hit_type_id, event_types=["AssignmentApproved"])
    assignment = market.perform(bob, work.accept, group_id=hit.hit_group_id).assignment_id
    market.perform(bob, submit_answer, assignment_id=assignment, answer=ANSWER)
    submitted_at = market.clock.now()
    pass_time(market, 9 * DAYS)
    (row,) = told(market)
    assert row["happened_at"] - submitted_at.timestamp() * 1000 == 2 * DAYS * 1000


def test_only_what_was_asked_for_is_told_and_only_of_that_type(market, alice, hit):
    subscribe(market, alice, hit.hit_type_id, event_types=["HITCreated", "HITCreated"])
    new_hit(market, alice)
    new_hit(market, alice, title="Of another type")
    assert kinds(market) == ["HITCreated"]


def test_a_specification_counts_at_once_for_hits_there_are_and_a_new_one_replaces_it(market, alice, bob, hit):
    subscribe(market, alice, hit.hit_type_id, transport="SNS", destination=TOPIC)
    market.perform(bob, work.accept, group_id=hit.hit_group_id)
    (delivery,) = market.perform("", deliveries.list_deliveries)
    assert (delivery.channel, delivery.destination, delivery.status) == ("SNS", TOPIC, "Waiting")


def test_it_is_switched_off_and_on_and_a_new_specification_leaves_that_as_it_is(market, alice, hit):
    switch(market, alice, hit.hit_type_id, on=False)
    new_hit(market, alice)
    subscribe(market, alice, hit.hit_type_id)
    new_hit(market, alice)
    assert kinds(market) == []
    switch(market, alice, hit.hit_type_id, on=True)
    new_hit(market, alice)
    assert kinds(market) == ["HITCreated"]
    subscribe(market, alice, hit.hit_type_id, active=False)
    new_hit(market, alice)
    assert kinds(market) == ["HITCreated"]


def test_a_first_specification_may_be_stored_switched_off(market, alice):
    hit = new_hit(market, alice)
    subscribe(market, alice, hit.hit_type_id, active=False)
    new_hit(market, alice)
    assert kinds(market) == []


def test_an_undone_operation_tells_nothing(market, alice, hit):
    with pytest.raises(Exception, match="insufficient funds"):
        new_hit(market, alice, max_assignments=1_000_000)
    assert kinds(market) == []


# ---------------------------------------------------------------------------------------------- refusals


def test_something_must_be_asked_of_ones_own_type(market, alice, charlie_requester, hit):
    with pytest.raises(MissingParameters, match="Required parameters include Notification or Active"):
        market.perform(alice, notifications.update_notification_settings, hit_type_id=hit.hit_type_id)
    for requester, hit_type_id in ((charlie_requester, hit.hit_type_id), (alice, "3NOBODY")):
        with pytest.raises(InvalidParameterValue, match="is not valid for the parameter HITTypeId"):
            subscribe(market, requester, hit_type_id)
    other = new_hit(market, alice, title="Another")
    with pytest.raises(NoNotificationYet, match='"false" is not valid for the parameter Active'):
        switch(market, alice, other.hit_type_id, on=False)


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"destination": "lab"}, "Destination"),
        ({"destination": TOPIC}, "Destination"),
        ({"destination": "https://sqs.us-east-1.amazonaws.com"}, "Destination"),
        ({"destination": "https://user@sqs.example.org/1/q"}, "Destination"),
        ({"destination": "https://[::1/1/q"}, "Destination"),
        ({"destination": "https://example.org/a b"}, "Destination"),
        ({"destination": "https://example.org/" + "a" * 2_100}, "Destination"),
        ({"transport": "SNS", "destination": "arn:aws:sqs:us-east-1:123456789012:lab"}, "Destination"),
        ({"transport": "SNS", "destination": "http://example.org/hook"}, "Destination"),
        ({"transport": "SNS", "destination": "https:///hook"}, "Destination"),
        ({"transport": "SNS", "destination": QUEUE}, "Destination"),
        ({"transport": "SNS", "destination": "https://127.0.0.1/hook"}, "Destination"),
        ({"transport": "SNS", "destination": "https://2130706433/hook"}, "Destination"),
        ({"transport": "SNS", "destination": "https://a..b/"}, "Destination"),
        ({"transport": "SNS", "destination": "https://example.org/#hook"}, "Destination"),
        ({"transport": "Email", "destination": "<a@b>"}, "Destination"),
        ({"transport": "Email", "destination": "nobody"}, "Destination"),
        ({"transport": "Email", "destination": "a@example.org\nBcc: b@example.org"}, "Destination"),
        ({"version": "latest"}, "Version"),
        ({"event_types": ["HITCreated", "Ping"]}, "EventTypes"),
    ],
)
def test_a_specification_that_cannot_be_used_is_refused_by_its_member(market, alice, hit, members, named):
    with pytest.raises(InvalidTransportEndpoint, match=f"is not valid for the parameter {named}") as refusal:
        subscribe(market, alice, hit.hit_type_id, **members)
    assert refusal.value.turk_error_code == "AWS.MechanicalTurk.InvalidTransportEndpoint"


def test_event_types_must_not_be_empty(market, alice, hit):
    with pytest.raises(ParameterTooShort, match="EventTypes has a minimum length of 1"):
        subscribe(market, alice, hit.hit_type_id, event_types=[])


@pytest.mark.parametrize(
    ("transport", "destination"),
    [
        ("SQS", "http://127.0.0.1:4566/000000000000/lab"),
        ("SNS", "arn:aws-cn:sns:cn-north-1:123456789012:lab_2-x"),
        ("SNS", "https://lab.example.org/hook?key=1"),
        ("SNS", "HTTPS://lab.example.org/hook"),
        ("Email", "alice@example.org"),
    ],
)
@pytest.mark.parametrize("version", ["2006-05-05", "2014-08-15"])
def test_every_transport_and_version_in_use_is_taken(market, alice, hit, transport, destination, version):
    subscribe(market, alice, hit.hit_type_id, transport=transport, destination=destination, version=version)


def test_a_webhook_may_be_on_plain_http_where_private_addresses_are_allowed(market, alice, hit):
    market.rules = msgspec.structs.replace(market.rules, allow_private_destinations=True)
    subscribe(market, alice, hit.hit_type_id, transport="SNS", destination="http://127.0.0.1:5000/hook")


# ---------------------------------------------------------------------------------------------- tests, and what is said


def test_a_test_is_a_delivery_of_made_up_ids_whatever_the_event_types_say(market, alice):
    for kind in ("Ping", "HITCreated", "AssignmentSubmitted"):
        market.perform(
            alice,
            notifications.send_test_event_notification,
            notification=specification(event_types=["HITDisposed"]),
            test_event_type=kind,
        )
        market.clock.advance(seconds=1)
    made_up = "0" * 26 + "TEST"
    assert [(row["kind"], row["hit_id"], row["hit_type_id"], row["assignment_id"]) for row in told(market)] == [
        ("Ping", made_up, made_up, made_up),
        ("HITCreated", made_up, made_up, None),
        ("AssignmentSubmitted", made_up, made_up, made_up),
    ]
    with pytest.raises(InvalidTransportEndpoint):
        market.perform(
            alice,
            notifications.send_test_event_notification,
            notification=specification(destination="lab"),
            test_event_type="Ping",
        )


def test_tests_are_limited_by_the_hour_for_a_requester_and_for_a_destination(market, alice, charlie_requester):
    def send(requester_id, destination, transport="Email"):
        wanted = specification(transport=transport, destination=destination)
        market.perform(
            requester_id, notifications.send_test_event_notification, notification=wanted, test_event_type="Ping"
        )

    market.rules = msgspec.structs.replace(market.rules, test_events_per_hour=3, test_events_to_one_per_hour=2)
    send(alice, "victim@example.org")
    with pytest.raises(InvalidTransportEndpoint):
        send(alice, "victim")  # is not counted
    send(charlie_requester, "Victim@example.org")
    for requester_id in (alice, charlie_requester):
        with pytest.raises(TooManyTestEvents, match="No more than 2 test events .* to one destination"):
            send(requester_id, "victim@example.org")
    send(alice, "one@example.org")
    send(alice, "https://lab.example.org/", "SNS")
    with pytest.raises(TooManyTestEvents, match="No more than 3 test events .* by one Requester"):
        send(alice, "two@example.org")
    assert len(told(market)) == 4
    market.clock.advance(seconds=3_600)
    send(alice, "victim@example.org")
    with market.database.reading() as db:
        assert len(db.all("SELECT * FROM test_event")) == 1


def test_a_document_is_what_the_original_sent(market, alice, bob):
    accepted = accepted_work(market, alice, bob)
    market.clock.advance(seconds=61.5)
    told_of = event_documents.event(
        "AssignmentSubmitted",
        at=market.clock.now(),
        hit_type_id="3TYPE",
        hit_group_id="3GROUP",
        hit_id=accepted.hit_id,
        assignment_id=accepted.assignment_id,
        worker_id=bob,
    )
    text = event_documents.document(told_of, delivery_id="3DELIVERY", requester_id="A1EXAMPLEREQ01")
    assert text == (
        '{"Events":[{"HITGroupId":"3GROUP","EventType":"AssignmentSubmitted","EventTimestamp":"2026-10-01T12:01:01Z",'
        f'"HITId":"{accepted.hit_id}","AssignmentId":"{accepted.assignment_id}","WorkerId":"{bob}",'
        '"HITTypeId":"3TYPE"}],'
        '"EventDocId":"439ed8f904a63ff41bffe74f359656d9523ac9f5","SourceAccount":"817856833821",'
        '"CustomerId":"A1EXAMPLEREQ01","EventDocVersion":"2014-08-15"}'
    )
    assert event_documents.document(told_of, delivery_id="3DELIVERY", requester_id="A1EXAMPLEREQ01") == text
    of_hit = event_documents.document(
        event_documents.event(
            "HITCreated", at=market.clock.now(), hit_type_id="3TYPE", hit_group_id="3GROUP", hit_id="3HIT"
        ),
        delivery_id="3DELIVERY",
        requester_id="A1EXAMPLEREQ01",
    )
    assert "AssignmentId" not in of_hit
    assert "WorkerId" not in of_hit


def test_a_webhook_gets_the_envelope_of_a_topic():
    at = datetime(2019, 8, 9, 21, 17, 16, 848_000, tzinfo=UTC)
    text = event_documents.envelope('{"Events":[]}', delivery_id="3DELIVERY", requester_id="A1", at=at)
    envelope = json.loads(text)
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}", envelope.pop("MessageId"))
    assert envelope == {
        "Type": "Notification",
        "TopicArn": f"arn:aws:sns:us-east-1:{event_documents.account_number('A1')}:kempelen",
        "Subject": "1565385436848",
        "Message": '{"Events":[]}',
        "Timestamp": "2019-08-09T21:17:16.848Z",
    }
