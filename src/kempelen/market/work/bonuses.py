"""Bonuses: money above the reward, with a reason the Worker sees. Final once paid; several per assignment are fine.

Source: docs/mturk/api.md 2.21, 2.33 and 3.8.
"""

from datetime import datetime

from kempelen.core.money import Money
from kempelen.core.rules import fees
from kempelen.core.wire import bounds
from kempelen.core.wire.errors import AssignmentDoesNotExist, InvalidParameterValue, MissingParameters
from kempelen.core.wire.operations import operation
from kempelen.core.wire.shapes import EntityId, IdempotencyToken, Integer, MaxResults, NextToken, Structure, WorkerId
from kempelen.market.foundation import events, ledger, pages, request_tokens
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import keeps
from kempelen.market.hits import hit_types, hits
from kempelen.market.people import accounts
from kempelen.market.work import assignments
from kempelen.store.database import Row, instant

MAX_REASON = 4_096

ON_ACCOUNT_DELETION = (keeps("bonus", "a payment, with the Requester's reason"),)


class BonusPayment(Structure, frozen=True, kw_only=True):
    """A bonus as it was paid, without its fee. Source: docs/mturk/api.md 3.8."""

    worker_id: WorkerId
    bonus_amount: Money
    assignment_id: EntityId
    reason: str
    grant_time: datetime


class BonusPaymentPage(Structure, frozen=True, kw_only=True):
    """A page of bonuses; the token continues it, `num_results` counts this page."""

    num_results: Integer
    next_token: NextToken | None
    bonus_payments: list[BonusPayment]


@operation
def send_bonus(
    call: Call,
    *,
    worker_id: WorkerId,
    bonus_amount: Money,
    assignment_id: EntityId,
    reason: str,
    unique_request_token: IdempotencyToken | None = None,
) -> None:
    """Pay a Worker extra for submitted work, and the fee on it, from available money; without a token, every time.

    Source: API reference, SendBonus; docs/mturk/api.md 2.33.
    """
    hit_types.check_amount(call, "bonus_amount", bonus_amount, zero=False)
    bounds.check_length("reason", reason, MAX_REASON, least=1)
    accounts.worker(call, worker_id)
    row = assignments.own(call, assignment_id)
    if row["submitted_at"] is None:
        raise AssignmentDoesNotExist(assignment_id=assignment_id)
    if row["worker_id"] != worker_id:
        raise InvalidParameterValue(value=worker_id, name="worker_id")
    bonus_id = call.new_id()
    if unique_request_token is not None:
        request_tokens.use(call, "SendBonus", unique_request_token, result_id=bonus_id)
    _pay(call, bonus_id, row, bonus_amount, reason)


@operation(reads=True)
def list_bonus_payments(
    call: Call,
    *,
    hit_id: EntityId | None = None,
    assignment_id: EntityId | None = None,
    next_token: NextToken | None = None,
    max_results: MaxResults = 10,
) -> BonusPaymentPage:
    """The bonuses paid for a HIT's assignments, or for one assignment (of that HIT, if both are named), oldest first.

    Source: API reference, ListBonusPayments; docs/mturk/api.md 2.21.
    """
    if hit_id is None and assignment_id is None:
        raise MissingParameters("hit_id", "assignment_id")
    if hit_id is not None:
        hits.own(call, hit_id)
    if assignment_id is not None:
        assignments.own(call, assignment_id)
    list_of = ("ListBonusPayments", hit_id, assignment_id)
    granted_at, after_id = pages.position_after(call, next_token, *list_of) or (0, "")
    page: dict[str, int | str] = {"granted_at": granted_at, "after_id": after_id, "max_results": max_results}
    if assignment_id is not None:
        rows = call.db.all(_OF_ASSIGNMENT, assignment_id=assignment_id, hit_id=hit_id or "", **page)
    else:
        rows = call.db.all(_OF_HIT, hit_id=hit_id, **page)
    last = (rows[-1]["granted_at"], rows[-1]["bonus_id"]) if rows else None
    return BonusPaymentPage(
        num_results=len(rows),
        next_token=pages.token_after(call, last, *list_of),
        bonus_payments=[_record(row) for row in rows],
    )


_OF_HIT = """
    SELECT * FROM bonus
     WHERE hit_id = :hit_id AND (granted_at, bonus_id) > (:granted_at, :after_id)
     ORDER BY granted_at, bonus_id LIMIT :max_results
"""

_OF_ASSIGNMENT = """
    SELECT * FROM bonus
     WHERE assignment_id = :assignment_id AND (:hit_id = '' OR hit_id = :hit_id)
       AND (granted_at, bonus_id) > (:granted_at, :after_id)
     ORDER BY granted_at, bonus_id LIMIT :max_results
"""


def _pay(call: Call, bonus_id: str, row: Row, amount: Money, reason: str) -> None:
    fee = fees.bonus_fee(amount, rules=call.rules)
    call.db.run(
        """
        INSERT INTO bonus (bonus_id, assignment_id, hit_id, requester_id, worker_id, amount_micros, fee_micros, reason,
                           granted_at)
        VALUES (:bonus_id, :assignment_id, :hit_id, :requester_id, :worker_id, :amount, :fee, :reason, :now)
        """,
        bonus_id=bonus_id,
        assignment_id=row["assignment_id"],
        hit_id=row["hit_id"],
        requester_id=row["requester_id"],
        worker_id=row["worker_id"],
        amount=amount,
        fee=fee,
        reason=reason,
        now=call.now,
    )
    ledger.pay_from_available(
        call,
        "Bonus",
        row["requester_id"],
        row["worker_id"],
        amount=amount,
        fee=fee,
        hit_id=row["hit_id"],
        assignment_id=row["assignment_id"],
    )
    events.append(
        call,
        "BonusPaid",
        requester_id=row["requester_id"],
        worker_id=row["worker_id"],
        hit_id=row["hit_id"],
        assignment_id=row["assignment_id"],
        amount=amount,
        subject_id=bonus_id,
    )


def _record(row: Row) -> BonusPayment:
    return BonusPayment(
        worker_id=row["worker_id"],
        bonus_amount=Money(row["amount_micros"]),
        assignment_id=row["assignment_id"],
        reason=row["reason"],
        grant_time=instant(row["granted_at"]),
    )
