"""A fresh market, with Alice the Requester, Bob the Worker and Charlie the stranger, on each database."""

from collections.abc import Iterator
from random import Random

import pytest

from kempelen.core.money import Money
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.store.open import open_database
from kempelen.store.vault import Vault

KEY = bytes(range(32))


@pytest.fixture
def market(migrated_target: str) -> Iterator[Market]:
    """A market at a clock that stands still, the same from run to run."""
    database = open_database(migrated_target)
    database.migrate()
    market = Market(database, vault=Vault(KEY), clock=ManualClock(), random=Random(0))
    yield market
    market.close()


@pytest.fixture
def alice(market: Market) -> str:
    """A Requester with 1000.00."""
    alice = market.perform(OPERATOR, accounts.add_requester, name="Alice", email="alice@example.org").requester_id
    market.perform(OPERATOR, accounts.deposit, requester_id=alice, amount=Money.parse("1000.00"))
    return alice


@pytest.fixture
def bob(market: Market) -> str:
    """A Worker."""
    return new_worker(market, "Bob")


@pytest.fixture
def charlie(market: Market) -> str:
    """A stranger: a Worker who has nothing to do with Bob."""
    return new_worker(market, "Charlie")


@pytest.fixture
def charlie_requester(market: Market) -> str:
    """A Requester who has nothing to do with Alice."""
    charlie = market.perform(OPERATOR, accounts.add_requester, name="Charlie", email="c@example.org").requester_id
    market.perform(OPERATOR, accounts.deposit, requester_id=charlie, amount=Money.parse("1000.00"))
    return charlie


def new_worker(market: Market, name: str) -> str:
    """Register one more Worker."""
    email = f"{name.lower()}@example.org"
    return market.perform(OPERATOR, accounts.add_worker, name=name, email=email, password_hash="-").worker_id
