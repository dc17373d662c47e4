"""Sixty at once for what there are ten of: places of a HIT, and money for bonuses."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.awaited import awaited
from tests.clients.hits import terms
from tests.clients.server import Refused, Server, SignIn, Work, accepted

pytestmark = pytest.mark.slow

MANY, FEW = 60, 10
LAPS = 2


def test_sixty_workers_racing_for_ten_places_get_ten(server: Server) -> None:
    race_for_places([server])


def test_sixty_workers_racing_through_two_servers_get_ten(two_servers: list[Server]) -> None:
    race_for_places(two_servers)


def test_sixty_bonuses_racing_for_money_for_ten_pay_ten(server: Server) -> None:
    race_for_money([server])


def test_sixty_bonuses_racing_through_two_servers_pay_ten(two_servers: list[Server]) -> None:
    race_for_money(two_servers)


def race_for_places(servers: list[Server]) -> None:
    """All accept at the same moment, a few times over."""
    server = servers[0]
    keys = server.add_requester()
    turk = server.client(keys)
    workers = server.add_workers(MANY)
    for lap in range(LAPS):
        hit = turk.create_hit(**terms(MaxAssignments=FEW, Title=f"Lap {lap}"))["HIT"]
        outcomes = awaited(all_accept(servers, workers, hit["HITGroupId"]))
        check_places(turk, hit["HITId"], outcomes)
    assert server.told("check") == {"ok": True, "problems": []}


def check_places(turk: Any, hit_id: str, outcomes: list[Work | Refused]) -> None:
    """Ten got a place each, all others were told why not, and the HIT counts the same."""
    got = [each for each in outcomes if isinstance(each, Work)]
    refused = [each for each in outcomes if isinstance(each, Refused)]
    assert len(got) == FEW
    assert len({work.assignment_id for work in got}) == FEW
    assert {refusal.status for refusal in refused} <= {404, 422}, refused
    assert len(refused) == MANY - FEW
    assert all(refusal.message for refusal in refused)
    counted = turk.get_hit(HITId=hit_id)["HIT"]
    assert counted["HITStatus"] == "Unassignable"
    assert (counted["NumberOfAssignmentsAvailable"], counted["NumberOfAssignmentsPending"]) == (0, FEW)


async def all_accept(servers: list[Server], workers: list[SignIn], group_id: str) -> list[Work | Refused]:
    """Each Worker on a connection of their own, already open; then all ask at once."""
    async with contextlib.AsyncExitStack() as everybody:
        clients = [
            await everybody.enter_async_context(
                httpx.AsyncClient(
                    base_url=servers[turn % len(servers)].endpoint,
                    headers={"authorization": f"Bearer {worker.token}", "accept": "application/json"},
                    timeout=60,
                    verify=False,  # plain HTTP; to read the certificates sixty times takes seconds
                )
            )
            for turn, worker in enumerate(workers)
        ]
        for looked in await asyncio.gather(*(client.get("/tasks") for client in clients)):
            assert looked.status_code == 200
        return await asyncio.gather(*(accept(client, group_id) for client in clients))


async def accept(client: httpx.AsyncClient, group_id: str) -> Work | Refused:
    try:
        return accepted(await client.post(f"/projects/{group_id}/tasks/accept_random"))
    except Refused as refusal:
        return refusal


def race_for_money(servers: list[Server]) -> None:
    """All pay the same Worker at the same moment, each a bonus of its own; only the money decides."""
    server = servers[0]
    reward_and_fee, bonuses_and_fees = "0.06", "12.00"  # 0.05 + 0.01, and ten times 1.00 + 0.20
    keys = server.add_requester(deposit="12.06")
    turk = server.client(keys)
    hit = turk.create_hit(**terms())["HIT"]
    worker = server.add_worker()
    with server.worker(worker) as program:
        work = program.accept(hit["HITGroupId"])
        program.submit(work, colour="red")
    turk.approve_assignment(AssignmentId=work.assignment_id)
    assert turk.get_account_balance()["AvailableBalance"] == bonuses_and_fees, reward_and_fee

    clients = [each.client(keys, attempts=1, max_pool_connections=MANY) for each in servers]
    start = Barrier(MANY)

    def pay(number: int) -> str:
        bonus = {"WorkerId": worker.worker_id, "AssignmentId": work.assignment_id, "BonusAmount": "1.00"}
        start.wait(60)
        return outcome_of(clients[number % len(clients)].send_bonus, Reason=f"number {number}", **bonus)

    with ThreadPoolExecutor(MANY) as threads:
        outcomes = Counter(threads.map(pay, range(MANY)))
    assert outcomes == {"paid": FEW, "AWS.MechanicalTurk.InsufficientFunds": MANY - FEW}
    paid = turk.list_bonus_payments(AssignmentId=work.assignment_id, MaxResults=100)["BonusPayments"]
    assert len({each["Reason"] for each in paid}) == len(paid) == FEW
    assert turk.get_account_balance()["AvailableBalance"] == "0.00"
    with server.worker(worker) as program:
        assert program.dashboard()["earnings_to_date"] == {
            "approved": 0.05,
            "bonuses": 10.0,
            "total": 10.05,
            "pending": 0.0,
        }
    assert server.told("check") == {"ok": True, "problems": []}


def outcome_of(call: Any, **arguments: Any) -> str:
    try:
        call(**arguments)
    except ClientError as refusal:
        return str(refusal.response.get("TurkErrorCode", refusal))
    return "paid"
