"""The order to stop ends a server in a time that is known, whatever its clients and its threads do."""

from __future__ import annotations

import queue
import signal
import socket
import subprocess
import sys

import httpx
import pytest

from kempelen.server.stopping import StopLimit
from tests.clients.server import Server

WITHIN = 60  # seconds, far more than it takes; for ever is what fails

# A thread that answers requests never returns.
BUSY = """
import asyncio, os, signal, sys, threading
from kempelen import config
from kempelen.server import process

process.CLOSING_SECONDS = 0.5
for_ever = threading.Event()

def busy(market, settings):
    if sys.argv[2] == "reader":
        market._readers.submit(for_ever.wait)
    elif sys.argv[2] == "loop":
        asyncio.get_running_loop().run_in_executor(None, for_ever.wait)
    else:
        market.lanes.submit(lambda db, now: for_ever.wait(), key="A")
    os.kill(os.getpid(), signal.SIGTERM)

settings = {"KEMPELEN_DATA": sys.argv[1], "KEMPELEN_PORT": "0", "KEMPELEN_STOP_SECONDS": "0"}
process.serve(config.read(settings), when_ready=busy)
"""


def test_the_limit_ends_a_process_that_goes_on():
    ended = queue.SimpleQueue[str]()
    limit = StopLimit(0.0, end=lambda: ended.put("ended"))
    limit.begin()
    limit.begin()
    assert ended.get(timeout=WITHIN) == "ended"
    limit.lift()
    assert ended.empty()


def test_the_limit_leaves_a_process_alone_that_has_stopped_or_was_never_ordered_to():
    ended = queue.SimpleQueue[str]()
    for orders in (1, 0, 2):
        limit = StopLimit(3600.0, end=lambda: ended.put("ended"))
        for _ in range(orders):
            limit.begin()
        limit.lift()  # returns when nothing waits any more
    assert ended.empty()


@pytest.mark.slow
@pytest.mark.parametrize("pool", ["reader", "loop", "lane"])
def test_a_thread_that_never_returns_does_not_keep_the_server(tmp_path, pool):
    done = subprocess.run(
        [sys.executable, "-c", BUSY, str(tmp_path / "data"), pool], capture_output=True, text=True, timeout=WITHIN
    )
    assert done.returncode == 0, done.stderr
    assert "did not stop in time" in done.stdout + done.stderr


@pytest.mark.slow
def test_slow_connections_and_event_streams_do_not_keep_the_server(tmp_path):
    with Server(tmp_path / "data", environment={"KEMPELEN_STOP_SECONDS": "1"}) as server:
        worker = server.add_worker()
        head = b"POST /sign-in HTTP/1.1\r\nHost: localhost:%d\r\n" % server.port
        form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na="
        begun = [b"", b"POST / HT", head, head + form, head + b"X-Amz-Target: x\r\nContent-Length: 9\r\n\r\n{"]
        slow = [socket.create_connection(("127.0.0.1", server.port), timeout=WITHIN) for _ in begun]
        for connection, part in zip(slow, begun, strict=True):
            connection.sendall(part)
        bearer = {"authorization": f"Bearer {worker.token}"}
        with httpx.stream("GET", f"{server.endpoint}/searches/events", headers=bearer, trust_env=False) as alerts:
            assert alerts.status_code == 200
            assert next(alerts.iter_raw()).startswith(b"retry:")
            process, server.process = server.process, None
            process.send_signal(signal.SIGTERM)
            try:
                assert process.wait(WITHIN) == 0
            finally:
                process.kill()
        for connection in slow:
            connection.close()
        assert "Traceback" not in server.log()
        server.start()
