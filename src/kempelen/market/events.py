"""What happened: the audit log, appended in the transaction of each change, told to people later.

An event holds ids, statuses and amounts, never answers, names or addresses, so people's data stays deletable. Nothing
relies on reading events in the order of their ids. The kinds that Requesters can subscribe to have the wire's names.
Whatever an event owes to others elsewhere becomes deliveries here, in its own transaction.
"""

from kempelen.core.money import Money
from kempelen.market import deliveries
from kempelen.market.call import Call


def append(
    call: Call,
    kind: str,
    *,
    requester_id: str | None = None,
    worker_id: str | None = None,
    hit_id: str | None = None,
    assignment_id: str | None = None,
    qualification_type_id: str | None = None,
    moved: tuple[str, str] | None = None,
    amount: Money | None = None,
    subject_id: str | None = None,
) -> None:
    """Record one event; `moved` is a status before and after, "" standing for not yet there.

    `subject_id` is the bonus or message that it is about, for the mail which tells of it.
    """
    event_id = call.new_id()
    before, after = moved or (None, None)
    call.db.run(
        """
        INSERT INTO event (event_id, kind, happened_at, actor, requester_id, worker_id, hit_id, assignment_id,
                           qualification_type_id, from_status, to_status, amount_micros)
        VALUES (:event_id, :kind, :now, :actor, :requester_id, :worker_id, :hit_id, :assignment_id,
                :qualification_type_id, :before, :after, :amount)
        """,
        event_id=event_id,
        kind=kind,
        now=call.now,
        actor=call.caller,
        requester_id=requester_id,
        worker_id=worker_id,
        hit_id=hit_id,
        assignment_id=assignment_id,
        qualification_type_id=qualification_type_id,
        before=before,
        after=after,
        amount=amount,
    )
    deliveries.tell(
        call,
        kind,
        event_id=event_id,
        requester_id=requester_id,
        worker_id=worker_id,
        hit_id=hit_id,
        assignment_id=assignment_id,
        qualification_type_id=qualification_type_id,
        subject_id=subject_id,
    )
