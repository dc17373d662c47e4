"""Arrows between rooms point one way: core <- store <- market <- the edges; within market, upwards in one list."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.tidy.source import Source, faults

# A file of market imports only files above it here.
MARKET = [
    "__init__",
    "clock",
    "clock_readings",
    "call",
    "pages",
    "request_tokens",
    "deliveries",
    "events",
    "ledger",
    "accounts",
    "recovery",
    "worker_blocks",
    "qualification_types",
    "qualifications",
    "rosters",
    "qualification_requests",
    "track_records",
    "hit_types",
    "hit_layouts",
    "places",
    "uploads",
    "hits",
    "assignments",
    "bonuses",
    "review_policies",
    "messages",
    "notifications",
    "listings",
    "saved_searches",
    "contacts",
    "permissions",
    "reports",
    "work",
    "departures",
    "deadlines",
    "gauges",
    "market",  # the front door performs the deadlines, so it stands on all the others
]

# Where each operation lives: in the file of the record it creates, changes or returns.
OPERATIONS = {
    "hits": "create_hit create_hit_with_hit_type create_additional_assignments_for_hit get_hit list_hits"
    " list_reviewable_hits list_hits_for_qualification_type update_expiration_for_hit update_hit_review_status"
    " update_hit_type_of_hit delete_hit",
    "hit_types": "create_hit_type",
    "bonuses": "send_bonus list_bonus_payments",
    "accounts": "get_account_balance",
    "assignments": "get_assignment list_assignments_for_hit approve_assignment reject_assignment get_file_upload_url",
    "qualification_types": "create_qualification_type get_qualification_type update_qualification_type"
    " delete_qualification_type list_qualification_types",
    "qualifications": "associate_qualification_with_worker disassociate_qualification_from_worker"
    " get_qualification_score list_workers_with_qualification_type",
    "qualification_requests": "list_qualification_requests accept_qualification_request reject_qualification_request",
    "worker_blocks": "create_worker_block delete_worker_block list_worker_blocks",
    "review_policies": "list_review_policy_results_for_hit",
    "notifications": "update_notification_settings send_test_event_notification notify_workers",
}

EDGES = {"api", "web", "client", "delivery", "scheduler", "checks", "logs", "metrics"}
# What puts the edges together imports any of them.
ASSEMBLY = {"opening", "server", "connections", "stopping", "cli", "demo", "__main__", "__init__"}
SHARED_BY_EDGES = {"core", "store", "market", "config"}
ROOMS = {"core", "store", "market", "config", *EDGES, *ASSEMBLY}

MAY_IMPORT_ROOMS = {
    "core": {"core"},
    "store": {"core", "store"},
    "market": {"core", "store", "market"},
    "config": {"core", "config"},
    **{edge: {*SHARED_BY_EDGES, edge} for edge in EDGES},
    **dict.fromkeys(ASSEMBLY, ROOMS),
}
MAY_IMPORT_PACKAGES = {
    "core": {"msgspec", "lxml"},
    "store": {"msgspec", "psycopg", "cryptography", "structlog"},
    "market": {"msgspec", "structlog"},
}
# No database, network, files, clock or chance in core; no HTTP, database driver or clock in market.
FORBIDDEN_STANDARD = {
    "core": {
        *("asyncio", "concurrent", "glob", "http", "io", "logging", "multiprocessing", "os", "pathlib", "secrets"),
        *("shutil", "smtplib", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "time", "urllib.request", "uuid"),
    },
    "market": {"http", "multiprocessing", "smtplib", "socket", "sqlite3", "ssl", "subprocess", "urllib.request"},
}


def arrows(source: Source) -> Iterator[str]:
    """Imports that a file's room may not make."""
    if source.room not in ROOMS:
        yield source.fault(source.tree, f"'{source.room}' is a room that ROOMS of tests/tidy/test_arrows.py misses")
        return
    for node, name in source.imports():
        top, _, rest = name.partition(".")
        if top == "kempelen":
            room = rest.split(".")[0]
            if room in ROOMS and room not in MAY_IMPORT_ROOMS[source.room]:
                yield source.fault(node, f"{source.room} must not import kempelen.{room}")
        elif top in sys.stdlib_module_names:
            for forbidden in FORBIDDEN_STANDARD.get(source.room, set()):
                if name == forbidden or name.startswith(forbidden + "."):
                    yield source.fault(node, f"{source.room} must not import {forbidden}")
        elif top not in MAY_IMPORT_PACKAGES.get(source.room, {top}):
            yield source.fault(node, f"{source.room} must not import {top}")


