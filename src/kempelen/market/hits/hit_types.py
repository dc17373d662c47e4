"""HIT types: the terms that a group of HITs shares, and the group that Workers see.

Seven properties make a type; the same values by the same Requester are the same type. A type never changes and costs
nothing; each has one HIT group, whose id is another one than the type's. Source: docs/mturk/api.md 2.6.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from kempelen.core.money import Money
from kempelen.core.rules import requirements
from kempelen.core.wire import bounds
from kempelen.core.wire.errors import InvalidParameterValue, InvalidQualificationTypeState
from kempelen.core.wire.operations import operation
from kempelen.core.wire.shapes import EntityId, Long, QualificationRequirement, Structure
from kempelen.market.foundation import events
from kempelen.market.foundation.call import Call
from kempelen.market.qualifications import qualification_types
from kempelen.store.database import Row

DEFAULT_AUTO_APPROVAL_DELAY = 2_592_000
NO_REQUIREMENTS = "[]"
DISCOVER = "DiscoverPreviewAndAccept"
_read_requirements = msgspec.json.Decoder(list[QualificationRequirement]).decode
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

    Source: API reference, CreateHITType; docs/mturk/api.md 2.6.
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
    check_requirements_exist(call, terms)
    hit_type = find_or_make(call, terms)
    check_requirements_active(call, hit_type)
    return CreateHITTypeAnswer(hit_type_id=hit_type["hit_type_id"])


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
    bounds.check_title("title", title, MAX_TITLE)
    bounds.check_words("description", description, MAX_DESCRIPTION, least=1)
    bounds.check_words("keywords", keywords or "", MAX_KEYWORDS)
    check_amount(call, "reward", reward, zero=call.rules.allow_zero_reward)
    bounds.check_range("assignment_duration_in_seconds", assignment_duration_in_seconds, 30, 31_536_000)
    bounds.check_range("auto_approval_delay_in_seconds", auto_approval_delay_in_seconds, 0, 2_592_000)
    requirements.check(qualification_requirements)
    return Terms(
        title=title,
        description=description,
        keywords=keywords or "",
        reward=reward,
        assignment_duration_in_seconds=assignment_duration_in_seconds,
        auto_approval_delay_in_seconds=auto_approval_delay_in_seconds,
        qualification_requirements=tuple(map(requirements.normal, qualification_requirements)),
    )


def check_requirements_exist(call: Call, terms: Terms) -> None:
    """Refuse requirements on types that do not exist; whose they are does not matter."""
    for requirement in terms.qualification_requirements:
        qualification_types.known(call, requirement.qualification_type_id)


def check_requirements_active(call: Call, hit_type: Row) -> None:
    """Refuse new HITs, and HIT types, that require a qualification type which is not Active."""
    if hit_type["requirements"] == NO_REQUIREMENTS:
        return
    row = call.db.one(
        """
        SELECT COUNT(*) AS many FROM hit_type_requirement r
          JOIN qualification_type t ON t.qualification_type_id = r.qualification_type_id
         WHERE r.hit_type_id = :hit_type_id AND t.status <> 'Active'
        """,
        hit_type_id=hit_type["hit_type_id"],
    )
    assert row is not None
    if row["many"]:
        raise InvalidQualificationTypeState(allowed="Active")


def surcharges(call: Call, hit_type: Row) -> tuple[bool, Money]:
    """What a HIT's requirements cost: does it require Masters, and the price of its premium types per assignment."""
    if hit_type["requirements"] == NO_REQUIREMENTS:
        return False, Money.ZERO
    row = call.db.one(
        """
        SELECT SUM(t.price_micros) AS price_micros FROM hit_type_requirement r
          JOIN qualification_type t ON t.qualification_type_id = r.qualification_type_id
         WHERE r.hit_type_id = :hit_type_id
        """,
        hit_type_id=hit_type["hit_type_id"],
    )
    assert row is not None
    wanted = requirements_of(hit_type)
    masters = any(each.qualification_type_id in requirements.MASTERS and each.comparator == "Exists" for each in wanted)
    return masters, Money(row["price_micros"])


def requirements_of(hit_type: Row) -> list[QualificationRequirement]:
    """The requirements of a HIT type, or of any row with its column `requirements`, as they are answered."""
    return _read_requirements(hit_type["requirements"])


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


