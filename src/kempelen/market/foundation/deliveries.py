"""Deliveries: messages that wait to be sent, to a Requester's program or by mail.

A delivery is added in the transaction of its event and holds ids; its contents are read when it is sent. It waits at a
destination, which one sending process at a time claims by a lease. So no delivery is sent twice at the same time, and
one whose sender died is sent again by another process, under the same id. After a failure both destination and delivery
are paused; where the destination works but refuses one delivery for now, only that delivery. A delivery that could not
be sent for a day is dead, and stays visible until it is deleted.
`happened_at` is market time; due times, leases and attempts are real time, given by the sending process.
Source: docs/mturk/notifications.md 5.
"""

from datetime import datetime, timedelta

import msgspec

from kempelen.core.wire.event_documents import MADE_UP_ID, MADE_UP_WORKER
from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import InvalidField
from kempelen.market.foundation import webhook_secrets
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.outbox import Delivery, Destination
from kempelen.store.database import Row, instant

GIVEN_UP_AFTER = timedelta(hours=24)
KEPT_SENT, KEPT_DEAD = timedelta(days=7), timedelta(days=30)
AT_ONCE = 500  # deliveries changed in one transaction, however many there are: nobody else waits long for a lane
COUNTED_AT_MOST = 10_000
_LONGEST_ERROR = 300


