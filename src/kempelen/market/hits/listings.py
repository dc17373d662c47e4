"""What a Worker finds: HIT groups with open HITs, searched and sorted, and the preview of one.

A group is what all HITs of one type are to Workers. A page is read from stored counts by an index; a search looks for
every word in title, description, keywords and the Requester's name. A group whose open HITs a Worker all holds or has
done is in no list for them. A group whose requirements hide it from a Worker is in no list and at no address for them;
of all others each requirement is told with the Worker's own value, by which it decides.
Source: spec worker.md 2, 3 and 4, api.md 7.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from kempelen.core.money import Money
from kempelen.core.rules import requirements
from kempelen.core.wire.errors import DoesNotMeetRequirements, GroupDoesNotExist, NoMoreHITs, RequesterDoesNotExist
from kempelen.core.wire.operations import transaction
from kempelen.core.wire.shapes import QualificationRequirement
from kempelen.market.foundation.call import Call, statement
from kempelen.market.hits import hit_types, track_records
from kempelen.market.qualifications import qualification_types, qualifications, standings
from kempelen.market.qualifications.qualifications import Record
from kempelen.store.database import Row, instant

PAGE_SIZES = (10, 20, 50, 100)
MAX_PAGE = 100
MAX_WORDS = 8
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


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a search asks for; see `list_groups`."""

    search: str = ""
    min_reward: Money = Money.ZERO
    requester_id: str | None = None
    qualified: bool = False
    masters: bool = False
    new_within_hours: int = 0
    done: bool | None = None

    @property
    def words(self) -> list[str]:
        """What is searched for, each word by itself."""
        return self.search.lower().split()[:MAX_WORDS]


class GroupPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of groups and how many there are in all, as far as pages go: a full page 100 may not be the end."""

    groups: list[Group]
    total: int
    page_number: int
    page_size: int


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

    Pages are numbered because the original's addresses are (spec worker.md 4.1); the list holds groups, not HITs, and
    ends at page 100, so skipping stays cheap.
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
    rows = call.db.all(page_of(wanted, sort), limit=page_size, skipped=skipped, **values)
    total = skipped + len(rows)
    if rows and wanted.words:
        total = min(rows[0]["total"], most)
    elif total < most and (len(rows) == page_size or (skipped and not rows)):
        counted = call.db.one(count_of(wanted), most=most, **values)
        assert counted is not None
        total = counted["total"]
    return GroupPage(
        groups=[_group(call, row, record) for row in rows],
        total=total,
        page_number=page_number,
        page_size=page_size,
    )


@transaction(reads=True)
def list_news(call: Call, *, wanted: Wanted, since: datetime) -> list[Group]:
    """The groups that match and got new HITs after an instant, the latest first, at most twenty."""
    record = qualifications.record_of(call, call.caller)
    rows = call.db.all(_news_of(_asked(wanted), len(wanted.words)), since=since, **_values(call, wanted, record))
    return [_group(call, row, record) for row in rows]


@transaction(reads=True)
def get_latest_news(call: Call) -> datetime | None:
    """When any group got new HITs last; one look at an index."""
    row = call.db.one(_LATEST)
    return None if row is None else instant(row["updated_at"])


@transaction(reads=True)
def list_asking(call: Call, *, qualification_type_id: str) -> list[Group]:
    """The groups with open HITs that name this qualification in a requirement and that the caller may discover.

    The latest ten are looked at.
    """
    rows = call.db.all(_ASKING, type_id=qualification_type_id, caller=call.caller, limit=MAX_ASKING)
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
    return values | {f"word_{n}": f"%{qualification_types.escaped(word)}%" for n, word in enumerate(wanted.words)}


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
    row = call.db.one(_PROFILE, requester_id=requester_id, caller=call.caller)
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
    row = call.db.one(_BY_GROUP, group_id=group_id, caller=call.caller)
    row = row or call.db.one(_BY_TYPE, group_id=group_id, caller=call.caller)
    if row is None:
        raise GroupDoesNotExist()
    return _group(call, row, None)


def check_may(action: str, group: Group) -> None:
    """Refuse the caller a group's PreviewHit or AcceptHit, telling each rule they do not meet and their own value."""
    unmet = [each for each in group.project_requirements if not each.met]
    if action == "PreviewHit":
        unmet = [each for each in unmet if each.action != "AcceptHit"]
    if unmet:
        shown = "; ".join(f"{each.rule} (yours: {each.value_in_words or 'none'})" for each in unmet)
        raise DoesNotMeetRequirements(unmet=shown)


