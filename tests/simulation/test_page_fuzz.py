"""A short fuzz of every page, the same in each run; `make fuzz` plays long. See tests/simulation/fuzz/pages.py."""

import pytest

from kempelen.market.people import accounts
from tests.simulation.fuzz.history import Failure
from tests.simulation.fuzz.pages import PageHistory


@pytest.mark.slow
def test_no_request_for_a_page_meets_a_fault_of_ours(migrated_target):
    history = PageHistory(31, migrated_target)
    try:
        history.play(100)
        while history.left:
            history.play(min(len(history.left), 20))
    finally:
        history.close()
    for where, path, methods in history.routes:
        assert all(history.outcomes[f"{method} {path}"] for method in methods), (where, path)


def test_a_page_that_fails_says_how_to_see_it_again(monkeypatch):
    history = PageHistory(3, ":memory:")
    monkeypatch.setattr(accounts, "get_session", lambda *_, **__: 1 / 0)
    with pytest.raises(Failure, match=r"[\s\S]*tests.simulation.fuzz --pages --seed 3 --steps \d+"):
        history.play(50)
    history.close()
