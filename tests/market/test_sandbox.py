"""The sandbox: the same rules, nothing charged; and a database is born into one world."""

from collections.abc import Iterator
from random import Random

import pytest

from kempelen.core.money import Money
from kempelen.core.rules.rules import Rules
from kempelen.core.wire.errors import InsufficientFunds
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market, WrongWorld
from kempelen.market.people import accounts
from kempelen.market.work import assignments
from kempelen.store.open import open_database
from kempelen.store.vault import Vault, WrongKey
from tests.market.conftest import KEY, new_worker
from tests.market.test_review_policies import EXTENDING, known, submit
from tests.market.work import balance, earned, new_hit, places, submitted_work


@pytest.fixture
def sandbox(migrated_target: str) -> Iterator[Market]:
    database = open_database(migrated_target)
    database.migrate()
    market = Market(database, vault=Vault(KEY), clock=ManualClock(), random=Random(0), rules=Rules(sandbox=True))
    yield market
    market.close()


def test_funds_never_refuse_and_the_balance_always_reads_the_same(sandbox):
    alice = sandbox.perform(OPERATOR, accounts.add_requester, name="Alice", email="a@example.org").requester_id
    bob = new_worker(sandbox, "Bob")
    assert balance(sandbox, alice) == "10000.00"
    new_hit(sandbox, alice, reward=Money.parse("9000"), max_assignments=9)
    assignment = submitted_work(sandbox, alice, bob)
    sandbox.perform(alice, assignments.approve_assignment, assignment_id=assignment)
    assert (balance(sandbox, alice), earned(sandbox, bob)) == ("10000.00", "0.05")
    with sandbox.database.reading() as db:
        assert db.one("SELECT SUM(balance_micros) AS total FROM account")["total"] == 0


def test_even_the_sandbox_has_an_end(sandbox):
    alice = sandbox.perform(OPERATOR, accounts.add_requester, name="Alice", email="a@example.org").requester_id
    dear = {"reward": Money.parse("100"), "max_assignments": 1_000_000_000}
    for _ in range(32):
        new_hit(sandbox, alice, **dear)
    with pytest.raises(InsufficientFunds):
        new_hit(sandbox, alice, **dear)
    assert balance(sandbox, alice) == "10000.00"


def test_an_extension_by_a_review_policy_needs_no_funds(sandbox):
    alice = sandbox.perform(OPERATOR, accounts.add_requester, name="Alice", email="a@example.org").requester_id
    hit = new_hit(sandbox, alice, reward=Money.parse("9999"), assignment_review_policy=known(**EXTENDING))
    submit(sandbox, hit, new_worker(sandbox, "Bob"), colour="blue")
    assert places(sandbox, alice, hit.hit_id) == ("Assignable", 1, 0, 0)
    assert balance(sandbox, alice) == "10000.00"


def test_a_sandbox_database_is_not_opened_as_live(sandbox):
    with pytest.raises(WrongWorld, match="created as sandbox"):
        Market(sandbox.database, vault=Vault(KEY), rules=Rules())


def test_another_key_is_noticed_at_once(sandbox):
    with pytest.raises(WrongKey):
        Market(sandbox.database, vault=Vault(bytes(32)), rules=Rules(sandbox=True))
