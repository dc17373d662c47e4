"""HIT creation: what a new HIT is checked against, and how it is added.

Source: docs/mturk/api.md 2.4, 2.5, 4.1.
"""

from typing import NamedTuple

import msgspec

from kempelen.core.money import Money
from kempelen.core.questions import crowd_elements, questions
from kempelen.core.questions.question_forms import QuestionForm
from kempelen.core.questions.questions import HTMLQuestion, Question
from kempelen.core.rules import fees, verdicts
from kempelen.core.rules.verdicts import KnownAnswers, Plurality
from kempelen.core.wire import bounds
from kempelen.core.wire.errors import HITAlreadyExists, InvalidParameterValue, MissingParameters, NotSupportedYet
from kempelen.core.wire.operations import operation
from kempelen.core.wire.shapes import (
    EntityId,
    HITLayoutParameter,
    IdempotencyToken,
    Integer,
    Long,
    QualificationRequirement,
    ReviewPolicy,
)
from kempelen.market.foundation import events, ledger, request_tokens
from kempelen.market.foundation.call import Call
from kempelen.market.hits import hit_layouts, hit_types, hits, slots
from kempelen.market.hits.hits import HITAnswer
from kempelen.store.database import Row

MAX_ANNOTATION = 255
MIN_LIFETIME = 30


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
    last 24 hours (the error names that HIT). Source: API reference, CreateHIT; docs/mturk/api.md 2.5.
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

    Source: API reference, CreateHITWithHITType; docs/mturk/api.md 2.7.
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
    bounds.check_range("max_assignments", max_assignments, 1, hits.MAX_ASSIGNMENTS)
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
    fee = fee_of(call, hit_type, max_assignments)
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
        place=call.random.randrange(hits.ORDER),
        now=call.now,
        expires_at=expires_at,
        of_assignments=policies.of_assignments,
        of_hit=policies.of_hit,
    )
    slots.count_in_group(call, hit_type["hit_group_id"], 1, expires_at=expires_at)
    ledger.hold(call, call.caller, (reward + fee) * max_assignments, hit_id=hit_id)
    events.append(call, "HITCreated", requester_id=call.caller, hit_id=hit_id, moved=("", "Assignable"))
    return HITAnswer(hit=hits.record(call, hits.own(call, hit_id)))


def fee_of(call: Call, hit_type: Row, max_assignments: int) -> Money:
    """The fee for one assignment of a HIT with the terms of this type."""
    masters, premium = hit_types.surcharges(call, hit_type)
    return fees.assignment_fee(
        Money(hit_type["reward_micros"]),
        max_assignments=max_assignments,
        rules=call.rules,
        masters=masters,
        premium=premium,
    )