@transaction(reads=True)
def get_preview(call: Call, *, group_id: str, hit_id: str | None = None) -> Preview:
    """A group and the question of one of its open HITs that the caller can take, or of the named one.

    The named one is shown as long as it is open or being done, by whomever.

    So a preview that was begun stays whole when somebody else takes its HIT. NoMoreHITs when there is none,
    DoesNotMeetRequirements when the caller lacks what previewing needs.
    """
    group = get_group(call, group_id=group_id)
    check_may("PreviewHit", group)
    row = call.db.one(
        _PREVIEWED if hit_id else _OPEN,
        hit_group_id=group.hit_group_id,
        hit_id=hit_id or "",
        caller=call.caller,
        now=call.now,
    )
    if row is None:
        raise NoMoreHITs()
    return Preview(group=group, hit_id=row["hit_id"], question=row["question"])


_OPEN = """
    SELECT h.hit_id, h.question FROM hit h
     WHERE h.hit_group_id = :hit_group_id AND h.status = 'Assignable' AND h.expires_at > :now
       AND NOT EXISTS (SELECT 1 FROM assignment a
                        WHERE a.hit_id = h.hit_id AND a.worker_id = :caller
                          AND a.status NOT IN ('Returned', 'Abandoned'))
     ORDER BY h.place, h.hit_id LIMIT 1
"""
_PREVIEWED = """
    SELECT hit_id, question FROM hit
     WHERE hit_id = :hit_id AND hit_group_id = :hit_group_id AND status IN ('Assignable', 'Unassignable')
"""


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
    named = call.db.all(_NAMED, hit_type_id=row["hit_type_id"], caller=call.caller)
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


