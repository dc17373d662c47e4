"""What tests of every room share: the two databases.

A test which takes `database_target` runs on each database of `--database`, on an empty one of its own. `both`, the
default, runs the tests of store, market, simulation and delivery on both; of the edges only those whose subject is the
database (SQLITE_SUFFICES names the others), since an edge has no SQL. `all` runs every test on both. A test which takes
`postgresql` is about PostgreSQL alone, and is left out by `--database sqlite`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import settings

from kempelen import passwords
from tests import databases, postgres

settings.register_profile("untimed", deadline=None)  # what a property test shows has nothing to do with how fast
settings.load_profile("untimed")

DATABASES = {
    "sqlite": ["sqlite"],
    "postgresql": ["postgresql"],
    "both": ["sqlite", "postgresql"],
    "all": ["sqlite", "postgresql"],
}
# Tests of edges whose requests end in the same functions of the market as tests that run on both databases. The
# exchanges of all operations (api/test_golden.py), random requests to every operation and page (simulation), kills,
# races and lost replies (clients) do run on both.
SQLITE_SUFFICES = {
    "api": {"cli", "cli_qualifications", "config", "demo", "front", "layouts", "limits", "logs", "protocol"},
    "clients": {"bad_input", "clock", "errors", "notifications", "throttling", "uploads"},
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=sorted(DATABASES), default="both", help="run the tests that need a database on this one"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where no slow test is wanted, a file of nothing else is not even imported: browsers and SDKs take seconds."""
    if config.getoption("markexpr") != "not slow" or not collection_path.name.startswith("test_"):
        return None
    return True if "\npytestmark = pytest.mark.slow\n" in collection_path.read_text() else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--database")
    path = metafunc.definition.path
    suffices = path.stem.removeprefix("test_") in SQLITE_SUFFICES.get(path.parent.name, ())
    kinds = ["sqlite"] if chosen == "both" and suffices else DATABASES[chosen]
    metafunc.parametrize("database_kind", kinds, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)  # so none is left at the end
    if config.getoption("--database") != "sqlite":
        return
    left_out = [item for item in items if _is_about_postgresql(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _is_about_postgresql(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    return "postgresql" in names and "database_kind" not in names


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashes that cost nothing, in this process: hundreds of Workers sign in, and argon2 takes a while on purpose."""
    hasher = passwords.hasher
    passwords.hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    yield
    passwords.hasher = hasher


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Cluster]:
    """A PostgreSQL server of this test process's own; see tests/postgres.py."""
    with postgres.running() as cluster:
        yield cluster


@pytest.fixture
def database_target(request: pytest.FixtureRequest, database_kind: str) -> Iterator[str]:
    """What `open_database` takes, for an empty database: ":memory:", or the URL of one on PostgreSQL."""
    if database_kind == "sqlite":
        yield ":memory:"
        return
    cluster: postgres.Cluster = request.getfixturevalue("postgresql")
    url = cluster.fresh_database_url()
    yield url
    cluster.give_back(url)


@pytest.fixture
def durable_target(request: pytest.FixtureRequest, database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same for tests with several processes or a restart: a folder for SQLite, or a PostgreSQL URL."""
    if database_kind == "sqlite":
        return str(tmp_path_factory.mktemp("data"))
    return str(request.getfixturevalue("database_target"))


@pytest.fixture
def migrated_target(request: pytest.FixtureRequest, database_kind: str) -> Iterator[str]:
    """The same as `database_target` for tests of a market, which want all tables: `Database.migrate` is quick on it."""
    if database_kind == "sqlite":
        yield ":memory:"
        return
    cluster: postgres.Cluster = request.getfixturevalue("postgresql")
    url = cluster.fresh_database_url(prepared_by=databases.migrate)
    yield url
    cluster.give_back(url, prepared_by=databases.migrate)
