"""Accounts: the Requesters and Workers of a marketplace, their keys, tokens and sessions.

A Requester signs API requests with one of several access keys; each can be revoked at once. A Worker signs in with a
password (hashed by argon2 at the edge, never here: it is slow on purpose) or sends an API token. Tokens are kept as
digests, secret access keys sealed. Sessions and invitations live in real time, which the edge passes in, so moving the
market's clock signs nobody out.
"""

import re
import secrets
import unicodedata
from datetime import datetime, timedelta

import msgspec

from kempelen.core.money import Money
from kempelen.core.rules import countries, destinations
from kempelen.core.wire import names
from kempelen.core.wire.errors import InvalidParameterValue, PermissionDenied, UnrecognizedClient
from kempelen.core.wire.operations import operation, transaction
from kempelen.core.wire.refusals import AccountClosed, InvalidField
from kempelen.core.wire.shapes import Structure
from kempelen.market.foundation import events, ledger
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.events import EventKind
from kempelen.market.foundation.personal_data import erases
from kempelen.store.database import Row, instant
from kempelen.store.vault import digest

SANDBOX_BALANCE = Money.parse("10000.00")
MAX_DEPOSIT = Money.parse("1000000000.00")
SESSION_LIFE = timedelta(days=30)
INVITATION_LIFE = timedelta(days=14)
MAX_NAME = 100
MAX_NOTE = 1_000
TOKEN_ID = 12  # characters of the digest of a token or session that name it
USE_RECORDED_EVERY = timedelta(minutes=5)
MAX_USER_AGENT = 300
_WORKER_ID = re.compile(r"A[A-Z0-9]{1,63}")
_TOKEN_ID = re.compile(rf"[0-9a-f]{{{TOKEN_ID}}}")
_KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

ON_ACCOUNT_DELETION = (
    erases("session", "DELETE FROM session WHERE worker_id = :caller"),
    erases("worker_token", "DELETE FROM worker_token WHERE worker_id = :caller"),
    erases(
        "invitation",
        "DELETE FROM invitation WHERE email = (SELECT w.email FROM worker w WHERE w.worker_id = :caller)",
    ),
    erases(
        "worker",
        """
        UPDATE worker SET name = 'Deleted', email = :email, password_hash = '-', status = 'Suspended', country = NULL,
                          subdivision = NULL, language = NULL, time_zone = NULL, mail_messages = 0, mail_news = 0,
                          compact_lists = 0, alert_sound = 0, alert_notification = 0, alert_accept = 0,
                          deleted_at = :now
         WHERE worker_id = :caller AND deleted_at IS NULL
        """,
    ),
)


class Balance(Structure, frozen=True, kw_only=True):
    """What a Requester can still spend: deposits less payments and holds. The original never shows what it holds."""

    available_balance: Money
    on_hold_balance: Money | None = None


class Requester(msgspec.Struct, frozen=True):
    """A Requester as the operator sees one."""

    requester_id: str
    name: str
    email: str
    status: str
    created_at: datetime
    available: Money
    on_hold: Money


class Payment(msgspec.Struct, frozen=True):
    """A deposit or a withdrawal, and what was noted about it."""

    kind: str
    amount: Money
    made_at: datetime
    note: str


class AccessKey(msgspec.Struct, frozen=True):
    """A new access key; the only time its secret is shown."""

    access_key_id: str
    secret_access_key: str


class KeyState(msgspec.Struct, frozen=True):
    """An access key as it stands now: whose it is, its secret, and whether it still counts."""

    access_key_id: str
    requester_id: str
    secret_access_key: str
    status: str
    created_at: datetime


class Worker(msgspec.Struct, frozen=True):
    """A Worker as the operator sees one."""

    worker_id: str
    name: str
    email: str
    status: str
    created_at: datetime
    country: str | None = None
    subdivision: str | None = None


class SignIn(msgspec.Struct, frozen=True):
    """What is needed to check a password."""

    worker_id: str
    password_hash: str


class Session(msgspec.Struct, frozen=True):
    """A new session: the cookie's secret and the token its forms carry."""

    token: str
    csrf: str


