"""A server process: how it begins, what it does with odd connections, how it ends; time that is moved by hand."""

import json
import signal
import socket
import subprocess
import time
from datetime import datetime
from pathlib import Path
from urllib.request import Request, urlopen

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import httpx
import pytest

from tests.clients.hits import HTML_QUESTION
from tests.clients.server import KEMPELEN, Server
from tests.market.work import DAYS

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("server") / "data") as server:
        yield server


def advance(server: Server, keys, seconds: float) -> dict:
    """Move the server's clock, signed by boto3's own signer."""
    request = botocore.awsrequest.AWSRequest(
        "POST", f"{server.endpoint}/clock/advance", data=json.dumps({"seconds": seconds}).encode()
    )
    credentials = botocore.credentials.Credentials(keys.access_key_id, keys.secret_access_key)
    botocore.auth.SigV4Auth(credentials, "mturk-requester", "us-east-1").add_auth(request)
    with urlopen(Request(request.url, request.data, dict(request.headers), method="POST"), timeout=60) as answer:
        return json.loads(answer.read())


def test_time_moved_by_hand_outlives_the_server(folder, durable_target):
    with Server(folder, durable_target, "--clock", "manual") as server:
        keys = server.add_requester()
        hit = server.client(keys).create_hit(
            Title="a",
            Description="b",
            Reward="0.05",
            LifetimeInSeconds=10 * DAYS,
            AssignmentDurationInSeconds=600,
            Question=HTML_QUESTION,
        )["HIT"]
        born = hit["CreationTime"].timestamp()
        time.sleep(1.1)
        assert advance(server, keys, 0) == advance(server, keys, 0), "it stands still"
        first = advance(server, keys, 3 * DAYS)["now"]
        assert server.stop() == 0
        server.start()
        assert advance(server, keys, 0)["now"] == first
        server.kill()
        server.start()
        assert advance(server, keys, 0)["now"] == first
        second = server.add_requester("Late")
        assert server.command("requester", "keys", "Late").stdout.split()[-2] == first[:10]
        assert second.requester_id
        advance(server, keys, 7 * DAYS)
        after = server.client(keys).get_hit(HITId=hit["HITId"])["HIT"]
        assert after["HITStatus"] == "Reviewable"
        assert after["CreationTime"].timestamp() == born
        assert server.told("check") == {"ok": True, "problems": []}


def test_the_command_moves_the_clock_of_a_server_and_of_a_marketplace_at_rest(folder, durable_target):
    with Server(
        folder, durable_target, "--clock", "manual", environment={"http_proxy": "http://127.0.0.1:1"}
    ) as server:
        first = server.told("clock", "show")
        assert first["clock"] == "manual"
        assert "Add one: kempelen requester add" in server.command("clock", "advance", "1").stderr
        keys = server.add_requester()
        hit = server.client(keys).create_hit(
            Title="a",
            Description="b",
            Reward="0.05",
            LifetimeInSeconds=2 * DAYS,
            AssignmentDurationInSeconds=600,
            Question=HTML_QUESTION,
        )["HIT"]
        moved = server.told("clock", "advance", str(DAYS))
        assert _days_between(first["now"], moved["now"]) == 1
        assert server.told("clock", "show")["now"] == advance(server, keys, 0)["now"] == moved["now"]
        assert server.stop() == 0
        assert _days_between(first["now"], server.told("clock", "advance", str(DAYS))["now"]) == 2
        server.start()
        again = advance(server, keys, 0)["now"]
        assert _days_between(first["now"], again) == 2
        assert server.client(keys).get_hit(HITId=hit["HITId"])["HIT"]["HITStatus"] == "Reviewable"
        assert "It is now" in server.command("clock", "advance", "0.5").stdout
        for _ in range(3):
            again = server.told("clock", "advance", "1")["now"]
        assert server.told("clock", "show")["now"] == again
        assert server.command("clock", "advance", "--", "-1").returncode == 2
        server.told("requester", "suspend", "Alice")
        assert "Add one: kempelen requester add" in server.command("clock", "advance", "1").stderr


def test_a_marketplace_by_the_system_clock_is_not_moved(running):
    assert running.told("clock", "show")["clock"] == "system"
    done = running.command("clock", "advance", "60")
    assert done.returncode == 1
    assert done.stderr == (
        "Error: This marketplace goes by the system clock, which cannot be moved here; serve it with --clock manual.\n"
    )


