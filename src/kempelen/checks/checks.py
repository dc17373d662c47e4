"""Checks: are the books, the counters and the histories of a database true? Each row that is not is named.

Read from one snapshot by a few statements over whole tables, beside a running server, changing nothing. What holds:
design.md "Money", the tables of `core/rules/states.py`, the sum of a HIT's places, and that review policies did what
they say and nothing else. `kempelen check` tells it, and tests ask it after whatever they did.
"""

from collections.abc import Iterator

from kempelen.checks import qualifications, review_policies
from kempelen.checks.check import Check
from kempelen.core.money import Money
from kempelen.core.rules.states import (
    ASSIGNMENT_MOVES,
    HIT_MOVES,
    QUALIFICATION_MOVES,
    QUALIFICATION_TYPE_MOVES,
    REQUEST_MOVES,
)
from kempelen.market.hits import track_records
from kempelen.store.database import Database, Row, Transaction
from kempelen.store.files import Files
from kempelen.store.select import statement


def problems(database: Database, files: Files | None = None) -> list[str]:
    """A sentence for each row that is not true; none means that all is. With `files`, each upload must have its own."""
    with database.reading() as db:
        found = [_in_words(check.sentence, row) for check in CHECKS for row in db.all(check.sql)]
        found += [*_untrue_times(db), *qualifications.untrue_bars(db), *_forbidden_moves(db)]
    return found + (list(missing_files(database, files)) if files else [])


def missing_files(database: Database, files: Files) -> Iterator[str]:
    """Uploads whose file is not there or of another size; one deleted while this looks is none."""
    with database.reading() as db:
        uploads = db.all("SELECT file_key, assignment_id, size_in_bytes FROM upload WHERE delete_at IS NULL")
    for upload in uploads:
        size = files.size(upload["file_key"])
        if size == upload["size_in_bytes"]:
            continue
        with database.reading() as db:
            row = db.one("SELECT delete_at FROM upload WHERE file_key = :file_key", file_key=upload["file_key"])
        if row is not None and row["delete_at"] is None:
            found = "is not there" if size is None else f"has {size} bytes"
            yield (
                f"File {upload['file_key']} of assignment {upload['assignment_id']} should have "
                f"{upload['size_in_bytes']} bytes; it {found}."
            )


def _in_words(sentence: str, row: Row) -> str:
    """The row in words; amounts of money in dollars, to the micro-dollar where it matters."""
    return sentence.format(**{name: _shown(name, value) for name, value in row.items()})


def _shown(name: str, value: object) -> object:
    if not name.endswith("_micros"):
        return value
    assert isinstance(value, int)
    cents = str(Money(value))
    return cents if Money.parse(cents.lstrip("-")) == Money(abs(value)) else f"{value} micro-dollars"


def _forbidden_moves(db: Transaction) -> list[str]:
    """Moves that the tables of states do not allow."""
    found = []
    for noun, moves, kinds_sql, rows_sql in (
        ("HIT", HIT_MOVES, _HIT_MOVES, _HITS_THAT_MOVED),
        ("Assignment", ASSIGNMENT_MOVES, _ASSIGNMENT_MOVES, _ASSIGNMENTS_THAT_MOVED),
        ("Qualification", QUALIFICATION_MOVES, *_moves_of(qualifications.SCORE_EVENTS)),
        ("A request for", REQUEST_MOVES, *_moves_of(qualifications.REQUEST_EVENTS)),
        ("Qualification type", QUALIFICATION_TYPE_MOVES, *_moves_of(qualifications.TYPE_EVENTS)),
    ):
        for kind in db.all(kinds_sql):
            before, after = kind["from_status"], kind["to_status"]
            if after not in moves.get(before, ()):
                rows = db.all(rows_sql, before=before, after=after)
                found += [f"{noun} {row['id']} moved from '{before}' to '{after}', which it must not." for row in rows]
    return found


def _moves_of(events: str) -> tuple[str, str]:
    """The moves that these events of qualification types make, and for one of them where it was made."""
    return (
        statement("SELECT DISTINCT from_status, to_status FROM event WHERE to_status IS NOT NULL AND", events),
        statement(
            "SELECT DISTINCT qualification_type_id AS id FROM event",
            "WHERE from_status = :before AND to_status = :after AND",
            events,
            "ORDER BY qualification_type_id",
        ),
    )