class Visitor(msgspec.Struct, frozen=True):
    """A Worker who is here, by session (with the forms' token) or by API token (without one)."""

    worker_id: str
    name: str
    email: str
    status: str
    auto_accept: bool
    csrf: str
    country: str | None = None
    subdivision: str | None = None
    language: str | None = None
    time_zone: str | None = None
    has_alerts: bool = False
    compact_lists: bool = False
    alert_sound: bool = False
    alert_notification: bool = False
    alert_accept: bool = False
    credential: str = ""  # which session or API token this is; no secret
    seal_hash: str | None = None
    use_is_recorded: bool = True  # else the credential's last use is due to be written down


class WorkerToken(msgspec.Struct, frozen=True):
    """An API token of a Worker's, by the name they gave it; its id is no secret. It may never have been used."""

    token_id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None = None


class SessionState(msgspec.Struct, frozen=True):
    """One of a Worker's sessions as they see it in real time; its id is no secret."""

    session_id: str
    user_agent: str
    started_at: datetime
    last_used_at: datetime


# ---------------------------------------------------------------------------------------------- Requesters


@operation(reads=True)
def get_account_balance(call: Call) -> Balance:
    """The caller's available money; in the sandbox always 10000.00.

    Source: API reference, GetAccountBalance; docs/mturk/api.md 2.14.
    """
    if call.rules.sandbox:
        return Balance(available_balance=SANDBOX_BALANCE)
    return Balance(available_balance=ledger.balance(call, call.caller, "available"))


def add_requester(call: Call, *, name: str, email: str, same_name: bool = False) -> Requester:
    """A new Requester with empty accounts; InvalidField when another one has this name, unless that is meant.

    Names are compared without regard to case, blanks and variants of letters.
    """
    name, email = _checked_name(name), checked_email(email)
    if not same_name:
        call.db.lock("names of Requesters")
        _check_name_is_free(call, name)
    requester_id = names.new_account_id(call.random)
    call.db.run(
        """
        INSERT INTO requester (requester_id, name, email, status, created_at)
        VALUES (:requester_id, :name, :email, 'Active', :now)
        """,
        requester_id=requester_id,
        name=name,
        email=email,
        now=call.now,
    )
    ledger.open_accounts(call, requester_id)
    events.append(call, "RequesterAdded", requester_id=requester_id)
    return _requester(call, requester_id)


def _check_name_is_free(call: Call, name: str) -> None:
    for row in call.db.all("SELECT requester_id, name FROM requester"):
        if plain_name(row["name"]) == plain_name(name):
            raise InvalidField(
                field="name",
                reason="There is a Requester {name} already ({requester}). Choose another name, or add --same-name.",
                name=row["name"],
                requester=row["requester_id"],
            )


