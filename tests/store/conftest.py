"""Databases for tests of the store.

A test which takes `database` runs on SQLite in memory, on SQLite in a file and on PostgreSQL; one which takes `durable`
runs on the two that another connection could open as well.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kempelen.store.database import Database
from tests import postgres
from tests.conftest import DATABASES
from tests.store.marks import opened

PLACES = {"sqlite": ["memory", "file"], "postgresql": ["server"]}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "place" in metafunc.fixturenames:
        kinds = DATABASES[metafunc.config.getoption("--database")]
        metafunc.parametrize("place", [place for kind in kinds for place in PLACES[kind]])


@pytest.fixture
def target(request: pytest.FixtureRequest, place: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What `open_database` takes, for an empty database in each place."""
    if place == "memory":
        yield ":memory:"
    elif place == "file":
        yield str(tmp_path_factory.mktemp("data"))
    else:
        cluster: postgres.Cluster = request.getfixturevalue("postgresql")
        url = cluster.fresh_database_url()
        yield url
        cluster.give_back(url)


@pytest.fixture
def database(target: str) -> Iterator[Database]:
    database = opened(target)
    yield database
    database.close()


@pytest.fixture
def durable(durable_target: str) -> Iterator[Database]:
    database = opened(durable_target)
    yield database
    database.close()


@pytest.fixture
def server_url(postgresql: postgres.Cluster) -> Iterator[str]:
    """An empty database on PostgreSQL, whatever the test's parameters."""
    url = postgresql.fresh_database_url()
    yield url
    postgresql.give_back(url)