_NAMED = f"""
    SELECT t.*, q.value, a.request_id, a.status AS request_status, a.requested_at
      FROM hit_type_requirement r
      JOIN qualification_type t ON t.qualification_type_id = r.qualification_type_id
      LEFT JOIN qualification q
        ON q.worker_id = :caller AND q.qualification_type_id = r.qualification_type_id AND q.status = 'Granted'
      {standings.LAST_REQUEST}
     WHERE r.hit_type_id = :hit_type_id
"""
# What was granted to one Worker, and what their record makes, which every Worker has.
_GRANTED = """
    SELECT q.qualification_type_id, q.value FROM qualification q WHERE q.worker_id = :caller AND q.status = 'Granted'
"""
_RECORD = f"""
    SELECT '{requirements.APPROVED}' AS qualification_type_id, CAST(:approved AS BIGINT) AS value
    UNION ALL SELECT '{requirements.PERCENT_APPROVED}', CAST(:percent AS BIGINT)
    UNION ALL SELECT '{requirements.ADULT}', CAST(:adult AS BIGINT)
    UNION ALL SELECT '{requirements.LOCALE}', CAST(:locale AS BIGINT)
"""
# The bars of which every requirement is met by a value: values lie in at most one range of each.
_MET = """
      JOIN bar_range b
        ON b.qualification_type_id = m.qualification_type_id AND b.low <= m.value AND b.high >= m.value
     GROUP BY b.bar_id, b.needs HAVING COUNT(*) = b.needs
"""
_MET_BY_GRANTED = f"SELECT b.bar_id FROM ({_GRANTED}) m {_MET}"
_MET_BY_RECORD = f"SELECT b.bar_id FROM ({_RECORD}) m {_MET}"
_BARRED = f"""
    SELECT a.bar_id FROM ({_GRANTED} UNION ALL {_RECORD}) m
      JOIN bar_absence a ON a.qualification_type_id = m.qualification_type_id
     WHERE m.value IS NOT NULL
"""
_SELECTED = """
    SELECT g.*, t.title, t.description, t.keywords, t.assignment_duration_in_seconds,
           t.auto_approval_delay_in_seconds, t.requirements, r.name AS requester_name, r.status AS requester_status,
           g.requester_id IN (SELECT k.requester_id FROM worker_block k WHERE k.worker_id = :caller) AS is_blocked,
           COALESCE(d.approved, 0) AS requester_approved, COALESCE(d.rejected, 0) AS requester_rejected,
           COALESCE(d.decided_logs, 0) AS decided_logs, COALESCE(w.submitted, 0) AS done,
           COALESCE(k.hits, 0) AS taken
"""
_JOINED = """
      FROM hit_group g
      JOIN hit_type t ON t.hit_type_id = g.hit_type_id
      JOIN requester r ON r.requester_id = g.requester_id
      LEFT JOIN requester_record d ON d.requester_id = g.requester_id
      LEFT JOIN worker_group w ON w.worker_id = :caller AND w.hit_group_id = g.hit_group_id
      LEFT JOIN worker_taken k ON k.worker_id = :caller AND k.hit_group_id = g.hit_group_id
"""
_COLUMNS = statement(_SELECTED, _JOINED)
# The groups of which no HIT is left for the Worker, though others are offered some.
_TAKEN = """
    SELECT x.hit_group_id FROM worker_taken k JOIN hit_group x ON x.hit_group_id = k.hit_group_id
     WHERE k.worker_id = :caller AND k.hits > 0 AND k.hits >= x.open_hits
"""
_VISIBLE = f"""
     WHERE g.open_hits > 0
       AND g.hit_group_id NOT IN ({_TAKEN})
       AND g.requester_id NOT IN (SELECT s.requester_id FROM requester s WHERE s.status = 'Suspended')
       AND (g.discover_granted = '' OR g.discover_granted IN ({_MET_BY_GRANTED}))
       AND (g.discover_record = '' OR g.discover_record IN ({_MET_BY_RECORD}))
       AND (g.discover_absent = '' OR g.discover_absent NOT IN ({_BARRED}))
"""
_DONE = "(SELECT w.hit_group_id FROM worker_group w WHERE w.worker_id = :caller)"
# What may be asked for beside words. A statement holds only what is asked, and so is read from the index that it needs.
_FILTERS = {
    "min_reward": "AND g.reward_micros >= :min_reward",
    "requester": "AND g.requester_id = :requester_id",
    "masters": "AND g.masters = 1",
    "new": "AND g.updated_at >= :new_since",
    "done": f"AND g.hit_group_id IN {_DONE}",
    "not done": f"AND g.hit_group_id NOT IN {_DONE}",
    "qualified": f"""
       AND (g.accept_granted = '' OR g.accept_granted IN ({_MET_BY_GRANTED}))
       AND (g.accept_record = '' OR g.accept_record IN ({_MET_BY_RECORD}))
       AND (g.accept_absent = '' OR g.accept_absent NOT IN ({_BARRED}))
       AND g.requester_id NOT IN (SELECT k.requester_id FROM worker_block k WHERE k.worker_id = :caller)
    """,
}
_BY_GROUP = statement(_COLUMNS, "WHERE g.hit_group_id = :group_id")
_BY_TYPE = statement(_COLUMNS, "WHERE g.hit_type_id = :group_id")
_NEWEST = "ORDER BY g.updated_at DESC, g.hit_group_id DESC"
_LATEST = """
    SELECT g.updated_at FROM hit_group g WHERE g.open_hits > 0 ORDER BY g.updated_at DESC, g.hit_group_id DESC LIMIT 1
"""
_PROFILE = """
    SELECT r.requester_id, r.name, r.created_at, COALESCE(d.approved, 0) AS requester_approved,
           COALESCE(d.rejected, 0) AS requester_rejected, COALESCE(d.decided_logs, 0) AS decided_logs,
           COALESCE(w.submitted, 0) AS submitted, COALESCE(w.approved, 0) AS approved,
           COALESCE(w.rejected, 0) AS rejected, COALESCE(a.balance_micros, 0) AS balance_micros
      FROM requester r
      LEFT JOIN requester_record d ON d.requester_id = r.requester_id
      LEFT JOIN worker_record w ON w.worker_id = :caller AND w.requester_id = r.requester_id
      LEFT JOIN account a ON a.worker_id = :caller AND a.requester_id = r.requester_id AND a.kind = 'earnings'
     WHERE r.requester_id = :requester_id
"""
_ASKING = statement(
    _COLUMNS,
    """
      JOIN hit_type_requirement n ON n.hit_type_id = g.hit_type_id AND n.qualification_type_id = :type_id
     WHERE g.open_hits > COALESCE(k.hits, 0) ORDER BY g.updated_at DESC, g.hit_group_id DESC LIMIT :limit
    """,
)
_ORDERS = {
    "updated_desc": _NEWEST,
    "updated_asc": "ORDER BY g.updated_at, g.hit_group_id",
    "reward_desc": "ORDER BY g.reward_micros DESC, g.hit_group_id DESC",
    "reward_asc": "ORDER BY g.reward_micros, g.hit_group_id",
    "num_hits_desc": "ORDER BY g.open_hits DESC, g.hit_group_id DESC",
    "num_hits_asc": "ORDER BY g.open_hits, g.hit_group_id",
}


