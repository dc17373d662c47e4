"""HITs: one question to be answered by a number of Workers, each once.

A HIT's places are `open`, `pending` (accepted), `submitted` or `decided`; their sum is always its maximum. Its status
follows from these counters and its expiry, and `places` moves them. `work` accepts, returns and submits, `assignments`
decides, `deadlines` expires and disposes. Source: spec api.md 3.1 and 4.1.
"""

from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from kempelen.core.money import Money
from kempelen.core.questions import crowd_elements, questions
from kempelen.core.questions.question_forms import QuestionForm
from kempelen.core.questions.questions import HTMLQuestion, Question
from kempelen.core.rules import fees, verdicts
from kempelen.core.rules.verdicts import KnownAnswers, Plurality
from kempelen.core.wire import bounds
from kempelen.core.wire.errors import (
    HITAlreadyExists,
    HITDoesNotExist,
    HITHasAssignments,
    HITTooOldForExtension,
    InvalidHITState,
    InvalidMaximumAssignmentsIncrease,
    InvalidParameterValue,
    MissingParameters,
    NotSupportedYet,
    RequestError,
    TokenAlreadyProcessed,
    ValueOutOfRange,
)
from kempelen.core.wire.operations import operation
from kempelen.core.wire.shapes import (
    EntityId,
    HITLayoutParameter,
    HITReviewStatus,
    HITStatus,
    IdempotencyToken,
    Integer,
    Long,
    MaxResults,
    NextToken,
    QualificationRequirement,
    ReviewableHITStatus,
    ReviewPolicy,
    Structure,
)
from kempelen.market.foundation import events, ledger, pages, request_tokens
from kempelen.market.foundation.call import Call
from kempelen.market.hits import hit_layouts, hit_types, slots, uploads
from kempelen.market.qualifications import qualification_types
from kempelen.store.database import Row, instant, ms

MAX_ASSIGNMENTS = 1_000_000_000
MAX_ANNOTATION = 255
MIN_LIFETIME = 30
MIN_EXTENSION, MAX_EXTENSION = 60, 31_536_000
EXTENDABLE_SINCE = datetime(2015, 7, 22, tzinfo=UTC)
NOT_DISPOSED = "Assignable, Unassignable, Reviewable, Reviewing"
ORDER = 2**31  # where a HIT stands in its group's random order


class HIT(Structure, frozen=True, kw_only=True):
    """A HIT as its Requester reads it. Source: spec api.md 3.1."""

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


# ---------------------------------------------------------------------------------------------- create


@operation
def create_hit(
    call: Call,
    *,
    lifetime_in_seconds: Long,
    assignment_duration_in_seconds: Long,
    reward: Money,
    title: str,
    description: str,
    max_assignments: Integer = 1,
    auto_approval_delay_in_seconds: Long = hit_types.DEFAULT_AUTO_APPROVAL_DELAY,
    keywords: str | None = None,
    question: str | None = None,
    requester_annotation: str | None = None,
    qualification_requirements: list[QualificationRequirement] | None = None,
    unique_request_token: IdempotencyToken | None = None,
    assignment_review_policy: ReviewPolicy | None = None,
    hit_review_policy: ReviewPolicy | None = None,
    hit_layout_id: EntityId | None = None,
    hit_layout_parameters: list[HITLayoutParameter] | None = None,
) -> HITAnswer:
    """A new HIT, open to Workers at once, of the HIT type that its terms make; its whole cost is held.

    Refused when available funds do not cover reward and fee of every place, and when the token has made a HIT in the
    last 24 hours (the error names that HIT). Source: API reference, CreateHIT; spec api.md 2.5.
    """
    terms = hit_types.check_terms(
        call,
        title=title,
        description=description,
        keywords=keywords,
        reward=reward,
        assignment_duration_in_seconds=assignment_duration_in_seconds,
        auto_approval_delay_in_seconds=auto_approval_delay_in_seconds,
        qualification_requirements=qualification_requirements or [],
    )
    _check_new(call, lifetime_in_seconds, max_assignments, requester_annotation)
    text, asked = _question(call, question, hit_layout_id, hit_layout_parameters)
    policies = _review_policies(asked, assignment_review_policy, hit_review_policy)
    hit_types.check_requirements_exist(call, terms)
    hit_type = hit_types.find_or_make(call, terms)
    return _create(
        call,
        hit_type,
        text,
        hit_layout_id,
        lifetime_in_seconds,
        max_assignments,
        requester_annotation,
        unique_request_token,
        policies,
    )


