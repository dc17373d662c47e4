"""Recovery: a forgotten password is reset by mail, and an e-mail address is changed with proof of both addresses.

A reset is a link, good for an hour of real time and once. A change of address takes effect when the link in the mail
to the new address is used, within a day. The old address gets a notice at once, whose link cancels the change or, for
two weeks after it took effect, undoes it: then every session and API token ends, and a new password is asked for.
The links carry an id and a signature over it; neither is kept.
"""

from datetime import datetime, timedelta

from kempelen.core.wire.operations import transaction
from kempelen.core.wire.refusals import InvalidField, LinkExpired
from kempelen.market.foundation import events
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.mail_contents import CONFIRM_EMAIL, RESET_PASSWORD, UNDO_EMAIL, link_token
from kempelen.market.foundation.personal_data import erases
from kempelen.market.people import accounts
from kempelen.store.database import Row

RESET_LIFE = timedelta(hours=1)
CONFIRMATION_LIFE = timedelta(days=1)
UNDO_LIFE = timedelta(days=14)

ON_ACCOUNT_DELETION = (
    erases("password_reset", "DELETE FROM password_reset WHERE worker_id = :caller"),
    erases("email_change", "DELETE FROM email_change WHERE worker_id = :caller"),
)


def request_password_reset(call: Call, *, email: str, at: datetime) -> None:
    """Mail a link to reset the password; nothing if no Worker who may sign in has this address."""
    row = call.db.one(
        "SELECT worker_id FROM worker WHERE email = :email AND status = 'Active'", email=email.strip().lower()
    )
    if row is None:
        return
    reset_id = _add_reset(call, row["worker_id"], at)
    events.append(call, "PasswordResetRequested", worker_id=row["worker_id"], subject_id=reset_id)


@transaction(reads=True)
def get_password_reset(call: Call, *, token: str, at: datetime) -> str:
    """The e-mail address of the account that a reset link is for; LinkExpired when it is used, expired or forged."""
    return str(accounts.worker(call, _reset(call, token, at)["worker_id"])["email"])


def reset_password(call: Call, *, token: str, password_hash: str, revokes_tokens: bool, at: datetime) -> str:
    """Set the password that a reset link asks for and end all sessions; the WorkerId. LinkExpired as above."""
    worker_id = str(_reset(call, token, at)["worker_id"])
    used = call.db.run("DELETE FROM password_reset WHERE reset_id = :reset_id", reset_id=token.partition(".")[0])
    if not used:
        raise LinkExpired()
    accounts.set_password(call, worker_id=worker_id, password_hash=password_hash)
    if revokes_tokens:
        accounts.revoke_worker_tokens(call, worker_id=worker_id)
    return worker_id


def request_email_change(call: Call, *, email: str, at: datetime) -> None:
    """Mail a link to the calling Worker's new address, and a notice to the present one; replaces an earlier request.

    Whether somebody else has the new address is said only to who confirms it, because they read its mail.
    """
    email = accounts.checked_email(email)
    present = accounts.worker(call, call.caller)["email"]
    if email == present:
        raise InvalidField(field="email", reason="This is your e-mail address already.")
    call.db.run("DELETE FROM email_change WHERE worker_id = :caller AND confirmed_at IS NULL", caller=call.caller)
    change_id = call.new_id()
    call.db.run(
        """
        INSERT INTO email_change (change_id, worker_id, old_email, new_email, requested_at, ends_at)
        VALUES (:change_id, :caller, :old_email, :new_email, :at, :ends_at)
        """,
        change_id=change_id,
        caller=call.caller,
        old_email=present,
        new_email=email,
        at=at,
        ends_at=at + CONFIRMATION_LIFE,
    )
    events.append(call, "EmailChangeRequested", worker_id=call.caller, subject_id=change_id)
    events.append(call, "EmailChangeNoticeDue", worker_id=call.caller, subject_id=change_id)


@transaction(reads=True)
def get_email_change(call: Call, *, token: str, purpose: str, at: datetime) -> tuple[str, str, bool]:
    """The old and the new address of the change that a link is for, and whether it was confirmed; or LinkExpired."""
    row = _change(call, token, purpose, at)
    return row["old_email"], row["new_email"], row["confirmed_at"] is not None


@transaction(reads=True)
def get_requested_email(call: Call, *, at: datetime) -> str | None:
    """The new address that the calling Worker has asked for and not yet confirmed."""
    row = call.db.one(
        """
        SELECT new_email FROM email_change WHERE worker_id = :caller AND confirmed_at IS NULL AND ends_at > :at
        """,
        caller=call.caller,
        at=at,
    )
    return None if row is None else str(row["new_email"])