def plain_name(name: str) -> str:
    """A name as it is compared with others."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()


def deposit(call: Call, *, requester_id: str, amount: Money) -> Requester:
    """Add funds to a Requester; the Requester as it then stands."""
    _requester(call, requester_id)
    if not amount or amount > MAX_DEPOSIT:
        raise InvalidField(
            field="amount", reason="A deposit must be more than 0.00 and at most {most}.", most=MAX_DEPOSIT
        )
    ledger.deposit(call, requester_id, amount)
    events.append(call, "Deposited", requester_id=requester_id, amount=amount)
    return _requester(call, requester_id)


def withdraw(call: Call, *, requester_id: str, amount: Money, note: str) -> Requester:
    """Give a Requester's available money back; the Requester as it then stands. InvalidField when it is not available.

    `note` says why, for `list_payments`. In the sandbox too only money that was deposited.
    """
    _requester(call, requester_id)
    if not amount:
        raise InvalidField(field="amount", reason="A withdrawal must be more than 0.00.")
    note = _checked_note(note)
    if not ledger.withdraw(call, requester_id, amount, note=note):
        available = ledger.balance(call, requester_id, "available")
        raise InvalidField(field="amount", reason="Only {available} is available.", available=available)
    events.append(call, "Withdrawn", requester_id=requester_id, amount=amount)
    return _requester(call, requester_id)


@transaction(reads=True)
def list_payments(call: Call, *, requester_id: str, at_most: int = 1_000) -> list[Payment]:
    """What a Requester has deposited and withdrawn, the latest first."""
    _requester(call, requester_id)
    return [
        Payment(row["reason"], Money(row["amount_micros"]), instant(row["made_at"]), row["note"] or "")
        for row in ledger.list_outside(call, requester_id, at_most=at_most)
    ]


@transaction(reads=True)
def list_requesters(call: Call) -> list[Requester]:
    """All Requesters with their balances, by name."""
    rows = call.db.all("SELECT * FROM requester ORDER BY name, requester_id")
    return [_as_requester(call, row) for row in rows]


@transaction(reads=True)
def get_requester(call: Call, *, requester_id: str) -> Requester:
    """One Requester; InvalidField when there is none of that id or name."""
    return _requester(call, requester_id)


def set_requester_status(call: Call, *, requester_id: str, status: str) -> Requester:
    """Suspend a Requester or let them act again; once more changes nothing.

    While suspended every request of theirs is refused and none of their HITs is offered to Workers. What Workers have
    accepted goes on: it can be submitted, is approved when its time comes, and paid.
    """
    _requester(call, requester_id)
    changed = call.db.run(
        "UPDATE requester SET status = :status WHERE requester_id = :requester_id AND status <> :status",
        status=status,
        requester_id=requester_id,
    )
    if changed:
        kind: EventKind = "RequesterActive" if status == "Active" else "RequesterSuspended"
        events.append(call, kind, requester_id=requester_id)
    return _requester(call, requester_id)


def add_access_key(call: Call, *, requester_id: str) -> AccessKey:
    """A new access key for a Requester, beside those it has."""
    _requester(call, requester_id)
    key = AccessKey(
        access_key_id="KMPL" + "".join(secrets.choice(_KEY_LETTERS) for _ in range(16)),
        secret_access_key=secrets.token_urlsafe(30),
    )
    call.db.run(
        """
        INSERT INTO access_key (access_key_id, requester_id, sealed_secret, status, created_at)
        VALUES (:access_key_id, :requester_id, :sealed_secret, 'Active', :now)
        """,
        access_key_id=key.access_key_id,
        requester_id=requester_id,
        sealed_secret=call.vault.seal(key.secret_access_key),
        now=call.now,
    )
    events.append(call, "AccessKeyAdded", requester_id=requester_id)
    return key


def revoke_access_key(call: Call, *, access_key_id: str) -> None:
    """From the next request on, the key counts no more."""
    row = call.db.one(
        """
        UPDATE access_key SET status = 'Revoked', revoked_at = :now
         WHERE access_key_id = :access_key_id AND status = 'Active'
        RETURNING requester_id
        """,
        now=call.now,
        access_key_id=access_key_id,
    )
    if row is None:
        raise InvalidField(field="access key", reason="There is no active access key {key}.", key=access_key_id)
    events.append(call, "AccessKeyRevoked", requester_id=row["requester_id"])


@transaction(reads=True)
def list_access_keys(call: Call, *, requester_id: str) -> list[KeyState]:
    """A Requester's access keys, oldest first, without their secrets."""
    rows = call.db.all(
        "SELECT * FROM access_key WHERE requester_id = :requester_id ORDER BY created_at, access_key_id",
        requester_id=requester_id,
    )
    return [
        KeyState(row["access_key_id"], row["requester_id"], "", row["status"], instant(row["created_at"]))
        for row in rows
    ]


@transaction(reads=True)
def list_usable_keys(call: Call, *, at_most: int = 1) -> list[KeyState]:
    """Access keys, with their secrets, by which an active Requester could act now."""
    rows = call.db.all(
        """
        SELECT k.access_key_id FROM access_key k JOIN requester r ON r.requester_id = k.requester_id
         WHERE k.status = 'Active' AND r.status = 'Active'
         ORDER BY k.created_at, k.access_key_id LIMIT :at_most
        """,
        at_most=at_most,
    )
    found = (get_access_key(call, access_key_id=row["access_key_id"]) for row in rows)
    return [key for key in found if key is not None]


