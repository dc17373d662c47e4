"""Writes down which members each test sends and gets: a pytest plugin, for `make coverage`.

    python -m pytest -p tests.recording --record FOLDER …

What is seen is what the market answers well: over the wire, in this process or in a server's that a test has begun, and
by the functions of operations that a test performs. Every process adds lines to a file of its own in the folder, each
as soon as it is seen, for servers are killed without warning; `tests/coverage.py` reads them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

FOLDER = "RECORDED_INTO"  # in the environment of servers that tests begin
_NOW = "test-of-"  # a file with the test that runs, for each process that runs tests
_SEEN = "seen-by-"
_TESTS_OF = "RECORDED_FOR"

Way = Literal["asked", "told"]


class Seen(NamedTuple):
    """One member of an operation that a test sent or got; `wire` when it went through the API's endpoint."""

    test: str
    wire: bool
    operation: str
    way: Way
    member: str


def paths(members: Any, prefix: str = "") -> Iterator[str]:
    """The members in a JSON object, to the leaves; those of the entries of a list begin with its name and `[]`."""
    for name, value in members.items():
        if value is None:
            continue
        path, entries = prefix + name, [value]
        while entries and isinstance(entries[0], list):
            path, entries = path + "[]", [entry for inner in entries for entry in inner]
        if isinstance(value, list) and not path.endswith("[]"):
            path += "[]"
        yield path
        for entry in entries:
            if isinstance(entry, dict):
                yield from paths(entry, f"{path}.")


def read(folder: Path) -> set[Seen]:
    """All that was seen."""
    lines = [line for path in folder.glob(f"{_SEEN}*") for line in path.read_text().splitlines()]
    return {Seen(*json.loads(line)) for line in lines}


class Recorder:
    """Watches the two ways into the market in this process; `test` says which test runs."""

    def __init__(self, folder: Path, *, tests_of: str) -> None:
        self._file = folder / f"{_SEEN}{os.getpid()}"
        self._test = folder / f"{_NOW}{tests_of}"
        self._known: set[Seen] = set()

    def watch(self) -> None:
        """From now on."""
        from kempelen.api import protocol
        from kempelen.api.app import RequesterAPI
        from kempelen.core.wire.names import wire_name
        from kempelen.core.wire.operations import REGISTRY
        from kempelen.core.wire.shapes import encoder
        from kempelen.market.market import Market

        operate, perform = RequesterAPI._operate, Market.perform
        operations = {operation.function: operation for operation in REGISTRY.values()}

        async def operated(api: RequesterAPI, request: Any) -> bytes:
            answer = await operate(api, request)
            target = next(value for name, value in request.scope["headers"] if name == b"x-amz-target")
            asked = json.loads(request.body) if request.body.strip() else {}
            self.see(protocol.operation_named(target), asked, json.loads(answer), wire=True)
            return answer

        def performed(market: Market, caller: str, function: Any, **arguments: Any) -> Any:
            result = perform(market, caller, function, **arguments)
            operation = operations.get(function)
            if operation is not None:
                given = {name: value for name, value in arguments.items() if value is not None}
                asked = {wire_name(name): encoder(operation.members[name][0])(value) for name, value in given.items()}
                self.see(operation.name, asked, json.loads(operation.encode(result)), wire=False)
            return result

        RequesterAPI._operate = operated  # type: ignore[method-assign]
        Market.perform = performed  # type: ignore[method-assign]

    def see(self, operation: str, asked: dict[str, Any], told: dict[str, Any], *, wire: bool) -> None:
        """One answer, and what it was asked by."""
        test = self._test.read_text() if self._test.exists() else ""
        if not test:
            return
        both: tuple[tuple[Way, dict[str, Any]], ...] = (("asked", asked), ("told", told))
        seen = {Seen(test, wire, operation, way, path) for way, members in both for path in paths(members)}
        new = seen - self._known
        if new:
            self._known |= new
            with self._file.open("a") as file:
                file.write("".join(json.dumps(each) + "\n" for each in new))

    def begin(self, test: str) -> None:
        """This test runs now; "" for none."""
        self._test.write_text(test)


# ---------------------------------------------------------------------------------------------- the plugin


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", metavar="FOLDER", help="write down there which members each test sends and gets")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--record"):
        folder = Path(config.getoption("--record")).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        config.pluginmanager.register(_Plugin(folder))


class _Plugin:
    def __init__(self, folder: Path) -> None:
        from tests.clients import server

        tests_of = str(os.getpid())
        self._recorder = Recorder(folder, tests_of=tests_of)
        self._recorder.watch()
        os.environ |= {FOLDER: str(folder), _TESTS_OF: tests_of}
        server.KEMPELEN = str(_watched_command(folder))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """The test's name without its parameters."""
        self._recorder.begin(nodeid.partition("[")[0].removeprefix("tests/"))

    def pytest_runtest_logfinish(self) -> None:
        self._recorder.begin("")


def _watched_command(folder: Path) -> Path:
    """The command `kempelen`, which a test begins as a process of its own, and which watches itself."""
    command = folder / "kempelen"
    root = Path(__file__).parents[1]
    draft = command.with_suffix(f".{os.getpid()}")
    draft.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(root)!r})\n"
        "from tests import recording\nrecording.watch_this_process()\n"
        "from kempelen.cli.main import main\nsys.exit(main())\n"
    )
    draft.chmod(0o755)
    draft.replace(command)
    return command


def watch_this_process() -> None:
    """In a process that a test has begun."""
    Recorder(Path(os.environ[FOLDER]), tests_of=os.environ[_TESTS_OF]).watch()
