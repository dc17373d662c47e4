"""Call: what every function of the market is given, and all it may know of the world outside its arguments."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from kempelen.core.rules.rules import Rules
from kempelen.core.wire import names
from kempelen.store.database import Transaction, ms
from kempelen.store.vault import Vault

MARKET = "MARKET"  # the caller when a deadline acts
OPERATOR = "OPERATOR"  # the caller when the people who run the marketplace act
POLICY = "POLICY"  # the caller when a Requester's review policy acts


@dataclass(frozen=True, slots=True)
class Call:
    """One operation's view: its transaction, its instant, who asks, where ids come from, the rules and the keys.

    And what is left to do before it is over: `reviewable` are the HITs that became Reviewable in it and have a policy
    of their own, which `review_policies.carry_out` then runs.
    """

    db: Transaction
    now: datetime
    caller: str
    random: Random
    rules: Rules
    vault: Vault
    reviewable: list[str] = field(default_factory=list)

    def new_id(self) -> str:
        """A new 30-character id."""
        return names.new_id(ms(self.now), self.random)

    def ago(self, *, seconds: int = 0, days: int = 0) -> datetime:
        """The instant this long before now."""
        return self.now - timedelta(days=days, seconds=seconds)

    def later(self, *, seconds: int = 0, days: int = 0) -> datetime:
        """The instant this long after now."""
        return self.now + timedelta(days=days, seconds=seconds)

    def as_market(self, due_at: datetime) -> "Call":
        """The same transaction at the moment a deadline was due, with the market itself acting."""
        return replace(self, now=due_at, caller=MARKET)

    def as_policy(self) -> "Call":
        """The same transaction and moment, with a Requester's review policy acting."""
        return replace(self, caller=POLICY)


def statement(*parts: str) -> str:
    """One SQL text of fixed parts, for statements that share most of their words; values are always parameters."""
    return " ".join(parts)
