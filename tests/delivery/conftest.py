"""A market whose deliveries are really sent, by a Sender whose real time is a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from kempelen.config import Config
from kempelen.core.rules.rules import Rules
from kempelen.delivery.channels import Channels
from kempelen.delivery.sender import Sender
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from tests.market.conftest import KEY, alice, bob, charlie, charlie_requester

__all__ = ["alice", "bob", "charlie", "charlie_requester"]


@pytest.fixture
def market(migrated_target: str) -> Iterator[Market]:
    """A market whose Requesters' webhooks may be on this machine."""
    database = open_database(migrated_target)
    database.migrate()
    rules = Rules(allow_private_destinations=True)
    market = Market(database, vault=Vault(KEY), clock=ManualClock(), random=Random(0), rules=rules)
    yield market
    market.close()


@pytest.fixture
def real_clock() -> ManualClock:
    """Real time, as far as the Sender knows."""
    return ManualClock()


@pytest.fixture
def new_sender(market: Market, real_clock: ManualClock, tmp_path: Path) -> Iterator[Callable[..., Sender]]:
    """Makes Senders of one server's settings, and ends them."""
    made: list[Sender] = []

    def make(**settings: object) -> Sender:
        config = Config(**{"data": tmp_path, "allow_private_destinations": True, **settings})  # type: ignore[arg-type]
        made.append(Sender(market, Channels(market, config), real_clock=real_clock))
        return made[-1]

    yield make
    for sender in made:
        sender.stop()
