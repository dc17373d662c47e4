"""CreateHIT, 64 at once, on SQLite: against a trivial handler on the same stack, and against a commit for each request.

    python -m tests.bench [--rounds N] [--seconds S] [--database URL] [--folder DIR]

One run, samples in turn, so that whatever else the machine does falls on all alike; each ratio is of samples of one
round. Beside each sample stands what a flush to this disk costs at that moment. The load comes from another process
and is signed before it is measured.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from botocore.awsrequest import AWSPreparedRequest

from kempelen.store.open import open_database
from tests.bench import handlers
from tests.clients.hits import terms
from tests.clients.server import READY_SECONDS, Keys, Server

AT_ONCE = 64
SHARED_KEY = "5c" * 32  # servers that share a database share a key
EXPECTED = {"trivial": 0.15, "one-by-one": 3.0}
TICKS = os.sysconf("SC_CLK_TCK")


class Sample(NamedTuple):
    """What one sample showed."""

    rate: float
    p50: float
    p99: float
    jobs_per_commit: float
    server_cpu: float
    generator_cpu: float
    flush_ms: float


class Measured:
    """One of the handlers, running, and the request that is sent to it."""

    def __init__(self, what: str, folder: Path, database: str) -> None:
        self.what = what
        self.server = Server(folder / what, database)
        self.server.command_line = [sys.executable, "-m", "tests.bench.handlers", what, str(self.server.port)]
        self.server.environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        if database:
            self.server.environment["KEMPELEN_SECRET_KEY"] = SHARED_KEY
        self.order: dict[str, Any] = {"port": self.server.port, "at_once": AT_ONCE}
        self.samples: list[Sample] = []
        self.rate = 1000.0  # a guess, until it is known

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        with self.server:
            yield

    def prepare(self, keys: Keys | None) -> Keys:
        """Sign a CreateHIT for it, as boto3 sends one."""
        keys = keys or self.server.add_requester(deposit="10000000.00")
        before, after = signed_create_hit(self.server, keys)
        self.order |= {"before": before, "after": after}
        return keys

    def measure(self, generator: Generator, seconds: float) -> Sample:
        """One sample of about so long."""
        flush_before = flush_ms(self.server.folder.parent)
        commits, cpu = self.commits(), self.cpu_seconds()
        requests = max(AT_ONCE * 5, int(self.rate * seconds))
        told = generator.carry_out({**self.order, "requests": requests})
        self.rate = told["rate"]
        commits = self.commits() - commits
        return Sample(
            rate=told["rate"],
            p50=told["p50"],
            p99=told["p99"],
            jobs_per_commit=requests / commits if commits else 0.0,
            server_cpu=(self.cpu_seconds() - cpu) / told["seconds"],
            generator_cpu=told["cpu"],
            flush_ms=(flush_before + flush_ms(self.server.folder.parent)) / 2,
        )

    def commits(self) -> int:
        """How many batches the lanes have committed."""
        if self.what == "trivial":
            return 0
        database = open_database(self.server.database or self.server.folder)
        try:
            with database.reading() as db:
                return sum(int(row["batch_id"]) for row in db.all("SELECT batch_id FROM lane WHERE batch_id <> 'none'"))
        finally:
            database.close()

    def cpu_seconds(self) -> float:
        """What the server's process has used."""
        assert self.server.process is not None
        fields = Path(f"/proc/{self.server.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


class Generator:
    """The process that sends."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.generator"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Generator:
        return self

    def __exit__(self, *_failure: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def carry_out(self, order: dict[str, Any]) -> dict[str, Any]:
        """Send what was ordered; what was measured."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit("The load ended early; what it said stands above.")
        told: dict[str, Any] = json.loads(answer)
        return told


def signed_create_hit(server: Server, keys: Keys) -> tuple[str, str]:
    """A CreateHIT as the SDK signs it, before and after its invocation id."""
    kept: list[AWSPreparedRequest] = []

    class Kept(Exception):
        pass

    def keep(request: AWSPreparedRequest, **_event: Any) -> None:
        kept.append(request)
        raise Kept

    turk = server.client(keys, attempts=1)
    turk.meta.events.register("before-send.mturk.CreateHIT", keep)
    with contextlib.suppress(Kept):
        turk.create_hit(**terms())
    headers = {name: _text(value) for name, value in kept[0].headers.items()}
    invocation = headers.pop("amz-sdk-invocation-id")
    assert invocation
    assert "amz-sdk-invocation-id" not in headers["Authorization"]
    lines = ["POST / HTTP/1.1", f"Host: 127.0.0.1:{server.port}", *(f"{name}: {headers[name]}" for name in headers)]
    return "\r\n".join([*lines, "amz-sdk-invocation-id: "]), "\r\n\r\n" + _text(kept[0].body)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def flush_ms(folder: Path) -> float:
    """What it costs to write 4 KB to this folder's disk durably: the median of a few."""
    costs = []
    with (folder / "probe").open("wb", buffering=0) as probe:
        for _ in range(15):
            probe.write(os.urandom(4096))
            began = time.perf_counter()
            os.fdatasync(probe.fileno())
            costs.append((time.perf_counter() - began) * 1000)
    return statistics.median(costs)


# ---------------------------------------------------------------------------------------------- the run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure CreateHIT.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each sample, about")
    parser.add_argument("--database", default="", help="a PostgreSQL URL of an empty database; else SQLite")
    parser.add_argument("--folder", type=Path, help="where the data goes, on the disk that is meant")
    asked = parser.parse_args()
    with contextlib.ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="kempelen-bench-", dir=asked.folder)))
        all_measured = [Measured(what, folder, asked.database) for what in handlers.WHATS]
        for measured in all_measured:
            measured.server.folder.mkdir()
        run(all_measured, running, asked.rounds, asked.seconds)
    tell(all_measured, asked.database)


