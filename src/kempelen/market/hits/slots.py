"""Slots: the counters of a HIT, and all that follows when one of them changes.

A HIT's slots are `open`, `pending` (accepted), `submitted` or `decided`; their sum is always its maximum. Every
acceptance, return, submission, decision, extension and expiration changes them here, so that no operation can forget
the status, the money on hold, the group's number of open HITs or the event. Source: docs/mturk/api.md 4.1,
docs/architecture.md "Money".
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from kempelen.core.money import Money
from kempelen.core.rules.states import hit_status
from kempelen.market.foundation import events, ledger
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import keeps
from kempelen.store.database import Row, instant, ms

_REVIEWS: list[Callable[[Call, str], None]] = []

ON_ACCOUNT_DELETION = (keeps("worker_taken", "a number"),)


def when_reviewable(function: Callable[[Call, str], None]) -> Callable[[Call, str], None]:
    """Have a function run at the end of each call in which a HIT with a review policy became Reviewable.

    Records that stand above HITs declare it, so that HITs need not know them.
    """
    _REVIEWS.append(function)
    return function


def take_slot(call: Call, hit_id: str) -> bool:
    """A Worker takes one open place; False when none is open at this moment."""
    return _move(call, hit_id, {"open": -1, "pending": 1}, only_open=True) is not None


def change(call: Call, hit_id: str, *, expired: bool | None = None, paid: bool = False, **steps: int) -> Row:
    """Move places of a HIT between its counters, and do all that follows; answers the HIT as it was before.

    `steps` are what is added to `max_assignments`, `open`, `pending`, `submitted` and `decided`. What follows: its
    status, the money held for its places (unless this place is `paid`, which the caller does from the hold), the
    group's open HITs, an event for each new status, and that a HIT which became Reviewable is reviewed by its policy.
    """
    before = _move(call, hit_id, steps, expired=expired, paid=paid)
    assert before is not None
    return before


def _move(
    call: Call,
    hit_id: str,
    steps: Mapping[str, int],
    *,
    expired: bool | None = None,
    paid: bool = False,
    only_open: bool = False,
) -> Row | None:
    """Counters that another process has moved in between are read again: nothing is oversold or counted twice."""
    while True:
        before = call.db.one("SELECT * FROM hit WHERE hit_id = :hit_id", hit_id=hit_id)
        assert before is not None
        if only_open and (before["status"] != "Assignable" or before["expires_at"] <= ms(call.now)):
            return None
        after = {**before, **{name: before[name] + step for name, step in steps.items()}}
        after["expired"] = before["expired"] if expired is None else int(expired)
        after["status"] = hit_status(
            status=before["status"],
            expired=bool(after["expired"]),
            open_places=after["open"],
            pending=after["pending"],
        )
        if _write(call, before, after):
            _follow(call, before, after, paid=paid)
            return before


def _write(call: Call, before: Row, after: Row) -> bool:
    """One guarded statement; False when the counters or the terms are no longer those that were read."""
    in_review = after["status"] in ("Reviewable", "Reviewing")
    was_in_review = before["status"] in ("Reviewable", "Reviewing")
    reviewable_at = call.now if in_review and not was_in_review else before["reviewable_at"]
    dispose_at = None
    if in_review:
        became_at = reviewable_at if isinstance(reviewable_at, datetime) else instant(reviewable_at)
        dispose_at = max(became_at + timedelta(days=call.rules.disposal_days), call.now)
    changed = call.db.run(
        """
        UPDATE hit SET max_assignments = :max_assignments, open = :open, pending = :pending, submitted = :submitted,
                       decided = :decided, expired = :expired, status = :status, reviewable_at = :reviewable_at,
                       dispose_at = :dispose_at
         WHERE hit_id = :hit_id AND status = :was_status AND open = :was_open AND pending = :was_pending
           AND submitted = :was_submitted AND decided = :was_decided AND expired = :was_expired
           AND hit_type_id = :hit_type_id
        """,
        max_assignments=after["max_assignments"],
        open=after["open"],
        pending=after["pending"],
        submitted=after["submitted"],
        decided=after["decided"],
        expired=after["expired"],
        status=after["status"],
        reviewable_at=reviewable_at,
        dispose_at=dispose_at,
        hit_id=before["hit_id"],
        hit_type_id=before["hit_type_id"],
        was_status=before["status"],
        was_open=before["open"],
        was_pending=before["pending"],
        was_submitted=before["submitted"],
        was_decided=before["decided"],
        was_expired=before["expired"],
    )
    return changed == 1


def _follow(call: Call, before: Row, after: Row, *, paid: bool) -> None:
    """Money, group and events after a change."""
    hit_id, requester_id = before["hit_id"], before["requester_id"]
    share = Money(before["reward_micros"] + before["fee_micros"])
    covered = _covered(after) - _covered(before) + (1 if paid else 0)
    if covered > 0:
        ledger.hold(call, requester_id, share * covered, hit_id=hit_id)
    elif covered < 0:
        ledger.release(call, requester_id, share * -covered, hit_id=hit_id)
    was, now = before["status"], after["status"]
    if was != now:
        opened = (now == "Assignable") - (was == "Assignable")
        if opened:
            count_in_group(call, before["hit_group_id"], opened)
            _count_taken(call, before, opened)
        events.append(call, _BECOMES[now], requester_id=requester_id, hit_id=hit_id, moved=(was, now))
        if now == "Reviewable" and before["hit_review_policy"] is not None:
            for review in _REVIEWS:
                call.after(review, hit_id)


_BECOMES: dict[str, events.EventKind] = {
    "Assignable": "HITAssignable",
    "Unassignable": "HITUnassignable",
    "Reviewable": "HITReviewable",
}


def count_taken(call: Call, hit_id: str) -> None:
    """The caller has accepted this HIT: while it is Assignable, one HIT less of its group is left for them."""
    call.db.run(
        """
        INSERT INTO worker_taken (worker_id, hit_group_id, hits)
        SELECT CAST(:caller AS TEXT), h.hit_group_id, CASE WHEN h.status = 'Assignable' THEN 1 ELSE 0 END
          FROM hit h WHERE h.hit_id = :hit_id
        ON CONFLICT (worker_id, hit_group_id) DO UPDATE SET hits = worker_taken.hits + excluded.hits
        """,
        caller=call.caller,
        hit_id=hit_id,
    )


def give_back(call: Call, hit_id: str, worker_id: str) -> None:
    """A Worker's assignment has ended without an answer: its place is free again, unless the HIT has expired."""
    before = change(call, hit_id, pending=-1, open=1)
    if before["status"] == "Assignable":  # else it did not count as taken, and who gave it back has not had it
        call.db.run(
            """
            UPDATE worker_taken SET hits = hits - 1 WHERE worker_id = :worker_id AND hit_group_id = :hit_group_id
            """,
            worker_id=worker_id,
            hit_group_id=before["hit_group_id"],
        )


