"""Signing in and out, registering, and the account."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.types import ASGIApp

from kempelen import passwords
from kempelen.core.wire.refusals import AccountClosed, SignInFailed
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.web.app import web
from kempelen.web.site.settings import WebSettings
from kempelen.web.worker.sign_in import TooManyTries
from tests.web.people import PASSWORD, URL, Person, Program

CREDENTIALS = {"email": "bob@example.org", "password": PASSWORD}


def test_the_right_password_signs_in(bob: Person, nobody: Person) -> None:
    nobody.get("/sign-in")
    answer = nobody.post("/sign-in", CREDENTIALS)
    assert answer.headers["location"] == "/projects"
    assert "Find work" in nobody.follow(answer).text
    assert bob.worker_id in nobody.get("/account").text


def test_a_session_cookie_is_for_this_host_and_no_script(bob: Person, nobody: Person) -> None:
    nobody.get("/sign-in")
    cookies = nobody.post("/sign-in", CREDENTIALS).headers.get_list("set-cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("kempelen_session_8900="))
    parts = {part.strip().lower() for part in session.split(";")[1:]}
    assert {"httponly", "path=/", "samesite=lax"} <= parts
    assert not any(part.startswith("domain") for part in parts)


def test_on_https_cookies_are_bound_to_the_host_by_name(market: Market) -> None:
    app = web(market, WebSettings(url="https://turk.example.org", tasks_url="https://*.turk-tasks.example"))
    cookie = Person(app, "https://turk.example.org").get("/sign-in").headers["set-cookie"]
    assert cookie.startswith("__Host-visit=")
    assert "secure" in cookie.lower()
    assert "path=/" in cookie.lower()
    assert "domain" not in cookie.lower()


@pytest.mark.parametrize("email", ["bob@example.org", "nobody@example.org", ""])
def test_a_wrong_password_and_an_unknown_address_look_the_same(bob: Person, nobody: Person, email: str) -> None:
    nobody.get("/sign-in")
    answer = nobody.post("/sign-in", {"email": email, "password": "wrong"})
    assert answer.status_code == 403
    assert f'role="alert">{SignInFailed.text}' in answer.text
    assert nobody.get("/tasks").status_code == 303


def test_a_suspended_worker_is_signed_out_and_learns_why_with_the_right_password(
    market: Market, bob: Person, nobody: Person
) -> None:
    assert bob.get("/tasks").status_code == 200
    about = {"worker_id": bob.worker_id}
    market.perform(OPERATOR, accounts.set_worker_status, status="Suspended", **about)
    assert bob.get("/tasks").headers["location"].startswith("/sign-in")
    nobody.get("/sign-in")
    answer = nobody.post("/sign-in", CREDENTIALS)
    assert answer.status_code == 403
    assert f'role="alert">{AccountClosed.text}' in answer.text
    assert SignInFailed.text in nobody.post("/sign-in", CREDENTIALS | {"password": "wrong"}).text
    assert nobody.get("/tasks").status_code == 303
    market.perform(OPERATOR, accounts.set_worker_status, status="Active", **about)
    assert nobody.post("/sign-in", CREDENTIALS).headers["location"] == "/projects"


def test_an_unknown_address_costs_as_much_as_a_known_one(
    bob: Person, nobody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []
    real = passwords.PasswordHasher.verify

    def watched(hasher: passwords.PasswordHasher, kept: str, given: str) -> bool:
        checked.append(kept.rsplit("$", 2)[0])  # the parameters of the hash: what it costs
        return real(hasher, kept, given)

    monkeypatch.setattr(passwords.PasswordHasher, "verify", watched)
    for email in ("bob@example.org", "nobody@example.org"):
        nobody.get("/sign-in")
        nobody.post("/sign-in", {"email": email, "password": "wrong"})
    assert len(checked) == 2
    assert checked[0] == checked[1]


def test_after_ten_wrong_passwords_an_address_rests(bob: Person, nobody: Person) -> None:
    nobody.get("/sign-in")
    statuses = [nobody.post("/sign-in", CREDENTIALS | {"password": "wrong"}).status_code for _ in range(11)]
    assert statuses == [403] * 10 + [429]
    assert TooManyTries.text in nobody.post("/sign-in", CREDENTIALS).text


def test_signing_in_leads_back_to_where_one_was_going(bob: Person, nobody: Person) -> None:
    asked = nobody.get("/dashboard?status=Approved")
    form = urlsplit(asked.headers["location"])
    assert form.path == "/sign-in"
    to = parse_qs(form.query)["next"][0]
    nobody.get(asked.headers["location"])
    assert nobody.post("/sign-in", {"next": to, **CREDENTIALS}).headers["location"] == "/dashboard?status=Approved"


@pytest.mark.parametrize(
    "to",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "/a\\b", "javascript:alert(1)", "/\t/evil", ""],
)
def test_signing_in_never_leads_to_another_site(bob: Person, nobody: Person, to: str) -> None:
    nobody.get("/sign-in")
    assert nobody.post("/sign-in", {"next": to, **CREDENTIALS}).headers["location"] == "/"


@pytest.mark.parametrize("to", ["/projects/3X/tasks/accept_random", "/projects/3X/tasks/accept%5Frandom?x=1#y"])
def test_a_link_to_sign_in_cannot_make_one_accept(bob: Person, nobody: Person, to: str) -> None:
    nobody.get("/sign-in")
    assert nobody.post("/sign-in", {"next": to, **CREDENTIALS}).headers["location"].endswith("ask")


def test_signing_in_needs_a_form_of_ours(bob: Person, nobody: Person, app: ASGIApp) -> None:
    nobody.get("/sign-in")
    stranger = Person(app)
    stranger.get("/sign-in")
    for token in ("", "x", stranger.csrf):
        assert nobody.post("/sign-in", CREDENTIALS, token=token).status_code == 403
    assert nobody.post("/sign-in", CREDENTIALS, origin="https://evil.example").status_code == 403
    assert Person(app).post("/sign-in", CREDENTIALS, token=nobody.csrf).status_code == 403
    assert nobody.get("/tasks").status_code == 303


def test_signing_out_ends_every_copy_of_the_session(bob: Person, app: ASGIApp) -> None:
    copy = Person(app)
    copy.client.cookies.update(bob.client.cookies)
    assert "Sign out?" in bob.get("/signout").text
    assert copy.get("/tasks").status_code == 200
    assert "You are signed out." in bob.follow(bob.post("/signout")).text
    assert bob.get("/tasks").status_code == copy.get("/tasks").status_code == 303


def test_anybody_may_register_where_it_is_open(nobody: Person) -> None:
    nobody.get("/register")
    answer = nobody.post("/register", {"name": "Dora", "email": "dora@example.org", "password": "ten letters"})
    assert "Welcome, Dora." in nobody.follow(answer).text


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("password", "short", "A password has 10"),
        ("password", "x" * 201, "A password has 10"),
        ("name", "", "A name has 1"),
        ("email", "nowhere", "does not look like"),
        ("email", "bob@example.org", "already"),
    ],
)
def test_a_fault_in_registering_stands_by_its_field(
    bob: Person, nobody: Person, field: str, value: str, says: str
) -> None:
    nobody.get("/register")
    given = {"name": "Dora", "email": "dora@example.org", "password": "ten letters", field: value}
    answer = nobody.post("/register", given)
    assert answer.status_code == 422
    problem = answer.text.split(f'id="{field}-problem" role="alert">')[1].split("</p>")[0]
    assert says in problem
    assert f'aria-describedby="{field}-problem"' in answer.text


def test_where_registering_is_closed_one_needs_an_invitation(market: Market) -> None:
    app = web(market, WebSettings(url=URL, registration_open=False))
    dora = Person(app)
    assert dora.get("/register").status_code == 403
    assert dora.get("/register?invitation=made-up").status_code == 403
    dora.get("/sign-in")
    given = {"name": "Dora", "email": "dora@example.org", "password": "ten letters"}
    assert dora.post("/register", given).status_code == 403
    token = market.perform(OPERATOR, accounts.invite_worker, email="dora@example.org", at=datetime.now(UTC))
    assert 'value="dora@example.org"' in dora.get(f"/register?invitation={token}").text
    other_address = given | {"email": "eve@example.org", "invitation": token}
    assert "Welcome, Dora." in dora.follow(dora.post("/register", other_address)).text
    assert "dora@example.org" in dora.get("/account").text
    assert Person(app).get(f"/register?invitation={token}").status_code == 403


def test_a_token_made_on_the_account_page_lets_a_program_in_until_revoked(bob: Person, app: ASGIApp) -> None:
    page = bob.post("/account/tokens", {"name": "script"}).text
    token = page.split("<code>kwt_")[1].split("</code>")[0]
    program = Program(app, f"kwt_{token}")
    assert program.get("/tasks").json()["tasks"] == []
    assert token not in bob.get("/account").text
    assert "1 API token was revoked." in bob.follow(bob.post("/account/tokens/revoke")).text
    answer = program.get("/tasks")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "revoked" in answer.json()["message"]


def test_a_notice_is_told_once_and_only_when_it_is_ours(bob: Person) -> None:
    answer = bob.post("/account/auto_accept", {})
    assert "No further HIT will be accepted" in bob.follow(answer).text
    assert "No further HIT will be accepted" not in bob.get("/account").text
    bob.client.cookies.set("kempelen_notice_8900", "WW91IGxvc3Qh.00", domain="kempelen.localhost", path="/")
    assert "You lost!" not in bob.get("/account").text


def test_another_name_of_this_machine_points_to_the_better_one(app: ASGIApp) -> None:
    assert f'href="{URL}/sign-in"' in Person(app, "http://localhost:8900").get("/sign-in").text
    assert "Better open this site" not in Person(app).get("/sign-in").text
