"""A Worker's history: what they have submitted, what became of it and what it earned.

Days are UTC, amounts include bonuses where they say so. Source: docs/mturk/worker.md 4.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from kempelen.core.money import Money
from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import WorkDoesNotExist
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.clock import EPOCH
from kempelen.store.database import Row, instant
from kempelen.store.select import statement

PAGE_SIZE = 20
DAYS_SHOWN = 45


class SubmittedWork(msgspec.Struct, frozen=True, kw_only=True):
    """Submitted work as its Worker sees it."""

    assignment_id: str
    hit_id: str
    hit_group_id: str
    title: str
    requester_id: str
    requester_name: str
    reward: Money
    status: str
    submitted_at: datetime
    decided_at: datetime | None
    auto_approve_at: datetime
    auto_approved: bool
    decided_by_policy: str | None
    requester_feedback: str
    bonuses: list["Bonus"]


class Bonus(msgspec.Struct, frozen=True, kw_only=True):
    """A bonus as its Worker sees it."""

    amount: Money
    reason: str
    granted_at: datetime


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """Submitted work with what its Worker answered (QuestionFormAnswers XML)."""

    work: SubmittedWork
    accepted_at: datetime
    answer: str


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What was submitted on one day (UTC), what has become of it and what it earned, bonuses included."""

    date: str
    submitted: int
    approved: int
    rejected: int
    pending: int
    earnings: Money


class ForRequester(msgspec.Struct, frozen=True, kw_only=True):
    """What a Worker has done for one Requester, and earned by it, bonuses included."""

    requester_id: str
    requester_name: str
    submitted: int
    approved: int
    rejected: int
    earnings: Money


class Dashboard(msgspec.Struct, frozen=True, kw_only=True):
    """What a Worker has done and earned; `awaited` are the rewards of pending work.

    Rates are percentages, None before anything was decided.
    """

    in_queue: int
    approved: int
    rejected: int
    pending: int
    approval_rate: float | None
    rewards: Money
    bonuses: Money
    earned: Money
    awaited: Money
    days: list[Day]
    requesters: list[ForRequester]


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """What a Worker earned in a calendar month (UTC), by when it was approved or granted."""

    month: date  # its first day
    approved: int
    rewards: Money
    bonuses: Money
    total: Money


class SubmittedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of submitted work, the latest first."""

    items: list[SubmittedWork]
    page_number: int
    total: int


@transaction(reads=True)
def get_dashboard(call: Call) -> Dashboard:
    """Counts, earnings and the last 45 days of the Worker."""
    counts = {
        row["status"]: row["many"]
        for row in call.db.all(
            "SELECT status, COUNT(*) AS many FROM assignment WHERE worker_id = :caller GROUP BY status",
            caller=call.caller,
        )
    }
    bonuses = _sum(call, "SELECT SUM(amount_micros) AS total FROM bonus WHERE worker_id = :caller")
    earned = _sum(call, "SELECT SUM(balance_micros) AS total FROM account WHERE worker_id = :caller")
    awaited = _sum(
        call,
        """
        SELECT SUM(h.reward_micros) AS total FROM assignment a JOIN hit h ON h.hit_id = a.hit_id
         WHERE a.worker_id = :caller AND a.status = 'Submitted'
        """,
    )
    approved, rejected = counts.get("Approved", 0), counts.get("Rejected", 0)
    return Dashboard(
        in_queue=counts.get("Accepted", 0),
        approved=approved,
        rejected=rejected,
        pending=counts.get("Submitted", 0),
        approval_rate=100 * approved / (approved + rejected) if approved + rejected else None,
        rewards=earned - bonuses,
        bonuses=bonuses,
        earned=earned,
        awaited=awaited,
        days=_days(call),
        requesters=_requesters(call),
    )


@transaction(reads=True)
def list_months(call: Call) -> list[Month]:
    """The months in which the Worker earned something, the latest first; together they are all of the earnings."""
    rewards = call.db.all(
        """
        SELECT a.approved_at / 86400000 AS day, COUNT(*) AS approved, SUM(h.reward_micros) AS micros
          FROM assignment a JOIN hit h ON h.hit_id = a.hit_id
         WHERE a.worker_id = :caller AND a.status = 'Approved'
         GROUP BY a.approved_at / 86400000
        """,
        caller=call.caller,
    )
    bonuses = call.db.all(
        """
        SELECT granted_at / 86400000 AS day, SUM(amount_micros) AS micros
          FROM bonus WHERE worker_id = :caller
         GROUP BY granted_at / 86400000
        """,
        caller=call.caller,
    )
    approved, rewarded, granted = Counter[date](), Counter[date](), Counter[date]()
    for row in rewards:
        approved[_month_of(row["day"])] += row["approved"]
        rewarded[_month_of(row["day"])] += int(row["micros"])
    for row in bonuses:
        granted[_month_of(row["day"])] += int(row["micros"])
    return [
        Month(
            month=month,
            approved=approved[month],
            rewards=Money(rewarded[month]),
            bonuses=Money(granted[month]),
            total=Money(rewarded[month] + granted[month]),
        )
        for month in sorted(rewarded.keys() | granted.keys(), reverse=True)
    ]


def _month_of(day: int) -> date:
    return (date(1970, 1, 1) + timedelta(days=day)).replace(day=1)


@transaction(reads=True)
def list_submitted(
    call: Call, *, status: str | None = None, day: date | None = None, page_number: int = 1
) -> SubmittedPage:
    """What the Worker has handed in, of one status and of one day (UTC) if these are named, the latest first."""
    page_number = min(max(page_number, 1), 500)
    since = datetime(day.year, day.month, day.day, tzinfo=call.now.tzinfo) if day else EPOCH
    values: dict[str, str | datetime] = {
        "caller": call.caller,
        "status": status or "",
        "since": since,
        "until": since + timedelta(days=1) if day else call.later(days=1),
    }
    total = call.db.one(_COUNT_SUBMITTED, **values)
    assert total is not None
    rows = call.db.all(_SUBMITTED, limit=PAGE_SIZE, skipped=(page_number - 1) * PAGE_SIZE, **values)
    bonuses = _bonuses(call, [row["assignment_id"] for row in rows])
    return SubmittedPage(
        items=[_submitted_work(row, bonuses.get(row["assignment_id"], [])) for row in rows],
        page_number=page_number,
        total=total["total"],
    )


@transaction(reads=True)
def list_all_submitted(call: Call, *, after: SubmittedWork | None = None, most: int = 500) -> list[SubmittedWork]:
    """All that the Worker has handed in, the oldest first, some at a time: those after this one."""
    rows = call.db.all(
        _SUBMITTED_AFTER,
        caller=call.caller,
        at=after.submitted_at if after else EPOCH,
        last=after.assignment_id if after else "",
        most=most,
    )
    bonuses = _bonuses(call, [row["assignment_id"] for row in rows])
    return [_submitted_work(row, bonuses.get(row["assignment_id"], [])) for row in rows]


@transaction(reads=True)
def get_submission(call: Call, *, assignment_id: str) -> Submission:
    """One piece of the caller's submitted work; WorkDoesNotExist when it is none, or not submitted."""
    row = call.db.one(_ONE_SUBMITTED, caller=call.caller, assignment_id=assignment_id)
    if row is None:
        raise WorkDoesNotExist()
    bonuses = _bonuses(call, [assignment_id])[assignment_id]
    return Submission(work=_submitted_work(row, bonuses), accepted_at=instant(row["accepted_at"]), answer=row["answer"])


_OF_WORKER = """
      FROM assignment a
     WHERE a.worker_id = :caller AND a.submitted_at IS NOT NULL
       AND a.submitted_at >= :since AND a.submitted_at < :until
       AND (:status = '' OR a.status = :status)
"""
_COUNT_SUBMITTED = statement("SELECT COUNT(*) AS total", _OF_WORKER)
_SUBMITTED = statement(
    "SELECT s.*, h.hit_group_id, h.reward_micros, t.title, r.name AS requester_name FROM (SELECT a.*",
    _OF_WORKER,
    """
             ORDER BY a.submitted_at DESC, a.assignment_id DESC LIMIT :limit OFFSET :skipped) s
          JOIN hit h ON h.hit_id = s.hit_id
          JOIN hit_type t ON t.hit_type_id = h.hit_type_id
          JOIN requester r ON r.requester_id = s.requester_id
         ORDER BY s.submitted_at DESC, s.assignment_id DESC
        """,
)
_SUBMISSIONS = """
    SELECT s.*, h.hit_group_id, h.reward_micros, t.title, r.name AS requester_name
      FROM assignment s
      JOIN hit h ON h.hit_id = s.hit_id
      JOIN hit_type t ON t.hit_type_id = h.hit_type_id
      JOIN requester r ON r.requester_id = s.requester_id
     WHERE s.worker_id = :caller AND s.submitted_at IS NOT NULL
"""
_ONE_SUBMITTED = statement(_SUBMISSIONS, "AND s.assignment_id = :assignment_id")
_SUBMITTED_AFTER = statement(
    _SUBMISSIONS,
    """
       AND (s.submitted_at, s.assignment_id) > (:at, :last)
     ORDER BY s.submitted_at, s.assignment_id LIMIT :most
    """,
)


