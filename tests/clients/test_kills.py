"""`kill -9` at random moments under load: nothing acknowledged is lost, nothing is done twice, no repair is needed."""

from __future__ import annotations

import time
from random import Random

import pytest

from tests.clients.load import Load
from tests.clients.server import Server
from tests.soak import rounds

pytestmark = pytest.mark.slow

KILLS = rounds(8, 40)
SEED = 20_260_930


def test_kills_under_load_lose_nothing_and_double_nothing(server: Server) -> None:
    random = Random(SEED)
    keys = server.add_requester(deposit="100000.00")
    with Load(server, keys) as load:
        for kill in range(KILLS):
            time.sleep(random.uniform(0.1, 0.8))
            server.kill()
            if kill % 5 == 4:  # once more, while it starts
                server.begin()
                time.sleep(random.uniform(0.0, 0.6))
                server.kill()
            server.start()
        load.wait_for(1)
    load.check_nothing_undecided(server)
    assert load.journal.kept("bonus") > KILLS
    assert load.journal.repeated["by the SDK"] > 0
    assert load.journal.repeated["by the road"] > 0
