"""A crowded market, made in a folder or at a PostgreSQL URL: as many HITs, types and Workers as one asks for.

HIT types, their requirements and qualification types are made by the market's own functions, because what a list reads
is theirs to lay out; people, scores and HITs are rows like theirs, written many at a time. Nobody has paid for these
HITs, so `kempelen check` would not approve of this market; it is there to be searched and worked in.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from kempelen.core.money import Money
from kempelen.core.rules import requirements
from kempelen.core.wire.shapes import Locale, QualificationRequirement
from kempelen.market.foundation.call import OPERATOR, Call
from kempelen.market.foundation.clock import SystemClock
from kempelen.market.hits import hit_types
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.qualifications import qualification_types
from kempelen.store.database import Transaction
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from tests.clients.hits import HTML_QUESTION

REQUESTERS = 200
SCORES_PER_WORKER = 10
GUARDS = ("Accept", "PreviewAndAccept", "DiscoverPreviewAndAccept")
WORDS = ("mug", "photo", "receipt", "tweet", "survey", "speech", "map", "recipe", "letter", "shoe", "street", "cat")
LIFETIME_DAYS = 30


class Size(NamedTuple):
    """How many there are of each; a fifth of the HITs are in one group."""

    hits: int
    hit_types: int
    qualification_types: int
    workers: int


class Crowd(NamedTuple):
    """A market with all of that in it, whom to ask as and for, and the largest of its groups."""

    market: Market
    workers: list[str]
    requesters: list[str]
    largest_group: str


def gather(target: str, size: Size) -> Crowd:
    """Make it in an empty database."""
    database = open_database(target)
    database.migrate()
    random = Random(1)
    market = Market(database, vault=Vault(bytes(32)), clock=SystemClock(None), random=random)
    with database.writing() as db:
        call = Call(db, market.clock.now(), OPERATOR, random, market.rules, market.vault)
        requesters = [_requester(call, number) for number in range(REQUESTERS)]
        workers = _workers(call, size.workers)
        types = [_type(call, random.choice(requesters), number, random) for number in range(size.qualification_types)]
        _scores(call, workers, types, random)
        _records(call, workers, requesters, random)
        for number in range(size.hit_types):
            _hit_type(call, random.choice(requesters), number, types, random)
        largest = _hits(call, size)
    with database.writing() as db:
        _analyze(db)
    return Crowd(market, workers, requesters, largest)


def _requester(call: Call, number: int) -> str:
    return accounts.add_requester(call, name=f"Lab {number}", email=f"lab{number}@example.org").requester_id


def _workers(call: Call, count: int) -> list[str]:
    workers = [f"A{number:013d}" for number in range(count)]
    for number, worker in enumerate(workers):
        call.db.run(
            """
            INSERT INTO worker (worker_id, name, email, password_hash, status, auto_accept, created_at, turn, country)
            VALUES (:worker_id, :name, :email, '-', 'Active', 0, :now, 0, :country)
            """,
            worker_id=worker,
            name=f"Worker {number}",
            email=f"w{number}@example.org",
            now=call.now,
            country=("US", "IN", "DE", "BR")[number % 4],
        )
    return workers


def _type(call: Call, requester: str, number: int, random: Random) -> str:
    made = qualification_types.create_qualification_type(
        _as(call, requester),
        name=f"Skill {number}",
        description=f"Has shown to know: {' '.join(random.choices(WORDS, k=30))}.",
        keywords=", ".join(random.sample(WORDS, 3)),
        qualification_type_status="Active",
    )
    return made.qualification_type.qualification_type_id


def _scores(call: Call, workers: list[str], types: list[str], random: Random) -> None:
    for worker in workers:
        for type_id in random.sample(types, min(SCORES_PER_WORKER, len(types))):
            call.db.run(
                """
                INSERT INTO qualification (worker_id, qualification_type_id, status, value, granted_at)
                VALUES (:worker_id, :type_id, 'Granted', :value, :now)
                """,
                worker_id=worker,
                type_id=type_id,
                value=random.randrange(101),
                now=call.now,
            )


def _records(call: Call, workers: list[str], requesters: list[str], random: Random) -> None:
    for worker in workers:
        for requester in random.sample(requesters, 4):
            approved = random.randrange(2000)
            call.db.run(
                """
                INSERT INTO worker_record (worker_id, requester_id, submitted, approved, rejected)
                VALUES (:worker_id, :requester_id, :submitted, :approved, :rejected)
                """,
                worker_id=worker,
                requester_id=requester,
                submitted=approved + 100,
                approved=approved,
                rejected=random.randrange(100),
            )


def _hit_type(call: Call, requester: str, number: int, types: list[str], random: Random) -> None:
    wanted = random.sample(
        [
            _required(random.choice(types), "GreaterThan", random, integer_values=[50]),
            _required(random.choice(types), "DoesNotExist", random),
            _required(requirements.PERCENT_APPROVED, "GreaterThanOrEqualTo", random, integer_values=[95]),
            _required(requirements.APPROVED, "GreaterThan", random, integer_values=[500]),
            _required(requirements.LOCALE, "In", random, locale_values=[Locale(country="US"), Locale(country="DE")]),
        ],
        random.randrange(4),
    )
    hit_types.create_hit_type(
        _as(call, requester),
        assignment_duration_in_seconds=3600,
        reward=Money(10_000 * random.randrange(1, 200)),
        title=f"Look at a {random.choice(WORDS)} and a {random.choice(WORDS)}, no. {number}",
        description="A few questions.",
        keywords=", ".join(random.sample(WORDS, 3)),
        qualification_requirements=wanted,
    )


def _required(type_id: str, comparator: str, random: Random, **values: object) -> QualificationRequirement:
    return QualificationRequirement(  # type: ignore[arg-type]
        qualification_type_id=type_id, comparator=comparator, actions_guarded=random.choice(GUARDS), **values
    )


def _hits(call: Call, size: Size) -> str:
    """Spread the HITs over the groups: a fifth of them in one that is open to everybody, the rest evenly."""
    rows = call.db.all(
        """
        SELECT hit_group_id FROM hit_group
         ORDER BY accept_granted, accept_record, accept_absent, hit_group_id
        """
    )
    largest, *others = [row["hit_group_id"] for row in rows]
    first, each = 0, (size.hits * 4 // 5) // len(others)
    for group, count in [(largest, size.hits - each * len(others)), *((group, each) for group in others)]:
        call.db.run(
            """
            INSERT INTO hit (hit_id, requester_id, hit_type_id, hit_group_id, status, question, reward_micros,
                             fee_micros, max_assignments, open, pending, submitted, decided, place, created_at,
                             expires_at, expired)
            WITH RECURSIVE n (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM n WHERE number < :count)
            SELECT '3B' || CAST(100000000000 + :first + number AS TEXT) || 'BENCH00000000000', g.requester_id,
                   g.hit_type_id, g.hit_group_id, 'Assignable', :question, g.reward_micros, 10000, 3, 3, 0, 0, 0,
                   (number * 2654435761 + :first) % 1000000007, :now, :expires_at, 0
              FROM n JOIN hit_group g ON g.hit_group_id = :hit_group_id
            """,
            count=count,
            first=first,
            question=HTML_QUESTION,
            now=call.now,
            expires_at=call.later(days=LIFETIME_DAYS),
            hit_group_id=group,
        )
        call.db.run(
            """
            UPDATE hit_group SET open_hits = :count, updated_at = :now - :first, latest_expires_at = :expires_at
             WHERE hit_group_id = :hit_group_id
            """,
            count=count,
            now=call.now,
            first=first,
            expires_at=call.later(days=LIFETIME_DAYS),
            hit_group_id=group,
        )
        first += count
    return str(largest)


def _as(call: Call, requester: str) -> Call:
    return Call(call.db, call.now, requester, call.random, call.rules, call.vault)


def _analyze(db: Transaction) -> None:
    """Planners know what there is, as they do in a market that has grown to this size."""
    db.run("ANALYZE")
