"""What clients may make a server hold before anybody knows who they are, over real sockets."""

from __future__ import annotations

import contextlib
import re
import resource
import select
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.clients.server import Keys, Server
from tests.clients.wire import exchange, message, signed

pytestmark = pytest.mark.slow

MOST = 8  # connections
KIBIBYTE = 1024
NARROW = {
    "KEMPELEN_MAX_CONNECTIONS": str(MOST),
    "KEMPELEN_MAX_HELD_BYTES": str(1024 * KIBIBYTE),
    "KEMPELEN_METRICS": "loopback",
}
HEAD = (
    b"POST /mturk/externalSubmit HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: application/x-www-form-urlencoded\r\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes few connections and holds little, and cuts off nobody who is only slow."""
    with Server(
        tmp_path_factory.mktemp("narrow") / "data", environment=NARROW | {"KEMPELEN_SLOW_SECONDS": "300"}
    ) as it:
        yield it


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same, and cuts off who is slow, which may be anybody on a busy machine."""
    with Server(tmp_path_factory.mktemp("short") / "data", environment=NARROW | {"KEMPELEN_SLOW_SECONDS": "2"}) as it:
        yield it


@pytest.fixture(scope="module")
def keys(server: Server) -> Keys:
    return server.add_requester()


def held(server: Server) -> float:
    """How many bytes clients make the server hold; the request that asks counts a little too."""
    text = httpx.get(f"{server.endpoint}/metrics", trust_env=False).text
    (line,) = [line for line in text.splitlines() if line.startswith("kempelen_held_bytes ")]
    return float(line.split()[1])


def until(what: object, server: Server, least: float = 0, most: float = float("inf")) -> None:
    """Ask until the server holds between so many bytes."""
    for _ in range(3000):
        if least <= held(server) <= most:
            return
    raise AssertionError(f"it never came to {what}")


@contextlib.contextmanager
def connections(server: Server, count: int) -> Iterator[list[socket.socket]]:
    opened = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(count)]
    yield opened
    for each in opened:
        each.close()


def answer_to(connection: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            received += part
    return received


def head(server: Server, *lines: bytes) -> bytes:
    return HEAD % server.port + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def test_bodies_that_are_never_finished_share_one_budget(server: Server) -> None:
    with connections(server, 3) as some:
        for each in some[:2]:
            each.sendall(head(server, b"Content-Length: 10000000") + b"a=" + b"x" * 100 * KIBIBYTE)
        until("two bodies", server, least=700 * KIBIBYTE)
        some[2].sendall(head(server, b"Content-Length: 200000") + b"a=" + b"x" * 199_998)
        assert some[2].recv(65_536).startswith(b"HTTP/1.1 503 ")
        assert held(server) <= 1024 * KIBIBYTE
    until("nothing", server, most=2 * KIBIBYTE)


def fill(server: Server, connection: socket.socket, declared: int, kibibytes: int) -> None:
    """Begin a form that is never finished, and wait until the server holds it or has refused it."""
    least = held(server) + 4 * kibibytes * KIBIBYTE - 100  # a byte of a form counts four times
    connection.sendall(head(server, b"Content-Length: %d" % declared) + b"x" * kibibytes * KIBIBYTE)
    while held(server) < least:
        if select.select([connection], [], [], 0)[0]:
            assert connection.recv(65_536).startswith(b"HTTP/1.1 503 ")
            return


def test_strangers_who_fill_the_budget_stop_neither_small_requests_nor_known_clients(tmp_path: Path) -> None:
    settings = {"KEMPELEN_MAX_HELD_BYTES": str(1024 * KIBIBYTE), "KEMPELEN_METRICS": "loopback"}
    body = b"{" + b" " * 10 * KIBIBYTE + b"}"
    with Server(tmp_path / "data", environment=settings) as server:
        keys = server.add_requester()
        request = message(signed(keys, "GetAccountBalance", body), body, close=False)
        with connections(server, 12) as (known, *strangers):
            known.sendall(request)
            assert known.recv(65_536).startswith(b"HTTP/1.1 200 ")
            for kibibytes in (100, 100, 50, 25, 12, 6, 3):
                fill(server, strangers.pop(), 10_000_000, kibibytes)
            (answer,) = exchange(server.port, message(signed(keys, "GetAccountBalance", body), body))
            assert answer.status == 200
            for kibibytes in (10, 5, 2, 1):
                fill(server, strangers.pop(), 60_000, kibibytes)
            (answer,) = exchange(server.port, message(signed(keys, "GetAccountBalance", body), body))
            assert answer.status == 503
            known.sendall(request)
            assert known.recv(65_536).startswith(b"HTTP/1.1 200 ")
            forwarded = message({**signed(keys, "GetAccountBalance", body), "X-Forwarded-For": "192.0.2.7"}, body)
            known.sendall(forwarded)  # by a proxy, whose connection is of many clients
            assert answer_to(known).startswith(b"HTTP/1.1 503 ")
            for path in ("/livez", "/readyz"):
                assert httpx.get(f"{server.endpoint}{path}", trust_env=False).status_code == 200
        until("nothing", server, most=2 * KIBIBYTE)


def test_a_sender_below_the_slowest_rate_is_cut_off(impatient: Server) -> None:
    with connections(impatient, 1) as (slow,):
        slow.sendall(head(impatient, b"Content-Length: 100000"))
        slow.settimeout(1)
        received = b""
        for _ in range(60):  # a byte a second: each would have begun the wait anew
            with contextlib.suppress(TimeoutError):
                received += slow.recv(65_536)
                break
            slow.sendall(b"a")
        assert received.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "framing", [b"0\r\n" + b"X-Trailer: y\r\n" * 40_000, b"0\r\nX-Trailer: " + b"y" * 500_000, b"1;" + b"x" * 500_000]
)
def test_trailers_and_chunk_extensions_are_bounded(server: Server, framing: bytes) -> None:
    with connections(server, 1) as (one,):
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            one.sendall(head(server, b"Transfer-Encoding: chunked") + framing)
        assert b"HTTP/1.1 400 " in answer_to(one) or one.recv(1) == b""
    until("nothing", server, most=2 * KIBIBYTE)


def test_answers_that_nobody_reads_are_given_up(impatient: Server) -> None:
    body = b"assignmentId=3A&a=" + b"x" * 100 * KIBIBYTE
    request = head(impatient, b"Content-Length: %d" % len(body)) + body
    with connections(impatient, 3) as some:
        for each in some:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            for _ in range(3):
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    each.sendall(request)
        until("nothing", impatient, most=2 * KIBIBYTE)


def test_finished_answers_that_nobody_reads_count_until_they_are_sent(tmp_path: Path) -> None:
    with Server(tmp_path / "data", environment={"KEMPELEN_METRICS": "loopback"}) as server:
        page = httpx.get(f"{server.endpoint}/sign-in", trust_env=False)
        assets = re.findall(r'(/static/[^"]*)"', page.text)
        largest = max(assets, key=lambda path: len(httpx.get(server.endpoint + path, trust_env=False).content))
        get = b"GET %b HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % (largest.encode(), server.port)
        with connections(server, 2) as some:
            for each in some:
                each.sendall(get * 600)  # more than the buffers of the system take of the answers
            until("two full buffers", server, least=120 * KIBIBYTE)
        until("nothing", server, most=2 * KIBIBYTE)


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\n", b"body"])
def test_idle_and_slow_connections_keep_nobody_out(server: Server, keys: Keys, begun: bytes) -> None:
    with connections(server, 4 * MOST) as strangers:
        for each in strangers:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                each.sendall(head(server, b"Content-Length: 9") + b"a" if begun == b"body" else begun)
        assert httpx.get(f"{server.endpoint}/livez", trust_env=False).status_code == 200
        request = message(signed(keys, "GetAccountBalance", b"{}"), b"{}")
        (answer,) = exchange(server.port, request)
        assert answer.status == 200


def test_who_has_signed_keeps_their_connection(server: Server, keys: Keys) -> None:
    body = b"{}"
    request = message(signed(keys, "GetAccountBalance", body), body, close=False)
    with connections(server, 1) as (known,), connections(server, 1) as (probe,):
        known.sendall(request)
        assert known.recv(65_536).startswith(b"HTTP/1.1 200 ")
        with connections(server, 2 * MOST):
            probe.close()
            assert httpx.get(f"{server.endpoint}/livez", trust_env=False).status_code == 200
            known.sendall(request)
            assert known.recv(65_536).startswith(b"HTTP/1.1 200 ")


def test_the_head_of_an_answer_is_sent_with_its_body(server: Server, keys: Keys) -> None:
    """SDKs take a head alone for an empty success, so a kill must never fall between the two."""
    request = message(signed(keys, "GetAccountBalance", b"{}"), b"{}", close=False)
    with connections(server, 1) as (one,):
        for _ in range(200):
            one.sendall(request)
            answer = one.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert answer.endswith(b'{"AvailableBalance":"10000.00"}')


def test_a_server_whose_disk_takes_nothing_more_is_not_ready(tmp_path) -> None:
    with Server(tmp_path / "data") as full:
        assert full.process is not None
        assert httpx.get(f"{full.endpoint}/readyz").status_code == 200
        resource.prlimit(full.process.pid, resource.RLIMIT_FSIZE, (0, 0))
        with httpx.Client() as client:
            for _ in range(20_000):  # one look counts for a second
                if client.get(f"{full.endpoint}/readyz").status_code == 503:
                    break
            else:
                raise AssertionError("it never noticed")
        assert httpx.get(f"{full.endpoint}/livez").status_code == 200
