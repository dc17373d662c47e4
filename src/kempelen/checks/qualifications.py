"""Checks of qualifications: states and their histories, what Workers' records count, what bars exclude.

A qualification, a request and a type are where their events lead. Events have no ids of requests, so the requests of
one Worker for one type are counted together. Bars are computed again from each HIT type's requirements and compared.
"""

from collections.abc import Iterator

from kempelen.checks.check import Check
from kempelen.market.hits import hit_types
from kempelen.market.hits.hit_types import Bars
from kempelen.store.database import Row, Transaction
from kempelen.store.select import statement

SCORE_EVENTS = "kind IN ('QualificationGranted', 'QualificationRevoked')"
REQUEST_EVENTS = """
    kind IN ('QualificationTestBegun', 'QualificationRequested', 'QualificationRequestGranted',
             'QualificationRequestRejected', 'QualificationTestLapsed')
"""
TYPE_EVENTS = """
    requester_id IS NOT NULL AND kind IN ('QualificationTypeCreated', 'QualificationTypeUpdated',
                                          'QualificationTypeDeleted', 'QualificationTypeDisposed')
"""

_QUALIFICATIONS_ARE_WHERE_HISTORY_ENDS = Check(
    """
    SELECT worker_id, qualification_type_id, CAST(SUM(granted) AS BIGINT) AS granted,
           CAST(SUM(revoked) AS BIGINT) AS revoked
      FROM (SELECT worker_id, qualification_type_id,
                   CASE WHEN status = 'Granted' THEN 1 ELSE 0 END AS granted,
                   CASE WHEN status = 'Revoked' THEN 1 ELSE 0 END AS revoked
              FROM qualification
            UNION ALL
            SELECT worker_id, qualification_type_id,
                   CASE WHEN from_status = 'Granted' THEN 1 ELSE 0 END
                   - CASE WHEN to_status = 'Granted' THEN 1 ELSE 0 END,
                   CASE WHEN from_status = 'Revoked' THEN 1 ELSE 0 END
                   - CASE WHEN to_status = 'Revoked' THEN 1 ELSE 0 END
              FROM event WHERE kind IN ('QualificationGranted', 'QualificationRevoked')) AS moved
     GROUP BY worker_id, qualification_type_id HAVING SUM(granted) <> 0 OR SUM(revoked) <> 0
     ORDER BY worker_id, qualification_type_id
    """,
    "Worker {worker_id}'s qualification {qualification_type_id} is not where its history leads: Granted off by "
    "{granted}, Revoked by {revoked}.",
)

_REQUESTS_ARE_WHERE_HISTORY_ENDS = Check(
    statement(
        """
        SELECT worker_id, qualification_type_id, status, CAST(SUM(many) AS BIGINT) AS many
          FROM (SELECT worker_id, qualification_type_id, status, 1 AS many FROM qualification_request
                UNION ALL
                SELECT worker_id, qualification_type_id, to_status, -1 FROM event WHERE
        """,
        REQUEST_EVENTS,
        "UNION ALL SELECT worker_id, qualification_type_id, from_status, 1 FROM event WHERE",
        REQUEST_EVENTS,
        """
               ) AS moved
         WHERE status <> ''
         GROUP BY worker_id, qualification_type_id, status HAVING SUM(many) <> 0
         ORDER BY worker_id, qualification_type_id, status
        """,
    ),
    "Worker {worker_id}'s requests for {qualification_type_id} that are {status} are {many} more than their history "
    "leads to.",
)

_TYPES_ARE_WHERE_HISTORY_ENDS = Check(
    statement(
        """
        SELECT qualification_type_id, status, CAST(SUM(many) AS BIGINT) AS many
          FROM (SELECT qualification_type_id, status, 1 AS many FROM qualification_type WHERE requester_id IS NOT NULL
                UNION ALL
                SELECT qualification_type_id, to_status, -1 FROM event WHERE
        """,
        TYPE_EVENTS,
        "UNION ALL SELECT qualification_type_id, from_status, 1 FROM event WHERE",
        TYPE_EVENTS,
        """
               ) AS moved
         WHERE status <> ''
         GROUP BY qualification_type_id, status HAVING SUM(many) <> 0
         ORDER BY qualification_type_id, status
        """,
    ),
    "Qualification type {qualification_type_id} is not where its history leads: {status} is off by {many}.",
)

_NOBODY_WAITS_FOR_WHAT_GOES = Check(
    """
    SELECT r.request_id, r.status, t.status AS type_status, t.qualification_type_id
      FROM qualification_request r JOIN qualification_type t ON t.qualification_type_id = r.qualification_type_id
     WHERE r.status IN ('InTest', 'Submitted') AND t.status IN ('Disposing', 'Disposed')
     ORDER BY r.request_id
    """,
    "Request {request_id} is {status}, and its type {qualification_type_id} is {type_status}.",
)

