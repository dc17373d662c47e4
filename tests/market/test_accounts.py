"""Accounts: keys that are revoked at once, sessions that end, invitations that are used once."""

from datetime import UTC, datetime, timedelta

import pytest

from kempelen.core.money import Money
from kempelen.core.wire.errors import PermissionDenied, UnrecognizedClient
from kempelen.core.wire.refusals import InvalidField
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.people import accounts
from tests.market.work import balance

REAL = datetime(2026, 11, 1, tzinfo=UTC)


def test_a_requester_has_several_keys_and_each_is_revoked_at_once(market, alice):
    first, second = (market.perform(OPERATOR, accounts.add_access_key, requester_id=alice) for _ in range(2))
    market.perform(OPERATOR, accounts.revoke_access_key, access_key_id=first.access_key_id)
    told = [
        market.perform(OPERATOR, accounts.get_access_key, access_key_id=key.access_key_id) for key in (first, second)
    ]
    assert [key.status for key in told] == ["Revoked", "Active"]
    assert told[1].secret_access_key == second.secret_access_key
    assert market.perform(OPERATOR, accounts.get_access_key, access_key_id="KMPLUNKNOWN") is None
    with pytest.raises(InvalidField, match="There is no active access key"):
        market.perform(OPERATOR, accounts.revoke_access_key, access_key_id=first.access_key_id)


def test_secrets_are_sealed_and_tokens_kept_as_digests(market, alice, bob):
    key = market.perform(OPERATOR, accounts.add_access_key, requester_id=alice)
    token = market.perform(OPERATOR, accounts.add_worker_token, worker_id=bob, name="script")
    session = market.perform(OPERATOR, accounts.start_session, worker_id=bob, at=REAL)
    with market.database.reading() as db:
        kept = str(
            [db.all("SELECT * FROM access_key"), db.all("SELECT * FROM worker_token"), db.all("SELECT * FROM session")]
        )
    assert key.access_key_id in kept
    for secret in (key.secret_access_key, token, session.token):
        assert secret not in kept


def test_deposits_add_up_and_have_bounds(market, alice):
    market.perform(OPERATOR, accounts.deposit, requester_id=alice, amount=Money.parse("0.50"))
    assert balance(market, alice) == "1000.50"
    for amount in ("0", "1000000000.01"):
        with pytest.raises(InvalidField, match="A deposit must be more than 0.00"):
            market.perform(OPERATOR, accounts.deposit, requester_id=alice, amount=Money.parse(amount))
    with pytest.raises(InvalidField, match="There is no Requester ANOBODY"):
        market.perform(OPERATOR, accounts.deposit, requester_id="ANOBODY", amount=Money.parse("1"))


def test_a_suspended_requester_may_not_act(market, alice):
    key = market.perform(OPERATOR, accounts.add_access_key, requester_id=alice).access_key_id
    market.perform(OPERATOR, accounts.set_requester_status, requester_id=alice, status="Suspended")
    with pytest.raises(PermissionDenied):
        market.perform(alice, accounts.check_may_act, access_key_id=key)
    market.perform(OPERATOR, accounts.set_requester_status, requester_id=alice, status="Active")
    market.perform(alice, accounts.check_may_act, access_key_id=key)


def test_whose_key_was_revoked_may_not_act(market, alice, charlie_requester):
    key = market.perform(OPERATOR, accounts.add_access_key, requester_id=alice).access_key_id
    with pytest.raises(UnrecognizedClient):
        market.perform(charlie_requester, accounts.check_may_act, access_key_id=key)
    market.perform(OPERATOR, accounts.revoke_access_key, access_key_id=key)
    with pytest.raises(UnrecognizedClient):
        market.perform(alice, accounts.check_may_act, access_key_id=key)


