"""Checks of counters: each stored count is what a recount gives."""

from kempelen.checks.check import Check
from kempelen.market.hits import track_records
from kempelen.store.database import Transaction

COUNTERS_ARE_ASSIGNMENTS = Check(
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
STATUSES_FOLLOW_COUNTERS = Check(
    """
    SELECT hit_id, status, open, pending, expired FROM hit
     WHERE status <> 'Disposed'
       AND (status = 'Assignable') <> (open > 0 AND expired = 0)
        OR (status = 'Unassignable') <> (status <> 'Disposed' AND pending > 0 AND NOT (open > 0 AND expired = 0))
     ORDER BY hit_id
    """,
    "HIT {hit_id} is {status} with {open} places open, {pending} pending, expired {expired}.",
)
GROUPS_COUNT_OPEN_HITS = Check(
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
FILES_ARE_ANSWERS = Check(
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
FILES_COUNT_THEIR_SIZE = Check(
    """
    SELECT u.file_key, u.held_bytes, u.size_in_bytes FROM upload u
     WHERE u.size_in_bytes IS NOT NULL AND u.held_bytes <> u.size_in_bytes
     ORDER BY u.file_key
    """,
    "File {file_key} of {size_in_bytes} bytes counts as {held_bytes}.",
)
FILES_COUNT_FOR_THEIR_WORKER = Check(
    """
    SELECT u.file_key, u.worker_id AS counted, a.worker_id AS uploader
      FROM upload u JOIN assignment a ON a.assignment_id = u.assignment_id
     WHERE u.worker_id IS NULL OR u.worker_id <> a.worker_id
     ORDER BY u.file_key
    """,
    "File {file_key} of Worker {uploader} counts for {counted}.",
)
WORKERS_COUNT_WHAT_THEY_DID = Check(
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
WORKERS_COUNT_WHAT_IS_NOT_LEFT = Check(
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
REQUESTERS_COUNT_DECISIONS = Check(
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


def untrue_times(db: Transaction) -> list[str]:
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
