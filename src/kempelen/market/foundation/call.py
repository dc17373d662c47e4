"""Call: what every function of the market is given, and all it may know of the world outside its arguments."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, TypeVar

from kempelen.core.rules.rules import Rules
from kempelen.core.wire import names
from kempelen.store.database import Transaction, ms
from kempelen.store.vault import Vault

Result = TypeVar("Result")

MARKET = "MARKET"  # the caller when a deadline acts
OPERATOR = "OPERATOR"  # the caller when the people who run the marketplace act
POLICY = "POLICY"  # the caller when a Requester's review policy acts


@dataclass(frozen=True, slots=True)
class Call:
    """One operation's view: its transaction, its instant, who asks, where ids come from, the rules and the keys."""

    db: Transaction
    now: datetime
    caller: str
    random: Random
    rules: Rules
    vault: Vault
    _left: list[Callable[[], object]] = field(default_factory=list)  # shared with the calls made from this one

    def new_id(self) -> str:
        """A new 30-character id."""
        return names.new_id(ms(self.now), self.random)

    def ago(self, *, seconds: int = 0, days: int = 0) -> datetime:
        """The instant this long before now."""
        return self.now - timedelta(days=days, seconds=seconds)

    def later(self, *, seconds: int = 0, days: int = 0) -> datetime:
        """The instant this long after now."""
        return self.now + timedelta(days=days, seconds=seconds)

    def perform(self, function: Callable[..., Result], *positional: Any, **arguments: Any) -> Result:
        """Run a function with this call, then the work that it left for its end, in the same transaction."""
        result = function(self, *positional, **arguments)
        while self._left:
            self._left.pop()()
        return result

    def after(self, function: Callable[..., object], *arguments: Any) -> None:
        """Leave work for the end of this call: `function(call, *arguments)` runs when all else is done."""
        self._left.append(partial(function, self, *arguments))

    def as_market(self, due_at: datetime) -> "Call":
        """The same transaction at the moment a deadline was due, with the market itself acting."""
        return replace(self, now=due_at, caller=MARKET)

    def as_policy(self) -> "Call":
        """The same transaction and moment, with a Requester's review policy acting."""
        return replace(self, caller=POLICY)