@transaction(reads=True)
def get_access_key(call: Call, *, access_key_id: str) -> KeyState | None:
    """An access key with its secret, as it stands at this moment; None when there is none."""
    row = call.db.one("SELECT * FROM access_key WHERE access_key_id = :access_key_id", access_key_id=access_key_id)
    if row is None:
        return None
    return KeyState(
        access_key_id=access_key_id,
        requester_id=row["requester_id"],
        secret_access_key=call.vault.unseal(row["sealed_secret"]),
        status=row["status"],
        created_at=instant(row["created_at"]),
    )


def check_may_act(call: Call, *, access_key_id: str) -> None:
    """Refuse a caller whose access key was revoked, or whose account is suspended. Source: docs/mturk/api.md 1.8.

    Asked in the transaction of every request, so whoever revokes a key has revoked it for the next one.
    """
    row = call.db.one(
        """
        SELECT k.status AS key_status, r.status FROM access_key k JOIN requester r ON r.requester_id = k.requester_id
         WHERE k.access_key_id = :access_key_id AND k.requester_id = :caller
        """,
        access_key_id=access_key_id,
        caller=call.caller,
    )
    if row is None or row["key_status"] != "Active":
        raise UnrecognizedClient()
    if row["status"] != "Active":
        raise PermissionDenied()


def _requester(call: Call, requester_id: str) -> Requester:
    row = call.db.one("SELECT * FROM requester WHERE requester_id = :requester_id", requester_id=requester_id)
    if row is None:
        raise InvalidField(field="requester", reason="There is no Requester {requester}.", requester=requester_id)
    return _as_requester(call, row)


def _as_requester(call: Call, row: Row) -> Requester:
    return Requester(
        requester_id=row["requester_id"],
        name=row["name"],
        email=row["email"],
        status=row["status"],
        created_at=instant(row["created_at"]),
        available=ledger.balance(call, row["requester_id"], "available"),
        on_hold=ledger.balance(call, row["requester_id"], "hold"),
    )


# ---------------------------------------------------------------------------------------------- Workers


def worker(call: Call, worker_id: str) -> Row:
    """A registered Worker; for Requesters an unknown id is not a valid value."""
    row = call.db.one("SELECT * FROM worker WHERE worker_id = :worker_id", worker_id=worker_id)
    if row is None:
        raise InvalidParameterValue(value=worker_id, name="worker_id")
    return row


def is_worker(call: Call, worker_id: str) -> bool:
    """Is this the id of a registered Worker?"""
    return call.db.one("SELECT 1 AS known FROM worker WHERE worker_id = :worker_id", worker_id=worker_id) is not None


def _check_locale(country: str | None, subdivision: str | None) -> None:
    if country is not None and country not in countries.COUNTRIES:
        raise InvalidField(field="country", reason="A country is named by the two letters of ISO 3166-1, such as US.")
    if subdivision is not None and (country != "US" or subdivision not in countries.US_SUBDIVISIONS):
        raise InvalidField(field="subdivision", reason="A subdivision is a state of the US by its two letters.")


def add_worker(
    call: Call,
    *,
    name: str,
    email: str,
    password_hash: str,
    worker_id: str | None = None,
    country: str | None = None,
    subdivision: str | None = None,
) -> Worker:
    """A new Worker; with `worker_id`, under that id, so that old lists of Workers keep their meaning."""
    name, email = _checked_name(name), checked_email(email)
    _check_locale(country, subdivision)
    if worker_id is not None and not _WORKER_ID.fullmatch(worker_id):
        raise InvalidField(field="id", reason="A WorkerId is the letter A and up to 63 more of A-Z and 0-9.")
    worker_id = worker_id or names.new_account_id(call.random)
    made = call.db.run(
        """
        INSERT INTO worker (worker_id, name, email, password_hash, status, auto_accept, country, subdivision,
                            created_at, turn)
        VALUES (:worker_id, :name, :email, :password_hash, 'Active', 1, :country, :subdivision, :now, 0)
        ON CONFLICT DO NOTHING
        """,
        worker_id=worker_id,
        name=name,
        email=email,
        password_hash=password_hash,
        country=country,
        subdivision=subdivision,
        now=call.now,
    )
    if not made:
        raise InvalidField(field="email", reason="There is an account with this e-mail address or id already.")
    events.append(call, "WorkerAdded", worker_id=worker_id)
    return _as_worker(worker(call, worker_id))