def usable(call: Call, hit_type_id: str) -> Row:
    """The caller's HIT type for a new HIT; one that went with a qualification type it requires is not valid."""
    row = own(call, hit_type_id)
    gone = call.db.one(
        """
        SELECT t.qualification_type_id FROM hit_type_requirement r
          JOIN qualification_type t ON t.qualification_type_id = r.qualification_type_id
         WHERE r.hit_type_id = :hit_type_id AND t.status IN ('Disposing', 'Disposed') LIMIT 1
        """,
        hit_type_id=hit_type_id,
    )
    if gone is not None:
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
                              assignment_duration_in_seconds, auto_approval_delay_in_seconds, requirements,
                              created_at)
        VALUES (:hit_type_id, :caller, :fingerprint, :title, :description, :keywords, :reward, :duration, :delay,
                :requirements, :now)
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
        requirements=msgspec.json.encode(terms.qualification_requirements).decode(),
        now=call.now,
    )
    if not made:
        return  # another process was first: its type is ours
    wanted = terms.qualification_requirements
    for type_id in {requirement.qualification_type_id for requirement in wanted}:
        call.db.run(
            """
            INSERT INTO hit_type_requirement (hit_type_id, qualification_type_id) VALUES (:hit_type_id, :type_id)
            """,
            hit_type_id=hit_type_id,
            type_id=type_id,
        )
    discover, accept = discovery_bars(wanted), bars(wanted)
    _write_bars(call, discover)
    _write_bars(call, accept)
    call.db.run(
        """
        INSERT INTO hit_group (hit_group_id, hit_type_id, requester_id, reward_micros, search_text, open_hits,
                               discover_granted, discover_record, discover_absent,
                               accept_granted, accept_record, accept_absent, masters,
                               created_at, updated_at, latest_expires_at)
        VALUES (:hit_group_id, :hit_type_id, :caller, :reward, :search_text, 0,
                :discover_granted, :discover_record, :discover_absent,
                :accept_granted, :accept_record, :accept_absent, :masters, :now, :now, :now)
        """,
        discover_granted=discover.granted.bar_id,
        discover_record=discover.record.bar_id,
        discover_absent=discover.absent.bar_id,
        accept_granted=accept.granted.bar_id,
        accept_record=accept.record.bar_id,
        accept_absent=accept.absent.bar_id,
        masters=names_masters(wanted),
        hit_group_id=hit_group_id,
        hit_type_id=hit_type_id,
        caller=call.caller,
        reward=terms.reward,
        search_text=_search_text(call, terms),
        now=call.now,
    )
    events.append(call, "HITTypeCreated", requester_id=call.caller)


class RangeBar(NamedTuple):
    """A type's ranges, one of which its value must lie in, for each type that a bar asks for."""

    bar_id: str
    rules: tuple[tuple[str, tuple[requirements.Range, ...]], ...]


class AbsenceBar(NamedTuple):
    """The types of which nothing may be held."""

    bar_id: str
    type_ids: tuple[str, ...]


class Bars(NamedTuple):
    """The bars that some requirements make together; the id is "" where there are none of that kind."""

    granted: RangeBar
    record: RangeBar
    absent: AbsenceBar


def bars(wanted: Sequence[QualificationRequirement]) -> Bars:
    """The bars of these requirements. Equal ones are the same bars, whoever made them and in whatever order."""
    needed = [each for each in wanted if _needs(each)]
    return Bars(
        granted=_range_bar([each for each in needed if each.qualification_type_id not in requirements.NAMES]),
        record=_range_bar([each for each in needed if each.qualification_type_id in requirements.NAMES]),
        absent=_absence_bar([each.qualification_type_id for each in wanted if not _needs(each)]),
    )


def discovery_bars(wanted: Sequence[QualificationRequirement]) -> Bars:
    """The bars of those requirements that guard discovering already."""
    return bars([each for each in wanted if each.actions_guarded == DISCOVER])


def _range_bar(wanted: Sequence[QualificationRequirement]) -> RangeBar:
    rules = sorted({(each.qualification_type_id, tuple(requirements.ranges(each))) for each in wanted})
    return RangeBar(_bar_id(rules), tuple(rules))


def _absence_bar(type_ids: Sequence[str]) -> AbsenceBar:
    rules = sorted(set(type_ids))
    return AbsenceBar(_bar_id(rules), tuple(rules))


def _write_bars(call: Call, made: Bars) -> None:
    for bar in (made.granted, made.record):
        for position, (type_id, ranges) in enumerate(bar.rules):
            for low, high in ranges:
                call.db.run(
                    """
                    INSERT INTO bar_range (bar_id, position, qualification_type_id, low, high, needs)
                    VALUES (:bar_id, :position, :type_id, :low, :high, :needs) ON CONFLICT DO NOTHING
                    """,
                    bar_id=bar.bar_id,
                    position=position,
                    type_id=type_id,
                    low=low,
                    high=high,
                    needs=len(bar.rules),
                )
    for type_id in made.absent.type_ids:
        call.db.run(
            """
            INSERT INTO bar_absence (bar_id, qualification_type_id) VALUES (:bar_id, :type_id) ON CONFLICT DO NOTHING
            """,
            bar_id=made.absent.bar_id,
            type_id=type_id,
        )


def _bar_id(rules: Sequence[object]) -> str:
    return hashlib.sha256(msgspec.json.encode(rules)).hexdigest()[:32] if rules else ""


def names_masters(wanted: Sequence[QualificationRequirement]) -> bool:
    """Is there a requirement about Masters, of whatever kind?"""
    return any(each.qualification_type_id in requirements.MASTERS for each in wanted)


def _needs(requirement: QualificationRequirement) -> bool:
    """Does it need a value, rather than that there is none?"""
    return not requirements.meets(requirement, None)


def _search_text(call: Call, terms: Terms) -> str:
    """What Workers' search words are looked for in: title, description, keywords and the Requester's name."""
    requester = call.db.one("SELECT name FROM requester WHERE requester_id = :caller", caller=call.caller)
    assert requester is not None
    return f"{terms.title} {terms.description} {terms.keywords} {requester['name']}".lower()


def _fingerprint(terms: Terms) -> str:
    """Equal for equal terms: the reward as money, absent values as their defaults, requirements as a set."""
    wanted = sorted({msgspec.json.encode(requirement) for requirement in terms.qualification_requirements})
    parts = (
        terms.title,
        terms.description,
        terms.keywords,
        terms.reward.micros,
        terms.assignment_duration_in_seconds,
        terms.auto_approval_delay_in_seconds,
        wanted,
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
