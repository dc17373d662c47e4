"""The API over a fresh market, and programs that call it."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from kempelen.api.app import RequesterAPI
from kempelen.market.market import Market
from tests.api.caller import Program, give_key
from tests.market.conftest import alice, bob, charlie, charlie_requester, market  # noqa: F401


def counted_request_ids() -> Callable[[], str]:
    """Request ids that are the same from run to run."""
    numbers = itertools.count(1)
    return lambda: f"00000000-0000-4000-a000-{next(numbers):012d}"


@pytest.fixture
def api(market: Market) -> RequesterAPI:  # noqa: F811
    return RequesterAPI(market, new_request_id=counted_request_ids())


@pytest.fixture
def program(api: RequesterAPI, market: Market, alice: str) -> Program:  # noqa: F811
    """Alice's program."""
    return Program(api, give_key(market, alice))
