"""What a Worker finds: HIT groups with open HITs, searched and sorted, and the preview of one.

A group is what all HITs of one type are to Workers. A page is read from stored counts by an index; a search looks for
every word in title, description, keywords and the Requester's name. Source: spec worker.md 2 and 4.
"""

from datetime import datetime

import msgspec

from kempelen.core.errors import GroupDoesNotExist, NoMoreHITs
from kempelen.core.money import Money
from kempelen.market.call import Call, statement
from kempelen.store.database import Row, instant

PAGE_SIZES = (10, 20, 50, 100)
MAX_PAGE = 100
MAX_WORDS = 8


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
    open_hits: int
    created_at: datetime
    updated_at: datetime
    latest_expires_at: datetime


class GroupPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of groups and how many there are in all."""

    groups: list[Group]
    total: int
    page_number: int
    page_size: int


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A group and one of its open HITs, as anybody may look at it."""

    group: Group
    hit_id: str
    question: str


def list_groups(
    call: Call,
    *,
    search: str = "",
    sort: str = "updated_desc",
    min_reward: Money = Money.ZERO,
    requester_id: str | None = None,
    page_size: int = 20,
    page_number: int = 1,
) -> GroupPage:
    """The groups with open HITs that match; an unknown sort or page size counts as the usual one.

    Pages are numbered because the original's addresses are (spec worker.md 4.1); the list holds groups, not HITs, and
    ends at page 100, so skipping stays cheap.
    """
    page_size = page_size if page_size in PAGE_SIZES else 20
    page_number = min(max(page_number, 1), MAX_PAGE)
    words = search.lower().split()[:MAX_WORDS]
    words += [""] * (MAX_WORDS - len(words))
    values: dict[str, str | int | Money] = {"min_reward": min_reward, "requester_id": requester_id or ""}
    values |= {f"word_{n}": f"%{_escaped(word)}%" for n, word in enumerate(words)}
    total = call.db.one(_COUNT, **values)
    assert total is not None
    rows = call.db.all(
        _SORTED.get(sort, _SORTED["updated_desc"]), limit=page_size, skipped=(page_number - 1) * page_size, **values
    )
    return GroupPage(
        groups=[_group(row) for row in rows], total=total["total"], page_number=page_number, page_size=page_size
    )


def get_group(call: Call, *, group_id: str) -> Group:
    """A group by its own id or by that of its HIT type, whether it has open HITs or not."""
    row = call.db.one(_BY_GROUP, group_id=group_id) or call.db.one(_BY_TYPE, group_id=group_id)
    if row is None:
        raise GroupDoesNotExist()
    return _group(row)


def get_preview(call: Call, *, group_id: str, hit_id: str | None = None) -> Preview:
    """A group and the question of one of its open HITs, or of the named one as long as that is open or being done.

    So a preview that was begun stays whole when somebody else takes its HIT. NoMoreHITs when there is none.
    """
    group = get_group(call, group_id=group_id)
    row = call.db.one(
        _PREVIEWED if hit_id else _OPEN, hit_group_id=group.hit_group_id, hit_id=hit_id or "", now=call.now
    )
    if row is None:
        raise NoMoreHITs()
    return Preview(group=group, hit_id=row["hit_id"], question=row["question"])


_OPEN = """
    SELECT hit_id, question FROM hit
     WHERE hit_group_id = :hit_group_id AND status = 'Assignable' AND expires_at > :now
     ORDER BY place, hit_id LIMIT 1
"""
_PREVIEWED = """
    SELECT hit_id, question FROM hit
     WHERE hit_id = :hit_id AND hit_group_id = :hit_group_id AND status IN ('Assignable', 'Unassignable')
"""


def _group(row: Row) -> Group:
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
        open_hits=row["open_hits"],
        created_at=instant(row["created_at"]),
        updated_at=instant(row["updated_at"]),
        latest_expires_at=instant(row["latest_expires_at"]),
    )


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_COLUMNS = """
    SELECT g.*, t.title, t.description, t.keywords, t.assignment_duration_in_seconds,
           t.auto_approval_delay_in_seconds, r.name AS requester_name
      FROM hit_group g
      JOIN hit_type t ON t.hit_type_id = g.hit_type_id
      JOIN requester r ON r.requester_id = g.requester_id
"""
_MATCHING = """
     WHERE g.open_hits > 0 AND g.reward_micros >= :min_reward
       AND (:requester_id = '' OR g.requester_id = :requester_id)
       AND g.search_text LIKE :word_0 ESCAPE '\\' AND g.search_text LIKE :word_1 ESCAPE '\\'
       AND g.search_text LIKE :word_2 ESCAPE '\\' AND g.search_text LIKE :word_3 ESCAPE '\\'
       AND g.search_text LIKE :word_4 ESCAPE '\\' AND g.search_text LIKE :word_5 ESCAPE '\\'
       AND g.search_text LIKE :word_6 ESCAPE '\\' AND g.search_text LIKE :word_7 ESCAPE '\\'
"""
_BY_GROUP = statement(_COLUMNS, "WHERE g.hit_group_id = :group_id")
_BY_TYPE = statement(_COLUMNS, "WHERE g.hit_type_id = :group_id")
_COUNT = statement("SELECT COUNT(*) AS total FROM hit_group g", _MATCHING)
_PAGE = "LIMIT :limit OFFSET :skipped"
_SORTED = {
    "updated_desc": statement(_COLUMNS, _MATCHING, "ORDER BY g.updated_at DESC, g.hit_group_id DESC", _PAGE),
    "updated_asc": statement(_COLUMNS, _MATCHING, "ORDER BY g.updated_at, g.hit_group_id", _PAGE),
    "reward_desc": statement(_COLUMNS, _MATCHING, "ORDER BY g.reward_micros DESC, g.hit_group_id DESC", _PAGE),
    "reward_asc": statement(_COLUMNS, _MATCHING, "ORDER BY g.reward_micros, g.hit_group_id", _PAGE),
    "num_hits_desc": statement(_COLUMNS, _MATCHING, "ORDER BY g.open_hits DESC, g.hit_group_id DESC", _PAGE),
    "num_hits_asc": statement(_COLUMNS, _MATCHING, "ORDER BY g.open_hits, g.hit_group_id", _PAGE),
}
