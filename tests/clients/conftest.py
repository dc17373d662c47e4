"""A server for each test, or for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.server import Server


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
