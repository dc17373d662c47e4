"""The ledger: double entry in micro-dollars. Money moves here and nowhere else.

Each Requester has four accounts: `outside` (where deposits come from, the only one that may be below zero),
`available`, `hold` (what open and undecided work may cost) and `fees` (what the marketplace earned from it). A Worker
has one of `earnings` per Requester, so no hot row is shared between Requesters. Every movement is one immutable
transfer between two accounts, all balances sum to zero, and the database refuses an overdraft.
Source: docs/architecture.md "Money", docs/mturk/api.md 6.
"""

from kempelen.core.money import Money
from kempelen.core.wire.errors import InsufficientFunds
from kempelen.market.foundation.call import Call
from kempelen.market.foundation.personal_data import keeps
from kempelen.store.database import Row

MOST = 2**62  # micro-dollars: what an account can hold, and owe, without leaving 64 bits
REQUESTER_KINDS = ("outside", "available", "hold", "fees")

ON_ACCOUNT_DELETION = (keeps("account", "what was paid stays on record, under the id alone"),)


def account_id(requester_id: str, kind: str, worker_id: str = "") -> str:
    """The id of an account: who it belongs to and its kind."""
    return f"{requester_id}:{kind}:{worker_id}" if worker_id else f"{requester_id}:{kind}"


def open_accounts(call: Call, requester_id: str) -> None:
    """Give a new Requester its four empty accounts."""
    for kind in REQUESTER_KINDS:
        _open(call, requester_id, kind)


def balance(call: Call, requester_id: str, kind: str) -> Money:
    """What a Requester's account of this kind holds."""
    row = call.db.one(
        "SELECT balance_micros FROM account WHERE account_id = :account_id", account_id=account_id(requester_id, kind)
    )
    return Money(row["balance_micros"] if row else 0)


def deposit(call: Call, requester_id: str, amount: Money) -> None:
    """Funds become available to a Requester; more than all accounts can hold is refused."""
    if balance(call, requester_id, "outside").micros - amount.micros < -MOST:
        raise InsufficientFunds(deposit_url=call.rules.deposit_url)
    _transfer(call, "Deposit", amount, account_id(requester_id, "outside"), account_id(requester_id, "available"))


def withdraw(call: Call, requester_id: str, amount: Money, *, note: str) -> bool:
    """Available money leaves the marketplace; False, and nothing has changed, when so much is not available."""
    source, to = account_id(requester_id, "available"), account_id(requester_id, "outside")
    if not _take(call, source, amount):
        return False
    _give(call, "Withdrawal", amount, source, to, note=note)
    return True


def list_outside(call: Call, requester_id: str, *, at_most: int) -> list[Row]:
    """A Requester's deposits and withdrawals, the latest first."""
    return call.db.all(
        """
        SELECT reason, amount_micros, made_at, note FROM transfer
         WHERE (reason = 'Deposit' AND from_account = :outside) OR (reason = 'Withdrawal' AND to_account = :outside)
         ORDER BY made_at DESC, transfer_id DESC LIMIT :at_most
        """,
        at_most=at_most,
        outside=account_id(requester_id, "outside"),
    )


def hold(call: Call, requester_id: str, amount: Money, *, hit_id: str) -> None:
    """Set available money aside for places of a HIT; InsufficientFunds when there is not enough."""
    _spend(call, "Hold", amount, requester_id, account_id(requester_id, "hold"), hit_id=hit_id)


def check_funds(call: Call, requester_id: str, amount: Money) -> None:
    """InsufficientFunds unless so much is available; what is stays so until the transaction ends."""
    row = call.db.one(
        """
        UPDATE account SET balance_micros = balance_micros WHERE account_id = :account_id
        RETURNING balance_micros
        """,
        account_id=account_id(requester_id, "available"),
    )
    assert row is not None
    missing = amount - Money(row["balance_micros"])
    can_be_had = call.rules.sandbox and balance(call, requester_id, "outside").micros - missing.micros >= -MOST
    if amount.micros > MOST or (missing > Money.ZERO and not can_be_had):
        raise InsufficientFunds(deposit_url=call.rules.deposit_url)


def release(call: Call, requester_id: str, amount: Money, *, hit_id: str) -> None:
    """Give back what is no longer needed for a HIT's places."""
    source, to = account_id(requester_id, "hold"), account_id(requester_id, "available")
    _transfer(call, "Release", amount, source, to, hit_id=hit_id)