# ---------------------------------------------------------------------------------------------- money

_BALANCES_SUM_TO_ZERO = Check(
    """
    SELECT requester_id, CAST(SUM(balance_micros) AS BIGINT) AS sum_micros FROM account
     GROUP BY requester_id HAVING SUM(balance_micros) <> 0
    """,
    "The balances of Requester {requester_id}'s accounts sum to {sum_micros}, not to zero.",
)

_BALANCES_ARE_TRANSFERS = Check(
    """
    SELECT a.account_id, a.balance_micros,
           CAST(COALESCE(i.total, 0) - COALESCE(o.total, 0) AS BIGINT) AS moved_micros
      FROM account a
      LEFT JOIN (SELECT to_account, SUM(amount_micros) AS total FROM transfer GROUP BY to_account) i
        ON i.to_account = a.account_id
      LEFT JOIN (SELECT from_account, SUM(amount_micros) AS total FROM transfer GROUP BY from_account) o
        ON o.from_account = a.account_id
     WHERE a.balance_micros <> COALESCE(i.total, 0) - COALESCE(o.total, 0)
     ORDER BY a.account_id
    """,
    "Account {account_id} says {balance_micros}, its transfers make {moved_micros}.",
)

_NO_OVERDRAFT = Check(
    "SELECT account_id, balance_micros FROM account WHERE balance_micros < 0 AND kind <> 'outside' ORDER BY account_id",
    "Account {account_id} is overdrawn: {balance_micros}.",
)

_HOLDS_COVER_SLOTS = Check(
    """
    SELECT a.account_id, a.balance_micros, CAST(COALESCE(n.needed, 0) AS BIGINT) AS needed_micros
      FROM account a
      LEFT JOIN (SELECT requester_id,
                        SUM((reward_micros + fee_micros) * (pending + submitted +
                            CASE WHEN expired = 0 AND status <> 'Disposed' THEN open ELSE 0 END)) AS needed
                   FROM hit GROUP BY requester_id) n
        ON n.requester_id = a.requester_id
     WHERE a.kind = 'hold' AND a.balance_micros <> COALESCE(n.needed, 0)
     ORDER BY a.account_id
    """,
    "Account {account_id} holds {balance_micros}, its HITs' places need {needed_micros}.",
)

_WORK_IS_PAID_ONCE = Check(
    """
    SELECT a.assignment_id, a.status, COALESCE(t.many, 0) AS many, CAST(COALESCE(t.paid, 0) AS BIGINT) AS paid_micros,
           h.reward_micros
      FROM assignment a
      JOIN hit h ON h.hit_id = a.hit_id
      LEFT JOIN (SELECT assignment_id, COUNT(*) AS many, SUM(amount_micros) AS paid,
                        MIN(to_account) AS first_to, MAX(to_account) AS last_to
                   FROM transfer WHERE reason = 'Reward' GROUP BY assignment_id) t
        ON t.assignment_id = a.assignment_id
     WHERE COALESCE(t.many, 0) <> CASE WHEN a.status = 'Approved' AND h.reward_micros > 0 THEN 1 ELSE 0 END
        OR COALESCE(t.paid, 0) <> CASE WHEN a.status = 'Approved' THEN h.reward_micros ELSE 0 END
        OR COALESCE(t.first_to, '') <> COALESCE(t.last_to, '')
        OR COALESCE(t.first_to, '') NOT IN ('', a.requester_id || ':earnings:' || a.worker_id)
     ORDER BY a.assignment_id
    """,
    "Assignment {assignment_id} is {status} and was paid {many} times, {paid_micros} in all; its reward is "
    "{reward_micros}.",
)

