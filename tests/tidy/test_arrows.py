"""Arrows point one way: core <- store <- market <- the edges; within a room, from its folders to those below them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.tidy.source import Source, faults, sources

# Folders of a room, lowest first: a file imports only its own folder and those before it. "" is the room's own files.
FOLDERS = {
    "core": ["", "wire", "questions", "rules"],
    "store": ["", "sqlite", "postgresql", "lanes"],
    "market": ["foundation", "people", "qualifications", "hits", "work", "messaging", ""],
    "web": ["site", "tasks", "worker", ""],
}
# Files that stand above the folders of their room, because they choose between them.
ABOVE_FOLDERS = {"store/open.py"}

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

EDGES = {"api", "web", "client", "delivery", "checks", "logs"}
# What puts the edges together imports any of them.
ASSEMBLY = {"opening", "server", "cli", "demo", "__main__", "__init__"}
SHARED_BY_EDGES = {"core", "store", "market", "config", "hosts", "passwords"}
ROOMS = {*SHARED_BY_EDGES, *EDGES, *ASSEMBLY}

MAY_IMPORT_ROOMS = {
    "core": {"core"},
    "store": {"core", "store"},
    "market": {"core", "store", "market"},
    **{shared: {"core", shared} for shared in ("config", "hosts", "passwords")},
    **{edge: {*SHARED_BY_EDGES, edge} for edge in EDGES},
    **dict.fromkeys(ASSEMBLY, ROOMS),
}
MAY_IMPORT_PACKAGES = {
    "core": {"msgspec"},
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


def folder_of(room: str, parts: list[str]) -> str:
    """The folder of a module that is named by its parts below its room."""
    return parts[0] if parts and parts[0] in FOLDERS[room] else ""


def upwards(source: Source) -> Iterator[str]:
    """Imports of a file that point at a folder above its own, in a room of folders."""
    if source.room not in FOLDERS or source.path in ABOVE_FOLDERS:
        return
    order = FOLDERS[source.room]
    own = source.path.split("/")[1:-1]
    if own and own[0] not in order:
        yield source.fault(source.tree, f"'{own[0]}' has no place in FOLDERS of tests/tidy/test_arrows.py")
        return
    here = folder_of(source.room, own)
    for node, name in source.imports():
        parts = name.split(".")
        if parts[:2] == ["kempelen", source.room]:
            there = folder_of(source.room, parts[2:])
            if order.index(there) > order.index(here) or "/".join(parts[1:3]) + ".py" in ABOVE_FOLDERS:
                yield source.fault(node, f"{source.path} must not import {name}: its folder stands above")


def code_of_packages(source: Source) -> Iterator[str]:
    """Statements of an `__init__.py` other than its docstring, re-exports and plain constants."""
    if source.path.endswith("__init__.py"):
        for node in source.tree.body:
            if not isinstance(node, ast.Import | ast.ImportFrom | ast.Expr | ast.Assign):
                yield source.fault(node, "an __init__.py only re-exports")


def module_of(path: str) -> str:
    return "kempelen." + path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def circles(every: Iterable[Source]) -> list[str]:
    """Modules that import each other, directly or by others."""
    modules = {module_of(source.path): source for source in every}
    imports = {
        module: {found for _, name in source.imports() for found in (name, name.rpartition(".")[0]) if found in modules}
        - {module}
        for module, source in modules.items()
    }
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return [" -> ".join(error.args[1])]
    return []


def homes(source: Source) -> Iterator[str]:
    """Operations that live in another file than the table says, or that the original never had."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef) and any(
            ast.unparse(decorator).partition("(")[0] == "operation" for decorator in node.decorator_list
        ):
            home = next((record for record, names in OPERATIONS.items() if node.name in names.split()), None)
            if home is None:
                yield source.fault(node, f"{node.name} is no operation of the original")
            elif source.room != "market" or source.path.rpartition("/")[2] not in _files_of(home):
                yield source.fault(node, f"{node.name} belongs in {' or '.join(_files_of(home))} of market")


def _files_of(record: str) -> list[str]:
    """The files of a record: by its name, and where it is split by subject, by what is done to it."""
    return [f"{record}.py", *SPLIT.get(record, [])]


SPLIT = {"hits": ["hit_creation.py", "hit_changes.py"]}


def test_rooms_import_only_what_stands_below_them() -> None:
    assert faults(arrows) == []


def test_files_import_only_folders_below_their_own() -> None:
    assert faults(upwards) == []


def test_no_modules_import_each_other() -> None:
    assert circles(sources()) == []


def test_packages_hold_no_code() -> None:
    assert faults(code_of_packages) == []


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
        ("core/rules/fees.py", "from ...market import hits"),
        ("store/lanes/lanes.py", "from kempelen.market.foundation.call import Call"),
        ("store/lanes/lanes.py", "import starlette.requests"),
        ("market/hits/hits.py", "from kempelen.api import app"),
        ("market/hits/hits.py", "from kempelen import web"),
        ("market/hits/hits.py", "import sqlite3"),
        ("market/hits/hits.py", "import argon2"),
        ("api/app.py", "from kempelen.web.site.visits import Visit"),
        ("web/worker/work.py", "from kempelen import api"),
        ("delivery/sender.py", "import kempelen.server.front"),
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
        ("market/foundation/ledger.py", "from kempelen.market.hits import hits"),
        ("market/foundation/ledger.py", "def f():\n    from kempelen.market.hits.hits import create_hit"),
        ("market/hits/hits.py", "from kempelen.market.work.assignments import x"),
        ("market/hits/hits.py", "from kempelen.market import deadlines"),
        ("market/odds/odds.py", "import json"),
        ("core/wire/shapes.py", "from kempelen.core.rules import fees"),
        ("store/database.py", "from kempelen.store.open import open_database"),
        ("web/site/visits.py", "from kempelen.web.worker import work"),
    ],
)
def test_an_import_of_a_higher_folder_is_seen(path: str, text: str) -> None:
    assert len(list(upwards(Source(path, text)))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("market/hits/hits.py", "from kempelen.market.foundation import events, ledger"),
        ("market/market.py", "from kempelen.market import deadlines\nfrom kempelen.market.work import work"),
        ("store/open.py", "from kempelen.store.sqlite.database import SQLiteDatabase"),
    ],
)
def test_an_import_of_a_lower_folder_is_no_fault(path: str, text: str) -> None:
    assert list(upwards(Source(path, text))) == []


def test_modules_that_import_each_other_are_seen() -> None:
    a = Source("core/money.py", "from kempelen.core.wire import names")
    b = Source("core/wire/names.py", "def f():\n    from kempelen.core.money import Money")
    assert len(circles([a, b])) == 1
    assert circles([a, Source("core/wire/names.py", "import json")]) == []


def test_code_in_a_package_is_seen() -> None:
    assert len(list(code_of_packages(Source("web/__init__.py", '"""Doc."""\ndef f(): ...')))) == 1


@pytest.mark.parametrize(
    ("path", "name"),
    [("market/hits/hits.py", "send_bonus"), ("web/worker/work.py", "send_bonus"), ("market/hits/hits.py", "sing")],
)
def test_an_operation_in_the_wrong_file_is_seen(path: str, name: str) -> None:
    assert len(list(homes(Source(path, f"@operation\ndef {name}(call): ...")))) == 1
    assert len(list(homes(Source(path, f"@operation(reads=True)\ndef {name}(call): ...")))) == 1