def pay_from_hold(
    call: Call, requester_id: str, worker_id: str, *, reward: Money, fee: Money, hit_id: str, assignment_id: str
) -> None:
    """Approved work: the reward to the Worker, the fee to the marketplace, both from the hold."""
    source, about = account_id(requester_id, "hold"), {"hit_id": hit_id, "assignment_id": assignment_id}
    _transfer(call, "Reward", reward, source, _earnings(call, requester_id, worker_id), **about)
    _transfer(call, "Fee", fee, source, account_id(requester_id, "fees"), **about)


def pay_from_available(
    call: Call,
    reason: str,
    requester_id: str,
    worker_id: str,
    *,
    amount: Money,
    fee: Money,
    hit_id: str,
    assignment_id: str,
) -> None:
    """A bonus, or work approved after all: amount and fee from available money, or InsufficientFunds for both."""
    about = {"hit_id": hit_id, "assignment_id": assignment_id}
    _spend(call, reason, amount, requester_id, _earnings(call, requester_id, worker_id), **about)
    _spend(call, "Fee", fee, requester_id, account_id(requester_id, "fees"), **about)


def _spend(call: Call, reason: str, amount: Money, requester_id: str, to: str, **about: str) -> None:
    """Move available money; in the sandbox funds never refuse: what is missing comes from outside first."""
    source = account_id(requester_id, "available")
    if amount.micros > MOST:
        raise InsufficientFunds(deposit_url=call.rules.deposit_url)
    if call.rules.sandbox:
        missing = amount - balance(call, requester_id, "available")
        if missing > Money.ZERO:
            deposit(call, requester_id, missing)
    if not _take(call, source, amount):
        raise InsufficientFunds(deposit_url=call.rules.deposit_url)
    _give(call, reason, amount, source, to, **about)


def _transfer(call: Call, reason: str, amount: Money, source: str, to: str, **about: str) -> None:
    """Move money that must be there: a hold always covers the work it was made for."""
    taken = _take(call, source, amount)
    assert taken, f"the account {source} cannot cover {amount}"
    _give(call, reason, amount, source, to, **about)


def _take(call: Call, source: str, amount: Money) -> bool:
    """One guarded statement: take the money if it is there."""
    changed = call.db.run(
        """
        UPDATE account SET balance_micros = balance_micros - :amount
         WHERE account_id = :source AND (balance_micros >= :amount OR kind = 'outside')
        """,
        source=source,
        amount=amount,
    )
    return changed == 1


def _give(
    call: Call,
    reason: str,
    amount: Money,
    source: str,
    to: str,
    *,
    hit_id: str | None = None,
    assignment_id: str | None = None,
    note: str | None = None,
) -> None:
    """The other half: credit the account and record the transfer. Nothing is no transfer."""
    if not amount:
        return
    changed = call.db.run(
        "UPDATE account SET balance_micros = balance_micros + :amount WHERE account_id = :to", amount=amount, to=to
    )
    assert changed == 1, f"there is no account {to}"
    call.db.run(
        """
        INSERT INTO transfer (transfer_id, reason, from_account, to_account, amount_micros, hit_id, assignment_id,
                              made_at, note)
        VALUES (:transfer_id, :reason, :source, :to, :amount, :hit_id, :assignment_id, :now, :note)
        """,
        transfer_id=call.new_id(),
        reason=reason,
        source=source,
        to=to,
        amount=amount,
        hit_id=hit_id,
        assignment_id=assignment_id,
        now=call.now,
        note=note,
    )


def _earnings(call: Call, requester_id: str, worker_id: str) -> str:
    """The account of what this Worker earns from this Requester, opened on first use."""
    _open(call, requester_id, "earnings", worker_id)
    return account_id(requester_id, "earnings", worker_id)


def _open(call: Call, requester_id: str, kind: str, worker_id: str | None = None) -> None:
    call.db.run(
        """
        INSERT INTO account (account_id, kind, requester_id, worker_id, balance_micros)
        VALUES (:account_id, :kind, :requester_id, :worker_id, 0)
        ON CONFLICT (account_id) DO NOTHING
        """,
        account_id=account_id(requester_id, kind, worker_id or ""),
        kind=kind,
        requester_id=requester_id,
        worker_id=worker_id,
    )