_BONUSES_ARE_PAID_ONCE = Check(
    """
    SELECT a.assignment_id, COALESCE(b.many, 0) AS many, CAST(COALESCE(b.total, 0) AS BIGINT) AS bonus_micros,
           COALESCE(t.many, 0) AS times, CAST(COALESCE(t.paid, 0) AS BIGINT) AS paid_micros
      FROM assignment a
      LEFT JOIN (SELECT assignment_id, COUNT(*) AS many, SUM(amount_micros) AS total
                   FROM bonus GROUP BY assignment_id) b
        ON b.assignment_id = a.assignment_id
      LEFT JOIN (SELECT assignment_id, COUNT(*) AS many, SUM(amount_micros) AS paid,
                        MIN(to_account) AS first_to, MAX(to_account) AS last_to
                   FROM transfer WHERE reason = 'Bonus' GROUP BY assignment_id) t
        ON t.assignment_id = a.assignment_id
     WHERE COALESCE(b.many, 0) <> COALESCE(t.many, 0) OR COALESCE(b.total, 0) <> COALESCE(t.paid, 0)
        OR COALESCE(t.first_to, '') <> COALESCE(t.last_to, '')
        OR COALESCE(t.first_to, '') NOT IN ('', a.requester_id || ':earnings:' || a.worker_id)
     ORDER BY a.assignment_id
    """,
    "Assignment {assignment_id} has {many} bonuses of {bonus_micros} in all, and {times} payments of {paid_micros}.",
)

_FEES_ARE_PAID = Check(
    """
    SELECT a.assignment_id, CAST(COALESCE(t.paid, 0) AS BIGINT) AS paid_micros,
           CAST(CASE WHEN a.status = 'Approved' THEN h.fee_micros ELSE 0 END + COALESCE(b.fees, 0) AS BIGINT)
               AS due_micros
      FROM assignment a
      JOIN hit h ON h.hit_id = a.hit_id
      LEFT JOIN (SELECT assignment_id, SUM(fee_micros) AS fees FROM bonus GROUP BY assignment_id) b
        ON b.assignment_id = a.assignment_id
      LEFT JOIN (SELECT assignment_id, SUM(amount_micros) AS paid FROM transfer
                  WHERE reason = 'Fee' GROUP BY assignment_id) t
        ON t.assignment_id = a.assignment_id
     WHERE COALESCE(t.paid, 0) <> CASE WHEN a.status = 'Approved' THEN h.fee_micros ELSE 0 END + COALESCE(b.fees, 0)
     ORDER BY a.assignment_id
    """,
    "Assignment {assignment_id} has paid fees of {paid_micros}; due are {due_micros}.",
)

_PAYMENTS_ARE_FOR_WORK = Check(
    """
    SELECT t.transfer_id, t.reason, t.amount_micros
      FROM transfer t LEFT JOIN assignment a ON a.assignment_id = t.assignment_id
     WHERE t.reason IN ('Reward', 'Bonus', 'Fee') AND a.assignment_id IS NULL
     ORDER BY t.transfer_id
    """,
    "Transfer {transfer_id} pays a {reason} of {amount_micros} for no assignment there is.",
)

# ---------------------------------------------------------------------------------------------- counters

_COUNTERS_ARE_ASSIGNMENTS = Check(
    """
    SELECT h.hit_id, h.open, h.pending, h.submitted, h.decided, h.max_assignments,
           CAST(COALESCE(c.pending, 0) AS BIGINT) AS true_pending,
           CAST(COALESCE(c.submitted, 0) AS BIGINT) AS true_submitted,
           CAST(COALESCE(c.decided, 0) AS BIGINT) AS true_decided
      FROM hit h
      LEFT JOIN (SELECT hit_id,
                        SUM(CASE WHEN status = 'Accepted' THEN 1 ELSE 0 END) AS pending,
                        SUM(CASE WHEN status = 'Submitted' THEN 1 ELSE 0 END) AS submitted,
                        SUM(CASE WHEN status IN ('Approved', 'Rejected') THEN 1 ELSE 0 END) AS decided
                   FROM assignment GROUP BY hit_id) c
        ON c.hit_id = h.hit_id
     WHERE h.pending <> COALESCE(c.pending, 0) OR h.submitted <> COALESCE(c.submitted, 0)
        OR h.decided <> COALESCE(c.decided, 0) OR h.open < 0
        OR h.open + h.pending + h.submitted + h.decided <> h.max_assignments
     ORDER BY h.hit_id
    """,
    "HIT {hit_id} counts {open} open, {pending} pending, {submitted} submitted and {decided} decided of "
    "{max_assignments}; its rows are {true_pending} pending, {true_submitted} submitted, {true_decided} decided.",
)

