"""HIT changes: more assignments, another expiration, review status or HIT type; disposal and expiry.

Source: docs/mturk/api.md 4.1 and 5.
"""

from datetime import UTC, datetime

from kempelen.core.money import Money
from kempelen.core.wire import bounds
from kempelen.core.wire.errors import (
    HITHasAssignments,
    HITTooOldForExtension,
    InvalidHITState,
    InvalidMaximumAssignmentsIncrease,
    RequestError,
    TokenAlreadyProcessed,
    ValueOutOfRange,
)
from kempelen.core.wire.operations import operation
from kempelen.core.wire.shapes import (
    EntityId,
    IdempotencyToken,
    Integer,
)
from kempelen.market.foundation import events, ledger, request_tokens
from kempelen.market.foundation.call import Call
from kempelen.market.hits import hit_creation, hit_types, hits, slots, uploads
from kempelen.market.qualifications import qualification_types
from kempelen.store.database import Row, instant, ms

EXTENDABLE_SINCE = datetime(2015, 7, 22, tzinfo=UTC)
NOT_DISPOSED = "Assignable, Unassignable, Reviewable, Reviewing"


@operation
def create_additional_assignments_for_hit(
    call: Call,
    *,
    hit_id: EntityId,
    number_of_additional_assignments: Integer,
    unique_request_token: IdempotencyToken | None = None,
) -> None:
    """More places for a HIT, their cost held; without a token every call adds again.

    A HIT of fewer than ten places can never grow to ten, because its fee was set without the surcharge. An expired
    HIT only grows: to open it again its expiration must be extended, and then the new places are held.
    Source: API reference, CreateAdditionalAssignmentsForHIT; docs/mturk/api.md 2.4.
    """
    count = number_of_additional_assignments
    bounds.check_range("number_of_additional_assignments", count, 1, hits.MAX_ASSIGNMENTS)
    hit = hits.own(call, hit_id)
    if unique_request_token is not None:
        request_tokens.use(call, "CreateAdditionalAssignmentsForHIT", unique_request_token, result_id=hit_id)
    extend(call, hit, count)


def extend(call: Call, hit: Row, count: int, *, lasting_until: datetime | None = None) -> None:
    """More places for a HIT, their cost held; and a later expiration, if it would expire before that.

    Whoever refuses does so before anything is written.
    """
    hit_id, expires_at = hit["hit_id"], instant(hit["expires_at"])
    if hit["status"] == "Disposed":
        raise InvalidHITState(status="Disposed", allowed=NOT_DISPOSED)
    if instant(hit["created_at"]) < EXTENDABLE_SINCE:
        raise HITTooOldForExtension()
    grown = hit["max_assignments"] + count
    if hit["max_assignments"] < call.rules.large_hit_assignments <= grown:
        raise InvalidMaximumAssignmentsIncrease(limit=call.rules.large_hit_assignments)
    if grown > hits.MAX_ASSIGNMENTS:
        raise ValueOutOfRange(
            value=count,
            name="number_of_additional_assignments",
            low=1,
            high=hits.MAX_ASSIGNMENTS - hit["max_assignments"],
        )
    is_revived = bool(hit["expired"]) and lasting_until is not None
    opened = hit["open"] + count if is_revived else 0 if hit["expired"] else count
    ledger.check_funds(call, hit["requester_id"], Money(hit["reward_micros"] + hit["fee_micros"]) * opened)
    if lasting_until is not None and lasting_until > expires_at:
        _prolong(call, hit, lasting_until)
        expires_at = lasting_until
    slots.change(call, hit_id, expired=False if is_revived else None, max_assignments=count, open=count)
    slots.count_in_group(call, hit["hit_group_id"], 0, expires_at=expires_at)
    events.append(call, "HITExtended", requester_id=hit["requester_id"], hit_id=hit_id)


