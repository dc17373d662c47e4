"""HIT types: the terms that a group of HITs shares, and the group that Workers see.

Seven properties make a type; the same values by the same Requester are the same type. A type never changes and costs
nothing; each has one HIT group, whose id is another one than the type's. Source: spec api.md 2.6.
"""

import hashlib
from collections.abc import Sequence

import msgspec

from kempelen.core import bounds
from kempelen.core import requirements as rules_of
from kempelen.core.errors import (
    InvalidParameterValue,
    NotSupportedYet,
    QualificationTypeDoesNotExist,
)
from kempelen.core.money import Money
from kempelen.core.operations import operation
from kempelen.core.shapes import EntityId, Long, QualificationRequirement, Structure
from kempelen.market import events
from kempelen.market.call import Call
from kempelen.store.database import Row

DEFAULT_AUTO_APPROVAL_DELAY = 2_592_000
MAX_TITLE, MAX_DESCRIPTION, MAX_KEYWORDS = 128, 2_000, 1_000


class CreateHITTypeAnswer(Structure, frozen=True, kw_only=True):
    """The id of the new type, or of the one that has the same properties."""

    hit_type_id: EntityId


class Terms(Structure, frozen=True, kw_only=True):
    """The seven properties of a HIT type, as they count when two are compared."""

    title: str
    description: str
    keywords: str
    reward: Money
    assignment_duration_in_seconds: int
    auto_approval_delay_in_seconds: int
    qualification_requirements: tuple[QualificationRequirement, ...]


@operation
def create_hit_type(
    call: Call,
    *,
    assignment_duration_in_seconds: Long,
    reward: Money,
    title: str,
    description: str,
    auto_approval_delay_in_seconds: Long = DEFAULT_AUTO_APPROVAL_DELAY,
    keywords: str | None = None,
    qualification_requirements: list[QualificationRequirement] | None = None,
) -> CreateHITTypeAnswer:
    """The id of the type with these terms; the same terms again answer the same id.

    Source: API reference, CreateHITType; spec api.md 2.6.
    """
    terms = check_terms(
        call,
        title=title,
        description=description,
        keywords=keywords,
        reward=reward,
        assignment_duration_in_seconds=assignment_duration_in_seconds,
        auto_approval_delay_in_seconds=auto_approval_delay_in_seconds,
        qualification_requirements=qualification_requirements or [],
    )
    check_requirements_exist(terms)
    return CreateHITTypeAnswer(hit_type_id=find_or_make(call, terms)["hit_type_id"])


def check_terms(
    call: Call,
    *,
    title: str,
    description: str,
    keywords: str | None,
    reward: Money,
    assignment_duration_in_seconds: int,
    auto_approval_delay_in_seconds: int,
    qualification_requirements: Sequence[QualificationRequirement],
) -> Terms:
    """The terms, or the first documented rule that one of the values breaks."""
    bounds.check_length("title", title, MAX_TITLE, least=1)
    bounds.check_length("description", description, MAX_DESCRIPTION, least=1)
    bounds.check_length("keywords", keywords or "", MAX_KEYWORDS)
    check_amount(call, "reward", reward, zero=call.rules.allow_zero_reward)
    bounds.check_range("assignment_duration_in_seconds", assignment_duration_in_seconds, 30, 31_536_000)
    bounds.check_range("auto_approval_delay_in_seconds", auto_approval_delay_in_seconds, 0, 2_592_000)
    rules_of.check(qualification_requirements)
    return Terms(
        title=title,
        description=description,
        keywords=keywords or "",
        reward=reward,
        assignment_duration_in_seconds=assignment_duration_in_seconds,
        auto_approval_delay_in_seconds=auto_approval_delay_in_seconds,
        qualification_requirements=tuple(qualification_requirements),
    )


def check_requirements_exist(terms: Terms) -> None:
    """Refuse requirements on types that do not exist; and, until qualifications are built, all others as well."""
    for requirement in terms.qualification_requirements:
        type_id = requirement.qualification_type_id
        if type_id not in rules_of.BUILT_IN:
            raise QualificationTypeDoesNotExist(qualification_type_id=type_id)
    if terms.qualification_requirements:
        raise NotSupportedYet(
            name="qualification_requirements",
            advice="they cannot be enforced yet, and such a HIT must not be open to everybody.",
        )


