"""`/metrics`: what is counted, what is measured when somebody looks, and who may look."""

from random import Random

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kempelen.config import Config, SettingRefused
from kempelen.core.wire.event_documents import NotificationSpecification
from kempelen.market import gauges
from kempelen.market.foundation import deliveries
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market
from kempelen.market.messaging import notifications
from kempelen.market.work import assignments, bonuses
from kempelen.server.front import Front
from kempelen.store.open import open_database
from kempelen.store.vault import Vault
from tests.api.caller import Program, ask, give_key
from tests.awaited import awaited
from tests.market.conftest import KEY
from tests.market.work import HOURS, accepted_work, new_hit, submitted_work

SITE = {"Host": "kempelen.localhost:8900"}
TOKEN = "a-token-" + "of-this-test"


@pytest.fixture
def front(market):
    return Front(market, Config(metrics="loopback"))


def get(front, path="/metrics", client="127.0.0.1", method="GET", **headers):
    return awaited(ask(front, SITE | headers, [b""], method=method, path=path, client=client))


def metrics(front):
    """Every sample by its name and labels."""
    told = get(front)
    assert told.status == 200
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(told.body.decode())
        for sample in family.samples
    }


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "kempelen.localhost@evil.example", "", "["])
def test_a_page_whose_name_leads_to_this_machine_reads_no_metrics(front, host):
    assert get(front, Host=host).status == 404


@pytest.mark.parametrize("host", ["localhost:8900", "127.0.0.1", "[::1]:8900", "kempelen.localhost:8900"])
def test_metrics_are_at_the_names_of_this_machine(front, host):
    assert get(front, Host=host).status == 200


def test_operations_are_counted_by_outcome_and_timed(front, market, alice):
    program = Program(front, give_key(market, alice))
    program.call("GetAccountBalance")
    program.call("GetAccountBalance")
    program.refused("GetHIT", HITId="3NOBODY")
    program.refused("GetHIT")
    program.refused("MakeCoffee")
    Program(front, "KMPLNOBODYNOBODYNOBO").refused("GetHIT", HITId="3NOBODY")
    told = metrics(front)
    counted = {name[1:]: value for name, value in told.items() if name[0] == "kempelen_operations_total"}
    assert counted == {
        ("GetAccountBalance", "ok"): 2,
        ("GetHIT", "HITDoesNotExist"): 1,
        ("GetHIT", "ValidationException"): 1,
        ("GetHIT", "UnrecognizedClientException"): 1,
        ("unknown", "UnknownOperationException"): 1,
    }
    assert told["kempelen_operation_seconds_count", "GetHIT"] == 3
    assert told["kempelen_operation_seconds_bucket", "+Inf", "GetHIT"] == 3
    assert told["kempelen_operation_seconds_sum", "GetHIT"] > 0


def test_pages_are_counted_by_their_pattern(front, market, alice):
    hit = new_hit(market, alice)
    get(front, f"/projects/{hit.hit_group_id}/tasks", Authorization="Bearer nobodys")
    get(front, "/projects")
    get(front, "/no/such/page")
    counted = {name[1:] for name in metrics(front) if name[0] == "kempelen_pages_total"}
    assert {page for page, _ in counted} == {"/projects/{group_id}/tasks", "/projects", "other"}
    assert ("other", "404") in counted