def _days_between(first: str, second: str) -> float:
    return (datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds() / DAYS


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_told_to(folder, how):
    with Server(folder) as server:
        keys = server.add_requester()
        client = server.client(keys)  # whose connection stays open
        client.get_account_balance()
        process = server.process
        process.send_signal(how)
        assert process.wait(20) == 0
        server.process = None
        assert "Traceback" not in server.log()


def test_a_port_that_is_taken_is_told_in_one_line(running, tmp_path):
    for command in ("serve", "demo"):
        done = subprocess.run(
            [KEMPELEN, command, "--port", str(running.port), "--data", str(tmp_path / "other")],
            capture_output=True,
            text=True,
            timeout=60,
            env=running.environment | {"KEMPELEN_DATA": str(tmp_path / "other")},
        )
        assert done.returncode == 1
        assert done.stderr == (
            f"Error: Port {running.port} of 127.0.0.1 is taken by another program; --port takes another.\n"
        )
        assert not (tmp_path / "other" / "market.db").exists()


def test_a_second_server_on_a_sqlite_folder_is_refused(running):
    command = [KEMPELEN, "serve", "--port", "0", "--data", str(running.folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=running.environment)
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: Another server (process {running.process.pid}) serves {running.folder} already, and a SQLite database "
        "has one server. Stop it first, or name another folder with --data. All other commands may run beside it.\n"
    )
    assert running.told("worker", "list")["workers"] is not None
    assert httpx.get(f"{running.endpoint}/readyz").status_code == 200


def test_a_server_that_was_killed_holds_nobody_up(folder):
    with Server(folder) as server:
        server.kill()
        server.start()


def test_servers_on_postgresql_may_share_a_data_folder(folder, postgresql):
    url = postgresql.fresh_database_url()
    with Server(folder, url), Server(folder, url) as second:
        assert httpx.get(f"{second.endpoint}/readyz").status_code == 200


def exchange(server: Server, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send these bytes and read until the server closes or is silent for a while."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        connection.settimeout(5)
        told = b""
        try:
            while received := connection.recv(65_536):
                told += received
        except (TimeoutError, ConnectionResetError):
            pass
        return told


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nZ\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n",
    ],
)
def test_bytes_that_are_no_request_are_answered_400(running, nonsense):
    assert exchange(running, nonsense).startswith(b"HTTP/1.1 400 ")
    assert httpx.get(f"{running.endpoint}/livez").status_code == 200


def test_a_head_that_never_ends_is_cut_off(running):
    endless = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(
        b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(90)
    )
    assert exchange(running, endless).startswith(b"HTTP/1.1 400 ")
    one = b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 100_000
    assert exchange(running, one, pause=0.2).startswith(b"HTTP/1.1 400 ")


def test_ten_megabytes_are_answered_so_that_their_sender_hears_it(running):
    keys = running.add_requester("Big")
    client = running.client(keys, attempts=1)
    with pytest.raises(client.exceptions.ClientError) as refusal:
        client.create_hit(
            Title="a",
            Description="b",
            Reward="0.05",
            LifetimeInSeconds=3600,
            AssignmentDurationInSeconds=600,
            Question="x" * 10_000_000,
        )
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert "larger than 1048576 bytes" in str(refusal.value)


def test_several_requests_on_one_connection_are_answered_in_turn(running):
    told = exchange(running, b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 3 + b"HEAD /livez HTTP/1.0\r\n\r\n")
    assert told.count(b"HTTP/1.1 200 OK") == 4
    assert told.count(b"The process lives.") == 3


def test_date_and_request_id_come_over_the_wire(running):
    answer = httpx.post(f"{running.endpoint}/", headers={"X-Amz-Target": "x"})
    assert answer.status_code == 400
    assert answer.headers["connection"] == "close"
    assert "server" not in answer.headers
    assert len(answer.headers["x-amzn-requestid"]) == 36
    told = time.mktime(time.strptime(answer.headers["date"], "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
    assert abs(told - time.time()) < 5


def test_forwarded_headers_count_only_from_a_proxy_that_is_trusted(folder):
    body = {"X-Forwarded-For": "192.0.2.7"}
    with Server(folder, None, "--clock", "manual", "--trusted-proxies", "127.0.0.1") as behind_proxy:
        told = httpx.post(f"{behind_proxy.endpoint}/clock/advance", headers=body)
        assert told.status_code == 403
    with Server(folder.with_name("other"), None, "--clock", "manual") as open_to_all:
        assert httpx.post(f"{open_to_all.endpoint}/clock/advance", headers=body).status_code == 400