@transaction(reads=True)
def get_worker(call: Call, *, worker_id: str) -> Worker:
    """One Worker; InvalidField when there is none of this id, or none any more."""
    row = _known_worker(call, worker_id)
    if row["deleted_at"] is not None:
        raise InvalidField(field="worker", reason="Worker {worker} has deleted their account.", worker=worker_id)
    return _as_worker(row)


def set_worker_status(call: Call, *, worker_id: str, status: str) -> Worker:
    """Suspend a Worker or let them in again; once more changes nothing.

    Suspending ends all sessions and API tokens, for good. While suspended a Worker can neither sign in nor accept. What
    they have submitted is decided and paid as ever; what they have accepted ends when its time runs out.
    """
    get_worker(call, worker_id=worker_id)
    changed = call.db.run(
        "UPDATE worker SET status = :status WHERE worker_id = :worker_id AND status <> :status",
        status=status,
        worker_id=worker_id,
    )
    if changed:
        if status == "Suspended":
            call.db.run("DELETE FROM session WHERE worker_id = :worker_id", worker_id=worker_id)
            revoke_worker_tokens(call, worker_id=worker_id)
        events.append(call, "WorkerActive" if status == "Active" else "WorkerSuspended", worker_id=worker_id)
    return _as_worker(_known_worker(call, worker_id))


def _known_worker(call: Call, worker_id: str) -> Row:
    row = call.db.one("SELECT * FROM worker WHERE worker_id = :worker_id", worker_id=worker_id)
    if row is None:
        raise InvalidField(field="worker", reason="There is no Worker {worker}.", worker=worker_id)
    return row


def invite_worker(call: Call, *, email: str, at: datetime) -> str:
    """The secret of an invitation to register with this address, good for two weeks of real time, once."""
    token = secrets.token_urlsafe(24)
    call.db.run(
        """
        INSERT INTO invitation (token_hash, email, created_at, ends_at)
        VALUES (:token_hash, :email, :at, :ends_at)
        """,
        token_hash=digest(token),
        email=checked_email(email),
        at=at,
        ends_at=at + INVITATION_LIFE,
    )
    return token


@transaction(reads=True)
def get_invitation(call: Call, *, token: str, at: datetime) -> str | None:
    """The e-mail address an invitation is for; None when it is unknown, used or too old."""
    row = call.db.one(
        "SELECT email FROM invitation WHERE token_hash = :token_hash AND used_at IS NULL AND ends_at > :at",
        token_hash=digest(token),
        at=at,
    )
    return None if row is None else str(row["email"])


def register_worker(
    call: Call, *, name: str, email: str, password_hash: str, invitation: str | None, at: datetime
) -> Worker:
    """A Worker registers; an invitation is used up by it and must be for this address."""
    if invitation is not None:
        used = call.db.run(
            """
            UPDATE invitation SET used_at = :at
             WHERE token_hash = :token_hash AND email = :email AND used_at IS NULL AND ends_at > :at
            """,
            at=at,
            token_hash=digest(invitation),
            email=checked_email(email),
        )
        if not used:
            raise InvalidField(
                field="email", reason="This invitation is for another address, was used before, or is too old."
            )
    return add_worker(call, name=name, email=email, password_hash=password_hash)


@transaction(reads=True)
def list_workers(call: Call) -> list[Worker]:
    """All Workers, by name."""
    return [_as_worker(row) for row in call.db.all("SELECT * FROM worker ORDER BY name, worker_id")]


@transaction(reads=True)
def get_sign_in(call: Call, *, email: str) -> SignIn | None:
    """What a password is checked against; None when nobody has this address."""
    row = call.db.one("SELECT worker_id, password_hash FROM worker WHERE email = :email", email=email.strip().lower())
    return None if row is None else SignIn(row["worker_id"], row["password_hash"])