class DeliveryState(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as the operator sees it; `due_at` is real time, None for at once or never again."""

    delivery_id: str
    kind: str
    channel: str
    destination: str
    requester_id: str | None
    worker_id: str | None
    status: str
    happened_at: datetime
    attempts: int
    due_at: datetime | None
    ended_at: datetime | None
    last_error: str | None


# ---------------------------------------------------------------------------------------------- sent


_CLAIMABLE = """
    SELECT f.destination_id FROM destination f
     WHERE f.due_at <= :at
       AND EXISTS (SELECT 1 FROM delivery d
                    WHERE d.destination_id = f.destination_id AND d.status = 'Waiting' AND d.due_at <= :at)
     ORDER BY f.due_at, f.destination_id LIMIT 1
"""


@transaction(reads=True)
def get_anything_to_send(call: Call, *, at: datetime) -> bool:
    """Is there a destination that nobody has, with a delivery that may be tried at this real time?"""
    return call.db.one(_CLAIMABLE, at=at) is not None


def claim(call: Call, *, holder: str, at: datetime, until: datetime) -> Destination | None:
    """Claims the destination that waited longest; None when there is none, or another sender was faster."""
    found = call.db.one(_CLAIMABLE, at=at)
    if found is None:
        return None
    row = call.db.one(
        """
        UPDATE destination SET holder = :holder, due_at = :until
         WHERE destination_id = :destination_id AND due_at <= :at
        RETURNING destination_id, channel, address, requester_id, failures
        """,
        holder=holder,
        until=until,
        destination_id=found["destination_id"],
        at=at,
    )
    if row is None:
        return None
    signers = (
        webhook_secrets.signing_secrets(call, requester_id=row["requester_id"], at=at)
        if row["channel"] == "Webhook"
        else []
    )
    return Destination(**row, secrets=signers)


def renew(call: Call, *, holder: str, until: datetime) -> None:
    """Keep all that this holder has claimed, for longer."""
    call.db.run("UPDATE destination SET due_at = :until WHERE holder = :holder", until=until, holder=holder)


def release(call: Call, *, destination_id: str, holder: str, at: datetime) -> None:
    """Releases a claimed destination, so that any sender may claim it; a paused one is not claimed any more."""
    call.db.run(
        """
        UPDATE destination SET holder = NULL, due_at = :at WHERE destination_id = :destination_id AND holder = :holder
        """,
        at=at,
        destination_id=destination_id,
        holder=holder,
    )


@transaction(reads=True)
def list_waiting(call: Call, *, destination_id: str, at: datetime, most: int) -> list[Delivery]:
    """The deliveries that may be tried now at a destination, the oldest first."""
    rows = call.db.all(
        """
        SELECT d.*, p.hit_group_id, a.worker_id AS event_worker_id
          FROM delivery d
          LEFT JOIN hit_group p ON p.hit_type_id = d.hit_type_id
          LEFT JOIN assignment a ON a.assignment_id = d.assignment_id
         WHERE d.destination_id = :destination_id AND d.status = 'Waiting' AND d.due_at <= :at
         ORDER BY d.due_at, d.delivery_id LIMIT :most
        """,
        destination_id=destination_id,
        at=at,
        most=most,
    )
    return [read_delivery(row) for row in rows]


def record_sent(call: Call, *, delivery_id: str, at: datetime) -> None:
    """It has arrived; its destination works again."""
    row = call.db.one(
        """
        UPDATE delivery SET status = 'Sent', attempts = attempts + 1, ended_at = :at
         WHERE delivery_id = :delivery_id AND status = 'Waiting'
        RETURNING destination_id
        """,
        at=at,
        delivery_id=delivery_id,
    )
    if row is not None:
        call.db.run(
            """
            UPDATE destination SET failures = 0, last_error = NULL
             WHERE destination_id = :destination_id AND failures > 0
            """,
            destination_id=row["destination_id"],
        )


def record_failure(
    call: Call,
    *,
    delivery_id: str,
    error: str,
    at: datetime,
    again_at: datetime | None,
    destination_again_at: datetime | None,
) -> None:
    """It has not arrived and pauses, and so does its destination; what could not be sent for a day is dead.

    What else waits there hears of it by `spread_failure`.
    `destination_again_at` is None where the destination works and refuses this delivery alone: nothing else waits then.
    `again_at` is None for what will never be taken: it is dead.
    """
    error = error[:_LONGEST_ERROR]
    row = call.db.one(
        """
        UPDATE delivery SET attempts = attempts + 1, last_error = :error, due_at = COALESCE(:again_at, due_at),
                            tried_since = COALESCE(tried_since, :at),
                            status = CASE WHEN :final = 1 OR tried_since <= :given_up THEN 'Dead' ELSE status END,
                            ended_at = CASE WHEN :final = 1 OR tried_since <= :given_up THEN CAST(:at AS BIGINT) END
         WHERE delivery_id = :delivery_id AND status = 'Waiting'
        RETURNING destination_id
        """,
        error=error,
        again_at=again_at,
        at=at,
        given_up=at - GIVEN_UP_AFTER,
        final=again_at is None,
        delivery_id=delivery_id,
    )
    if row is None or destination_again_at is None:
        return
    call.db.run(
        """
        UPDATE destination SET failures = failures + 1, last_error = :error, due_at = :again_at, holder = NULL
         WHERE destination_id = :destination_id
        """,
        error=error,
        again_at=destination_again_at,
        destination_id=row["destination_id"],
    )


def spread_failure(call: Call, *, destination_id: str, error: str, at: datetime) -> bool:
    """What waits at a destination that has just failed: its day begins too, and ends. Some at a time; True for more."""
    begun = call.db.run(_BEGIN_DAYS, destination_id=destination_id, at=at, at_once=AT_ONCE)
    ended = call.db.run(
        _END_DAYS,
        destination_id=destination_id,
        error=error[:_LONGEST_ERROR],
        at=at,
        given_up=at - GIVEN_UP_AFTER,
        at_once=AT_ONCE,
    )
    return max(begun, ended) == AT_ONCE


_BEGIN_DAYS = """
UPDATE delivery SET tried_since = :at
 WHERE delivery_id IN (
    SELECT delivery_id FROM delivery
     WHERE destination_id = :destination_id AND status = 'Waiting' AND tried_since IS NULL LIMIT :at_once)
"""
_END_DAYS = """
UPDATE delivery SET status = 'Dead', ended_at = :at, last_error = :error
 WHERE delivery_id IN (
    SELECT delivery_id FROM delivery
     WHERE destination_id = :destination_id AND status = 'Waiting' AND tried_since <= :given_up LIMIT :at_once)
"""


def read_delivery(row: Row) -> Delivery:
    """A delivery with all that its event names; a test names a HIT, an assignment and a Worker that are in no table."""
    is_test = row["hit_type_id"] == MADE_UP_ID
    return Delivery(
        delivery_id=row["delivery_id"],
        kind=row["kind"],
        happened_at=instant(row["happened_at"]),
        requester_id=row["requester_id"],
        hit_type_id=row["hit_type_id"],
        hit_group_id=MADE_UP_ID if is_test else row["hit_group_id"],
        hit_id=row["hit_id"],
        assignment_id=row["assignment_id"],
        worker_id=MADE_UP_WORKER if is_test and row["assignment_id"] else row["event_worker_id"],
        address=row["address"],
        attempts=row["attempts"],
    )


# ---------------------------------------------------------------------------------------------- the operator


@transaction(reads=True)
def list_deliveries(call: Call, *, status: str = "", most: int = 100) -> list[DeliveryState]:
    """Deliveries of one status, or all that have not arrived; the latest first."""
    rows = call.db.all(
        """
        SELECT d.*, f.channel, f.address AS destination, f.due_at AS destination_due_at FROM delivery d
          JOIN destination f ON f.destination_id = d.destination_id
         WHERE d.status = :status OR (:status = '' AND d.status IN ('Waiting', 'Dead'))
         ORDER BY d.delivery_id DESC LIMIT :most
        """,
        status=status,
        most=most,
    )
    return [_state(row) for row in rows]


@transaction(reads=True)
def get_counts(call: Call) -> dict[str, int]:
    """How many deliveries wait and how many are dead; each count ends at ten thousand."""
    rows = call.db.all(_COUNTS, most=COUNTED_AT_MOST)
    return {row["status"]: row["found"] for row in rows}


_COUNTS = """
SELECT 'waiting' AS status, COUNT(*) AS found
  FROM (SELECT 1 AS one FROM delivery WHERE status = 'Waiting' LIMIT :most) AS waiting
 UNION ALL
SELECT 'dead' AS status, COUNT(*) AS found
  FROM (SELECT 1 AS one FROM delivery WHERE status <> 'Waiting' AND status = 'Dead' LIMIT :most) AS dead
"""


def retry(call: Call, *, delivery_id: str) -> None:
    """Try a delivery that waits or is dead at once, with a new day of attempts."""
    row = call.db.one(
        """
        UPDATE delivery SET status = 'Waiting', due_at = 0, tried_since = NULL, ended_at = NULL
         WHERE delivery_id = :delivery_id AND status IN ('Waiting', 'Dead')
        RETURNING destination_id
        """,
        delivery_id=delivery_id,
    )
    if row is None:
        raise InvalidField(
            field="delivery",
            reason="There is no delivery {delivery_id} that waits or is dead.",
            delivery_id=delivery_id,
        )
    _free(call, {row["destination_id"]})


def retry_dead(call: Call, *, ended_by: datetime) -> int:
    """Try again, as `retry` does, what was dead at this real time, `AT_ONCE` at a time; how many it was now."""
    rows = call.db.all(_RETRY_DEAD, ended_by=ended_by, at_once=AT_ONCE)
    _free(call, {row["destination_id"] for row in rows})
    return len(rows)


_RETRY_DEAD = """
UPDATE delivery SET status = 'Waiting', due_at = 0, tried_since = NULL, ended_at = NULL
 WHERE delivery_id IN (
    SELECT delivery_id FROM delivery
     WHERE status <> 'Waiting' AND status = 'Dead' AND ended_at <= :ended_by
     ORDER BY ended_at, delivery_id LIMIT :at_once)
RETURNING destination_id
"""


def _free(call: Call, destination_ids: set[str]) -> None:
    """These destinations pause no more."""
    for destination_id in sorted(destination_ids):
        call.db.run(
            "UPDATE destination SET due_at = 0 WHERE destination_id = :destination_id AND holder IS NULL",
            destination_id=destination_id,
        )


def delete_old(call: Call, *, at: datetime) -> bool:
    """Drop deliveries that have ended long ago, some at a time; True when there are more."""
    dropped = [
        call.db.run(
            """
            DELETE FROM delivery WHERE delivery_id IN (
                SELECT delivery_id FROM delivery WHERE status = :status AND ended_at <= :outlived
                 ORDER BY ended_at, delivery_id LIMIT :at_once)
            """,
            status=status,
            outlived=at - kept,
            at_once=AT_ONCE,
        )
        for status, kept in (("Sent", KEPT_SENT), ("Dead", KEPT_DEAD))
    ]
    return max(dropped) == AT_ONCE


def _state(row: Row) -> DeliveryState:
    waits_until = max(row["due_at"], row["destination_due_at"])
    return DeliveryState(
        delivery_id=row["delivery_id"],
        kind=row["kind"],
        channel=row["channel"],
        destination=row["address"] or row["destination"],
        requester_id=row["requester_id"],
        worker_id=row["worker_id"],
        status=row["status"],
        happened_at=instant(row["happened_at"]),
        attempts=row["attempts"],
        due_at=instant(waits_until) if row["status"] == "Waiting" and waits_until else None,
        ended_at=None if row["ended_at"] is None else instant(row["ended_at"]),
        last_error=row["last_error"],
    )