_STATUSES_FOLLOW_COUNTERS = Check(
    """
    SELECT hit_id, status, open, pending, expired FROM hit
     WHERE status <> 'Disposed'
       AND (status = 'Assignable') <> (open > 0 AND expired = 0)
        OR (status = 'Unassignable') <> (status <> 'Disposed' AND pending > 0 AND NOT (open > 0 AND expired = 0))
     ORDER BY hit_id
    """,
    "HIT {hit_id} is {status} with {open} places open, {pending} pending, expired {expired}.",
)

_GROUPS_COUNT_OPEN_HITS = Check(
    """
    SELECT g.hit_group_id, g.open_hits, COALESCE(c.many, 0) AS many
      FROM hit_group g
      LEFT JOIN (SELECT hit_group_id, COUNT(*) AS many FROM hit WHERE status = 'Assignable' GROUP BY hit_group_id) c
        ON c.hit_group_id = g.hit_group_id
     WHERE g.open_hits <> COALESCE(c.many, 0)
     ORDER BY g.hit_group_id
    """,
    "HIT group {hit_group_id} counts {open_hits} open HITs, it has {many}.",
)

_FILES_ARE_ANSWERS = Check(
    """
    SELECT u.file_key, a.assignment_id, a.status, h.status AS hit_status
      FROM upload u
      JOIN assignment a ON a.assignment_id = u.assignment_id
      JOIN hit h ON h.hit_id = u.hit_id
     WHERE u.delete_at IS NULL
       AND (a.hit_id <> u.hit_id OR h.status = 'Disposed' OR a.status IN ('Returned', 'Abandoned'))
     ORDER BY u.file_key
    """,
    "File {file_key} is kept, and its assignment {assignment_id} is {status}, its HIT {hit_status}.",
)

_WORKERS_COUNT_WHAT_THEY_DID = Check(
    """
    SELECT k.worker_id, k.hit_group_id, CAST(SUM(k.counted) AS BIGINT) AS counted, CAST(SUM(k.many) AS BIGINT) AS many
      FROM (SELECT worker_id, hit_group_id, submitted AS counted, 0 AS many FROM worker_group
            UNION ALL
            SELECT a.worker_id, h.hit_group_id, 0 AS counted, COUNT(*) AS many
              FROM assignment a JOIN hit h ON h.hit_id = a.hit_id
             WHERE a.submitted_at IS NOT NULL GROUP BY a.worker_id, h.hit_group_id) k
     GROUP BY k.worker_id, k.hit_group_id HAVING SUM(k.counted) <> SUM(k.many)
     ORDER BY k.worker_id, k.hit_group_id
    """,
    "Worker {worker_id} counts {counted} submitted of HIT group {hit_group_id}, they are {many}.",
)

_WORKERS_COUNT_WHAT_IS_NOT_LEFT = Check(
    """
    SELECT k.worker_id, k.hit_group_id, CAST(SUM(k.counted) AS BIGINT) AS counted, CAST(SUM(k.many) AS BIGINT) AS many
      FROM (SELECT worker_id, hit_group_id, hits AS counted, 0 AS many FROM worker_taken
            UNION ALL
            SELECT a.worker_id, h.hit_group_id, 0 AS counted, COUNT(*) AS many
              FROM assignment a JOIN hit h ON h.hit_id = a.hit_id AND h.status = 'Assignable'
             WHERE a.status NOT IN ('Returned', 'Abandoned') GROUP BY a.worker_id, h.hit_group_id) k
     GROUP BY k.worker_id, k.hit_group_id HAVING SUM(k.counted) <> SUM(k.many)
     ORDER BY k.worker_id, k.hit_group_id
    """,
    "Worker {worker_id} counts {counted} open HITs of group {hit_group_id} that they have had, they are {many}.",
)

_REQUESTERS_COUNT_DECISIONS = Check(
    """
    SELECT k.requester_id, CAST(SUM(k.approved) AS BIGINT) AS approved, CAST(SUM(k.rejected) AS BIGINT) AS rejected,
           CAST(SUM(k.true_approved) AS BIGINT) AS true_approved, CAST(SUM(k.true_rejected) AS BIGINT) AS true_rejected
      FROM (SELECT requester_id, approved, rejected, 0 AS true_approved, 0 AS true_rejected FROM requester_record
            UNION ALL
            SELECT requester_id, 0, 0, SUM(CASE WHEN status = 'Approved' THEN 1 ELSE 0 END),
                   SUM(CASE WHEN status = 'Rejected' THEN 1 ELSE 0 END)
              FROM assignment GROUP BY requester_id) k
     GROUP BY k.requester_id
    HAVING SUM(k.approved) <> SUM(k.true_approved) OR SUM(k.rejected) <> SUM(k.true_rejected)
     ORDER BY k.requester_id
    """,
    "Requester {requester_id} counts {approved} approved and {rejected} rejected; they are {true_approved} and "
    "{true_rejected}.",
)

