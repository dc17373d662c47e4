"""Enrolment: what the operator adds in one step: a Requester with a key and money, a Worker with an API token."""

from kempelen.core.money import Money
from kempelen.market.foundation.call import Call
from kempelen.market.people import accounts
from kempelen.market.people.accounts import AccessKey, Requester, Worker


def enrol_requester(
    call: Call, *, name: str, email: str, amount: Money | None = None, same_name: bool = False
) -> tuple[Requester, AccessKey]:
    """A Requester with an access key and, if an amount is given, money; all of it or nothing."""
    made = accounts.add_requester(call, name=name, email=email, same_name=same_name)
    key = accounts.add_access_key(call, requester_id=made.requester_id)
    if amount is not None:
        made = accounts.deposit(call, requester_id=made.requester_id, amount=amount)
    return made, key


def enrol_worker(
    call: Call, *, name: str, email: str, password_hash: str, worker_id: str | None = None
) -> tuple[Worker, str]:
    """A Worker and their API token; all of it or nothing."""
    made = accounts.add_worker(call, name=name, email=email, password_hash=password_hash, worker_id=worker_id)
    return made, accounts.add_worker_token(call, worker_id=made.worker_id, name="command line")
