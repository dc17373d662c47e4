"""HITs: one question to be answered by a number of Workers, each once.

A HIT's slots are `open`, `pending` (accepted), `submitted` or `decided`; their sum is always its maximum. Its status
follows from these counters and its expiration; `slots` changes them. `hit_creation` adds HITs, `hit_changes` extends,
expires and disposes of them, `work` and `submission` are the Worker's side, `assignments` the Requester's decisions.
Source: docs/mturk/api.md 3.1 and 4.1.
"""

from datetime import datetime

from kempelen.core.money import Money
from kempelen.core.wire.errors import HITDoesNotExist
from kempelen.core.wire.operations import operation
from kempelen.core.wire.shapes import (
    EntityId,
    HITReviewStatus,
    HITStatus,
    Integer,
    Long,
    MaxResults,
    NextToken,
    QualificationRequirement,
    ReviewableHITStatus,
    Structure,
)
from kempelen.market.foundation import pages
from kempelen.market.foundation.call import Call
from kempelen.market.hits import hit_types
from kempelen.market.qualifications import qualification_types
from kempelen.store.database import Row, instant
from kempelen.store.select import Select

MAX_ASSIGNMENTS = 1_000_000_000
MIN_EXTENSION, MAX_EXTENSION = 60, 31_536_000
ORDER = 2**31  # where a HIT stands in its group's random order


class HIT(Structure, frozen=True, kw_only=True):
    """A HIT as its Requester reads it. Source: docs/mturk/api.md 3.1."""

    hit_id: EntityId
    hit_type_id: EntityId
    hit_group_id: EntityId
    hit_layout_id: EntityId | None = None
    creation_time: datetime
    title: str
    description: str
    question: str
    keywords: str | None
    hit_status: HITStatus
    max_assignments: Integer
    reward: Money
    auto_approval_delay_in_seconds: Long
    expiration: datetime
    assignment_duration_in_seconds: Long
    requester_annotation: str | None
    qualification_requirements: list[QualificationRequirement]
    hit_review_status: HITReviewStatus
    number_of_assignments_pending: Integer
    number_of_assignments_available: Integer
    number_of_assignments_completed: Integer


class HITAnswer(Structure, frozen=True, kw_only=True):
    """One HIT, whole."""

    hit: HIT


class HITPage(Structure, frozen=True, kw_only=True):
    """A page of HITs; the token continues it, `num_results` counts this page."""

    next_token: NextToken | None
    num_results: Integer
    hits: list[HIT]


# ---------------------------------------------------------------------------------------------- read


@operation(reads=True)
def get_hit(call: Call, *, hit_id: EntityId) -> HITAnswer:
    """One of the caller's HITs, whole; a Disposed one as long as it is retained.

    Source: API reference, GetHIT; docs/mturk/api.md 2.17 and 10 no. 5.
    """
    return HITAnswer(hit=record(call, own(call, hit_id)))


@operation(reads=True)
def list_hits(call: Call, *, next_token: NextToken | None = None, max_results: MaxResults = 10) -> HITPage:
    """The caller's HITs in any state but Disposed, the newest first.

    Source: API reference, ListHITs; docs/mturk/api.md 2.22.
    """
    return _page(
        call,
        _LISTED,
        next_token,
        max_results,
        ("ListHITs",),
    )


@operation(reads=True)
def list_reviewable_hits(
    call: Call,
    *,
    hit_type_id: EntityId | None = None,
    status: ReviewableHITStatus = "Reviewable",
    next_token: NextToken | None = None,
    max_results: MaxResults = 10,
) -> HITPage:
    """The caller's HITs that await review, or with `status` Reviewing those under review; last to expire first.

    Source: API reference, ListReviewableHITs; docs/mturk/api.md 2.27.
    """
    if hit_type_id is not None:
        hit_types.own(call, hit_type_id)
    return _page(
        call,
        _REVIEWABLE,
        next_token,
        max_results,
        ("ListReviewableHITs", hit_type_id, status),
        status=status,
        hit_type_id=hit_type_id or "",
    )