# The sums of logarithms are made as they were counted: row by row, because not every database has a logarithm.

_TIMES_WORKED = """
    SELECT h.hit_group_id AS id, a.submitted_at - a.accepted_at AS milliseconds
      FROM assignment a JOIN hit h ON h.hit_id = a.hit_id WHERE a.submitted_at IS NOT NULL
"""
_TIMES_COUNTED = "SELECT hit_group_id AS id, worked AS many, worked_logs AS logs FROM hit_group ORDER BY hit_group_id"
_TIMES_TO_DECIDE = """
    SELECT a.requester_id AS id, MIN(e.happened_at) - a.submitted_at AS milliseconds
      FROM assignment a JOIN event e ON e.assignment_id = a.assignment_id AND e.to_status IN ('Approved', 'Rejected')
     WHERE a.status IN ('Approved', 'Rejected') GROUP BY a.assignment_id, a.requester_id, a.submitted_at
"""
_DECISIONS_COUNTED = """
    SELECT requester_id AS id, approved + rejected AS many, decided_logs AS logs FROM requester_record
     ORDER BY requester_id
"""


def _untrue_times(db: Transaction) -> list[str]:
    """Typical times that are not those of the rows they were counted from."""
    found = []
    for owner, times_sql, counted_sql in (
        ("HIT group", _TIMES_WORKED, _TIMES_COUNTED),
        ("Requester", _TIMES_TO_DECIDE, _DECISIONS_COUNTED),
    ):
        true: dict[str, tuple[int, int]] = {}
        for row in db.all(times_sql):
            many, logs = true.get(row["id"], (0, 0))
            true[row["id"]] = (many + 1, logs + track_records.log(row["milliseconds"]))
        found += [
            f"{owner} {row['id']} counts {row['many']} times of {row['logs']}, its rows make {true.get(row['id'])}."
            for row in db.all(counted_sql)
            if (row["many"], row["logs"]) != true.get(row["id"], (0, 0))
        ]
    return found


# ---------------------------------------------------------------------------------------------- histories

# A history is a walk: every move leaves one status and enters another. At each moment the walk so far has left "" once,
# and entered one status once more than it left it. Moves of the same moment need no order for that.

_HIT_MOVES = """
    SELECT DISTINCT from_status, to_status FROM event
     WHERE hit_id IS NOT NULL AND assignment_id IS NULL AND to_status IS NOT NULL
"""
_HITS_THAT_MOVED = """
    SELECT DISTINCT hit_id AS id FROM event
     WHERE hit_id IS NOT NULL AND assignment_id IS NULL AND from_status = :before AND to_status = :after
     ORDER BY hit_id
"""
_ASSIGNMENT_MOVES = """
    SELECT DISTINCT from_status, to_status FROM event WHERE assignment_id IS NOT NULL AND to_status IS NOT NULL
"""
_ASSIGNMENTS_THAT_MOVED = """
    SELECT DISTINCT assignment_id AS id FROM event
     WHERE assignment_id IS NOT NULL AND from_status = :before AND to_status = :after
     ORDER BY assignment_id
"""

_HIT_HISTORIES_ARE_WALKS = Check(
    """
    WITH step AS (
        SELECT hit_id, happened_at, to_status AS status, 1 AS step FROM event
         WHERE hit_id IS NOT NULL AND assignment_id IS NULL AND to_status IS NOT NULL
        UNION ALL
        SELECT hit_id, happened_at, from_status AS status, -1 AS step FROM event
         WHERE hit_id IS NOT NULL AND assignment_id IS NULL AND to_status IS NOT NULL
    ), walk AS (
        SELECT hit_id, happened_at, status, SUM(step) OVER (PARTITION BY hit_id, status ORDER BY happened_at) AS stands
          FROM step
    )
    SELECT hit_id, MIN(happened_at) AS happened_at FROM walk
     WHERE stands > CASE WHEN status = '' THEN -1 ELSE 1 END OR stands < CASE WHEN status = '' THEN -1 ELSE 0 END
     GROUP BY hit_id ORDER BY hit_id
    """,
    "The history of HIT {hit_id} has a move from a status it was not in, at {happened_at} ms.",
)