def test_lanes_deadlines_and_money_are_measured_when_somebody_looks(front, market, alice, bob):
    new_hit(market, alice, max_assignments=2)
    market.perform(alice, assignments.approve_assignment, assignment_id=submitted_work(market, alice, bob))
    paid = submitted_work(market, alice, bob)
    market.perform(
        alice,
        bonuses.send_bonus,
        worker_id=bob,
        assignment_id=paid,
        bonus_amount=new_hit(market, alice).reward,
        reason="!",
    )
    accepted_work(market, alice, bob)
    before = metrics(front)
    assert before["kempelen_database_up",] == 1
    assert before["kempelen_lane_jobs_total",] >= before["kempelen_lane_batches_total",] > 0
    assert before["kempelen_lane_waiting",] == 0
    money = {name[1]: value for name, value in before.items() if name[0] == "kempelen_money_dollars"}
    assert set(money) == {"outside", "available", "hold", "fees", "earnings"}
    assert money["outside"] == -1000
    assert money["earnings"] == pytest.approx(0.10)
    assert money["fees"] == pytest.approx(0.02)
    assert sum(money.values()) == pytest.approx(0)
    assert before["kempelen_deadlines_due",] == before["kempelen_deadline_late_seconds",] == 0
    market.clock.advance(seconds=2 * HOURS)  # the accepted work was due after one, and nobody has looked
    after = metrics(front)
    assert after["kempelen_deadlines_due",] == 1
    assert after["kempelen_deadline_late_seconds",] == 1 * HOURS
    market.run_due()
    assert metrics(front)["kempelen_deadlines_due",] == 0


def test_deliveries_are_counted_while_they_wait_and_when_they_are_given_up(front, market, alice):
    hit = new_hit(market, alice)
    about = {
        "destination": "https://sqs.us-east-1.amazonaws.com/123456789012/mugs",
        "transport": "SQS",
        "version": "2014-08-15",
        "event_types": ["HITCreated"],
    }
    told = NotificationSpecification(**about)
    market.perform(alice, notifications.update_notification_settings, hit_type_id=hit.hit_type_id, notification=told)
    new_hit(market, alice)
    new_hit(market, alice)
    assert metrics(front)["kempelen_deliveries", "waiting"] == 2
    assert metrics(front)["kempelen_deliveries", "dead"] == 0
    with market.database.writing() as db:
        db.run("UPDATE delivery SET status = 'Dead', ended_at = 0")
    assert metrics(front)["kempelen_deliveries", "waiting"] == 0
    assert metrics(front)["kempelen_deliveries", "dead"] == 2


def test_no_count_of_deliveries_reads_them_all():
    database = open_database(":memory:")
    database.migrate()
    with database.reading() as db:
        plan = [row["detail"] for row in db.all("EXPLAIN QUERY PLAN " + deliveries._COUNTS, most=9)]
        money = [row["detail"] for row in db.all("EXPLAIN QUERY PLAN " + gauges._MONEY)]
    database.close()
    assert sum("USING" in line and "INDEX delivery_" in line for line in plan) == 2, plan
    assert "account_by_kind" in money[0]


def test_metrics_without_the_database_say_so(tmp_path):
    database = open_database(tmp_path)
    database.migrate()
    market = Market(database, vault=Vault(KEY), clock=ManualClock(), random=Random(0))
    front = Front(market, Config(metrics="loopback"))
    market.close()
    told = metrics(front)
    assert told["kempelen_database_up",] == 0
    assert told["kempelen_lane_waiting",] == 0


def test_nobody_reads_metrics_unless_a_setting_says_so(market):
    assert get(Front(market, Config())).status == 404


def test_on_loopback_only_programs_of_this_machine_read_metrics(front):
    assert get(front, client="::1").status == 200
    assert get(front, client="192.0.2.7").status == 404
    assert get(front, client="").status == 404
    for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"):
        assert get(front, **{name: "192.0.2.7"}).status == 404, "a proxy on this machine speaks for the world"
    assert get(front, method="POST").status == 405


def test_with_a_token_whoever_sends_it_reads_metrics(market):
    front = Front(market, Config(metrics="token", metrics_token=TOKEN))
    told = get(front, client="192.0.2.7", Authorization=f"Bearer {TOKEN}")
    assert told.status == 200
    assert get(front, client="192.0.2.7").status == 401
    assert get(front).headers["www-authenticate"] == "Bearer"
    for wrong in (f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer ", "Bearer ä"):
        assert get(front, Authorization=wrong).status == 401


@pytest.mark.parametrize("token", ["", "short"])
def test_a_token_that_could_be_guessed_is_refused(market, token):
    with pytest.raises(SettingRefused, match="KEMPELEN_METRICS_TOKEN"):
        Front(market, Config(metrics="token", metrics_token=token))