@operation
def update_expiration_for_hit(call: Call, *, hit_id: EntityId, expire_at: datetime) -> None:
    """A HIT's new expiration. A past one expires it at once, a future one must extend it by 60 s to 365 days.

    Accepted work may still be finished. The same expiration again within 24 hours is a repeat and refused, unless the
    HIT has expired and the time is past: then there is nothing to do. Source: API reference, UpdateExpirationForHIT;
    docs/mturk/api.md 2.35 and 10 no. 7.
    """
    hit = hits.own(call, hit_id)
    if hit["status"] == "Disposed" or (hit["expired"] and expire_at <= call.now):
        return
    _use_implicit_token(call, hit_id, expire_at)
    if expire_at <= call.now:
        call.db.run(
            "UPDATE hit SET expires_at = :now, ended = 1 WHERE hit_id = :hit_id AND expires_at > :now",
            now=call.now,
            hit_id=hit_id,
        )
        expire(call, hit_id)
        return
    increment = (
        ms(expire_at) // 1000 - max(ms(call.now), hit["expires_at"]) // 1000
    )  # in whole seconds, as the API shows them
    if not hits.MIN_EXTENSION <= increment <= hits.MAX_EXTENSION:
        raise ValueOutOfRange(
            value=increment, name="expiration_increment_in_seconds", low=hits.MIN_EXTENSION, high=hits.MAX_EXTENSION
        )
    _prolong(call, hit, expire_at)
    slots.count_in_group(call, hit["hit_group_id"], 0, expires_at=expire_at)
    slots.change(call, hit_id, expired=False)


def _prolong(call: Call, hit: Row, expire_at: datetime) -> None:
    """A later expiration; a HIT that its Requester has ended is on again."""
    call.db.run(
        "UPDATE hit SET expires_at = :expire_at, ended = 0 WHERE hit_id = :hit_id AND expires_at < :expire_at",
        expire_at=expire_at,
        hit_id=hit["hit_id"],
    )
    events.append(call, "HITExpirationChanged", requester_id=hit["requester_id"], hit_id=hit["hit_id"])


def _use_implicit_token(call: Call, hit_id: str, expire_at: datetime) -> None:
    """The call's own content is its token: HITId and ExpireAt, to the second, as Java prints a date."""
    whole = expire_at.replace(microsecond=0)
    first = request_tokens.used_for(call, "UpdateExpirationForHIT", f"{hit_id} {ms(whole)}", result_id=hit_id)
    if first is not None:
        raise TokenAlreadyProcessed(token=f"{hit_id}{whole:%a %b %d %H:%M:%S UTC %Y}")


@operation
def update_hit_review_status(call: Call, *, hit_id: EntityId, revert: bool = False) -> None:
    """Take a Reviewable HIT under review (Reviewing), or with `revert` put it back.

    Source: API reference, UpdateHITReviewStatus; docs/mturk/api.md 2.36.
    """
    hit = hits.own(call, hit_id)
    source, target = ("Reviewing", "Reviewable") if revert else ("Reviewable", "Reviewing")
    kind: events.EventKind = "HITReviewReverted" if revert else "HITReviewBegun"
    changed = call.db.run(
        "UPDATE hit SET status = :target WHERE hit_id = :hit_id AND status = :source",
        target=target,
        hit_id=hit_id,
        source=source,
    )
    if not changed:
        raise InvalidHITState(status=hits.own(call, hit_id)["status"], allowed=source)
    events.append(call, kind, requester_id=hit["requester_id"], hit_id=hit_id, moved=(source, target))