def find_or_make(call: Call, terms: Terms) -> Row:
    """The caller's type with these terms, with its `hit_type_id` and `hit_group_id`; made when there is none."""
    fingerprint = _fingerprint(terms)
    row = _by_fingerprint(call, fingerprint)
    if row is None:
        _make(call, terms, fingerprint)
        row = _by_fingerprint(call, fingerprint)
        assert row is not None
    return row


def own(call: Call, hit_type_id: str) -> Row:
    """The caller's HIT type with its group; a foreign or unknown one is not a valid value."""
    row = call.db.one(
        """
        SELECT t.*, g.hit_group_id FROM hit_type t JOIN hit_group g ON g.hit_type_id = t.hit_type_id
         WHERE t.hit_type_id = :hit_type_id AND t.requester_id = :caller
        """,
        hit_type_id=hit_type_id,
        caller=call.caller,
    )
    if row is None:
        raise InvalidParameterValue(value=hit_type_id, name="hit_type_id")
    return row


def check_amount(call: Call, name: str, amount: Money, *, zero: bool) -> None:
    """Refuse an amount of nothing where something is needed, and one above the marketplace's limit."""
    if not amount and not zero:
        raise InvalidParameterValue(value=amount, name=name)
    if amount > call.rules.max_amount:
        raise InvalidParameterValue(
            value=amount, name=name, reason=f"The most this marketplace takes at once is {call.rules.max_amount}."
        )


def _by_fingerprint(call: Call, fingerprint: str) -> Row | None:
    return call.db.one(
        """
        SELECT t.*, g.hit_group_id FROM hit_type t JOIN hit_group g ON g.hit_type_id = t.hit_type_id
         WHERE t.requester_id = :caller AND t.fingerprint = :fingerprint
        """,
        caller=call.caller,
        fingerprint=fingerprint,
    )


def _make(call: Call, terms: Terms, fingerprint: str) -> None:
    hit_type_id, hit_group_id = call.new_id(), call.new_id()
    made = call.db.run(
        """
        INSERT INTO hit_type (hit_type_id, requester_id, fingerprint, title, description, keywords, reward_micros,
                              assignment_duration_in_seconds, auto_approval_delay_in_seconds, created_at)
        VALUES (:hit_type_id, :caller, :fingerprint, :title, :description, :keywords, :reward, :duration, :delay, :now)
        ON CONFLICT (requester_id, fingerprint) DO NOTHING
        """,
        hit_type_id=hit_type_id,
        caller=call.caller,
        fingerprint=fingerprint,
        title=terms.title,
        description=terms.description,
        keywords=terms.keywords or None,
        reward=terms.reward,
        duration=terms.assignment_duration_in_seconds,
        delay=terms.auto_approval_delay_in_seconds,
        now=call.now,
    )
    if not made:
        return  # another process was first: its type is ours
    call.db.run(
        """
        INSERT INTO hit_group (hit_group_id, hit_type_id, requester_id, reward_micros, search_text, open_hits,
                               created_at, updated_at, latest_expires_at)
        VALUES (:hit_group_id, :hit_type_id, :caller, :reward, :search_text, 0, :now, :now, :now)
        """,
        hit_group_id=hit_group_id,
        hit_type_id=hit_type_id,
        caller=call.caller,
        reward=terms.reward,
        search_text=_search_text(call, terms),
        now=call.now,
    )
    events.append(call, "HITTypeCreated", requester_id=call.caller)


def _search_text(call: Call, terms: Terms) -> str:
    """What Workers' search words are looked for in: title, description, keywords and the Requester's name."""
    requester = call.db.one("SELECT name FROM requester WHERE requester_id = :caller", caller=call.caller)
    assert requester is not None
    return f"{terms.title} {terms.description} {terms.keywords} {requester['name']}".lower()


def _fingerprint(terms: Terms) -> str:
    """Equal for equal terms: the reward as money, absent values as their defaults, requirements as a set."""
    requirements = sorted(msgspec.json.encode(requirement) for requirement in terms.qualification_requirements)
    parts = (
        terms.title,
        terms.description,
        terms.keywords,
        terms.reward.micros,
        terms.assignment_duration_in_seconds,
        terms.auto_approval_delay_in_seconds,
        requirements,
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