_GRANTED_REQUESTS_LED_TO_A_SCORE = Check(
    """
    SELECT r.request_id, r.worker_id, r.qualification_type_id
      FROM qualification_request r
      LEFT JOIN qualification q
        ON q.worker_id = r.worker_id AND q.qualification_type_id = r.qualification_type_id
     WHERE r.status = 'Granted' AND (q.worker_id IS NULL OR q.granted_at < r.decided_at)
     ORDER BY r.request_id
    """,
    "Request {request_id} was granted, and Worker {worker_id} has no score of {qualification_type_id} from then on.",
)

_RECORDS_ARE_ASSIGNMENTS = Check(
    """
    SELECT worker_id, requester_id, CAST(SUM(submitted) AS BIGINT) AS submitted,
           CAST(SUM(approved) AS BIGINT) AS approved, CAST(SUM(rejected) AS BIGINT) AS rejected
      FROM (SELECT worker_id, requester_id, submitted, approved, rejected FROM worker_record
            UNION ALL
            SELECT worker_id, requester_id, -1, CASE WHEN status = 'Approved' THEN -1 ELSE 0 END,
                   CASE WHEN status = 'Rejected' THEN -1 ELSE 0 END
              FROM assignment WHERE submitted_at IS NOT NULL) AS counted
     GROUP BY worker_id, requester_id HAVING SUM(submitted) <> 0 OR SUM(approved) <> 0 OR SUM(rejected) <> 0
     ORDER BY worker_id, requester_id
    """,
    "The record of Worker {worker_id} with Requester {requester_id} counts {submitted} submitted, {approved} approved "
    "and {rejected} rejected more than there are.",
)

CHECKS = (
    _QUALIFICATIONS_ARE_WHERE_HISTORY_ENDS,
    _REQUESTS_ARE_WHERE_HISTORY_ENDS,
    _TYPES_ARE_WHERE_HISTORY_ENDS,
    _NOBODY_WAITS_FOR_WHAT_GOES,
    _GRANTED_REQUESTS_LED_TO_A_SCORE,
    _RECORDS_ARE_ASSIGNMENTS,
)

# ---------------------------------------------------------------------------------------------- bars

_GROUPS = """
    SELECT g.*, t.requirements FROM hit_group g JOIN hit_type t ON t.hit_type_id = g.hit_type_id
     ORDER BY g.hit_group_id
"""
_REQUIRED = "SELECT hit_type_id, qualification_type_id FROM hit_type_requirement"
_RANGES = "SELECT bar_id, position, qualification_type_id, low, high, needs FROM bar_range"
_ABSENCES = "SELECT bar_id, qualification_type_id FROM bar_absence"

Bar = frozenset[tuple[object, ...]]


def untrue_bars(db: Transaction) -> Iterator[str]:
    """A sentence for each HIT group with other bars than its requirements make, and for each bar that is not whole."""
    ranges = _gathered(db.all(_RANGES), "bar_id")
    absences = _gathered(db.all(_ABSENCES), "bar_id")
    required = _gathered(db.all(_REQUIRED), "hit_type_id")
    checked: set[str] = set()
    for group in db.all(_GROUPS):
        wanted = hit_types.requirements_of(group)
        named = frozenset((each.qualification_type_id,) for each in wanted)
        discover, accept = hit_types.discovery_bars(wanted), hit_types.bars(wanted)
        if (
            required.get(group["hit_type_id"], frozenset()) != named
            or _bars_of(group, "discover") != _ids(discover)
            or _bars_of(group, "accept") != _ids(accept)
            or bool(group["masters"]) != hit_types.names_masters(wanted)
        ):
            yield f"HIT group {group['hit_group_id']} bars others than its requirements say."
        for bars in (discover, accept):
            for bar_id, true, found in _contents(bars, ranges, absences):
                if bar_id not in checked and true != found:
                    yield f"Bar {bar_id} of HIT group {group['hit_group_id']} is not what its requirements make."
                checked.add(bar_id)


def _gathered(rows: list[Row], key: str) -> dict[str, Bar]:
    """Rows by a column, each without it."""
    found: dict[str, set[tuple[object, ...]]] = {}
    for row in rows:
        found.setdefault(row[key], set()).add(tuple(value for name, value in row.items() if name != key))
    return {name: frozenset(many) for name, many in found.items()}


def _bars_of(group: Row, action: str) -> tuple[str, str, str]:
    return group[f"{action}_granted"], group[f"{action}_record"], group[f"{action}_absent"]


def _ids(bars: Bars) -> tuple[str, str, str]:
    return bars.granted.bar_id, bars.record.bar_id, bars.absent.bar_id


def _contents(bars: Bars, ranges: dict[str, Bar], absences: dict[str, Bar]) -> Iterator[tuple[str, Bar, Bar]]:
    """Each bar's id, the rows it must have and those it has."""
    for bar in (bars.granted, bars.record):
        true = {
            (position, type_id, low, high, len(bar.rules))
            for position, (type_id, wanted) in enumerate(bar.rules)
            for low, high in wanted
        }
        yield bar.bar_id, frozenset(true), ranges.get(bar.bar_id, frozenset())
    yield (
        bars.absent.bar_id,
        frozenset((type_id,) for type_id in bars.absent.type_ids),
        absences.get(bars.absent.bar_id, frozenset()),
    )
