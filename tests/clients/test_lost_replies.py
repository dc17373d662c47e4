"""A reply is lost after its commit, or the database's connections are: what was done is done once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg
import pytest

from tests.clients.hits import terms
from tests.clients.load import Load
from tests.clients.proxy import LosingProxy
from tests.clients.server import Keys, Server
from tests.postgres import Cluster

pytestmark = pytest.mark.slow


class Scene(NamedTuple):
    """A Requester behind a proxy that loses replies, and one submitted assignment."""

    server: Server
    keys: Keys
    proxy: LosingProxy
    worker_id: str
    assignment_id: str

    def bonus(self, **members: str) -> dict[str, str]:
        """What SendBonus needs: one dollar."""
        named = {"WorkerId": self.worker_id, "AssignmentId": self.assignment_id}
        return {**named, "BonusAmount": "1.00", "Reason": "well done", **members}

    def bonuses(self) -> list[str]:
        """The amounts that were paid."""
        paid = self.server.client(self.keys).list_bonus_payments(AssignmentId=self.assignment_id)
        return [each["BonusAmount"] for each in paid["BonusPayments"]]


@pytest.fixture
def scene(server: Server) -> Iterator[Scene]:
    keys, worker = server.add_requester(), server.add_worker()
    hit = server.client(keys).create_hit(**terms())["HIT"]
    with server.worker(worker) as program:
        work = program.accept(hit["HITGroupId"])
        program.submit(work, colour="red")
    with LosingProxy(server.port) as proxy:
        yield Scene(server, keys, proxy, worker.worker_id, work.assignment_id)


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_a_bonus_whose_reply_was_lost_is_repeated_by_boto3_and_paid_once(scene: Scene, mode: str) -> None:
    turk = scene.server.client(scene.keys, endpoint=scene.proxy.endpoint, attempts=4, mode=mode)
    sent: list[dict[str, Any]] = []
    turk.meta.events.register("before-send.mturk.SendBonus", lambda request, **_: sent.append(dict(request.headers)))
    scene.proxy.lose("SendBonus")
    answer = turk.send_bonus(**scene.bonus())
    assert scene.proxy.lost_reply.startswith(b"HTTP/1.1 200 "), "it was paid before the reply was lost"
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert len(sent) == 2
    assert sent[0]["amz-sdk-invocation-id"] == sent[1]["amz-sdk-invocation-id"]
    assert scene.bonuses() == ["1.00"]
    turk.send_bonus(**scene.bonus())
    assert scene.bonuses() == ["1.00", "1.00"], "the same words again are another bonus"
    assert scene.server.told("check") == {"ok": True, "problems": []}


def test_a_lost_reply_is_answered_alike_by_a_server_that_was_started_again(scene: Scene) -> None:
    turk = scene.server.client(scene.keys, endpoint=scene.proxy.endpoint, attempts=4, mode="legacy")

    def kill_once_it_is_paid(**_event: Any) -> None:
        if scene.proxy.lost.is_set():
            scene.proxy.lost.clear()
            scene.server.kill()
            scene.server.start()

    turk.meta.events.register("before-send.mturk.*", kill_once_it_is_paid)
    scene.proxy.lose("SendBonus")
    answer = turk.send_bonus(**scene.bonus(UniqueRequestToken="only once"))
    assert answer["ResponseMetadata"]["RetryAttempts"] >= 1
    assert scene.bonuses() == ["1.00"]
    scene.proxy.lose("CreateHIT")
    made = turk.create_hit(**terms(RequesterAnnotation="only one"))["HIT"]
    assert b'"HITId":"' + made["HITId"].encode() + b'"' in scene.proxy.lost_reply
    assert scene.server.told("check") == {"ok": True, "problems": []}


def test_postgresql_connections_lost_under_load_lose_and_double_nothing(postgresql: Cluster, tmp_path: Any) -> None:
    url = postgresql.fresh_database_url()
    with Server(tmp_path / "data", url) as server:
        keys = server.add_requester()
        with Load(server, keys) as load:
            ended = 0
            for _ in range(15):
                load.wait_for(1, "hit")
                with psycopg.connect(url, autocommit=True) as connection:
                    ended += len(connection.execute(_END_ALL_OTHERS).fetchall())
            load.wait_for(8)
        assert ended >= 15
        load.check_nothing_undecided(server)


_END_ALL_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
