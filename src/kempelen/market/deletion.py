"""Account deletion: a Worker deletes their account. Personal data goes; money and work stay.

Deleted at once: name, address, password, location, preferences, searches, messages in both directions, the texts of
reports, sessions, API tokens, and mails that wait to be sent. Accepted HITs are returned. The WorkerId stays, without a
person behind it, with the ledger, the events, and the work that Requesters received, which is theirs.
"""

from datetime import datetime

from kempelen.market.foundation import events, ledger, outbox
from kempelen.market.foundation.call import Call
from kempelen.market.hits import saved_searches, slots, track_records, uploads
from kempelen.market.messaging import contacts, messages, reports
from kempelen.market.people import accounts, recovery, worker_blocks
from kempelen.market.qualifications import qualification_requests, qualifications
from kempelen.market.work import assignments, bonuses, permissions, work

DELETED_DOMAIN = "deleted.invalid"  # a domain that no mail can ever reach
RECORDS = (
    saved_searches,
    permissions,
    messages,
    contacts,
    reports,
    recovery,
    accounts,
    outbox,
    assignments,
    bonuses,
    events,
    ledger,
    qualification_requests,
    qualifications,
    slots,
    track_records,
    uploads,
    worker_blocks,
)


def delete_account(call: Call) -> int:
    """Delete the caller's account and what it says of them; how many HITs were returned."""
    accepted = work.list_queue(call)
    for each in accepted:
        work.return_assignment(call, assignment_id=each.assignment_id)
    values: dict[str, str | datetime] = {
        "caller": call.caller,
        "now": call.now,
        "email": f"{call.caller.lower()}@{DELETED_DOMAIN}",
    }
    for record in RECORDS:
        for declared in record.ON_ACCOUNT_DELETION:
            if declared.sql:
                call.db.run(declared.sql, **{name: values[name] for name in values if f":{name}" in declared.sql})
    events.append(call, "WorkerDeleted", worker_id=call.caller)
    return len(accepted)