@operation
def create_hit_with_hit_type(
    call: Call,
    *,
    hit_type_id: EntityId,
    lifetime_in_seconds: Long,
    max_assignments: Integer = 1,
    question: str | None = None,
    requester_annotation: str | None = None,
    unique_request_token: IdempotencyToken | None = None,
    assignment_review_policy: ReviewPolicy | None = None,
    hit_review_policy: ReviewPolicy | None = None,
    hit_layout_id: EntityId | None = None,
    hit_layout_parameters: list[HITLayoutParameter] | None = None,
) -> HITAnswer:
    """A new HIT with the terms of one of the caller's HIT types; else as CreateHIT.

    Source: API reference, CreateHITWithHITType; spec api.md 2.7.
    """
    _check_new(call, lifetime_in_seconds, max_assignments, requester_annotation)
    text, asked = _question(call, question, hit_layout_id, hit_layout_parameters)
    policies = _review_policies(asked, assignment_review_policy, hit_review_policy)
    hit_type = hit_types.usable(call, hit_type_id)
    return _create(
        call,
        hit_type,
        text,
        hit_layout_id,
        lifetime_in_seconds,
        max_assignments,
        requester_annotation,
        unique_request_token,
        policies,
    )


def _check_new(call: Call, lifetime: int, max_assignments: int, annotation: str | None) -> None:
    bounds.check_range("lifetime_in_seconds", lifetime, MIN_LIFETIME, call.rules.max_lifetime_seconds)
    bounds.check_range("max_assignments", max_assignments, 1, MAX_ASSIGNMENTS)
    bounds.check_length("requester_annotation", annotation or "", MAX_ANNOTATION)


def _question(
    call: Call, question: str | None, layout_id: str | None, parameters: list[HITLayoutParameter] | None
) -> tuple[str, Question]:
    """The question, merged and checked, as text and read; exactly one of Question and HITLayoutId must be given."""
    if question is not None and layout_id is not None:
        raise InvalidParameterValue(
            value=layout_id, name="hit_layout_id", reason="HITLayoutId must be null when Question is given."
        )
    if layout_id is not None:
        question = hit_layouts.question(call, layout_id, parameters or [])
    elif question is None:
        raise MissingParameters("question", "hit_layout_id")
    elif parameters:
        raise InvalidParameterValue(
            value=parameters[0].name, name="hit_layout_parameters", reason="They are only used with a HITLayoutId."
        )
    parsed = questions.parse(
        question,
        allow_http=call.rules.allow_http_external_questions,
        max_bytes=questions.MAX_QUESTION_BYTES if layout_id is None else None,
        max_upload_bytes=call.rules.max_upload_bytes,
    )
    if isinstance(parsed, HTMLQuestion) and (fault := crowd_elements.fault(parsed.html)):
        raise NotSupportedYet(name="question" if layout_id is None else "hit_layout_id", advice=fault)
    return question, parsed


class _Policies(NamedTuple):
    """The review policies of a HIT, as they are kept."""

    of_assignments: str | None
    of_hit: str | None


def _review_policies(asked: Question, of_assignments: ReviewPolicy | None, of_hit: ReviewPolicy | None) -> _Policies:
    """The policies, if there is nothing wrong with them; only of a QuestionForm is it known what it asks."""
    policies: list[KnownAnswers | Plurality] = []
    if of_assignments is not None:
        policies.append(verdicts.known_answers(of_assignments))
    if of_hit is not None:
        of_hit = verdicts.normalized(of_hit)
        policies.append(verdicts.plurality(of_hit, scores_known_answers=of_assignments is not None))
    if isinstance(asked, QuestionForm):
        for policy in policies:
            verdicts.check_questions(policy, {question.identifier for question in asked.questions})
    return _Policies(_kept(of_assignments), _kept(of_hit))


def _kept(policy: ReviewPolicy | None) -> str | None:
    return None if policy is None else msgspec.json.encode(policy).decode()