def test_a_session_lasts_30_days_or_until_it_is_ended(market, bob):
    session = market.perform(OPERATOR, accounts.start_session, worker_id=bob, at=REAL)

    def visitor(days: float):
        return market.perform(OPERATOR, accounts.get_session, token=session.token, at=REAL + timedelta(days=days))

    assert visitor(0).worker_id == visitor(29.99).worker_id == bob
    assert visitor(0).csrf == session.csrf
    assert visitor(30) is None
    market.perform(OPERATOR, accounts.end_session, token=session.token)
    assert visitor(0) is None


def test_a_workers_token_opens_until_it_is_revoked(market, bob):
    token = market.perform(OPERATOR, accounts.add_worker_token, worker_id=bob, name="script")
    assert market.perform(OPERATOR, accounts.get_token_bearer, token=token).worker_id == bob
    assert market.perform(OPERATOR, accounts.revoke_worker_tokens, worker_id=bob) == 1
    assert market.perform(OPERATOR, accounts.get_token_bearer, token=token) is None


def test_one_token_of_several_is_revoked_by_its_id(market, bob):
    tokens = [market.perform(OPERATOR, accounts.add_worker_token, worker_id=bob, name=name) for name in ("a", "b")]
    listed = market.perform(bob, accounts.list_worker_tokens)
    for no_id in ("", "%", "_" * accounts.TOKEN_ID, "x" * accounts.TOKEN_ID, listed[0].token_id[:-1]):
        assert market.perform(bob, accounts.revoke_worker_token, token_id=no_id) == 0
    assert market.perform(bob, accounts.revoke_worker_token, token_id=listed[0].token_id) == 1
    assert market.perform(bob, accounts.list_worker_tokens) == listed[1:]
    bearers = [market.perform(OPERATOR, accounts.get_token_bearer, token=token) for token in tokens]
    assert sorted(bearer is None for bearer in bearers) == [False, True]


def test_an_invitation_is_for_one_address_once(market):
    token = market.perform(OPERATOR, accounts.invite_worker, email="Dora@Example.org", at=REAL)
    assert market.perform(OPERATOR, accounts.get_invitation, token=token, at=REAL) == "dora@example.org"
    registration = {"name": "Dora", "password_hash": "-", "invitation": token, "at": REAL}
    with pytest.raises(InvalidField, match="for another address"):
        market.perform(OPERATOR, accounts.register_worker, email="emil@example.org", **registration)
    market.perform(OPERATOR, accounts.register_worker, email="dora@example.org", **registration)
    with pytest.raises(InvalidField, match="was used before"):
        market.perform(OPERATOR, accounts.register_worker, email="dora@example.org", **registration)
    old = market.perform(OPERATOR, accounts.invite_worker, email="finn@example.org", at=REAL)
    assert market.perform(OPERATOR, accounts.get_invitation, token=old, at=REAL + timedelta(days=14)) is None


def test_an_address_or_an_id_is_one_workers(market, bob):
    worker = {"name": "Bob", "password_hash": "-"}
    with pytest.raises(InvalidField, match="already"):
        market.perform(OPERATOR, accounts.add_worker, email="BOB@example.org", **worker)
    with pytest.raises(InvalidField, match="already"):
        market.perform(OPERATOR, accounts.add_worker, email="other@example.org", worker_id=bob, **worker)
    for bad in ("B123", "a12", "A", "A1 2"):
        with pytest.raises(InvalidField, match="A WorkerId is the letter A"):
            market.perform(OPERATOR, accounts.add_worker, email="x@example.org", worker_id=bad, **worker)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\u202eb", "a\nb\x07"])
def test_a_name_is_short_and_printable(market, name):
    with pytest.raises(InvalidField, match="A name has 1 to 100 printable characters"):
        market.perform(OPERATOR, accounts.add_requester, name=name, email="x@example.org")


@pytest.mark.parametrize("email", ["", "x", "x@", "a b@c", "@c", "a@b@c"])
def test_an_email_address_looks_like_one(market, email):
    with pytest.raises(InvalidField, match="does not look like an e-mail address"):
        market.perform(OPERATOR, accounts.add_requester, name="X", email=email)