def run(all_measured: list[Measured], running: contextlib.ExitStack, rounds: int, seconds: float) -> None:
    """Everything once to warm up, then in turn, each round in another order."""
    generator = running.enter_context(Generator())
    keys: Keys | None = None
    for measured in all_measured[1:]:
        running.enter_context(measured.running())
        keys = measured.prepare(keys if measured.server.database else None)
    trivial, *_, grouped = all_measured
    trivial.server.wait_until_ready = partial(listens, trivial.server)  # type: ignore[method-assign]
    running.enter_context(trivial.running())
    trivial.order |= {"before": grouped.order["before"], "after": grouped.order["after"]}
    for measured in all_measured:
        measured.measure(generator, seconds / 2)
    for number in range(rounds):
        turn = number % len(all_measured)
        for measured in [*all_measured[turn:], *all_measured[:turn]]:
            measured.samples.append(measured.measure(generator, seconds))
        print(f"round {number + 1} of {rounds}", file=sys.stderr)


def listens(server: Server) -> None:
    """Wait until somebody takes connections there; the trivial handler knows no /readyz."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        assert server.process is not None
        assert server.process.poll() is None, server.log()
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", server.port)):
            return
        time.sleep(0.02)
    raise AssertionError(f"nobody listened in {READY_SECONDS} seconds:\n{server.log()}")


def tell(all_measured: list[Measured], database: str) -> None:
    """The table, the ratios, and what limits."""
    rounds = len(all_measured[0].samples)
    on = "PostgreSQL" if database else "SQLite"
    print(
        f"\nCreateHIT on {on}, {AT_ONCE} at once, {rounds} samples of each in turn, {os.cpu_count()} CPUs. Medians:\n"
    )
    print("             requests/s   (least – most)   p50 ms   p99 ms  jobs/commit  server CPU  load CPU  flush ms")
    for measured in all_measured:
        rates = [sample.rate for sample in measured.samples]
        medians = Sample(*(statistics.median(column) for column in zip(*measured.samples, strict=True)))
        print(
            f"{measured.what:<12} {medians.rate:>10,.0f} {f'({min(rates):,.0f} – {max(rates):,.0f})':>18}"
            f" {medians.p50:>7.1f} {medians.p99:>8.1f} {medians.jobs_per_commit:>12.1f}"
            f" {medians.server_cpu:>10.0%} {medians.generator_cpu:>9.0%} {medians.flush_ms:>9.2f}"
        )
    print()
    grouped = all_measured[-1]
    for measured in all_measured[:-1]:
        ratios = [ours.rate / other.rate for ours, other in zip(grouped.samples, measured.samples, strict=True)]
        median = statistics.median(ratios)
        said = "as expected" if median >= EXPECTED[measured.what] else "BELOW what is expected"
        print(
            f"grouped / {measured.what:<10} {median:6.2f}   (least {min(ratios):.2f}, most {max(ratios):.2f};"
            f" at least {EXPECTED[measured.what]} on a healthy disk: {said})"
        )
    print(limit(grouped))


def limit(grouped: Measured) -> str:
    """What keeps it from more, in a sentence."""
    medians = Sample(*(statistics.median(column) for column in zip(*grouped.samples, strict=True)))
    commit_share = medians.rate / medians.jobs_per_commit * medians.flush_ms / 1000
    by_what = (
        "one CPU's worth of Python" if medians.server_cpu > 0.9 else "waiting: for flushes, the database or the load"
    )
    return (
        f"\nThe limit is {by_what}: the server uses {medians.server_cpu:.0%} of a CPU, a request"
        f" {medians.server_cpu / medians.rate * 1e6:.0f} µs of it; flushes take about {commit_share:.0%} of the time."
    )


if __name__ == "__main__":
    main()
