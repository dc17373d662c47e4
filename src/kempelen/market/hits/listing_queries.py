"""Listing queries: the SQL that finds, filters, orders and counts HIT groups for a Worker.

A search is composed of fixed parts: one statement for each set of conditions.
"""

from functools import cache

import msgspec

from kempelen.core.money import Money
from kempelen.core.rules import requirements
from kempelen.market.qualifications import standings
from kempelen.store.select import Select, statement

MAX_WORDS = 8


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


OPEN = """
    SELECT h.hit_id, h.question FROM hit h
     WHERE h.hit_group_id = :hit_group_id AND h.status = 'Assignable' AND h.expires_at > :now
       AND NOT EXISTS (SELECT 1 FROM assignment a
                        WHERE a.hit_id = h.hit_id AND a.worker_id = :caller
                          AND a.status NOT IN ('Returned', 'Abandoned'))
     ORDER BY h.place, h.hit_id LIMIT 1
"""
NEXT = """
    SELECT h.hit_id, h.question FROM hit h
     WHERE h.hit_group_id = :hit_group_id AND h.status = 'Assignable' AND h.expires_at > :now
       AND (h.place, h.hit_id) > (SELECT b.place, b.hit_id FROM hit b WHERE b.hit_id = :after)
       AND NOT EXISTS (SELECT 1 FROM assignment a
                        WHERE a.hit_id = h.hit_id AND a.worker_id = :caller
                          AND a.status NOT IN ('Returned', 'Abandoned'))
     ORDER BY h.place, h.hit_id LIMIT 1
"""
PREVIEWED = """
    SELECT hit_id, question FROM hit
     WHERE hit_id = :hit_id AND hit_group_id = :hit_group_id AND status IN ('Assignable', 'Unassignable')
"""
NAMED = f"""
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
_COLUMNS = """
    g.*, t.title, t.description, t.keywords, t.assignment_duration_in_seconds,
           t.auto_approval_delay_in_seconds, t.requirements, r.name AS requester_name, r.status AS requester_status,
           g.requester_id IN (SELECT k.requester_id FROM worker_block k WHERE k.worker_id = :caller) AS is_blocked,
           COALESCE(d.approved, 0) AS requester_approved, COALESCE(d.rejected, 0) AS requester_rejected,
           COALESCE(d.decided_logs, 0) AS decided_logs, COALESCE(w.submitted, 0) AS done,
           COALESCE(k.hits, 0) AS taken
"""
_SOURCE = """
    hit_group g
      JOIN hit_type t ON t.hit_type_id = g.hit_type_id
      JOIN requester r ON r.requester_id = g.requester_id
      LEFT JOIN requester_record d ON d.requester_id = g.requester_id
      LEFT JOIN worker_group w ON w.worker_id = :caller AND w.hit_group_id = g.hit_group_id
      LEFT JOIN worker_taken k ON k.worker_id = :caller AND k.hit_group_id = g.hit_group_id
"""
_GROUPS = Select(_COLUMNS, _SOURCE)
# The groups of which no HIT is left for the Worker, though others are offered some.
_TAKEN = """
    SELECT x.hit_group_id FROM worker_taken k JOIN hit_group x ON x.hit_group_id = k.hit_group_id
     WHERE k.worker_id = :caller AND k.hits > 0 AND k.hits >= x.open_hits