def confirm_email_change(call: Call, *, token: str, at: datetime) -> str:
    """The new address counts from now on; it is returned. LinkExpired, or InvalidField when somebody else has it."""
    row = _change(call, token, CONFIRM_EMAIL, at)
    confirmed = call.db.run(
        """
        UPDATE email_change SET confirmed_at = :at, ends_at = :undo_until
         WHERE change_id = :change_id AND confirmed_at IS NULL
        """,
        at=at,
        undo_until=at + UNDO_LIFE,
        change_id=row["change_id"],
    )
    if not confirmed:
        raise LinkExpired()
    _set_email(call, row["worker_id"], row["new_email"])
    return str(row["new_email"])


def undo_email_change(call: Call, *, token: str, at: datetime) -> str | None:
    """Cancel a change of address, or undo it; None, or the token of a link that sets a new password.

    Who holds the old address takes the account back from whoever changed it: sessions, API tokens, resets and later
    changes end.
    """
    row = _change(call, token, UNDO_EMAIL, at)
    worker_id = row["worker_id"]
    if row["confirmed_at"] is None:
        call.db.run("DELETE FROM email_change WHERE change_id = :change_id", change_id=row["change_id"])
        return None
    _set_email(call, worker_id, row["old_email"])
    call.db.run("DELETE FROM email_change WHERE worker_id = :worker_id", worker_id=worker_id)
    call.db.run("DELETE FROM session WHERE worker_id = :worker_id", worker_id=worker_id)
    accounts.revoke_worker_tokens(call, worker_id=worker_id)
    return link_token(call, RESET_PASSWORD, _add_reset(call, worker_id, at))


def set_email(call: Call, *, worker_id: str, email: str) -> None:
    """Another address for a Worker, by the operator; open resets and changes end."""
    accounts.worker(call, worker_id)
    _set_email(call, worker_id, accounts.checked_email(email))
    call.db.run("DELETE FROM email_change WHERE worker_id = :worker_id", worker_id=worker_id)


def delete_ended(call: Call, *, at: datetime) -> None:
    """Drop resets and changes whose time is over."""
    call.db.run("DELETE FROM password_reset WHERE ends_at <= :at", at=at)
    call.db.run("DELETE FROM email_change WHERE ends_at <= :at", at=at)


def _add_reset(call: Call, worker_id: str, at: datetime) -> str:
    reset_id = call.new_id()
    call.db.run(
        """
        INSERT INTO password_reset (reset_id, worker_id, requested_at, ends_at)
        VALUES (:reset_id, :worker_id, :at, :ends_at)
        """,
        reset_id=reset_id,
        worker_id=worker_id,
        at=at,
        ends_at=at + RESET_LIFE,
    )
    return reset_id


def _reset(call: Call, token: str, at: datetime) -> Row:
    row = call.db.one(
        """
        SELECT r.* FROM password_reset r JOIN worker w ON w.worker_id = r.worker_id
         WHERE r.reset_id = :reset_id AND r.ends_at > :at AND w.status = 'Active'
        """,
        reset_id=_signed_id(call, RESET_PASSWORD, token),
        at=at,
    )
    if row is None:
        raise LinkExpired()
    return row


def _change(call: Call, token: str, purpose: str, at: datetime) -> Row:
    row = call.db.one(
        "SELECT * FROM email_change WHERE change_id = :change_id AND ends_at > :at",
        change_id=_signed_id(call, purpose, token),
        at=at,
    )
    if row is None or (purpose == CONFIRM_EMAIL and row["confirmed_at"] is not None):
        raise LinkExpired()
    return row


def _signed_id(call: Call, purpose: str, token: str) -> str:
    """The id in a link's token; LinkExpired unless it was signed here for this purpose."""
    about_id, _, signature = token.partition(".")
    try:
        if call.vault.is_signed(purpose, about_id.encode(), bytes.fromhex(signature)):
            return about_id
    except ValueError:
        pass
    raise LinkExpired()


def _set_email(call: Call, worker_id: str, email: str) -> None:
    """Resets end with the address they were mailed to."""
    changed = call.db.run(
        """
        UPDATE worker SET email = :email
         WHERE worker_id = :worker_id
           AND NOT EXISTS (SELECT 1 FROM worker o WHERE o.email = :email AND o.worker_id <> :worker_id)
        """,
        email=email,
        worker_id=worker_id,
    )
    if not changed:
        raise InvalidField(field="email", reason="There is an account with this e-mail address or id already.")
    call.db.run("DELETE FROM password_reset WHERE worker_id = :worker_id", worker_id=worker_id)
    events.append(call, "EmailChanged", worker_id=worker_id)