def _create(
    call: Call,
    hit_type: Row,
    question: str,
    layout_id: str | None,
    lifetime: int,
    max_assignments: int,
    annotation: str | None,
    token: str | None,
    policies: _Policies,
) -> HITAnswer:
    hit_id = call.new_id()
    if token is not None:
        first = request_tokens.used_for(call, "CreateHIT", token, result_id=hit_id)
        if first is not None:
            raise HITAlreadyExists(hit_id=first)
    hit_types.check_requirements_active(call, hit_type)
    reward = Money(hit_type["reward_micros"])
    fee = _fee(call, hit_type, max_assignments)
    expires_at = call.later(seconds=lifetime)
    call.db.run(
        """
        INSERT INTO hit (hit_id, requester_id, hit_type_id, hit_group_id, status, question, hit_layout_id,
                         requester_annotation, reward_micros, fee_micros, max_assignments, open, pending,
                         submitted, decided, place, created_at, expires_at, expired,
                         assignment_review_policy, hit_review_policy)
        VALUES (:hit_id, :caller, :hit_type_id, :hit_group_id, 'Assignable', :question, :layout_id,
                :annotation, :reward, :fee, :max_assignments, :max_assignments, 0, 0, 0, :place, :now, :expires_at, 0,
                :of_assignments, :of_hit)
        """,
        hit_id=hit_id,
        caller=call.caller,
        hit_type_id=hit_type["hit_type_id"],
        hit_group_id=hit_type["hit_group_id"],
        question=question,
        layout_id=layout_id,
        annotation=annotation,
        reward=reward,
        fee=fee,
        max_assignments=max_assignments,
        place=call.random.randrange(ORDER),
        now=call.now,
        expires_at=expires_at,
        of_assignments=policies.of_assignments,
        of_hit=policies.of_hit,
    )
    slots.count_in_group(call, hit_type["hit_group_id"], 1, expires_at=expires_at)
    ledger.hold(call, call.caller, (reward + fee) * max_assignments, hit_id=hit_id)
    events.append(call, "HITCreated", requester_id=call.caller, hit_id=hit_id, moved=("", "Assignable"))
    return HITAnswer(hit=record(call, own(call, hit_id)))


def _fee(call: Call, hit_type: Row, max_assignments: int) -> Money:
    """The fee for one assignment of a HIT with the terms of this type."""
    masters, premium = hit_types.surcharges(call, hit_type)
    return fees.assignment_fee(
        Money(hit_type["reward_micros"]),
        max_assignments=max_assignments,
        rules=call.rules,
        masters=masters,
        premium=premium,
    )


# ---------------------------------------------------------------------------------------------- read


@operation(reads=True)
def get_hit(call: Call, *, hit_id: EntityId) -> HITAnswer:
    """One of the caller's HITs, whole; a Disposed one as long as it is retained.

    Source: API reference, GetHIT; spec api.md 2.17 and 10.5.
    """
    return HITAnswer(hit=record(call, own(call, hit_id)))