def _days(call: Call) -> list[Day]:
    rows = call.db.all(
        """
        SELECT a.submitted_at / 86400000 AS day, COUNT(*) AS submitted,
               SUM(CASE WHEN a.status = 'Approved' THEN 1 ELSE 0 END) AS approved,
               SUM(CASE WHEN a.status = 'Rejected' THEN 1 ELSE 0 END) AS rejected,
               SUM(CASE WHEN a.status = 'Approved' THEN h.reward_micros ELSE 0 END
                   + COALESCE((SELECT SUM(b.amount_micros) FROM bonus b
                                WHERE b.assignment_id = a.assignment_id), 0)) AS earnings
          FROM assignment a JOIN hit h ON h.hit_id = a.hit_id
         WHERE a.worker_id = :caller AND a.submitted_at IS NOT NULL AND a.submitted_at >= :since
         GROUP BY a.submitted_at / 86400000
         ORDER BY day DESC
        """,
        caller=call.caller,
        since=call.ago(days=DAYS_SHOWN),
    )
    return [
        Day(
            date=str(date(1970, 1, 1) + timedelta(days=row["day"])),
            submitted=row["submitted"],
            approved=int(row["approved"]),
            rejected=int(row["rejected"]),
            pending=int(row["submitted"] - row["approved"] - row["rejected"]),
            earnings=Money(int(row["earnings"])),
        )
        for row in rows
    ]


def _requesters(call: Call) -> list[ForRequester]:
    rows = call.db.all(
        """
        SELECT w.requester_id, r.name, w.submitted, w.approved, w.rejected,
               COALESCE(a.balance_micros, 0) AS balance_micros
          FROM worker_record w
          JOIN requester r ON r.requester_id = w.requester_id
          LEFT JOIN account a
            ON a.worker_id = w.worker_id AND a.requester_id = w.requester_id AND a.kind = 'earnings'
         WHERE w.worker_id = :caller
         ORDER BY COALESCE(a.balance_micros, 0) DESC, r.name, w.requester_id
        """,
        caller=call.caller,
    )
    return [
        ForRequester(
            requester_id=row["requester_id"],
            requester_name=row["name"],
            submitted=row["submitted"],
            approved=row["approved"],
            rejected=row["rejected"],
            earnings=Money(row["balance_micros"]),
        )
        for row in rows
    ]


def _submitted_work(row: Row, bonuses: list[Bonus]) -> SubmittedWork:
    decided_at = row["approved_at"] or row["rejected_at"]
    return SubmittedWork(
        assignment_id=row["assignment_id"],
        hit_id=row["hit_id"],
        hit_group_id=row["hit_group_id"],
        title=row["title"],
        requester_id=row["requester_id"],
        requester_name=row["requester_name"],
        reward=Money(row["reward_micros"]),
        status=row["status"],
        submitted_at=instant(row["submitted_at"]),
        decided_at=None if decided_at is None else instant(decided_at),
        auto_approve_at=instant(row["auto_approve_at"]),
        auto_approved=bool(row["auto_approved"]),
        decided_by_policy=row["decided_by_policy"],
        requester_feedback=row["requester_feedback"] or "",
        bonuses=bonuses,
    )


def _bonuses(call: Call, assignment_ids: Sequence[str]) -> dict[str, list[Bonus]]:
    found = {}
    for assignment_id in assignment_ids:
        rows = call.db.all(
            "SELECT * FROM bonus WHERE assignment_id = :assignment_id ORDER BY granted_at, bonus_id",
            assignment_id=assignment_id,
        )
        found[assignment_id] = [
            Bonus(amount=Money(row["amount_micros"]), reason=row["reason"], granted_at=instant(row["granted_at"]))
            for row in rows
        ]
    return found


def _sum(call: Call, sql: str) -> Money:
    row = call.db.one(sql, caller=call.caller)
    assert row is not None
    return Money(int(row["total"] or 0))
