"""A system clock that jumps: market time does not follow it, over restarts too, until it is right or accepted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner

from kempelen.cli.main import main
from kempelen.config import Config
from kempelen.core.money import Money
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import SYSTEM_TIME, SystemClock, SystemTime
from kempelen.market.hits import hits
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.market.work import work
from kempelen.opening import open_market
from kempelen.server.front import Front
from kempelen.server.metrics import Metrics
from kempelen.server.scheduler import Scheduler
from kempelen.store.files import Files
from tests.api.caller import ask
from tests.awaited import awaited
from tests.market.work import ANSWER, DAYS, HOURS, MINUTES, new_hit, submit_answer, work_status

NOW = datetime(2026, 9, 14, 8, tzinfo=UTC)


class Machine:
    """A machine on which time passes, jumps and stands still as a test says."""

    def __init__(self, use: Callable[[SystemTime], None]) -> None:
        self.shown, self.run, self._use = NOW, 1000.0, use
        self.restart()

    def restart(self, *, off: float = 0) -> None:
        """Begin anew, off for some seconds in between."""
        self.boot_id, self.run = str(uuid.uuid4()), 20.0
        self.shown += timedelta(seconds=off)
        self.begin()

    def begin(self) -> None:
        """A process begins; it has seen nothing yet."""
        self._use(SystemTime(real=lambda: self.shown, steady=lambda: self.run, boot_id=self.boot_id))

    def pass_time(self, seconds: float) -> None:
        self.shown += timedelta(seconds=seconds)
        self.run += seconds

    def jump(self, seconds: float) -> None:
        self.shown += timedelta(seconds=seconds)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    def use(time: SystemTime) -> None:
        for name, value in vars(time).items():
            monkeypatch.setattr(SYSTEM_TIME, name, value)

    return Machine(use)


@pytest.fixture
def config(durable_target: str, tmp_path: Path) -> Config:
    database = durable_target if "://" in durable_target else ""
    return Config(data=tmp_path / "data", database=database)


@contextmanager
def served(config: Config, machine: Machine) -> Iterator[tuple[Market, Scheduler]]:
    """A server's market in a process of its own; the scheduler goes a step when a test says so."""
    machine.begin()
    market = open_market(config, serving=True)
    scheduler = Scheduler(market, Files(config.uploads))
    try:
        yield market, scheduler
    finally:
        market.close()


def step(scheduler: Scheduler) -> bool:
    """A turn of the scheduler; is the clock doubted?"""
    doubted = scheduler.look_at_clock()
    scheduler.keep_clock()
    scheduler.perform_due()
    return doubted


def kempelen(config: Config, machine: Machine, *arguments: str) -> str:
    machine.begin()
    place = ["--database", config.database] if config.database else []
    done = CliRunner().invoke(main, [*arguments, "--data", str(config.data), *place], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def submitted(market: Market) -> tuple[str, str]:
    """A Requester, and work of theirs that is approved by itself in two days."""
    alice = market.perform(OPERATOR, accounts.add_requester, name="Alice", email="alice@example.org").requester_id
    market.perform(OPERATOR, accounts.deposit, requester_id=alice, amount=Money.parse("10.00"))
    bob = market.perform(OPERATOR, accounts.add_worker, name="Bob", email="b@example.org", password_hash="-").worker_id
    hit = new_hit(market, alice, auto_approval_delay_in_seconds=2 * DAYS, lifetime_in_seconds=30 * DAYS)
    accepted = market.perform(bob, work.accept, group_id=hit.hit_group_id)
    market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)
    return alice, accepted.assignment_id


def readiness(market: Market, config: Config) -> tuple[int, str]:
    said = awaited(ask(Front(market, config), {"Host": "127.0.0.1"}, [b""], method="GET", path="/readyz"))
    return said.status, said.body.decode()


def jump_in_metrics(market: Market) -> float:
    lines = Metrics(market, held=lambda: 0).text().decode().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("kempelen_clock_jump_seconds ")))


def test_a_jump_performs_nothing_and_says_so_until_the_time_comes_back(config, machine):
    with served(config, machine) as (market, scheduler):
        alice, assignment_id = submitted(market)
        step(scheduler)
        assert (readiness(market, config)[0], jump_in_metrics(market)) == (200, 0)
        machine.jump(400 * DAYS)
        with structlog.testing.capture_logs() as lines:
            assert step(scheduler)
            assert step(scheduler)
        assert [(line["log_level"], line["shown"]) for line in lines] == [("error", "2027-10-19 08:00:00")]
        assert work_status(market, alice, assignment_id) == "Submitted"
        assert jump_in_metrics(market) == 400 * DAYS
        status, text = readiness(market, config)
        assert (status, "has jumped to 2027-10-19 08:00:00 UTC" in text) == (503, True)
        hit = new_hit(market, alice, title="Made meanwhile", lifetime_in_seconds=HOURS)
        assert hit.expiration == NOW + timedelta(hours=1)
        machine.pass_time(4)
        machine.jump(-400 * DAYS)
        with structlog.testing.capture_logs() as lines:
            assert not step(scheduler)
        assert [line["log_level"] for line in lines] == ["warning"]
        assert (readiness(market, config)[0], jump_in_metrics(market)) == (200, 0)
        assert market.clock.now() == NOW + timedelta(seconds=4)
        machine.pass_time(2 * DAYS)
        step(scheduler)
        assert work_status(market, alice, assignment_id) == "Approved"