@operation(reads=True)
def list_hits(call: Call, *, next_token: NextToken | None = None, max_results: MaxResults = 10) -> HITPage:
    """The caller's HITs in any state but Disposed, the newest first.

    Source: API reference, ListHITs; spec api.md 2.22.
    """
    return _page(
        call,
        """
        SELECT h.*, t.title, t.description, t.keywords, t.assignment_duration_in_seconds,
               t.auto_approval_delay_in_seconds, t.requirements, h.created_at AS sort_at
          FROM hit h JOIN hit_type t ON t.hit_type_id = h.hit_type_id
         WHERE h.requester_id = :caller AND h.status <> 'Disposed'
           AND (h.created_at, h.hit_id) < (:sort_at, :hit_id)
         ORDER BY h.created_at DESC, h.hit_id DESC LIMIT :max_results
        """,
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

    Source: API reference, ListReviewableHITs; spec api.md 2.27.
    """
    if hit_type_id is not None:
        hit_types.own(call, hit_type_id)
    return _page(
        call,
        """
        SELECT h.*, t.title, t.description, t.keywords, t.assignment_duration_in_seconds,
               t.auto_approval_delay_in_seconds, t.requirements, h.expires_at AS sort_at
          FROM hit h JOIN hit_type t ON t.hit_type_id = h.hit_type_id
         WHERE h.requester_id = :caller AND h.status = :status AND h.status IN ('Reviewable', 'Reviewing')
           AND (:hit_type_id = '' OR h.hit_type_id = :hit_type_id)
           AND (h.expires_at, h.hit_id) < (:sort_at, :hit_id)
         ORDER BY h.expires_at DESC, h.hit_id DESC LIMIT :max_results
        """,
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

    Source: API reference, ListHITsForQualificationType; spec api.md 2.23.
    """
    qualification_types.known(call, qualification_type_id)
    return _page(
        call,
        """
        SELECT h.*, t.title, t.description, t.keywords, t.assignment_duration_in_seconds,
               t.auto_approval_delay_in_seconds, t.requirements, h.created_at AS sort_at
          FROM hit h JOIN hit_type t ON t.hit_type_id = h.hit_type_id
         WHERE h.requester_id = :caller AND h.status <> 'Disposed'
           AND (h.created_at, h.hit_id) < (:sort_at, :hit_id)
           AND EXISTS (SELECT 1 FROM hit_type_requirement r
                        WHERE r.hit_type_id = h.hit_type_id AND r.qualification_type_id = :type_id)
         ORDER BY h.created_at DESC, h.hit_id DESC LIMIT :max_results
        """,
        next_token,
        max_results,
        ("ListHITsForQualificationType", qualification_type_id),
        type_id=qualification_type_id,
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
        """
        SELECT h.*, t.title, t.description, t.keywords, t.assignment_duration_in_seconds,
               t.auto_approval_delay_in_seconds, t.requirements
          FROM hit h JOIN hit_type t ON t.hit_type_id = h.hit_type_id
         WHERE h.hit_id = :hit_id AND h.requester_id = :caller
           AND (h.disposed_at IS NULL OR h.disposed_at > :retained_since)
        """,
        hit_id=hit_id,
        caller=call.caller,
        retained_since=call.ago(days=call.rules.retention_days),
    )
    if row is None:
        raise HITDoesNotExist(hit_id=hit_id)
    return row


def record(call: Call, row: Row) -> HIT:
    """The wire's record of a row read by `own` or a list. Source: spec api.md 3.1 and 4.1."""
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


# ---------------------------------------------------------------------------------------------- change


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
    Source: API reference, CreateAdditionalAssignmentsForHIT; spec api.md 2.4.
    """
    count = number_of_additional_assignments
    bounds.check_range("number_of_additional_assignments", count, 1, MAX_ASSIGNMENTS)
    hit = own(call, hit_id)
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
        raise InvalidMaximumAssignmentsIncrease()
    if grown > MAX_ASSIGNMENTS:
        raise ValueOutOfRange(
            value=count,
            name="number_of_additional_assignments",
            low=1,
            high=MAX_ASSIGNMENTS - hit["max_assignments"],
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
    spec api.md 2.35 and 10.7.
    """
    hit = own(call, hit_id)
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
    increment = ms(expire_at) // 1000 - max(ms(call.now), hit["expires_at"]) // 1000  # in the seconds that are told
    if not MIN_EXTENSION <= increment <= MAX_EXTENSION:
        raise ValueOutOfRange(
            value=increment, name="expiration_increment_in_seconds", low=MIN_EXTENSION, high=MAX_EXTENSION
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

    Source: API reference, UpdateHITReviewStatus; spec api.md 2.36.
    """
    hit = own(call, hit_id)
    source, target = ("Reviewing", "Reviewable") if revert else ("Reviewable", "Reviewing")
    kind: events.EventKind = "HITReviewReverted" if revert else "HITReviewBegun"
    changed = call.db.run(
        "UPDATE hit SET status = :target WHERE hit_id = :hit_id AND status = :source",
        target=target,
        hit_id=hit_id,
        source=source,
    )
    if not changed:
        raise InvalidHITState(status=own(call, hit_id)["status"], allowed=source)
    events.append(call, kind, requester_id=hit["requester_id"], hit_id=hit_id, moved=(source, target))


@operation
def update_hit_type_of_hit(call: Call, *, hit_id: EntityId, hit_type_id: EntityId) -> None:
    """Give a HIT that nobody has worked on the terms of another HIT type; the hold follows the new reward.

    Source: API reference, UpdateHITTypeOfHIT; spec api.md 2.37.
    """
    hit = own(call, hit_id)
    hit_type = hit_types.own(call, hit_type_id)
    if hit["hit_type_id"] == hit_type_id:
        return
    hit_types.usable(call, hit_type_id)
    if hit["status"] not in ("Assignable", "Reviewable") or hit["open"] != hit["max_assignments"]:
        raise _why_type_stays(hit)
    hit_types.check_requirements_active(call, hit_type)
    reward = Money(hit_type["reward_micros"])
    fee = _fee(call, hit_type, hit["max_assignments"])
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
        raise _why_type_stays(own(call, hit_id))
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

    Source: API reference, DeleteHIT; spec api.md 2.10.
    """
    own(call, hit_id)
    if not dispose(call, hit_id):
        raise InvalidHITState(status=own(call, hit_id)["status"], allowed="Reviewing, Reviewable")


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

    HITExpired is told only when some place was not yet submitted. Source: spec api.md 4.1, H6 and H7.
    """
    before = slots.change(call, hit_id, expired=True)
    if not before["expired"] and before["open"] + before["pending"]:
        events.append(call, "HITExpired", requester_id=before["requester_id"], hit_id=hit_id)
