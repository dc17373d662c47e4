"""Checks of money: every balance is its transfers, and every payment is for one piece of work or one bonus."""

from kempelen.checks.check import Check

BALANCES_SUM_TO_ZERO = Check(
    """
    SELECT requester_id, CAST(SUM(balance_micros) AS BIGINT) AS sum_micros FROM account
     GROUP BY requester_id HAVING SUM(balance_micros) <> 0
    """,
    "The balances of Requester {requester_id}'s accounts sum to {sum_micros}, not to zero.",
)
BALANCES_ARE_TRANSFERS = Check(
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
NO_OVERDRAFT = Check(
    "SELECT account_id, balance_micros FROM account WHERE balance_micros < 0 AND kind <> 'outside' ORDER BY account_id",
    "Account {account_id} is overdrawn: {balance_micros}.",
)
HOLDS_COVER_SLOTS = Check(
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
WORK_IS_PAID_ONCE = Check(
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
BONUSES_ARE_PAID_ONCE = Check(
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
FEES_ARE_PAID = Check(
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
PAYMENTS_ARE_FOR_WORK = Check(
    """
    SELECT t.transfer_id, t.reason, t.amount_micros
      FROM transfer t LEFT JOIN assignment a ON a.assignment_id = t.assignment_id
     WHERE t.reason IN ('Reward', 'Bonus', 'Fee') AND a.assignment_id IS NULL
     ORDER BY t.transfer_id
    """,
    "Transfer {transfer_id} pays a {reason} of {amount_micros} for no assignment there is.",
)