"""
_VISIBLE = (
    "g.open_hits > 0",
    f"g.hit_group_id NOT IN ({_TAKEN})",
    "g.requester_id NOT IN (SELECT s.requester_id FROM requester s WHERE s.status = 'Suspended')",
    f"g.discover_granted = '' OR g.discover_granted IN ({_MET_BY_GRANTED})",
    f"g.discover_record = '' OR g.discover_record IN ({_MET_BY_RECORD})",
    f"g.discover_absent = '' OR g.discover_absent NOT IN ({_BARRED})",
)
_DONE = "(SELECT w.hit_group_id FROM worker_group w WHERE w.worker_id = :caller)"
# What a search may ask for besides words.
_FILTERS = {
    "min_reward": ("g.reward_micros >= :min_reward",),
    "requester": ("g.requester_id = :requester_id",),
    "masters": ("g.masters = 1",),
    "new": ("g.updated_at >= :new_since",),
    "done": (f"g.hit_group_id IN {_DONE}",),
    "not done": (f"g.hit_group_id NOT IN {_DONE}",),
    "qualified": (
        f"g.accept_granted = '' OR g.accept_granted IN ({_MET_BY_GRANTED})",
        f"g.accept_record = '' OR g.accept_record IN ({_MET_BY_RECORD})",
        f"g.accept_absent = '' OR g.accept_absent NOT IN ({_BARRED})",
        "g.requester_id NOT IN (SELECT k.requester_id FROM worker_block k WHERE k.worker_id = :caller)",
    ),
}
BY_GROUP = _GROUPS.where("g.hit_group_id = :group_id").sql
BY_TYPE = _GROUPS.where("g.hit_type_id = :group_id").sql
_NEWEST = "ORDER BY g.updated_at DESC, g.hit_group_id DESC"
LATEST = """
    SELECT g.updated_at FROM hit_group g WHERE g.open_hits > 0 ORDER BY g.updated_at DESC, g.hit_group_id DESC LIMIT 1
"""
PROFILE = """
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
_ASKED_FOR = "JOIN hit_type_requirement n ON n.hit_type_id = g.hit_type_id AND n.qualification_type_id = :type_id"
ASKING = (
    Select(_COLUMNS, statement(_SOURCE, _ASKED_FOR))
    .where("g.open_hits > COALESCE(k.hits, 0)")
    .ending(_NEWEST, "LIMIT :limit")
    .sql
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
    return _page_of(_conditions(wanted), bool(wanted.words), sort if sort in _ORDERS else "updated_desc")


def count_of(wanted: Wanted) -> str:
    """The statement that counts what matches, up to `:most`."""
    return _count_of(_conditions(wanted), bool(wanted.words))


def news_of(wanted: Wanted) -> str:
    """The statement that reads the newest groups of a search which changed after `:since`."""
    return _news_of(_conditions(wanted))


def _conditions(wanted: Wanted) -> tuple[str, ...]:
    """The conditions of a search: what every list leaves out, and what is asked for."""
    asked = {
        "min_reward": wanted.min_reward != Money.ZERO,
        "requester": wanted.requester_id is not None,
        "masters": wanted.masters,
        "new": wanted.new_within_hours > 0,
        "done": wanted.done is True,
        "not done": wanted.done is False,
        "qualified": wanted.qualified,
    }
    filters = (condition for name, is_asked in asked.items() if is_asked for condition in _FILTERS[name])
    return (*_VISIBLE, *filters, *_LIKE[: len(wanted.words)])


_LIKE = tuple(f"g.search_text LIKE :word_{n} ESCAPE '\\'" for n in range(MAX_WORDS))


def _source(has_words: bool) -> str:
    # SQLite would not think of the one index that has the texts too.
    return statement("hit_group g", "INDEXED BY hit_group_text_covering" if has_words else "")


@cache
def _page_of(conditions: tuple[str, ...], has_words: bool, sort: str) -> str:
    # Which groups are on the page is found from an index alone; only those are then read. Words are looked for in all
    # that there is, and so are counted on the way.
    counted, total = (", COUNT(*) OVER () AS total", ", found.total") if has_words else ("", "")
    found = Select(f"g.hit_group_id{counted}", _source(has_words), conditions).ending(
        _ORDERS[sort], "LIMIT :limit OFFSET :skipped"
    )
    joined = statement(_SOURCE, "JOIN (", found.sql, ") found ON found.hit_group_id = g.hit_group_id")
    return Select(_COLUMNS + total, joined).ending(_ORDERS[sort]).sql


@cache
def _count_of(conditions: tuple[str, ...], has_words: bool) -> str:
    found = Select("1 AS one", _source(has_words), conditions).ending("LIMIT :most")
    return Select("COUNT(*) AS total", f"({found.sql}) found").sql


@cache
def _news_of(conditions: tuple[str, ...]) -> str:
    return _GROUPS.where(*conditions, "g.updated_at > :since").ending(_NEWEST, "LIMIT 20").sql