@operation(reads=True)
def list_hits_for_qualification_type(
    call: Call,
    *,
    qualification_type_id: EntityId,
    next_token: NextToken | None = None,
    max_results: MaxResults = 10,
) -> HITPage:
    """The caller's HITs in any state but Disposed that require this type, whoever made it; the newest first.

    Source: API reference, ListHITsForQualificationType; docs/mturk/api.md 2.23.
    """
    qualification_types.known(call, qualification_type_id)
    return _page(
        call,
        _REQUIRING,
        next_token,
        max_results,
        ("ListHITsForQualificationType", qualification_type_id),
        type_id=qualification_type_id,
    )


_HITS = Select(
    "h.*, t.title, t.description, t.keywords, t.assignment_duration_in_seconds, t.auto_approval_delay_in_seconds, "
    "t.requirements",
    "hit h JOIN hit_type t ON t.hit_type_id = h.hit_type_id",
    ("h.requester_id = :caller",),
)
_OWN = _HITS.where("h.hit_id = :hit_id", "h.disposed_at IS NULL OR h.disposed_at > :retained_since").sql
_ALL = (
    _HITS.adding("h.created_at AS sort_at")
    .where("h.status <> 'Disposed'", "(h.created_at, h.hit_id) < (:sort_at, :hit_id)")
    .ending("ORDER BY h.created_at DESC, h.hit_id DESC LIMIT :max_results")
)
_LISTED = _ALL.sql
_REQUIRING = _ALL.where(
    """
    EXISTS (SELECT 1 FROM hit_type_requirement r
             WHERE r.hit_type_id = h.hit_type_id AND r.qualification_type_id = :type_id)
    """
).sql
_REVIEWABLE = (
    _HITS.adding("h.expires_at AS sort_at")
    .where("h.status = :status AND h.status IN ('Reviewable', 'Reviewing')")
    .where(":hit_type_id = '' OR h.hit_type_id = :hit_type_id", "(h.expires_at, h.hit_id) < (:sort_at, :hit_id)")
    .ending("ORDER BY h.expires_at DESC, h.hit_id DESC LIMIT :max_results")
    .sql
)


def _page(
    call: Call, sql: str, next_token: str | None, max_results: int, list_of: tuple[object, ...], **values: str
) -> HITPage:
    """A page of HITs in descending order of the statement's `sort_at`, ties by id."""
    sort_at, hit_id = pages.position_after(call, next_token, *list_of) or (2**62, "")
    rows = call.db.all(sql, caller=call.caller, sort_at=sort_at, hit_id=hit_id, max_results=max_results, **values)
    last = (rows[-1]["sort_at"], rows[-1]["hit_id"]) if rows else None
    return HITPage(
        next_token=pages.token_after(call, last, *list_of),
        num_results=len(rows),
        hits=[record(call, row) for row in rows],
    )


def own(call: Call, hit_id: str) -> Row:
    """The caller's HIT with its type's terms; HITDoesNotExist when unknown, foreign, or gone after its retention."""
    row = call.db.one(
        _OWN,
        hit_id=hit_id,
        caller=call.caller,
        retained_since=call.ago(days=call.rules.retention_days),
    )
    if row is None:
        raise HITDoesNotExist(hit_id=hit_id)
    return row


def record(call: Call, row: Row) -> HIT:
    """The wire's record of a row read by `own` or a list. Source: docs/mturk/api.md 3.1 and 4.1."""
    shows_open = not row["expired"] or call.rules.expired_hits_keep_available_count
    return HIT(
        hit_id=row["hit_id"],
        hit_type_id=row["hit_type_id"],
        hit_group_id=row["hit_group_id"],
        hit_layout_id=row["hit_layout_id"],
        creation_time=instant(row["created_at"]),
        title=row["title"],
        description=row["description"],
        question=row["question"],
        keywords=row["keywords"],
        hit_status=row["status"],
        max_assignments=row["max_assignments"],
        reward=Money(row["reward_micros"]),
        auto_approval_delay_in_seconds=row["auto_approval_delay_in_seconds"],
        expiration=instant(row["expires_at"]),
        assignment_duration_in_seconds=row["assignment_duration_in_seconds"],
        requester_annotation=row["requester_annotation"],
        qualification_requirements=hit_types.requirements_of(row),
        hit_review_status="NotReviewed",
        number_of_assignments_pending=row["pending"],
        number_of_assignments_available=row["open"] if shows_open else 0,
        number_of_assignments_completed=row["decided"],
    )
