"""Notifications: which events of a HIT type are sent where; and messages from Requesters to Workers.

A specification applies from the moment it is stored, to all HITs of its type; no operation reads it back. What it asks
for becomes deliveries in the transaction of each event. Source: docs/mturk/api.md 2.30, 2.34, 2.38 and 4.6.
"""

import hashlib
from collections.abc import Sequence
from typing import Literal

import msgspec

from kempelen.core.rules import destinations
from kempelen.core.wire import bounds, event_documents
from kempelen.core.wire.errors import (
    InvalidTransportEndpoint,
    MessageRefused,
    MissingParameters,
    NoNotificationYet,
    ParameterTooShort,
    TooManyTestEvents,
)
from kempelen.core.wire.event_documents import (
    EVENT_TYPES,
    MADE_UP_ID,
    MADE_UP_WORKER,
    PING,
    EventType,
    NotificationSpecification,
)
from kempelen.core.wire.operations import operation
from kempelen.core.wire.shapes import EntityId, Structure, WorkerId
from kempelen.market.foundation import events, outbox
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.outbox import Delivery, Destination
from kempelen.market.hits import hit_types
from kempelen.market.messaging import messages

MAX_SUBJECT, MAX_MESSAGE, MAX_WORKERS = 200, 4_096, 100
_HOUR = 3_600
NEVER_WORKED = "Cannot send a notification to a worker who has not done any work for you"
SUSPENDED = "This Worker's account is suspended at present. Try again later."
DEPARTED = "This Worker has deleted their account."

FailureCode = Literal["SoftFailure", "HardFailure"]


class NotifyWorkersFailureStatus(Structure, frozen=True, kw_only=True):
    """A Worker to whom nothing was sent, and why. Source: docs/mturk/api.md 3.17."""

    notify_workers_failure_code: FailureCode
    notify_workers_failure_message: str
    worker_id: WorkerId


class NotifyWorkersAnswer(Structure, frozen=True, kw_only=True):
    """The Workers to whom nothing was sent; all others were notified."""

    notify_workers_failure_statuses: list[NotifyWorkersFailureStatus]


# ---------------------------------------------------------------------------------------------- events, to programs


@operation
def update_notification_settings(
    call: Call,
    *,
    hit_type_id: EntityId,
    notification: NotificationSpecification | None = None,
    active: bool | None = None,
) -> None:
    """Who hears of the events of one HIT type from now on; a new specification replaces the one before.

    `active` switches it on or off; the first specification is active unless `active` is false. Source: API reference,
    UpdateNotificationSettings; docs/mturk/api.md 2.38 and 4.6.
    """
    if notification is None and active is None:
        raise MissingParameters("notification", "active")
    if notification is not None:
        _check(call, notification)
        if PING in notification.event_types:
            raise InvalidTransportEndpoint(value=PING, name="event_types")
    hit_types.own(call, hit_type_id)
    if notification is not None:
        _store(call, hit_type_id, notification, active)
    elif not _switch(call, hit_type_id, on=bool(active)):
        raise NoNotificationYet(active=str(active).lower())
    events.append(call, "NotificationSettingsChanged", requester_id=call.caller)


@operation
def send_test_event_notification(
    call: Call, *, notification: NotificationSpecification, test_event_type: EventType
) -> None:
    """One event, made up, to this destination, whatever its EventTypes say; the specification is not stored.

    Here it becomes a delivery like others. The Requester API sends it itself before it answers, so that the caller
    hears whether it has arrived. Source: API reference, SendTestEventNotification; docs/mturk/api.md 2.34.
    """
    outbox.add(call, *prepare_test(call, notification=notification, test_event_type=test_event_type))


def prepare_test(
    call: Call, *, notification: NotificationSpecification, test_event_type: EventType
) -> tuple[Destination, Delivery]:
    """The test of a destination, for whoever sends it at once: where it goes and what it says.

    It counts towards the tests that may be sent within an hour; TooManyTestEvents when there were as many.
    """
    _check(call, notification)
    channel = _channel(notification)
    is_mail, of_assignment = channel == "Mail", not test_event_type.startswith("HIT")
    where = Destination(
        destination_id=outbox.MAIL if is_mail else "",
        channel=channel,
        address="" if is_mail else notification.destination,
        requester_id=None if is_mail else call.caller,
    )
    what = Delivery(
        delivery_id=call.new_id(),
        kind=test_event_type,
        happened_at=call.now,
        requester_id=call.caller,
        hit_type_id=MADE_UP_ID,
        hit_group_id=MADE_UP_ID,
        hit_id=MADE_UP_ID,
        assignment_id=MADE_UP_ID if of_assignment else None,
        worker_id=MADE_UP_WORKER if of_assignment else None,
        address=notification.destination if is_mail else None,
    )
    _count_test(call, what.delivery_id, notification.destination)
    return where, what


