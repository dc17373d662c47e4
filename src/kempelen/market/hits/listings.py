"""Listings: HIT groups with open HITs, searched and sorted for a Worker, and the preview of one.

A group is what all HITs of one type are to Workers. A page is read from stored counts by an index. A search looks for
every word in title, description, keywords and the Requester's name. A group is left out for a Worker who has done or
holds all of its open HITs. A group whose requirements hide it from a Worker is in no list for them, and its address
shows nothing. All other requirements are shown with the Worker's own value, by which they are decided.
Source: docs/mturk/worker.md 2, 3 and 4, docs/mturk/api.md 7.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from kempelen.core.money import Money
from kempelen.core.rules import requirements
from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import DoesNotMeetRequirements, GroupDoesNotExist, NoMoreHITs, RequesterDoesNotExist
from kempelen.core.wire.shapes import QualificationRequirement
from kempelen.market.foundation.call import Call
from kempelen.market.hits import hit_types, listing_queries, track_records
from kempelen.market.hits.listing_queries import Wanted
from kempelen.market.qualifications import qualifications, standings, type_searches
from kempelen.market.qualifications.qualifications import Record
from kempelen.store.database import Row, instant

PAGE_SIZES = (10, 20, 50, 100)
MAX_PAGE = 100
MAX_ASKING = 10
_ACTIONS = {"Accept": "AcceptHit", "PreviewAndAccept": "PreviewHit", "DiscoverPreviewAndAccept": "DiscoverHit"}


class Required(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement of a group as it is for the Worker who asks: what it wants, what they have, whether it is met.

    `action` is the first thing that it guards: DiscoverHit, PreviewHit or AcceptHit. `rule` says it in words, and so
    does `value_in_words`, empty when the Worker has no such qualification. `request` is the status of the Worker's last
    request for it, or empty, and `may_request` says whether they may ask now.
    """

    qualification_type_id: str
    name: str
    description: str
    keywords: str
    has_test: bool
    is_requestable: bool
    request: str
    may_request: bool
    comparator: str
    values: list[str]
    action: str
    met: bool
    value: int | None
    country: str | None
    subdivision: str | None
    rule: str
    value_in_words: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A HIT group as Workers see it."""

    hit_group_id: str
    hit_type_id: str
    title: str
    description: str
    keywords: str
    reward: Money
    requester_id: str
    requester_name: str
    assignment_duration_in_seconds: int
    auto_approval_delay_in_seconds: int
    open_hits: int  # that the caller can still take: they neither hold nor have done them
    taken: int  # other open HITs, that the caller holds or has done
    created_at: datetime
    updated_at: datetime
    latest_expires_at: datetime
    is_offered: bool  # is its Requester not suspended?
    is_blocked: bool  # does its Requester keep the caller off their HITs?
    typical_seconds: int | None  # most people's time from acceptance to submission; None while too few are measured
    approval_rate: float | None  # of the Requester's decisions so far, as a percentage; None while there are too few
    seconds_to_decide: int | None  # the Requester's typical time
    done: int  # how many the caller has submitted
    project_requirements: list[Required]

    @property
    def hourly_rate(self) -> Money | None:
        """What an hour of this work earns at the typical time."""
        return Money(self.reward.micros * 3600 // max(self.typical_seconds, 1)) if self.typical_seconds else None

    @property
    def caller_meets_requirements(self) -> bool:
        """May the Worker accept, as far as qualifications go?"""
        return all(each.met for each in self.project_requirements)

    @property
    def caller_meets_preview_requirements(self) -> bool:
        """May the Worker preview?"""
        return all(each.met or each.action == "AcceptHit" for each in self.project_requirements)

    @property
    def is_hidden(self) -> bool:
        """Must it look to the Worker as if it did not exist?"""
        return not self.is_offered or any(
            not each.met and each.action == "DiscoverHit" for each in self.project_requirements
        )

    @property
    def to_request(self) -> list[Required]:
        """The Qualifications that bar the Worker from accepting, if every one of them can be asked for; else none."""
        unmet = [each for each in self.project_requirements if not each.met]
        can_help = all(each.is_requestable and each.comparator != "DoesNotExist" for each in unmet)
        return unmet if can_help else []


class RequesterProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A Requester as a Worker sees one: how they decide, and what the caller has done for them and earned."""

    requester_id: str
    name: str
    since: datetime
    approved: int
    rejected: int
    approval_rate: float | None
    seconds_to_decide: int | None
    my_submitted: int
    my_approved: int
    my_rejected: int
    my_earnings: Money


class GroupPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of groups and how many there are in all, as far as pages go: a full page 100 may not be the end."""

    groups: list[Group]
    total: int
    page_number: int
    page_size: int
    now: datetime


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A group and one of its open HITs, to look at."""

    group: Group
    hit_id: str
    question: str


