"""Commands beside a busy server, and the order to stop: no request fails for it, nothing acknowledged is lost."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from kempelen.store.postgresql.database import _pg_dump
from tests.clients.load import Load
from tests.clients.server import Keys, Server
from tests.postgres import Cluster

pytestmark = pytest.mark.slow

CLEAN = {"ok": True, "problems": []}


def test_commands_run_during_load_and_no_request_fails_for_it(
    server: Server, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    keys = server.add_requester("Alice")
    with Load(server, keys, roads=6, patient=False) as load:
        load.wait_for(3)
        charlie = server.add_requester("Charlie", deposit="1.00")
        assert server.client(charlie, attempts=1).get_account_balance()["AvailableBalance"] == "1.00"
        with server.worker(server.add_worker("Dora")) as dora:
            assert dora.queue() == []
        assert server.told("check") == CLEAN
        import_scores(server, tmp_path / "workers.csv")
        audit(server)
        server.told("requester", "deposit", "Charlie", "2.50")
        assert server.client(charlie, attempts=1).get_account_balance()["AvailableBalance"] == "3.50"
        acknowledged_before = load.journal.kept("bonus")
        backup = Path(server.told("backup", str(tmp_path / "copy"))["backup"])
        revoke_a_key_in_use(server, keys)
        load.wait_for(3)
    assert load.journal.unanswered == []
    load.check_nothing_undecided(server)
    restored = restored_from(backup, server, tmp_path / "restored", request)
    check_restored(restored, keys, at_least=acknowledged_before, at_most=load.journal.kept("bonus"))


def import_scores(server: Server, path: Path) -> None:
    """Three hundred Workers get a score at once."""
    workers = server.add_workers(300, "master")
    path.write_text("WorkerId\n" + "".join(f"{worker.worker_id}\n" for worker in workers))
    asked = ("qualification", "import", str(path), "--type", "Masters")
    assert (taken := server.told(*asked)) == dict.fromkeys(taken, 0) | {"granted": 300, "columns_not_read": []}
    assert (taken := server.told(*asked)) == dict.fromkeys(taken, 0) | {"unchanged": 300, "columns_not_read": []}


def audit(server: Server) -> None:
    """The log is read while it is written."""
    done = server.command("audit", "--requester", "Alice", "--json")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"RequesterAdded", "HITCreated", "AssignmentSubmitted"} <= {event["kind"] for event in events}
    assert [event["event_id"] for event in events] == sorted({event["event_id"] for event in events})


def revoke_a_key_in_use(server: Server, keys: Keys) -> None:
    """A key works on an open connection up to its revocation, and from then on no more; others go on."""
    extra = Keys(**server.told("requester", "keys", "Alice", "--new"))
    client = server.client(extra, attempts=1)
    client.get_account_balance()
    server.told("requester", "keys", "Alice", "--revoke", extra.access_key_id)
    with pytest.raises(ClientError) as refused:
        client.get_account_balance()
    assert refused.value.response["Error"]["Code"] == "UnrecognizedClientException"
    assert server.client(keys, attempts=1).get_account_balance()


def restored_from(backup: Path, server: Server, folder: Path, request: pytest.FixtureRequest) -> Server:
    """A server that is not running, on a fresh folder (or database) with the copy and the key in it."""
    folder.mkdir()
    shutil.copy(server.folder / "key", folder)
    if not server.database:
        shutil.copy(backup, folder / "market.db")
        return Server(folder)
    cluster: Cluster = request.getfixturevalue("postgresql")
    url = cluster.fresh_database_url()
    pg_restore = Path(_pg_dump()).with_name("pg_restore")
    subprocess.run([pg_restore, "--no-owner", "--exit-on-error", f"--dbname={url}", backup], check=True, timeout=60)
    return Server(folder, url)


def check_restored(server: Server, keys: Keys, *, at_least: int, at_most: int) -> None:
    """The copy is a moment of the load, whole: its books are true, its keys open, its server serves."""
    assert server.told("check") == CLEAN
    with server:
        turk = server.client(keys)
        turk.get_account_balance()
        bonuses = 0
        for page in turk.get_paginator("list_hits").paginate(PaginationConfig={"PageSize": 100}):
            bonuses += sum(1 for hit in page["HITs"] if turk.list_bonus_payments(HITId=hit["HITId"])["BonusPayments"])
        assert at_least <= bonuses <= at_most


def test_the_order_to_stop_finishes_what_was_begun(server: Server) -> None:
    keys = server.add_requester()
    with Load(server, keys, roads=8, patient=False) as load:
        load.wait_for(8)
        assert server.stop() == 0
    assert load.journal.failed == []
    assert len(load.journal.unanswered) == 8, "each road ended with a request that met no server"
    assert "Traceback" not in server.log()
    load.check_unanswered_not_done(server)
    server.start()
    assert server.client(keys).get_account_balance()
