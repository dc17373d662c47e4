"""Town: a market with its people, which writes down all that is asked of it, so that it can be played once more."""

import contextlib
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

import msgspec

from kempelen.core.money import Money
from kempelen.core.rules.rules import Rules
from kempelen.core.wire.errors import RequestError
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.store.database import ms
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from tests.simulation.recount import Rows

KEY = bytes(range(32))
RULES = Rules(queue_limit=3, daily_limit=12)
NOT_HISTORY = {"lane", "migration"}  # the process's own: its last batch, and when it made the tables


class Step(NamedTuple):
    """One thing that was done: a function for a caller, or (without one) time passing; and what came of it."""

    caller: str
    function: Callable[..., Any] | None
    arguments: dict[str, Any]
    outcome: Any


class Town:
    """A market on an empty database: Alice and Anna ask for work, Charlie is a stranger to both; three Workers."""

    def __init__(self, target: str, *, seed: int = 0) -> None:
        self.database = open_database(target)
        self.database.migrate()
        self.clock = ManualClock()
        self.market = Market(self.database, vault=Vault(KEY), clock=self.clock, random=Random(seed), rules=RULES)
        self.steps: list[Step] = []

    def settle(self) -> None:
        """Let the people move in."""
        self.requesters = [self._requester(*each) for each in (("Alice", "30"), ("Anna", "4"), ("Charlie", "0.50"))]
        self.workers = [self._worker(name) for name in ("Bob", "Dora", "Emil")]

    def _requester(self, name: str, dollars: str) -> str:
        email = f"{name.lower()}@example.org"
        requester_id = self.perform(OPERATOR, accounts.add_requester, name=name, email=email).requester_id
        self.perform(OPERATOR, accounts.deposit, requester_id=requester_id, amount=Money.parse(dollars))
        return requester_id

    def _worker(self, name: str) -> str:
        email = f"{name.lower()}@example.org"
        return self.perform(OPERATOR, accounts.add_worker, name=name, email=email, password_hash="-").worker_id

    def perform(self, caller: str, function: Callable[..., Any], **arguments: Any) -> Any:
        """Have the market do it, and write it down with what came of it, be it a refusal."""
        try:
            outcome = self.market.perform(caller, function, **arguments)
        except RequestError as refusal:
            self.steps.append(Step(caller, function, arguments, f"{type(refusal).__name__}: {refusal.message}"))
            raise
        self.steps.append(Step(caller, function, arguments, outcome))
        return outcome

    def pass_time(self, *, seconds: float) -> None:
        """Move the clock, and have all done that fell due."""
        self.clock.advance(seconds=seconds)
        self.market.run_due()
        self.steps.append(Step("", None, {"seconds": seconds}, None))

    def play_again(self, steps: list[Step]) -> None:
        """Do in this town what was done in another one."""
        for step in steps:
            if step.function is None:
                self.pass_time(**step.arguments)
                continue
            with contextlib.suppress(RequestError):  # written down, as it was there
                self.perform(step.caller, step.function, **step.arguments)

    def now(self) -> int:
        """Market time, as rows hold it."""
        return ms(self.clock.now())

    def rows(self) -> Rows:
        """Every row of every table, in an order that both databases share."""
        with self.database.reading() as db:
            tables = sorted(self.database.tables(db) - NOT_HISTORY)
            rows = {table: [dict(row) for row in db.all("SELECT * FROM " + table)] for table in tables}
        return {table: sorted(found, key=_in_order) for table, found in rows.items()}

    def dump(self) -> bytes:
        """The whole market as bytes."""
        return msgspec.json.encode(self.rows())

    def close(self) -> None:
        """Let the market and its database go."""
        self.market.close()


def _in_order(row: dict[str, Any]) -> list[tuple[bool, str]]:
    return [(value is not None, str(value)) for value in row.values()]
