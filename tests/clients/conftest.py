"""A server for each test, or for all tests of a file."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.server import Server
from tests.postgres import Cluster


@pytest.fixture
def server(durable_target: str, tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own, on either database."""
    with Server(tmp_path / "data", durable_target) as running:
        yield running


@pytest.fixture(scope="module")
def shared_server(
    request: pytest.FixtureRequest, database_kind: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server for all tests of a file, on either database: for tests that leave nothing behind for the next."""
    target = request.getfixturevalue("postgresql").fresh_database_url() if database_kind == "postgresql" else None
    with Server(tmp_path_factory.mktemp("server") / "data", target) as running:
        yield running


@pytest.fixture
def two_servers(postgresql: Cluster, tmp_path: Path) -> Iterator[list[Server]]:
    """Two server processes on one PostgreSQL database, each with a data folder of its own and the same key."""
    with beside_each_other(postgresql.fresh_database_url(), tmp_path) as servers:
        yield servers


@pytest.fixture(scope="module")
def two_shared_servers(postgresql: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """The same two for all tests of a file."""
    with beside_each_other(postgresql.fresh_database_url(), tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@contextlib.contextmanager
def beside_each_other(url: str, folder: Path) -> Iterator[list[Server]]:
    """Two servers on this database."""
    shared = {"KEMPELEN_SECRET_KEY": secrets.token_hex(32)}
    with contextlib.ExitStack() as both:
        yield [both.enter_context(Server(folder / name, url, environment=shared)) for name in ("one", "two")]