_ASSIGNMENT_HISTORIES_ARE_WALKS = Check(
    """
    WITH step AS (
        SELECT assignment_id, happened_at, to_status AS status, 1 AS step FROM event
         WHERE assignment_id IS NOT NULL AND to_status IS NOT NULL
        UNION ALL
        SELECT assignment_id, happened_at, from_status AS status, -1 AS step FROM event
         WHERE assignment_id IS NOT NULL AND to_status IS NOT NULL
    ), walk AS (
        SELECT assignment_id, happened_at, status,
               SUM(step) OVER (PARTITION BY assignment_id, status ORDER BY happened_at) AS stands
          FROM step
    )
    SELECT assignment_id, MIN(happened_at) AS happened_at FROM walk
     WHERE stands > CASE WHEN status = '' THEN -1 ELSE 1 END OR stands < CASE WHEN status = '' THEN -1 ELSE 0 END
     GROUP BY assignment_id ORDER BY assignment_id
    """,
    "The history of assignment {assignment_id} has a move from a status it was not in, at {happened_at} ms.",
)

_HITS_ARE_WHERE_HISTORY_ENDS = Check(
    """
    SELECT h.hit_id, h.status
      FROM hit h
      LEFT JOIN event e ON e.hit_id = h.hit_id AND e.assignment_id IS NULL AND e.to_status IS NOT NULL
     GROUP BY h.hit_id, h.status
    HAVING SUM(CASE WHEN e.to_status = h.status THEN 1 ELSE 0 END)
           - SUM(CASE WHEN e.from_status = h.status THEN 1 ELSE 0 END) <> 1
        OR SUM(CASE WHEN e.from_status = '' THEN 1 ELSE 0 END) <> 1
     ORDER BY h.hit_id
    """,
    "HIT {hit_id} is {status}, and its history does not lead there.",
)

_ASSIGNMENTS_ARE_WHERE_HISTORY_ENDS = Check(
    """
    SELECT a.assignment_id, a.status
      FROM assignment a
      LEFT JOIN event e ON e.assignment_id = a.assignment_id AND e.to_status IS NOT NULL
     GROUP BY a.assignment_id, a.status
    HAVING SUM(CASE WHEN e.to_status = a.status THEN 1 ELSE 0 END)
           - SUM(CASE WHEN e.from_status = a.status THEN 1 ELSE 0 END) <> 1
        OR SUM(CASE WHEN e.from_status = '' THEN 1 ELSE 0 END) <> 1
     ORDER BY a.assignment_id
    """,
    "Assignment {assignment_id} is {status}, and its history does not lead there.",
)

CHECKS = (
    _BALANCES_SUM_TO_ZERO,
    _BALANCES_ARE_TRANSFERS,
    _NO_OVERDRAFT,
    _HOLDS_COVER_SLOTS,
    _WORK_IS_PAID_ONCE,
    _BONUSES_ARE_PAID_ONCE,
    _FEES_ARE_PAID,
    _PAYMENTS_ARE_FOR_WORK,
    _COUNTERS_ARE_ASSIGNMENTS,
    _STATUSES_FOLLOW_COUNTERS,
    _GROUPS_COUNT_OPEN_HITS,
    _FILES_ARE_ANSWERS,
    _WORKERS_COUNT_WHAT_THEY_DID,
    _WORKERS_COUNT_WHAT_IS_NOT_LEFT,
    _REQUESTERS_COUNT_DECISIONS,
    _HIT_HISTORIES_ARE_WALKS,
    _ASSIGNMENT_HISTORIES_ARE_WALKS,
    _HITS_ARE_WHERE_HISTORY_ENDS,
    _ASSIGNMENTS_ARE_WHERE_HISTORY_ENDS,
    *qualifications.CHECKS,
    *review_policies.CHECKS,
)