@transaction(reads=True)
def list_groups(
    call: Call,
    *,
    search: str = "",
    sort: str = "updated_desc",
    min_reward: Money = Money.ZERO,
    requester_id: str | None = None,
    page_size: int = 20,
    page_number: int = 1,
    qualified: bool = False,
    masters: bool = False,
    new_within_hours: int = 0,
    done: bool | None = None,
) -> GroupPage:
    """The groups with open HITs for the caller that match and that they may discover.

    An unknown sort counts as the usual one. By size, groups are sorted by all their open HITs, whoever has had them.

    `qualified` leaves only what the caller may accept, `masters` only what requires Masters, `new_within_hours` only
    what got new HITs since, `done` only groups of which the caller has submitted HITs, or only others.

    Pages are numbered because the original's addresses are (docs/mturk/worker.md 4.1); the list holds groups, not HITs,
    and ends at page 100, so skipping stays cheap.
    """
    page_size = page_size if page_size in PAGE_SIZES else 20
    page_number = min(max(page_number, 1), MAX_PAGE)
    record = qualifications.record_of(call, call.caller)
    wanted = Wanted(
        search=search,
        min_reward=min_reward,
        requester_id=requester_id,
        qualified=qualified,
        masters=masters,
        new_within_hours=new_within_hours,
        done=done,
    )
    values = _values(call, wanted, record)
    skipped, most = (page_number - 1) * page_size, page_size * MAX_PAGE
    rows = call.db.all(listing_queries.page_of(wanted, sort), limit=page_size, skipped=skipped, **values)
    total = skipped + len(rows)
    if rows and wanted.words:
        total = min(rows[0]["total"], most)
    elif total < most and (len(rows) == page_size or (skipped and not rows)):
        counted = call.db.one(listing_queries.count_of(wanted), most=most, **values)
        assert counted is not None
        total = counted["total"]
    return GroupPage(
        groups=[_group(call, row, record) for row in rows],
        total=total,
        page_number=page_number,
        page_size=page_size,
        now=call.now,
    )


@transaction(reads=True)
def list_news(call: Call, *, wanted: Wanted, since: datetime) -> list[Group]:
    """The groups that match and got new HITs after an instant, the latest first, at most twenty."""
    record = qualifications.record_of(call, call.caller)
    rows = call.db.all(
        listing_queries.news_of(wanted),
        since=since,
        **_values(call, wanted, record),
    )
    return [_group(call, row, record) for row in rows]


@transaction(reads=True)
def get_latest_news(call: Call) -> datetime | None:
    """When any group got new HITs last; one look at an index."""
    row = call.db.one(listing_queries.LATEST)
    return None if row is None else instant(row["updated_at"])


@transaction(reads=True)
def list_asking(call: Call, *, qualification_type_id: str) -> list[Group]:
    """The groups with open HITs that name this qualification in a requirement and that the caller may discover.

    The latest ten are looked at.
    """
    rows = call.db.all(listing_queries.ASKING, type_id=qualification_type_id, caller=call.caller, limit=MAX_ASKING)
    record = qualifications.record_of(call, call.caller)
    return [group for row in rows if not (group := _group(call, row, record)).is_hidden]


def _values(call: Call, wanted: Wanted, record: Record) -> dict[str, str | int | datetime | Money | None]:
    """What `_matching` is asked with."""
    measured = record.values()
    values: dict[str, str | int | datetime | Money | None] = {
        "caller": call.caller,
        "min_reward": wanted.min_reward,
        "requester_id": wanted.requester_id or "",
        "new_since": call.ago(seconds=wanted.new_within_hours * 3600),
        "approved": measured.get(requirements.APPROVED),
        "percent": measured.get(requirements.PERCENT_APPROVED),
        "adult": measured.get(requirements.ADULT),
        "locale": measured.get(requirements.LOCALE),
    }
    return values | {f"word_{n}": f"%{type_searches.escaped(word)}%" for n, word in enumerate(wanted.words)}


@transaction(reads=True)
def get_group(call: Call, *, group_id: str) -> Group:
    """A group by its own id or by that of its HIT type, whether it has open HITs or not, if the caller may see it."""
    group = any_group(call, group_id)
    if group.is_hidden:
        raise GroupDoesNotExist()
    return group


@transaction(reads=True)
def get_requester_profile(call: Call, *, requester_id: str) -> RequesterProfile:
    """A Requester's record, and the caller's with them; RequesterDoesNotExist when there is none of this id."""
    row = call.db.one(listing_queries.PROFILE, requester_id=requester_id, caller=call.caller)
    if row is None:
        raise RequesterDoesNotExist()
    return RequesterProfile(
        requester_id=row["requester_id"],
        name=row["name"],
        since=instant(row["created_at"]),
        approved=row["requester_approved"],
        rejected=row["requester_rejected"],
        my_submitted=row["submitted"],
        my_approved=row["approved"],
        my_rejected=row["rejected"],
        my_earnings=Money(row["balance_micros"]),
        **_record_of(row),
    )


def any_group(call: Call, group_id: str) -> Group:
    """The same, also where it is hidden from the caller: who has accepted work of it goes on with it."""
    row = call.db.one(listing_queries.BY_GROUP, group_id=group_id, caller=call.caller)
    row = row or call.db.one(listing_queries.BY_TYPE, group_id=group_id, caller=call.caller)
    if row is None:
        raise GroupDoesNotExist()
    return _group(call, row, None)