def upwards(source: Source) -> Iterator[str]:
    """Imports of a market file that point down the list, or at itself."""
    if source.room != "market":
        return
    if source.record not in MARKET:
        yield source.fault(source.tree, f"'{source.record}' has no place in MARKET of tests/tidy/test_arrows.py")
        return
    for node, name in source.imports():
        parts = name.split(".")
        if parts[:2] != ["kempelen", "market"] or len(parts) < 3 or parts[2] not in MARKET:
            continue
        if parts[2] != source.record and MARKET.index(parts[2]) > MARKET.index(source.record):
            yield source.fault(node, f"{source.record} stands above {parts[2]}, so it must not import it")


def homes(source: Source) -> Iterator[str]:
    """Operations that live in another file than the table says, or that the original never had."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef) and any(
            isinstance(decorator, ast.Name) and decorator.id == "operation" for decorator in node.decorator_list
        ):
            home = next((record for record, names in OPERATIONS.items() if node.name in names.split()), None)
            if home is None:
                yield source.fault(node, f"{node.name} is no operation of the original")
            elif (source.room, source.record) != ("market", home):
                yield source.fault(node, f"{node.name} belongs in market/{home}.py")


def test_rooms_import_only_what_stands_below_them() -> None:
    assert faults(arrows) == []


def test_market_files_import_only_files_above_them() -> None:
    assert faults(upwards) == []


def test_operations_live_with_their_record() -> None:
    assert faults(homes) == []
    assert sum(len(names.split()) for names in OPERATIONS.values()) == 39


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("core/rules/fees.py", "from kempelen.store import database"),
        ("core/rules/fees.py", "import kempelen.market.hits.hits"),
        ("core/rules/fees.py", "import psycopg"),
        ("core/rules/fees.py", "from urllib import request"),
        ("core/rules/fees.py", "def f():\n    import time"),
        ("core/rules/fees.py", "from ..market import hits"),
        ("store/lanes/lanes.py", "from kempelen.market.foundation.call import Call"),
        ("store/lanes/lanes.py", "import starlette.requests"),
        ("market/hits/hits.py", "from kempelen.api import app"),
        ("market/hits/hits.py", "from kempelen import web"),
        ("market/hits/hits.py", "import sqlite3"),
        ("market/hits/hits.py", "import argon2"),
        ("api/app.py", "from kempelen.web.site.visits import Visit"),
        ("web/worker/work.py", "from kempelen import api"),
        ("scheduler.py", "import kempelen.server"),
        ("common/things.py", "import json"),
    ],
)
def test_a_wrong_arrow_is_seen(path: str, text: str) -> None:
    assert len(list(arrows(Source(path, text)))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("core/rules/fees.py", "from urllib.parse import urlsplit\nimport msgspec\nfrom . import money"),
        ("store/lanes/lanes.py", "import psycopg\nfrom kempelen.core.money import Money"),
        ("market/hits/hits.py", "from kempelen.store.database import Row\nfrom kempelen.core import fees"),
        (
            "web/worker/work.py",
            "import starlette\nfrom kempelen.market import work\nfrom kempelen.config import Config",
        ),
        ("server.py", "from kempelen.api import app\nfrom kempelen.web import site"),
    ],
)
def test_a_right_arrow_is_no_fault(path: str, text: str) -> None:
    assert list(arrows(Source(path, text))) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("market/foundation/ledger.py", "from kempelen.market import hits"),
        ("market/foundation/ledger.py", "def f():\n    from kempelen.market.hits.hits import create_hit"),
        ("market/hits/__init__.py", "from kempelen.market.work.assignments import x"),
        ("market/odds.py", "import json"),
    ],
)
def test_an_import_down_the_market_is_seen(path: str, text: str) -> None:
    assert len(list(upwards(Source(path, text)))) == 1


def test_an_import_up_the_market_is_no_fault() -> None:
    assert list(upwards(Source("market/hits/hits.py", "from kempelen.market import events, ledger"))) == []


@pytest.mark.parametrize(
    ("path", "name"),
    [("market/hits/hits.py", "send_bonus"), ("web/worker/work.py", "send_bonus"), ("market/hits/hits.py", "sing")],
)
def test_an_operation_in_the_wrong_file_is_seen(path: str, name: str) -> None:
    assert len(list(homes(Source(path, f"@operation\ndef {name}(call): ...")))) == 1