@operation
def update_hit_type_of_hit(call: Call, *, hit_id: EntityId, hit_type_id: EntityId) -> None:
    """Give a HIT that nobody has worked on the terms of another HIT type; the hold follows the new reward.

    Source: API reference, UpdateHITTypeOfHIT; docs/mturk/api.md 2.37.
    """
    hit = hits.own(call, hit_id)
    hit_type = hit_types.own(call, hit_type_id)
    if hit["hit_type_id"] == hit_type_id:
        return
    hit_types.usable(call, hit_type_id)
    if hit["status"] not in ("Assignable", "Reviewable") or hit["open"] != hit["max_assignments"]:
        raise _why_type_stays(hit)
    hit_types.check_requirements_active(call, hit_type)
    reward = Money(hit_type["reward_micros"])
    fee = hit_creation.fee_of(call, hit_type, hit["max_assignments"])
    changed = call.db.run(
        """
        UPDATE hit SET hit_type_id = :hit_type_id, hit_group_id = :hit_group_id, reward_micros = :reward,
                       fee_micros = :fee
         WHERE hit_id = :hit_id AND open = max_assignments AND expired = :expired
           AND hit_type_id = :former_type AND max_assignments = :max_assignments
        """,
        hit_type_id=hit_type_id,
        hit_group_id=hit_type["hit_group_id"],
        reward=reward,
        fee=fee,
        hit_id=hit_id,
        expired=hit["expired"],
        former_type=hit["hit_type_id"],
        max_assignments=hit["max_assignments"],
    )
    if not changed:
        raise _why_type_stays(hits.own(call, hit_id))
    if hit["status"] == "Assignable":
        slots.count_in_group(call, hit["hit_group_id"], -1)
        slots.count_in_group(call, hit_type["hit_group_id"], 1, expires_at=instant(hit["expires_at"]))
        ledger.release(call, call.caller, slots.held(hit), hit_id=hit_id)
        ledger.hold(call, call.caller, (reward + fee) * hit["max_assignments"], hit_id=hit_id)
    qualification_types.release(call, hit["hit_type_id"])
    events.append(call, "HITTypeChanged", requester_id=call.caller, hit_id=hit_id)


def _why_type_stays(hit: Row) -> RequestError:
    if hit["status"] != "Disposed" and hit["open"] != hit["max_assignments"]:
        return HITHasAssignments()
    return InvalidHITState(status=hit["status"], allowed="Assignable")


@operation
def delete_hit(call: Call, *, hit_id: EntityId) -> None:
    """Dispose of a HIT that awaits or is under review and has no undecided work.

    Source: API reference, DeleteHIT; docs/mturk/api.md 2.10.
    """
    hits.own(call, hit_id)
    if not dispose(call, hit_id):
        raise InvalidHITState(status=hits.own(call, hit_id)["status"], allowed="Reviewing, Reviewable")


def dispose(call: Call, hit_id: str) -> bool:
    """Dispose of a HIT if its state allows; False when it does not."""
    row = call.db.one("SELECT status, requester_id, hit_type_id FROM hit WHERE hit_id = :hit_id", hit_id=hit_id)
    assert row is not None
    changed = call.db.run(
        """
        UPDATE hit SET status = 'Disposed', disposed_at = :now, dispose_at = NULL
         WHERE hit_id = :hit_id AND status = :status AND status IN ('Reviewable', 'Reviewing')
           AND submitted = 0 AND pending = 0
        """,
        now=call.now,
        hit_id=hit_id,
        status=row["status"],
    )
    if changed:
        events.append(
            call, "HITDisposed", requester_id=row["requester_id"], hit_id=hit_id, moved=(row["status"], "Disposed")
        )
        qualification_types.release(call, row["hit_type_id"])
        uploads.release_hit(call, hit_id)
    return bool(changed)


def expire(call: Call, hit_id: str) -> None:
    """A HIT's lifetime is over: no more accepting, the hold of its open places is released.

    HITExpired is sent only when some slot was not yet submitted. Source: docs/mturk/api.md 4.1, H6 and H7.
    """
    before = slots.change(call, hit_id, expired=True)
    if not before["expired"] and before["open"] + before["pending"]:
        events.append(call, "HITExpired", requester_id=before["requester_id"], hit_id=hit_id)