def check_may(action: str, group: Group) -> None:
    """Refuse the caller a group's PreviewHit or AcceptHit, with each rule they do not meet and their own value."""
    unmet = [each for each in group.project_requirements if not each.met]
    if action == "PreviewHit":
        unmet = [each for each in unmet if each.action != "AcceptHit"]
    if unmet:
        shown = "; ".join(f"{each.rule} (yours: {each.value_in_words or 'none'})" for each in unmet)
        raise DoesNotMeetRequirements(unmet=shown)


@transaction(reads=True)
def get_preview(call: Call, *, group_id: str, hit_id: str | None = None, after: str = "") -> Preview:
    """A group and the question of one of its open HITs that the caller can take, or of the named one.

    The named one is shown as long as it is open or being done, by whomever. `after` is a HIT that the caller skips:
    the next one in the group's order is shown, and after the last the first.

    So a preview that was begun stays whole when somebody else takes its HIT. NoMoreHITs when there is none,
    DoesNotMeetRequirements when the caller lacks what previewing needs.
    """
    group = get_group(call, group_id=group_id)
    check_may("PreviewHit", group)
    values: dict[str, str | datetime] = {"hit_group_id": group.hit_group_id, "caller": call.caller, "now": call.now}
    if hit_id:
        row = call.db.one(listing_queries.PREVIEWED, hit_group_id=group.hit_group_id, hit_id=hit_id)
    else:
        row = call.db.one(listing_queries.NEXT, after=after, **values) if after else None
        row = row or call.db.one(listing_queries.OPEN, **values)
    if row is None:
        raise NoMoreHITs()
    return Preview(group=group, hit_id=row["hit_id"], question=row["question"])


def _group(call: Call, row: Row, record: Record | None) -> Group:
    """A group for the caller, whose record is read here if it is needed and not given."""
    return Group(
        hit_group_id=row["hit_group_id"],
        hit_type_id=row["hit_type_id"],
        title=row["title"],
        description=row["description"],
        keywords=row["keywords"] or "",
        reward=Money(row["reward_micros"]),
        requester_id=row["requester_id"],
        requester_name=row["requester_name"],
        assignment_duration_in_seconds=row["assignment_duration_in_seconds"],
        auto_approval_delay_in_seconds=row["auto_approval_delay_in_seconds"],
        open_hits=row["open_hits"] - row["taken"],
        taken=row["taken"],
        created_at=instant(row["created_at"]),
        updated_at=instant(row["updated_at"]),
        latest_expires_at=instant(row["latest_expires_at"]),
        is_offered=row["requester_status"] == "Active",
        is_blocked=bool(row["is_blocked"]),
        typical_seconds=track_records.typical_seconds(row["worked"], row["worked_logs"]),
        done=row["done"],
        **_record_of(row),
        project_requirements=_required(call, row, record),
    )


def _record_of(row: Row) -> dict[str, Any]:
    """How a Requester decides."""
    approved, rejected = row["requester_approved"], row["requester_rejected"]
    return {
        "approval_rate": track_records.approval_rate(approved, rejected),
        "seconds_to_decide": track_records.typical_seconds(approved + rejected, row["decided_logs"]),
    }


def _required(call: Call, row: Row, record: Record | None) -> list[Required]:
    """A group's requirements, each with the caller's value and whether that meets it."""
    if row["requirements"] == hit_types.NO_REQUIREMENTS:
        return []
    record = record or qualifications.record_of(call, call.caller)
    named = call.db.all(listing_queries.NAMED, hit_type_id=row["hit_type_id"], caller=call.caller)
    types = {each["qualification_type_id"]: each for each in named}
    measured = record.values()
    return [
        _explained(call, requirement, types[requirement.qualification_type_id], measured, record)
        for requirement in hit_types.requirements_of(row)
    ]


def _explained(
    call: Call, requirement: QualificationRequirement, named: Row, measured: Mapping[str, int | None], record: Record
) -> Required:
    type_id = requirement.qualification_type_id
    name = requirements.NAMES.get(type_id) or named["name"]
    value = measured.get(type_id) if type_id in requirements.NAMES else named["value"]
    is_locale = type_id == requirements.LOCALE
    return Required(
        qualification_type_id=type_id,
        name=name,
        description=named["description"],
        keywords=named["keywords"] or "",
        has_test=named["test_id"] is not None,
        is_requestable=bool(named["is_requestable"]) and named["status"] == "Active",
        request=named["request_status"] or "",
        may_request=standings.why_not(call, named) is None,
        comparator=requirement.comparator,
        values=requirements.shown_values(requirement),
        action=_ACTIONS[requirements.action_guarded(requirement)],
        met=requirements.meets(requirement, value),
        value=None if is_locale else value,
        country=record.country if is_locale else None,
        subdivision=record.subdivision if is_locale else None,
        rule=requirements.in_words(requirement, name),
        value_in_words=record.locale_in_words if is_locale else "" if value is None else str(value),
    )
