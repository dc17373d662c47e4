"""`POST /clock/advance`: a clock moved by hand, over the wire."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.hits import terms
from tests.clients.server import Keys, Server
from tests.clients.wire import Answer, exchange, message, signed

pytestmark = pytest.mark.slow

DAYS = 86_400
PATH = "/clock/advance"


def advance(server: Server, keys: Keys | None, body: bytes) -> Answer:
    """What the server says to this order, signed by these keys or by nobody."""
    headers = signed(keys, "", body, path=PATH) if keys else {"Host": "127.0.0.1"}
    (answer,) = exchange(server.port, message(headers, body, line=f"POST {PATH} HTTP/1.1"))
    return answer


def test_a_signed_order_moves_a_manual_clock_and_all_that_falls_due(durable_target: str, tmp_path: Path) -> None:
    with Server(tmp_path / "data", durable_target, "--clock", "manual") as server:
        keys, worker = server.add_requester(deposit="10.00"), server.add_worker()
        turk = server.client(keys)
        hit = turk.create_hit(**terms(MaxAssignments=2, AutoApprovalDelayInSeconds=3 * DAYS))["HIT"]
        with server.worker(worker) as program:
            work = program.accept(hit["HITGroupId"])
            program.submit(work, colour="red")

            body = json.dumps({"seconds": 40 * DAYS}).encode()
            for answer in (
                advance(server, None, body),
                advance(server, keys._replace(secret_access_key="another"), body),
                advance(server, keys, b'{"seconds": -1}'),
                advance(server, keys, b'{"seconds": "a day"}'),
                advance(server, keys, b"{"),
            ):
                assert answer.status == 400, answer
                assert answer.message
            assert turk.get_hit(HITId=hit["HITId"])["HIT"]["HITStatus"] == "Assignable", "nothing has moved yet"

            moved = advance(server, keys, body)
            assert moved.status == 200, moved
            assert turk.get_hit(HITId=hit["HITId"])["HIT"]["HITStatus"] == "Reviewable"
            done = turk.get_assignment(AssignmentId=work.assignment_id)["Assignment"]
            assert done["AssignmentStatus"] == "Approved"
            assert (done["ApprovalTime"] - done["SubmitTime"]).total_seconds() == pytest.approx(3 * DAYS, abs=1)
            assert program.dashboard()["earnings_to_date"]["total"] == 0.05
        assert turk.get_account_balance()["AvailableBalance"] == "9.94", "the place nobody took is released"
        assert server.told("check") == {"ok": True, "problems": []}

        server.kill()
        server.start()
        again = advance(server, keys, b'{"seconds": 0}')
        assert again.json == moved.json, "a clock moved by hand stands where it stood"


def test_a_real_clock_cannot_be_moved(server: Server) -> None:
    keys = server.add_requester()
    body = b'{"seconds": 60}'
    for answer in (advance(server, keys, body), advance(server, None, body)):
        assert 400 <= answer.status < 500, answer