def page_of(wanted: Wanted, sort: str) -> str:
    """The statement that reads a page, by `:limit` and `:skipped`."""
    return _page_of(_asked(wanted), len(wanted.words), sort if sort in _ORDERS else "updated_desc")


def count_of(wanted: Wanted) -> str:
    """The statement that counts what matches, up to `:most`."""
    return _count_of(_asked(wanted), len(wanted.words))


def _asked(wanted: Wanted) -> tuple[str, ...]:
    """Which of `_FILTERS` a search asks for."""
    asked = {
        "min_reward": wanted.min_reward != Money.ZERO,
        "requester": wanted.requester_id is not None,
        "masters": wanted.masters,
        "new": wanted.new_within_hours > 0,
        "done": wanted.done is True,
        "not done": wanted.done is False,
        "qualified": wanted.qualified,
    }
    return tuple(name for name, is_asked in asked.items() if is_asked)


def _matching(asked: tuple[str, ...], words: int) -> str:
    # SQLite would not think of the one index that has the texts too.
    index = "INDEXED BY hit_group_text_covering" if words else ""
    return statement("FROM hit_group g", index, *_conditions(asked, words))


def _conditions(asked: tuple[str, ...], words: int) -> list[str]:
    likes = [f"AND g.search_text LIKE :word_{n} ESCAPE '\\'" for n in range(words)]
    return [_VISIBLE, *(_FILTERS[name] for name in asked), *likes]


@cache
def _page_of(asked: tuple[str, ...], words: int, sort: str) -> str:
    # Which groups are on the page is found from an index alone; only those are then read. Words are looked for in all
    # that there is, and so are counted on the way.
    counted, total = (", COUNT(*) OVER () AS total", ", found.total") if words else ("", "")
    return statement(
        _SELECTED,
        total,
        _JOINED,
        "JOIN (SELECT g.hit_group_id",
        counted,
        _matching(asked, words),
        _ORDERS[sort],
        "LIMIT :limit OFFSET :skipped) found ON found.hit_group_id = g.hit_group_id",
        _ORDERS[sort],
    )


@cache
def _count_of(asked: tuple[str, ...], words: int) -> str:
    return statement("SELECT COUNT(*) AS total FROM (SELECT 1 AS one", _matching(asked, words), "LIMIT :most) found")


@cache
def _news_of(asked: tuple[str, ...], words: int) -> str:
    return statement(_COLUMNS, *_conditions(asked, words), "AND g.updated_at > :since", _NEWEST, "LIMIT 20")
