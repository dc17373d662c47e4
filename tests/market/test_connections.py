"""PostgreSQL goes away for a moment: readers and writers come back by themselves."""

from random import Random

import psycopg

from kempelen.core.money import Money
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.hits import hits
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from tests.market.conftest import KEY
from tests.market.work import new_hit
from tests.postgres import Cluster


def test_readers_and_writers_survive_lost_connections(postgresql: Cluster) -> None:
    url = postgresql.fresh_database_url()
    database = open_database(url)
    database.migrate()
    market = Market(database, vault=Vault(KEY), clock=ManualClock(), random=Random(0))
    alice = add_alice(market)
    made = {new_hit(market, alice).hit_id}
    for _ in range(3):
        end_all_connections(url)
        assert {hit.hit_id for hit in market.perform(alice, hits.list_hits).hits} == made
        end_all_connections(url)
        made.add(new_hit(market, alice).hit_id)
    market.close()
    postgresql.give_back(url)


def add_alice(market: Market) -> str:
    alice = market.perform(OPERATOR, accounts.add_requester, name="Alice", email="alice@example.org").requester_id
    market.perform(OPERATOR, accounts.deposit, requester_id=alice, amount=Money.parse("10"))
    return alice


def end_all_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