def set_password(call: Call, *, worker_id: str, password_hash: str) -> None:
    """A Worker's new password; all sessions end, and so do links to reset the old one."""
    get_worker(call, worker_id=worker_id)
    call.db.run(
        "UPDATE worker SET password_hash = :password_hash WHERE worker_id = :worker_id",
        password_hash=password_hash,
        worker_id=worker_id,
    )
    call.db.run("DELETE FROM session WHERE worker_id = :worker_id", worker_id=worker_id)
    call.db.run("DELETE FROM password_reset WHERE worker_id = :worker_id", worker_id=worker_id)
    events.append(call, "PasswordChanged", worker_id=worker_id)


def start_session(call: Call, *, worker_id: str, at: datetime, user_agent: str = "", seal: str = "") -> Session:
    """A Worker is signed in for 30 days of real time; AccountClosed when they are suspended.

    With a `seal`, a secret that other ports of the host name are never sent, forms act only where it is known.
    """
    if worker(call, worker_id)["status"] != "Active":
        raise AccountClosed()
    session = Session(token=secrets.token_urlsafe(32), csrf=secrets.token_urlsafe(24))
    call.db.run(
        """
        INSERT INTO session (token_hash, worker_id, csrf, started_at, ends_at, last_used_at, user_agent, seal_hash)
        VALUES (:token_hash, :worker_id, :csrf, :at, :ends_at, :at, :user_agent, :seal_hash)
        """,
        token_hash=digest(session.token),
        worker_id=worker_id,
        csrf=session.csrf,
        at=at,
        ends_at=at + SESSION_LIFE,
        user_agent=user_agent[:MAX_USER_AGENT],
        seal_hash=digest(seal) if seal else None,
    )
    return session


@transaction(reads=True)
def get_session(call: Call, *, token: str, at: datetime) -> Visitor | None:
    """Whose session this is; None when there is none or it has ended."""
    row = call.db.one(
        """
        SELECT w.*, s.csrf, s.token_hash, s.seal_hash, s.last_used_at,
               EXISTS (SELECT 1 FROM saved_search k WHERE k.worker_id = w.worker_id AND k.alerts = 1) AS has_alerts
          FROM session s JOIN worker w ON w.worker_id = s.worker_id
         WHERE s.token_hash = :token_hash AND s.ends_at > :at AND w.status = 'Active'
        """,
        token_hash=digest(token),
        at=at,
    )
    if row is None:
        return None
    recorded = row["last_used_at"] is not None and at - instant(row["last_used_at"]) < USE_RECORDED_EVERY
    return _as_visitor(row, csrf=row["csrf"], kind="session", seal_hash=row["seal_hash"], use_is_recorded=recorded)


@transaction(reads=True)
def get_is_signed_in(call: Call, *, credential: str, at: datetime) -> bool:
    """Whether a session or API token of the calling Worker's still counts."""
    kind, _, its_id = credential.partition("-")
    if not _TOKEN_ID.fullmatch(its_id):
        return False
    if kind == "session":
        row = call.db.one(_SESSION_COUNTS, caller=call.caller, digits=f"{its_id}%", at=at)
    else:
        row = call.db.one(_TOKEN_COUNTS, caller=call.caller, digits=f"{its_id}%")
    return row is not None


_SESSION_COUNTS = """
SELECT 1 AS one FROM session WHERE worker_id = :caller AND token_hash LIKE :digits AND ends_at > :at
"""
_TOKEN_COUNTS = """
SELECT 1 AS one FROM worker_token WHERE worker_id = :caller AND token_hash LIKE :digits AND revoked_at IS NULL
"""


def record_use(call: Call, *, credential: str, at: datetime) -> None:
    """Write down that a session (in real time) or API token (in market time) of the calling Worker's is used."""
    kind, _, its_id = credential.partition("-")
    if kind == "session":
        call.db.run(
            "UPDATE session SET last_used_at = :at WHERE worker_id = :caller AND token_hash LIKE :digits",
            at=at,
            caller=call.caller,
            digits=f"{its_id}%",
        )
    else:
        call.db.run(
            "UPDATE worker_token SET last_used_at = :now WHERE worker_id = :caller AND token_hash LIKE :digits",
            now=call.now,
            caller=call.caller,
            digits=f"{its_id}%",
        )


