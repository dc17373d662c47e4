"""A Worker's account: what they prefer, their password and tokens, and leaving for good."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kempelen.checks import checks
from kempelen.core.money import Money
from kempelen.core.wire.refusals import AccountClosed
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.market import Market
from kempelen.market.people import accounts, recovery
from kempelen.market.work import assignments, history, work
from kempelen.web.site.languages import available_languages
from tests.market.work import new_hit
from tests.web.people import PASSWORD, Person, Program, submit_url

CHOSEN = {"name": "Robert", "country": "US", "subdivision": "NY", "language": "de", "time_zone": "Europe/Berlin"}


def test_what_a_worker_prefers_is_kept_and_followed(market: Market, alice: str, bob: Person) -> None:
    bob.accept(market, alice)
    answer = bob.post("/account", CHOSEN)
    page = bob.follow(answer)
    assert '<html lang="de">' in page.text
    assert "Gespeichert." in page.text
    known = bob.json("/account")
    assert {name: known[name] for name in CHOSEN} == CHOSEN
    berlin = "01.10.2026, 14:00"
    assert berlin in bob.get("/tasks", accept_language="en").text
    (worker,) = market.perform(OPERATOR, accounts.list_workers)
    assert (worker.country, worker.subdivision) == ("US", "NY")


def test_nothing_told_is_as_good(bob: Person) -> None:
    bob.post("/account", CHOSEN)
    bob.post("/account", {"name": "Bob"})
    known = bob.json("/account")
    assert [known[name] for name in ("country", "subdivision", "language", "time_zone")] == [None] * 4


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "A name has 1 to 100"),
        ({"country": "XX"}, "ISO 3166-1"),
        ({"subdivision": "ZZ"}, "a state of the US"),
        ({"language": "tlh"}, "not spoken here"),
        ({"time_zone": "Mars/Olympus"}, "no time zone"),
    ],
)
def test_a_wrong_choice_is_told_by_its_field_and_changes_nothing(bob: Person, wrong: dict[str, str], told: str) -> None:
    before = bob.json("/account")
    answer = bob.post("/account", CHOSEN | {"language": "en"} | wrong)
    assert answer.status_code == 422
    assert told in answer.text
    (field,) = wrong
    assert f'aria-describedby="{field}-problem"' in answer.text
    assert bob.json("/account") == before


def test_a_state_of_another_country_is_forgotten(bob: Person) -> None:
    bob.post("/account", CHOSEN | {"country": "DE"})
    assert (bob.json("/account")["country"], bob.json("/account")["subdivision"]) == ("DE", None)


def test_a_new_password_signs_everybody_else_out(market: Market, bob: Person, nobody: Person) -> None:
    nobody.get("/sign-in")
    nobody.post("/sign-in", {"email": bob.email, "password": PASSWORD})
    assert nobody.get("/tasks").status_code == 200
    wrong = bob.post("/account/password", {"current_password": "no", "new_password": "a longer password"})
    assert (wrong.status_code, "This is not your password." in wrong.text) == (422, True)
    short = bob.post("/account/password", {"current_password": PASSWORD, "new_password": "short"})
    assert 'aria-describedby="new_password-problem"' in short.text
    bob.post("/account/password", {"current_password": PASSWORD, "new_password": "a longer password"})
    assert bob.get("/tasks").status_code == 200
    assert nobody.get("/tasks").status_code == 303
    nobody.get("/sign-in")
    assert nobody.post("/sign-in", {"email": bob.email, "password": PASSWORD}).status_code == 403
    assert nobody.post("/sign-in", {"email": bob.email, "password": "a longer password"}).status_code == 303


def test_guesses_at_the_password_are_counted(bob: Person) -> None:
    guess = {"current_password": "no", "new_password": "a longer password"}
    answers = [bob.post("/account/password", guess).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_one_token_is_revoked_and_the_others_count(market: Market, bob: Person) -> None:
    tokens = [bob.token(market) for _ in range(2)]
    listed = bob.json("/account")["tokens"]
    assert [one["name"] for one in listed] == ["script", "script"]
    bob.post("/account/tokens/revoke", {"token_id": listed[0]["token_id"]})
    assert bob.json("/account")["tokens"] == listed[1:]
    codes = sorted(Program(bob.app, token).get("/tasks").status_code for token in tokens)
    assert codes == [200, 401]


def test_nobody_revokes_the_token_of_another(market: Market, bob: Person, charlie: Person) -> None:
    program = Program(bob.app, bob.token(market))
    (token,) = bob.json("/account")["tokens"]
    charlie.post("/account/tokens/revoke", {"token_id": token["token_id"]})
    assert program.get("/tasks").status_code == 200


def test_who_leaves_leaves_no_trace_of_a_person_and_all_of_the_money(
    market: Market, alice: str, bob: Person, nobody: Person
) -> None:
    market.perform(bob.worker_id, accounts.set_auto_accept, on=False)
    done = bob.accept(market, alice)
    bob.post(submit_url(done), {"assignment_id": done.assignment_id, "colour": "red"})
    market.perform(alice, assignments.approve_assignment, assignment_id=done.assignment_id)
    open_work = bob.accept(market, alice, title="Another")
    program = Program(bob.app, bob.token(market))
    bob.post("/searches", {"name": "Mugs", "alerts": "on"})
    bob.post("/account", CHOSEN)
    market.perform(OPERATOR, recovery.request_password_reset, email=bob.email, at=datetime.now(UTC))
    market.perform(bob.worker_id, recovery.request_email_change, email="bob@home.example", at=datetime.now(UTC))

    refused = bob.post("/account/delete", {"password": "not it"})
    assert (refused.status_code, len(bob.json("/tasks")["tasks"])) == (422, 1)
    left = bob.post("/account/delete", {"password": PASSWORD})
    assert left.headers["location"] == "/sign-in"
    assert bob.get("/tasks").status_code == 303
    assert program.get("/tasks").status_code == 401
    nobody.get("/sign-in")
    assert nobody.post("/sign-in", {"email": bob.email, "password": PASSWORD}).status_code == 403

    with market.database.reading() as db:
        for table in (
            "worker",
            "session",
            "worker_token",
            "saved_search",
            "event",
            "invitation",
            "email_change",
            "password_reset",
        ):
            rows = db.all("SELECT * FROM " + table)
            assert not [row for row in rows if {"Bob", "Robert", bob.email, "Europe/Berlin", "NY"} & set(row.values())]
    assert market.perform(alice, assignments.get_assignment, assignment_id=done.assignment_id).assignment.answer
    assert market.perform(bob.worker_id, history.get_dashboard).earned == Money.parse("0.05")
    again = market.perform(OPERATOR, accounts.add_worker, name="Eve", email=bob.email, password_hash="-").worker_id
    market.perform(again, work.accept, group_id=open_work.hit_group_id)
    assert checks.problems(market.database) == []


def test_an_account_that_is_deleted_does_no_work(market: Market, alice: str, bob: Person) -> None:
    bob.post("/account/delete", {"password": PASSWORD})
    hit = new_hit(market, alice)
    with pytest.raises(AccountClosed):
        market.perform(bob.worker_id, work.accept, group_id=hit.hit_group_id)


def test_countries_are_named_in_the_language_and_ordered_by_it() -> None:
    german = available_languages()["de"].countries()
    assert german["DE"] == "Deutschland"
    assert list(german.values()) == sorted(german.values())
    assert set(german) == set(available_languages()["en"].countries())
