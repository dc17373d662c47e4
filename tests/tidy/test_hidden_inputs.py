"""Nothing hidden goes in: time and chance reach the code below the edges through its `Call` alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.tidy.source import Source, faults

INSTANTS = {
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
    *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.strftime", "time.ctime"),
}
DURATIONS = {"time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns"}
# `random.Random` as the type of what a Call carries is fine; to make one, or to use the module's own, is not.
CHANCE = {
    *("random.random", "random.randint", "random.randrange", "random.choice", "random.choices", "random.sample"),
    *("random.shuffle", "random.uniform", "random.getrandbits", "random.randbytes", "random.seed", "random.gauss"),
    *("random.SystemRandom", "secrets.SystemRandom", "os.urandom", "uuid.uuid1", "uuid.uuid4", "uuid.uuid7"),
}
SECRETS = {"secrets.token_hex", "secrets.token_bytes", "secrets.token_urlsafe", "secrets.choice", "secrets.randbelow"}

# Where the real thing is right, and why.
ALLOWED: dict[str, set[str]] = {
    "market/foundation/clock.py": {"datetime.datetime.now", "time.monotonic"},  # the clock itself
    "market/market.py": {
        "secrets.SystemRandom",
        "random.SystemRandom",
    },  # when no other chance is given
    "store/schema.py": {"datetime.datetime.now"},  # when a migration was applied, and the name of the backup before it
    "api/sigv4.py": {"datetime.datetime.now", "time.time"},  # signatures always use real time
    "api/app.py": {"datetime.datetime.now", "time.time"},  # Date headers
    "api/protocol.py": {"datetime.datetime.now", "time.time"},  # the suffix of error texts
    "web/site/visits.py": {"datetime.datetime.now", "time.time"},  # sessions, sign-in rates
    "delivery/sender.py": {"random.uniform"},  # pauses after failures, in real time
    "web/tasks/tickets.py": {"datetime.datetime.now", "time.time"},  # a ticket lives five real minutes
}


def hidden(source: Source) -> Iterator[str]:
    """Reads of the real time and of chance, outside the places where they are right."""
    below_edges = source.room in ("core", "store", "market")
    forbidden = INSTANTS | CHANCE
    if source.room in ("core", "market"):
        forbidden = forbidden | DURATIONS  # store and edges may measure how long something takes
    if source.room == "core":
        forbidden = forbidden | SECRETS  # keys and tokens come from `secrets`, in market and above
    for node, name in source.used_imports():
        if name in forbidden and name not in ALLOWED.get(source.path, set()):
            yield source.fault(node, f"{name}; the real thing belongs only where ALLOWED of tests/tidy says so")
    if below_edges:
        yield from _made_randoms(source)


def _made_randoms(source: Source) -> Iterator[str]:
    calls = {id(node.func) for node in source.nodes if isinstance(node, ast.Call)}
    for node, name in source.used_imports():
        if name == "random.Random" and id(node) in calls:
            yield source.fault(node, "makes its own source of chance; use the Call's")


def test_time_and_chance_come_through_the_call() -> None:
    assert faults(hidden) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("core/rules/fees.py", "from datetime import datetime, UTC\nnow = datetime.now(UTC)"),
        ("core/rules/fees.py", "import datetime as dt\nnow = dt.datetime.now()"),
        ("core/rules/fees.py", "from secrets import token_hex\nkey = token_hex()"),
        ("store/lanes/lanes.py", "import time\nbegun = time.time()"),
        ("store/lanes/lanes.py", "from uuid import uuid4\nbatch_id = uuid4()"),
        ("market/hits/hits.py", "import random\nplace = random.randrange(9)"),
        ("market/hits/hits.py", "from random import Random\nplace = Random(1).random()"),
        ("market/hits/hits.py", "from time import monotonic as tick\nbegun = tick()"),
        ("market/hits/hits.py", "from datetime import datetime\nfactory = datetime.now"),
        ("web/worker/work.py", "import time\nnow = time.time()"),
        ("server.py", "import random\nrandom.shuffle([])"),
    ],
)
def test_a_hidden_input_is_seen(path: str, text: str) -> None:
    assert len(list(hidden(Source(path, text)))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "core/wire/names.py",
            "from random import Random\ndef new_id(random: Random):\n    return random.getrandbits(9)",
        ),
        ("market/hits/hits.py", "def f(call):\n    return call.random.randrange(9), call.now"),
        ("market/people/accounts.py", "import secrets\nkey = secrets.token_urlsafe()"),
        ("store/lanes/lanes.py", "import time\nbegun = time.monotonic()"),
        ("api/sigv4.py", "import time\nnow = time.time()"),
    ],
)
def test_what_comes_in_openly_is_no_fault(path: str, text: str) -> None:
    assert list(hidden(Source(path, text))) == []