def _count_taken(call: Call, hit: Row, opened: int) -> None:
    """A HIT is Assignable now, or is not any more: so is one of those that Workers who hold it or have done it took."""
    call.db.run(
        """
        UPDATE worker_taken SET hits = hits + :opened
         WHERE hit_group_id = :hit_group_id
           AND worker_id IN (SELECT a.worker_id FROM assignment a
                              WHERE a.hit_id = :hit_id AND a.status NOT IN ('Returned', 'Abandoned'))
        """,
        opened=opened,
        hit_group_id=hit["hit_group_id"],
        hit_id=hit["hit_id"],
    )


def _covered(hit: Row) -> int:
    """How many of a HIT's places the hold pays for. Source: docs/architecture.md "Money"."""
    is_open = not hit["expired"] and hit["status"] != "Disposed"
    return int(hit["pending"] + hit["submitted"] + (hit["open"] if is_open else 0))


def held(hit: Row) -> Money:
    """The money that is held for a HIT's places."""
    return Money(hit["reward_micros"] + hit["fee_micros"]) * _covered(hit)


def count_in_group(call: Call, hit_group_id: str, opened: int, *, expires_at: datetime | None = None) -> None:
    """Keep the group's count of open HITs; new work in it, which has an expiration, makes the group news."""
    call.db.run(
        """
        UPDATE hit_group SET open_hits = open_hits + :opened,
               updated_at = CASE WHEN :expires_at > 0 THEN :now ELSE updated_at END,
               latest_expires_at = CASE WHEN latest_expires_at < :expires_at THEN :expires_at
                                        ELSE latest_expires_at END
         WHERE hit_group_id = :hit_group_id
        """,
        opened=opened,
        now=call.now,
        expires_at=ms(expires_at) if expires_at else 0,
        hit_group_id=hit_group_id,
    )