def _count_test(call: Call, delivery_id: str, destination: str) -> None:
    """Count a test event of the caller's to this destination, or raise TooManyTestEvents."""
    call.db.run("DELETE FROM test_event WHERE sent_at <= :hour_ago", hour_ago=call.ago(seconds=_HOUR))
    digest = hashlib.sha256(destination.casefold().encode()).hexdigest()
    for row, most, by_whom in (
        (
            call.db.one("SELECT COUNT(*) AS sent FROM test_event WHERE requester_id = :caller", caller=call.caller),
            call.rules.test_events_per_hour,
            "by one Requester",
        ),
        (
            call.db.one("SELECT COUNT(*) AS sent FROM test_event WHERE destination_digest = :digest", digest=digest),
            call.rules.test_events_to_one_per_hour,
            "to one destination",
        ),
    ):
        assert row is not None
        if row["sent"] >= most:
            raise TooManyTestEvents(most=most, by_whom=by_whom)
    call.db.run(
        """
        INSERT INTO test_event (delivery_id, requester_id, destination_digest, sent_at)
        VALUES (:delivery_id, :caller, :digest, :now)
        """,
        delivery_id=delivery_id,
        caller=call.caller,
        digest=digest,
        now=call.now,
    )


def _check(call: Call, notification: NotificationSpecification) -> None:
    """The documented rules of a specification. Source: docs/mturk/api.md 3.9."""
    if not notification.event_types:
        raise ParameterTooShort(name="event_types", limit=1)
    allow_private = call.rules.allow_private_destinations
    if not destinations.is_destination(notification.transport, notification.destination, allow_private=allow_private):
        raise InvalidTransportEndpoint(value=notification.destination, name="destination")
    if not event_documents.is_version(notification.version):
        raise InvalidTransportEndpoint(value=notification.version, name="version")


def _channel(notification: NotificationSpecification) -> str:
    if destinations.is_webhook(notification.transport, notification.destination):
        return "Webhook"
    return "Mail" if notification.transport == "Email" else notification.transport


def _store(call: Call, hit_type_id: str, notification: NotificationSpecification, active: bool | None) -> None:
    call.db.run(
        """
        INSERT INTO notification (hit_type_id, requester_id, transport, destination, version, event_types, active,
                                  destination_id, changed_at)
        VALUES (:hit_type_id, :caller, :transport, :destination, :version, :event_types, :first_active, :destination_id,
                :now)
        ON CONFLICT (hit_type_id) DO UPDATE
           SET transport = excluded.transport, destination = excluded.destination, version = excluded.version,
               event_types = excluded.event_types, destination_id = excluded.destination_id,
               changed_at = excluded.changed_at,
               active = CASE WHEN :stays = 1 THEN notification.active ELSE excluded.active END
        """,
        hit_type_id=hit_type_id,
        caller=call.caller,
        transport=notification.transport,
        destination=notification.destination,
        version=notification.version,
        event_types=msgspec.json.encode(sorted(set(notification.event_types) & EVENT_TYPES)).decode(),
        first_active=active is not False,
        destination_id=outbox.destination(call, _channel(notification), notification.destination),
        now=call.now,
        stays=active is None,
    )


def _switch(call: Call, hit_type_id: str, *, on: bool) -> bool:
    """Switch a stored specification; False when there is none."""
    changed = call.db.run(
        "UPDATE notification SET active = :on, changed_at = :now WHERE hit_type_id = :hit_type_id",
        on=on,
        now=call.now,
        hit_type_id=hit_type_id,
    )
    return changed == 1


# ---------------------------------------------------------------------------------------------- words, to Workers


@operation
def notify_workers(call: Call, *, subject: str, message_text: str, worker_ids: list[WorkerId]) -> NotifyWorkersAnswer:
    """A message to up to 100 Workers whose work the caller has approved or rejected; each gets it once.

    The answer names those who got none; every call sends again. Source: API reference, NotifyWorkers; docs/mturk/api.md
    2.30.
    """
    bounds.check_length("subject", subject, MAX_SUBJECT, least=1)
    bounds.check_length("message_text", message_text, MAX_MESSAGE, least=1)
    bounds.check_length("worker_ids", worker_ids, MAX_WORKERS, least=1)
    if not subject.strip() or not message_text.strip():
        raise MessageRefused()
    everybody = list(dict.fromkeys(worker_ids))
    refused = {worker_id: why for worker_id in everybody if (why := _why_not(call, worker_id))}
    notified = [worker_id for worker_id in everybody if worker_id not in refused]
    if notified:
        messages.send(call, notified, subject=subject, text=message_text)
    return NotifyWorkersAnswer(notify_workers_failure_statuses=_failures(everybody, refused))


def _why_not(call: Call, worker_id: str) -> tuple[FailureCode, str] | None:
    """Why a Worker may not be written to; None when they may."""
    row = call.db.one(
        """
        SELECT w.status, w.deleted_at FROM worker_record d JOIN worker w ON w.worker_id = d.worker_id
         WHERE d.worker_id = :worker_id AND d.requester_id = :caller AND d.approved + d.rejected > 0
        """,
        worker_id=worker_id,
        caller=call.caller,
    )
    if row is None:
        return "HardFailure", NEVER_WORKED
    if row["deleted_at"] is not None:
        return "HardFailure", DEPARTED
    return None if row["status"] == "Active" else ("SoftFailure", SUSPENDED)


def _failures(
    everybody: Sequence[str], refused: dict[str, tuple[FailureCode, str]]
) -> list[NotifyWorkersFailureStatus]:
    return [
        NotifyWorkersFailureStatus(
            notify_workers_failure_code=refused[worker_id][0],
            notify_workers_failure_message=refused[worker_id][1],
            worker_id=worker_id,
        )
        for worker_id in everybody
        if worker_id in refused
    ]
