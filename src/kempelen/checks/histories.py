"""Checks of histories: HITs and assignments came to where they are by allowed moves."""

from kempelen.checks import qualifications
from kempelen.checks.check import Check
from kempelen.core.rules.states import (
    ASSIGNMENT_MOVES,
    HIT_MOVES,
    QUALIFICATION_MOVES,
    QUALIFICATION_TYPE_MOVES,
    REQUEST_MOVES,
)
from kempelen.store.database import Transaction
from kempelen.store.select import statement


def forbidden_moves(db: Transaction) -> list[str]:
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
HIT_HISTORIES_ARE_WALKS = Check(
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
ASSIGNMENT_HISTORIES_ARE_WALKS = Check(
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
HITS_ARE_WHERE_HISTORY_ENDS = Check(
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
ASSIGNMENTS_ARE_WHERE_HISTORY_ENDS = Check(
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
