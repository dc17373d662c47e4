"""Checks of review policies: each did what it recorded, once, and nobody else decided in its place."""

from kempelen.checks.check import Check

_SUBMISSIONS_ARE_JUDGED_ONCE = Check(
    """
    SELECT a.assignment_id, COUNT(r.action_id) AS many
      FROM assignment a
      JOIN hit h ON h.hit_id = a.hit_id
      LEFT JOIN review_action r
        ON r.assignment_id = a.assignment_id AND r.hit_id = a.hit_id AND r.level = 'Assignment' AND r.name = 'review'
     GROUP BY a.assignment_id, a.submitted_at, h.assignment_review_policy
    HAVING COUNT(r.action_id) <>
           CASE WHEN a.submitted_at IS NOT NULL AND h.assignment_review_policy IS NOT NULL THEN 1 ELSE 0 END
     ORDER BY a.assignment_id
    """,
    "Assignment {assignment_id} was judged {many} times by its HIT's policy for assignments.",
)

_REVIEWABLE_HITS_WERE_COMPARED = Check(
    """
    SELECT h.hit_id, h.reviewable_at
      FROM hit h
     WHERE h.hit_review_policy IS NOT NULL AND h.status IN ('Reviewable', 'Reviewing', 'Disposed')
       AND NOT EXISTS (SELECT 1 FROM review_action r
                        WHERE r.hit_id = h.hit_id AND r.level = 'HIT' AND r.name = 'review'
                          AND r.completed_at = h.reviewable_at)
     ORDER BY h.hit_id
    """,
    "HIT {hit_id} became Reviewable at {reviewable_at} ms, and its policy did not compare its work then.",
)

_DECISIONS_ARE_RECORDED = Check(
    """
    SELECT a.assignment_id, a.status, COALESCE(a.decided_by_policy, 'no policy') AS decider, COALESCE(r.many, 0) AS many
      FROM assignment a
      LEFT JOIN (SELECT assignment_id, COUNT(*) AS many, MIN(name) AS name FROM review_action
                  WHERE acted = 1 AND name IN ('approve', 'reject') GROUP BY assignment_id) r
        ON r.assignment_id = a.assignment_id
     WHERE COALESCE(r.many, 0) > 1
        OR (a.decided_by_policy IS NOT NULL AND COALESCE(r.name, '') <> CASE a.status WHEN 'Approved' THEN 'approve'
                                                                           WHEN 'Rejected' THEN 'reject' ELSE '-' END)
        OR (a.decided_by_policy IS NULL AND r.many > 0 AND NOT (r.name = 'reject' AND a.status = 'Approved'))
     ORDER BY a.assignment_id
    """,
    "Assignment {assignment_id} is {status}, decided by {decider}, and its policies record {many} decisions on it.",
)

_NOBODY_ELSE_REJECTS = Check(
    """
    SELECT e.assignment_id, e.actor FROM event e
     WHERE e.kind = 'AssignmentRejected' AND e.actor <> e.requester_id
       AND NOT (e.actor = 'POLICY' AND EXISTS (SELECT 1 FROM review_action r
                                                WHERE r.assignment_id = e.assignment_id AND r.acted = 1
                                                  AND r.name = 'reject'))
     ORDER BY e.assignment_id
    """,
    "Assignment {assignment_id} was rejected by {actor}, who is neither its Requester nor a policy of theirs.",
)

_EXTENSIONS_ARE_RECORDED = Check(
    """
    SELECT h.hit_id, COALESCE(r.many, 0) AS many, COALESCE(e.many, 0) AS recorded
      FROM hit h
      LEFT JOIN (SELECT hit_id, COUNT(*) AS many FROM review_action
                  WHERE name = 'extend' AND acted = 1 GROUP BY hit_id) r ON r.hit_id = h.hit_id
      LEFT JOIN (SELECT hit_id, COUNT(*) AS many FROM event
                  WHERE kind = 'HITExtended' AND actor = 'POLICY' GROUP BY hit_id) e ON e.hit_id = h.hit_id
     WHERE COALESCE(r.many, 0) <> COALESCE(e.many, 0)
     ORDER BY h.hit_id
    """,
    "HIT {hit_id} was extended {many} times by its policies, and its history records {recorded}.",
)

_REPORTS_ARE_WHOLE = Check(
    """
    SELECT hit_id, COUNT(*) AS many, MAX(number) AS last
      FROM (SELECT hit_id, number FROM review_action UNION ALL SELECT hit_id, number FROM review_result) AS entry
     GROUP BY hit_id HAVING COUNT(*) <> MAX(number) OR COUNT(*) <> COUNT(DISTINCT number)
     ORDER BY hit_id
    """,
    "The reports of HIT {hit_id} have {many} entries, numbered up to {last}.",
)

_RESULTS_ARE_OF_REVIEWS = Check(
    """
    SELECT f.hit_id, f.number
      FROM review_result f JOIN review_action r ON r.action_id = f.action_id
     WHERE r.name <> 'review' OR r.hit_id <> f.hit_id OR r.level <> f.level OR r.number >= f.number
     ORDER BY f.hit_id, f.number
    """,
    "Result {number} of HIT {hit_id} was found by no review before it.",
)

CHECKS = (
    _SUBMISSIONS_ARE_JUDGED_ONCE,
    _REVIEWABLE_HITS_WERE_COMPARED,
    _DECISIONS_ARE_RECORDED,
    _NOBODY_ELSE_REJECTS,
    _EXTENSIONS_ARE_RECORDED,
    _REPORTS_ARE_WHOLE,
    _RESULTS_ARE_OF_REVIEWS,
)
