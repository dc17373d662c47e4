"""Every operation, through every SDK: one scenario with refusals, pages and the Workers' part (everything.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from kempelen.market.registry import OPERATIONS as REGISTRY  # filled by what is imported there
from tests.clients import everything
from tests.clients.programs import COMMANDS, program
from tests.clients.server import Server

pytestmark = pytest.mark.slow

PAGED = {  # for which the SDKs have a paginator
    *("ListAssignmentsForHIT", "ListBonusPayments", "ListHITs", "ListHITsForQualificationType", "ListReviewableHITs"),
    *("ListQualificationRequests", "ListQualificationTypes", "ListWorkerBlocks", "ListWorkersWithQualificationType"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_operation_is_at_home_in_every_sdk(name: str, tmp_path: Path) -> None:
    """On SQLite alone: what an SDK sends and reads is the same, whatever keeps it."""
    with Server(tmp_path / "data") as server:
        keys = server.add_requester(deposit="100.00")
        workers = server.add_workers(2)
        page = tmp_path / "layout.html"
        page.write_text("<form><p>${what}</p><input name='colour'></form>")
        layout_id = server.told("layout", "add", str(page), "--requester", keys.requester_id)["hit_layout_id"]
        with (
            program(name, server, keys) as turk,
            server.worker(workers[0]) as bob,
            server.worker(workers[1]) as dora,
        ):
            everything.play(turk, bob, dora, (workers[0], workers[1]), layout_id)
        assert turk.used == set(REGISTRY), "a new operation has its place in everything.py"
        assert turk.paged == PAGED & set(REGISTRY)
        assert len(turk.refused_at) > len(REGISTRY) / 3
        assert server.told("check") == {"ok": True, "problems": []}
