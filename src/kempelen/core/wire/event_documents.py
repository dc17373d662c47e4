"""Event documents: what a Requester's program receives for an event, to the byte.

A document is one JSON text, the same for every repeat of a delivery: its `EventDocId` is the key by which a receiver
drops repeats. SQS gets it as the body of a message and SNS as the message; a webhook gets the envelope in which SNS
posts to HTTPS, so that programs written for a topic's subscription read it as they are. Source:
docs/mturk/notifications.md.
"""

import hashlib
import re
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from kempelen.core.wire.shapes import EPOCH, Structure, encoder

EventType = Literal[
    "AssignmentAccepted",
    "AssignmentAbandoned",
    "AssignmentReturned",
    "AssignmentSubmitted",
    "AssignmentRejected",
    "AssignmentApproved",
    "HITCreated",
    "HITExpired",
    "HITReviewable",
    "HITExtended",
    "HITDisposed",
    "Ping",
]
Transport = Literal["Email", "SQS", "SNS"]

PING = "Ping"
EVENT_TYPES = frozenset(get_args(EventType)) - {PING}
MADE_UP_ID = "TEST".rjust(30, "0")  # the HIT, its type, its group and the assignment of a test
MADE_UP_WORKER = "A" + "TEST".rjust(13, "0")
_DOCUMENT_VERSION = "2014-08-15"  # whatever version the specification asked for
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class NotificationSpecification(Structure, frozen=True, kw_only=True):
    """Who wants to hear of which events, and how. Source: docs/mturk/api.md 3.9."""

    destination: str
    transport: Transport
    version: str
    event_types: list[EventType]


class Event(Structure, frozen=True, kw_only=True):
    """One event, its members in the order in which the original wrote them."""

    hit_group_id: str
    event_type: str
    event_timestamp: str
    hit_id: str
    assignment_id: str | None
    worker_id: str | None
    hit_type_id: str


class _Document(Structure, frozen=True, kw_only=True):
    events: list[Event]
    event_doc_id: str
    source_account: str
    customer_id: str
    event_doc_version: str


class _Envelope(Structure, frozen=True, kw_only=True):
    type: str
    message_id: str
    topic_arn: str
    subject: str
    message: str
    timestamp: str


_write_document = encoder(_Document)
_write_envelope = encoder(_Envelope)


def is_version(version: str) -> bool:
    """Is this a version of the original's form? It used two, and both get the same documents."""
    return _VERSION.fullmatch(version) is not None


def event(
    event_type: str,
    *,
    at: datetime,
    hit_type_id: str,
    hit_group_id: str,
    hit_id: str,
    assignment_id: str | None = None,
    worker_id: str | None = None,
) -> Event:
    """One event; its time in whole seconds, UTC. Only an event of an assignment names that and its Worker."""
    return Event(
        hit_group_id=hit_group_id,
        event_type=event_type,
        event_timestamp=f"{at:%Y-%m-%dT%H:%M:%SZ}",
        hit_id=hit_id,
        assignment_id=assignment_id,
        worker_id=worker_id,
        hit_type_id=hit_type_id,
    )


def document_id(delivery_id: str) -> str:
    """The EventDocId of a delivery: 40 hexadecimal digits, the same for every attempt."""
    return hashlib.sha1(delivery_id.encode(), usedforsecurity=False).hexdigest()


def account_number(requester_id: str) -> str:
    """Twelve digits that stand for a Requester where the original had the number of their AWS account."""
    return f"{int.from_bytes(hashlib.sha256(requester_id.encode()).digest()) % 10**12:012d}"


def document(of: Event, *, delivery_id: str, requester_id: str) -> str:
    """The document of one event. Source: docs/mturk/notifications.md 3.1."""
    written = _write_document(
        _Document(
            events=[of],
            event_doc_id=document_id(delivery_id),
            source_account=account_number(requester_id),
            customer_id=requester_id,
            event_doc_version=_DOCUMENT_VERSION,
        )
    )
    return msgspec.json.encode(written).decode()


def subject(at: datetime) -> str:
    """The subject of an SNS message: milliseconds since 1970. Source: docs/mturk/notifications.md 3.2."""
    return str((at - EPOCH) // timedelta(milliseconds=1))


def topic_of(requester_id: str) -> str:
    """The name under which a Requester's webhook hears of events: there is no topic, but programs look for one."""
    return f"arn:aws:sns:us-east-1:{account_number(requester_id)}:kempelen"


def message_id(delivery_id: str) -> str:
    """A UUID for a delivery, the same for every attempt."""
    digits = document_id(delivery_id)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


def envelope(text: str, *, delivery_id: str, requester_id: str, at: datetime) -> str:
    """A document as SNS posts it to an HTTPS subscriber, without SNS's own signature. Source: notifications.md 3.2."""
    written = _write_envelope(
        _Envelope(
            type="Notification",
            message_id=message_id(delivery_id),
            topic_arn=topic_of(requester_id),
            subject=subject(at),
            message=text,
            timestamp=f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
        )
    )
    return msgspec.json.encode(written).decode()