@transaction(reads=True)
def list_sessions(call: Call, *, at: datetime) -> list[SessionState]:
    """The calling Worker's sessions that have not ended, the last used first."""
    rows = call.db.all(
        """
        SELECT * FROM session WHERE worker_id = :caller AND ends_at > :at
         ORDER BY COALESCE(last_used_at, started_at) DESC, token_hash
        """,
        caller=call.caller,
        at=at,
    )
    return [
        SessionState(
            session_id=row["token_hash"][:TOKEN_ID],
            user_agent=row["user_agent"],
            started_at=instant(row["started_at"]),
            last_used_at=instant(row["last_used_at"] or row["started_at"]),
        )
        for row in rows
    ]


def end_sessions(call: Call, *, session_id: str = "", except_token: str = "") -> int:
    """End one session of the calling Worker, or all but that of the token; the number that ended."""
    if session_id and not _TOKEN_ID.fullmatch(session_id):
        return 0
    return call.db.run(
        "DELETE FROM session WHERE worker_id = :caller AND token_hash LIKE :digits AND token_hash <> :kept",
        caller=call.caller,
        digits=f"{session_id}%",
        kept=digest(except_token),
    )


def end_session(call: Call, *, token: str) -> None:
    """Sign out; a session that is not there is out already."""
    call.db.run("DELETE FROM session WHERE token_hash = :token_hash", token_hash=digest(token))


def delete_ended(call: Call, *, at: datetime) -> None:
    """Drop sessions and invitations that have ended."""
    call.db.run("DELETE FROM session WHERE ends_at <= :at", at=at)
    call.db.run("DELETE FROM invitation WHERE ends_at <= :at", at=at)


def add_worker_token(call: Call, *, worker_id: str, name: str) -> str:
    """A new API token of a Worker, shown only once."""
    token = "kwt_" + secrets.token_urlsafe(30)
    call.db.run(
        """
        INSERT INTO worker_token (token_hash, worker_id, name, created_at)
        VALUES (:token_hash, :worker_id, :name, :now)
        """,
        token_hash=digest(token),
        worker_id=worker_id,
        name=_checked_name(name),
        now=call.now,
    )
    return token


def revoke_worker_tokens(call: Call, *, worker_id: str) -> int:
    """All API tokens of a Worker count no more; how many did."""
    return call.db.run(
        "UPDATE worker_token SET revoked_at = :now WHERE worker_id = :worker_id AND revoked_at IS NULL",
        now=call.now,
        worker_id=worker_id,
    )


@transaction(reads=True)
def get_token_bearer(call: Call, *, token: str) -> Visitor | None:
    """Whose API token this is; None when it is unknown or revoked."""
    row = call.db.one(
        """
        SELECT w.*, 0 AS has_alerts, t.token_hash, t.last_used_at
          FROM worker_token t JOIN worker w ON w.worker_id = t.worker_id
         WHERE t.token_hash = :token_hash AND t.revoked_at IS NULL AND w.status = 'Active'
        """,
        token_hash=digest(token),
    )
    if row is None:
        return None
    recorded = row["last_used_at"] is not None and call.now - instant(row["last_used_at"]) < USE_RECORDED_EVERY
    return _as_visitor(row, csrf="", kind="token", use_is_recorded=recorded)


def set_preferences(
    call: Call,
    *,
    name: str,
    country: str | None,
    subdivision: str | None,
    language: str | None,
    time_zone: str | None,
) -> None:
    """The calling Worker's name, where they are, and how they are spoken to; None is not said.

    The edge knows which languages it speaks and which zones there are.
    """
    _check_locale(country, subdivision)
    before = worker(call, call.caller)
    call.db.run(
        """
        UPDATE worker SET name = :name, country = :country, subdivision = :subdivision, language = :language,
                          time_zone = :time_zone
         WHERE worker_id = :caller
        """,
        name=_checked_name(name),
        country=country,
        subdivision=subdivision,
        language=language,
        time_zone=time_zone,
        caller=call.caller,
    )
    if (before["country"], before["subdivision"]) != (country, subdivision):
        events.append(call, "WorkerLocaleChanged", worker_id=call.caller)


