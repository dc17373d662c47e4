"""Account deletion: a Worker deletes their account. Personal data goes; money and work stay.

Deleted at once: name, address, password, location, preferences, searches, messages in both directions, the texts of
reports, sessions, API tokens, and mails that wait to be sent. Accepted HITs are returned. The WorkerId stays, without a
person behind it, with the ledger, the events, and the work that Requesters received, which is theirs.
"""

from kempelen.market.foundation import events, outbox
from kempelen.market.foundation.call import Call
from kempelen.market.work import work

DELETED_DOMAIN = "deleted.invalid"  # a domain that no mail can ever reach


def delete_account(call: Call) -> int:
    """Delete the caller's account and what it says of them; how many HITs went back to others."""
    returned = 0
    for accepted in work.list_queue(call):
        work.return_assignment(call, assignment_id=accepted.assignment_id)
        returned += 1
    call.db.run("DELETE FROM saved_search WHERE worker_id = :caller", caller=call.caller)
    call.db.run("DELETE FROM task_permission WHERE worker_id = :caller", caller=call.caller)
    call.db.run("DELETE FROM message_recipient WHERE worker_id = :caller", caller=call.caller)
    call.db.run("DELETE FROM contact WHERE worker_id = :caller", caller=call.caller)
    call.db.run("UPDATE report SET report_text = '' WHERE worker_id = :caller", caller=call.caller)
    call.db.run("DELETE FROM session WHERE worker_id = :caller", caller=call.caller)
    call.db.run("DELETE FROM password_reset WHERE worker_id = :caller", caller=call.caller)
    call.db.run("DELETE FROM email_change WHERE worker_id = :caller", caller=call.caller)
    call.db.run("DELETE FROM worker_token WHERE worker_id = :caller", caller=call.caller)
    call.db.run(
        """
        DELETE FROM invitation WHERE email = (SELECT w.email FROM worker w WHERE w.worker_id = :caller)
        """,
        caller=call.caller,
    )
    call.db.run(
        """
        UPDATE worker SET name = 'Deleted', email = :email, password_hash = '-', status = 'Suspended', country = NULL,
                          subdivision = NULL, language = NULL, time_zone = NULL, mail_messages = 0, mail_news = 0,
                          compact_lists = 0, alert_sound = 0, alert_notification = 0, alert_accept = 0,
                          deleted_at = :now
         WHERE worker_id = :caller AND deleted_at IS NULL
        """,
        email=f"{call.caller.lower()}@{DELETED_DOMAIN}",
        now=call.now,
        caller=call.caller,
    )
    outbox.drop_mails_to(call, call.caller)
    events.append(call, "WorkerDeleted", worker_id=call.caller)
    return returned