def test_deadlines_that_come_by_the_time_that_passes_are_performed_while_the_clock_is_doubted(config, machine):
    with served(config, machine) as (market, scheduler):
        alice, assignment_id = submitted(market)
        machine.jump(400 * DAYS)
        assert step(scheduler)
        hit = new_hit(market, alice, title="Made meanwhile", lifetime_in_seconds=HOURS)
        machine.pass_time(HOURS)
        assert step(scheduler)
        assert market.perform(alice, hits.get_hit, hit_id=hit.hit_id).hit.hit_status == "Reviewable"
        assert work_status(market, alice, assignment_id) == "Submitted"


def test_the_operator_accepts_a_jump_and_running_servers_follow(config, machine):
    with served(config, machine) as (market, scheduler):
        alice, assignment_id = submitted(market)
        step(scheduler)
        machine.jump(3 * DAYS)
        assert step(scheduler)
        server = dict(vars(SYSTEM_TIME))
        assert "is not believed" in kempelen(config, machine, "clock", "show")
        assert "It is now 2026-09-17 08:00:00 UTC." in kempelen(config, machine, "clock", "accept")
        assert "nothing is wrong with the clock" in kempelen(config, machine, "clock", "accept")
        vars(SYSTEM_TIME).update(server)
        assert not step(scheduler)
        assert readiness(market, config)[0] == 200
        assert market.clock.now() == NOW + timedelta(days=3)
        assert work_status(market, alice, assignment_id) == "Approved"


def test_a_jump_is_noticed_over_a_restart_of_the_server_and_by_commands(config, machine):
    with served(config, machine) as (market, scheduler):
        alice, assignment_id = submitted(market)
        step(scheduler)
    machine.pass_time(HOURS)
    machine.jump(3 * DAYS)
    kempelen(config, machine, "requester", "list")
    with served(config, machine) as (market, scheduler):
        assert step(scheduler)
        assert work_status(market, alice, assignment_id) == "Submitted"
        assert market.clock.now() == NOW + timedelta(hours=1)


def test_a_server_that_was_off_while_its_machine_ran_performs_what_is_late(config, machine):
    with served(config, machine) as (market, scheduler):
        alice, assignment_id = submitted(market)
        step(scheduler)
    machine.pass_time(60 * DAYS)
    with served(config, machine) as (market, scheduler):
        assert not step(scheduler)
        assert work_status(market, alice, assignment_id) == "Approved"


@pytest.mark.parametrize(("off", "is_doubted"), [(3 * DAYS, False), (8 * DAYS, True)])
def test_a_machine_that_was_off_for_a_weekend_is_believed_and_for_longer_is_not(config, machine, off, is_doubted):
    with served(config, machine) as (market, scheduler):
        alice, assignment_id = submitted(market)
        step(scheduler)
    machine.restart(off=off)
    with served(config, machine) as (market, scheduler):
        assert step(scheduler) is is_doubted
        assert work_status(market, alice, assignment_id) == ("Submitted" if is_doubted else "Approved")


def test_a_doubted_clock_is_doubted_after_a_restart_of_the_machine_and_one_set_right_is_not(config, machine):
    with served(config, machine) as (market, scheduler):
        alice, assignment_id = submitted(market)
        machine.jump(3 * DAYS)
        assert step(scheduler)
    machine.restart(off=MINUTES)
    with served(config, machine) as (market, scheduler):
        assert step(scheduler)
        assert work_status(market, alice, assignment_id) == "Submitted"
    machine.jump(-3 * DAYS)
    machine.restart(off=MINUTES)
    with served(config, machine) as (market, scheduler):
        assert not step(scheduler)
        assert work_status(market, alice, assignment_id) == "Submitted"


def test_a_machine_without_a_clock_of_its_own_may_ask_for_the_time_late(config, machine):
    with served(config, machine) as (market, scheduler):
        alice, assignment_id = submitted(market)
        step(scheduler)
    right = machine.shown + timedelta(days=3)
    machine.restart()
    machine.shown = datetime(1970, 1, 1, tzinfo=UTC)
    with served(config, machine) as (market, scheduler):
        assert not step(scheduler)
        assert market.clock.now() == NOW
        machine.shown = right
        assert not step(scheduler)
        assert work_status(market, alice, assignment_id) == "Approved"


def test_one_server_whose_clock_jumps_holds_up_no_other(config, machine):
    with served(config, machine) as (market, scheduler):
        alice, assignment_id = submitted(market)
        step(scheduler)
        other = SystemTime(
            real=lambda: machine.shown + timedelta(days=400), steady=lambda: machine.run, boot_id="other"
        )
        other.continue_from(machine.shown)
        assert SystemClock(system_time=other).now() == market.clock.now()
        machine.pass_time(2 * DAYS)
        assert not step(scheduler)
        assert work_status(market, alice, assignment_id) == "Approved"
        assert SystemClock(system_time=other).now() == market.clock.now()


@pytest.mark.parametrize(("jump", "is_doubted"), [(15 * MINUTES, False), (16 * MINUTES, True), (-400 * DAYS, False)])
def test_small_jumps_are_followed_and_a_clock_set_back_is_walked_past(jump, is_doubted):
    machine = Machine(lambda time: None)
    time = SystemTime(real=lambda: machine.shown, steady=lambda: machine.run, boot_id="")
    clock = SystemClock(system_time=time)
    assert clock.now() == NOW
    machine.jump(jump)
    assert (time.clock_jump is not None) is is_doubted
    believed = NOW if is_doubted or jump < 0 else NOW + timedelta(seconds=jump)
    assert time.now() == believed
    machine.pass_time(HOURS)
    assert time.now() == believed + timedelta(hours=1)
    assert clock.now() >= NOW


def test_every_jump_is_followed_where_the_operator_wants_that(config, machine):
    with served(Config(data=config.data, database=config.database, max_clock_jump_seconds=0), machine) as (market, _):
        machine.jump(400 * DAYS)
        assert market.clock.now() == NOW + timedelta(days=400)