def change_password(call: Call, *, password_hash: str, session_token: str, revokes_tokens: bool = False) -> int:
    """The calling Worker's new password; every other session of theirs ends. The number of API tokens revoked."""
    call.db.run(
        "UPDATE worker SET password_hash = :password_hash WHERE worker_id = :caller",
        password_hash=password_hash,
        caller=call.caller,
    )
    call.db.run(
        "DELETE FROM session WHERE worker_id = :caller AND token_hash <> :token_hash",
        caller=call.caller,
        token_hash=digest(session_token),
    )
    call.db.run("DELETE FROM password_reset WHERE worker_id = :caller", caller=call.caller)
    events.append(call, "PasswordChanged", worker_id=call.caller)
    return revoke_worker_tokens(call, worker_id=call.caller) if revokes_tokens else 0


@transaction(reads=True)
def get_own_sign_in(call: Call) -> SignIn:
    """What the calling Worker's password is checked against."""
    return SignIn(call.caller, worker(call, call.caller)["password_hash"])


@transaction(reads=True)
def list_worker_tokens(call: Call) -> list[WorkerToken]:
    """The calling Worker's API tokens that count, oldest first, without their secrets."""
    rows = call.db.all(
        """
        SELECT * FROM worker_token WHERE worker_id = :caller AND revoked_at IS NULL ORDER BY created_at, token_hash
        """,
        caller=call.caller,
    )
    return [
        WorkerToken(
            token_id=row["token_hash"][:TOKEN_ID],
            name=row["name"],
            created_at=instant(row["created_at"]),
            last_used_at=None if row["last_used_at"] is None else instant(row["last_used_at"]),
        )
        for row in rows
    ]


def revoke_worker_token(call: Call, *, token_id: str) -> int:
    """Revoke one API token of the calling Worker. Returns the number revoked: 0 for an id that names none."""
    if not _TOKEN_ID.fullmatch(token_id):
        return 0
    return call.db.run(
        """
        UPDATE worker_token SET revoked_at = :now
         WHERE worker_id = :caller AND revoked_at IS NULL AND token_hash LIKE :first_digits
        """,
        now=call.now,
        caller=call.caller,
        first_digits=f"{token_id}%",
    )


def set_auto_accept(call: Call, *, on: bool) -> None:
    """Does the calling Worker want the next HIT of a group accepted after each submission?"""
    call.db.run("UPDATE worker SET auto_accept = :on WHERE worker_id = :caller", on=on, caller=call.caller)


def _as_worker(row: Row) -> Worker:
    return Worker(
        worker_id=row["worker_id"],
        name=row["name"],
        email=row["email"],
        status=row["status"],
        created_at=instant(row["created_at"]),
        country=row["country"],
        subdivision=row["subdivision"],
    )


def _as_visitor(row: Row, *, csrf: str, kind: str, use_is_recorded: bool, seal_hash: str | None = None) -> Visitor:
    return Visitor(
        worker_id=row["worker_id"],
        name=row["name"],
        email=row["email"],
        status=row["status"],
        auto_accept=bool(row["auto_accept"]),
        csrf=csrf,
        country=row["country"],
        subdivision=row["subdivision"],
        language=row["language"],
        time_zone=row["time_zone"],
        has_alerts=bool(row["has_alerts"]),
        compact_lists=bool(row["compact_lists"]),
        alert_sound=bool(row["alert_sound"]),
        alert_notification=bool(row["alert_notification"]),
        alert_accept=bool(row["alert_accept"]),
        credential=f"{kind}-{row['token_hash'][:TOKEN_ID]}",
        seal_hash=seal_hash,
        use_is_recorded=use_is_recorded,
    )


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise InvalidField(field="name", reason="A name has 1 to {longest} printable characters.", longest=MAX_NAME)
    return name


def _checked_note(note: str) -> str:
    note = " ".join(note.split())
    if not note or len(note) > MAX_NOTE or not note.isprintable():
        raise InvalidField(field="note", reason="A note has 1 to {longest} characters.", longest=MAX_NOTE)
    return note


def checked_email(email: str) -> str:
    """An e-mail address as it is kept; InvalidField for what cannot be one."""
    email = email.strip().lower()
    if not destinations.is_mail_address(email) or not email.isprintable():
        raise InvalidField(field="email", reason="This does not look like an e-mail address.")
    return email
