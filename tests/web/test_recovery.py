"""A forgotten password and another address, as people meet them; and guessers who cannot lock the owner out."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from starlette.types import ASGIApp

from kempelen.market.foundation import deliveries, mail_contents
from kempelen.market.foundation.call import MARKET, OPERATOR
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.web.app import web
from kempelen.web.site.settings import WebSettings
from kempelen.web.worker.account import browser_name
from kempelen.web.worker.sign_in import TooManyTries
from tests.web.people import PASSWORD, URL, Person, Program

NEW = "two mugs of strong tea"
SENT = "If this address belongs to an account"


@pytest.fixture
def app(market: Market) -> ASGIApp:
    """A site that sends mail."""
    return web(market, WebSettings(url=URL, sends_mail=True))


def mails(market: Market) -> dict[str, str]:
    """The link in each mail that waits, by the mail's kind; the last of a kind."""
    found = {}
    for one in reversed(market.perform(OPERATOR, deliveries.list_deliveries, status="Waiting")):
        letter = market.perform(MARKET, mail_contents.get_letter, delivery_id=one.delivery_id)
        path = {"PasswordReset": "/reset-password", "EmailConfirmation": "/confirm-email", "EmailNotice": "/undo-email"}
        if letter is not None:
            found[one.kind] = f"{path[one.kind]}?token={letter.link_token}"
    return found


def ask(person: Person, email: str) -> str:
    """What somebody reads who says that they have forgotten the password of this address."""
    person.get("/forgot-password")
    return person.follow(person.post("/forgot-password", {"email": email})).text


def use(person: Person, link: str, **fields: str) -> str:
    """What somebody reads who opens a link from a mail and sends the form there."""
    page = person.get(link)
    assert page.status_code == 200, page.text
    path, _, token = link.partition("?token=")
    return person.follow(person.post(path, {"token": token, **fields})).text


def signs_in(person: Person, email: str, password: str) -> int:
    person.get("/sign-in")
    return person.post("/sign-in", {"email": email, "password": password}).status_code


def sign_out(person: Person) -> None:
    person.get("/signout")
    assert person.post("/signout").headers["location"] == "/sign-in"


def test_a_forgotten_password_is_reset_by_mail(market: Market, bob: Person, nobody: Person) -> None:
    program = Program(bob.app, bob.token(market))
    assert 'href="/forgot-password"' in nobody.get("/sign-in").text
    assert SENT in ask(nobody, " Bob@Example.org")
    link = mails(market)["PasswordReset"]
    assert "bob@example.org" in nobody.get(link).text
    assert "Your password is changed" in use(nobody, link, new_password=NEW, revoke_tokens="on")
    assert bob.get("/tasks").status_code == 303, "every session is over"
    assert program.get("/tasks").status_code == 401
    assert nobody.get("/tasks").status_code == 303, "the link alone signs nobody in"
    assert signs_in(nobody, bob.email, PASSWORD) == 403
    assert signs_in(nobody, bob.email, NEW) == 303
    assert nobody.get(link).status_code == 410
    answer = nobody.post("/reset-password", {"token": link.partition("=")[2], "new_password": PASSWORD})
    assert answer.status_code == 410


def test_a_password_too_short_is_told_by_its_field_and_the_link_stays_good(
    market: Market, bob: Person, nobody: Person
) -> None:
    program = Program(bob.app, bob.token(market))
    ask(nobody, bob.email)
    link = mails(market)["PasswordReset"]
    nobody.get(link)
    answer = nobody.post("/reset-password", {"token": link.partition("=")[2], "new_password": "short"})
    assert answer.status_code == 422
    assert 'id="new-password-problem" role="alert"' in answer.text
    assert "Your password is changed" in use(nobody, link, new_password=NEW)
    assert program.get("/tasks").status_code == 200, "tokens end only where that is asked for"


def test_nobody_learns_whether_an_address_has_an_account(market: Market, bob: Person, app: ASGIApp) -> None:
    answers = []
    for email in (bob.email, "nobody@example.org", "", "x" * 300, bob.email, bob.email, bob.email, bob.email):
        person = Person(app)
        person.get("/forgot-password")
        answer = person.post("/forgot-password", {"email": email})
        shown = re.sub(r'(content|value)="[^"]*"', "", person.follow(answer).text)
        answers.append((answer.status_code, answer.headers["location"], shown))
    assert len(set(answers)) == 1
    sent = market.perform(OPERATOR, deliveries.list_deliveries, status="Waiting")
    assert [one.kind for one in sent] == ["PasswordReset"] * 3, "three mails an hour"


def test_one_network_address_asks_for_twenty_mails_an_hour(bob: Person, nobody: Person) -> None:
    nobody.get("/forgot-password")
    answers = [nobody.post("/forgot-password", {"email": f"{n}@example.org"}).status_code for n in range(21)]
    assert answers == [303] * 20 + [429]


def test_where_no_mail_is_sent_the_page_says_whom_to_ask(market: Market, bob: Person) -> None:
    for contact, shown in (
        ("help@turk.example", 'href="mailto:help@turk.example"'),
        ("https://turk.example/help", 'href="https://turk.example/help"'),
        ("Ring Dora <7>.", "Ring Dora &lt;7&gt;."),
        ("javascript:alert(1)", "<p>javascript:alert(1)</p>"),
    ):
        person = Person(web(market, WebSettings(url=URL, contact=contact)))
        page = person.get("/forgot-password")
        assert "kempelen worker password" in page.text
        assert shown in page.text
        assert 'name="email"' not in page.text
        assert person.post("/forgot-password", {"email": bob.email}).status_code == 409
    assert market.perform(OPERATOR, deliveries.list_deliveries) == []
    silent = web(market, WebSettings(url=URL, contact="help@turk.example"))
    person = Person(silent)
    signs_in(person, bob.email, PASSWORD)
    assert 'action="/account/email"' not in person.get("/account").text
    assert "mailto:help@turk.example" in person.get("/account").text
    assert person.post("/account/email", {"email": "x@example.org", "password": PASSWORD}).status_code == 409


def test_guessers_do_not_lock_the_owners_browser_out(market: Market, bob: Person, nobody: Person, app: ASGIApp) -> None:
    owner = Person(app)
    assert signs_in(owner, bob.email, PASSWORD) == 303
    sign_out(owner)
    nobody.get("/sign-in")
    guess = {"email": bob.email, "password": "wrong"}
    assert [nobody.post("/sign-in", guess).status_code for _ in range(11)] == [403] * 10 + [429]
    assert signs_in(Person(app), bob.email, PASSWORD) == 429, "unknown browsers wait"
    assert signs_in(owner, bob.email, "a slip of the finger") == 403
    assert signs_in(owner, bob.email, PASSWORD) == 303
    owner.get("/account")
    change = {"current_password": PASSWORD, "new_password": NEW}
    assert owner.post("/account/password", change).status_code == 303


def test_a_known_browser_has_ten_tries_of_its_own(bob: Person, app: ASGIApp) -> None:
    thief, owner = Person(app), Person(app)
    for person in (thief, owner):
        signs_in(person, bob.email, PASSWORD)
        sign_out(person)
    assert [signs_in(thief, bob.email, "wrong") for _ in range(11)] == [403] * 10 + [429]
    assert TooManyTries.text in thief.post("/sign-in", {"email": bob.email, "password": PASSWORD}).text
    assert signs_in(owner, bob.email, PASSWORD) == 303


def test_a_browser_is_known_to_its_own_workers_only_and_by_our_signature(
    bob: Person, charlie: Person, app: ASGIApp
) -> None:
    charlies = Person(app)
    signs_in(charlies, charlie.email, PASSWORD)
    sign_out(charlies)
    forged = Person(app)
    forged.client.cookies.set("kempelen_browser_8900", "made-up." + "0" * 32, domain="kempelen.localhost", path="/")
    for person in (charlies, forged):
        assert [signs_in(person, bob.email, "wrong") for _ in range(5)] == [403] * 5
    assert signs_in(Person(app), bob.email, PASSWORD) == 429, "both were counted as strangers"


def test_several_workers_are_known_to_one_browser(market: Market, app: ASGIApp, password_hash: str) -> None:
    shared, people = Person(app), [Person.registered(market, app, f"Worker{n}", password_hash) for n in range(5)]
    for person in people:
        assert signs_in(shared, person.email, PASSWORD) == 303
        sign_out(shared)
    for person in people:
        assert [signs_in(Person(app), person.email, "wrong") for _ in range(10)] == [403] * 10
        assert signs_in(shared, person.email, PASSWORD) == 303
        sign_out(shared)


def test_who_resets_the_password_gets_in_while_others_guess(market: Market, bob: Person, app: ASGIApp) -> None:
    owner, guesser = Person(app), Person(app)
    assert [signs_in(guesser, bob.email, "wrong") for _ in range(11)][-1] == 429
    assert signs_in(owner, bob.email, PASSWORD) == 429
    ask(owner, bob.email)
    use(owner, mails(market)["PasswordReset"], new_password=NEW)
    assert signs_in(owner, bob.email, NEW) == 303


def test_an_address_is_changed_with_the_password_and_both_addresses(market: Market, bob: Person, app: ASGIApp) -> None:
    bob.get("/account")
    wrong = bob.post("/account/email", {"email": "bob@home.example", "password": "wrong"})
    assert (wrong.status_code, 'id="email_password-problem"' in wrong.text) == (422, True)
    no_address = bob.post("/account/email", {"email": "nowhere", "password": PASSWORD})
    assert (no_address.status_code, 'id="email-problem"' in no_address.text) == (422, True)
    asked = bob.follow(bob.post("/account/email", {"email": "bob@home.example", "password": PASSWORD})).text
    assert "We have sent a link to bob@home.example." in asked
    assert "Waiting for <strong>bob@home.example</strong>" in asked
    links = mails(market)
    assert set(links) == {"EmailConfirmation", "EmailNotice"}
    reader = Person(app)
    assert "Your e-mail address is now bob@home.example." in use(reader, links["EmailConfirmation"])
    assert bob.json("/account")["email"] == "bob@home.example"
    assert signs_in(reader, bob.email, PASSWORD) == 403
    assert signs_in(reader, "bob@home.example", PASSWORD) == 303


def test_the_old_address_cancels_or_takes_the_account_back(market: Market, bob: Person, app: ASGIApp) -> None:
    owner = Person(app)
    bob.get("/account")
    bob.post("/account/email", {"email": "thief@evil.example", "password": PASSWORD})
    first = mails(market)
    assert "cancelled" in use(owner, first["EmailNotice"])
    assert owner.get(first["EmailConfirmation"]).status_code == 410

    bob.post("/account/email", {"email": "thief@evil.example", "password": PASSWORD})
    second = mails(market)
    use(Person(app), second["EmailConfirmation"])
    page = use(owner, second["EmailNotice"])
    assert "Your old e-mail address is back" in page
    assert bob.get("/tasks").status_code == 303
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    owner.post("/reset-password", {"token": token[1], "new_password": NEW})
    assert signs_in(owner, bob.email, NEW) == 303


def test_a_program_is_told_that_these_pages_are_for_people(market: Market, bob: Person) -> None:
    program = Program(bob.app, bob.token(market))
    for path in ("/forgot-password", "/reset-password", "/confirm-email", "/undo-email", "/account/email",
                 "/account/sessions/end"):  # fmt: skip
        assert program.post(path, {"email": "x@example.org", "token": "x"}).json()["code"] == "NotAsJSON"
    assert market.perform(OPERATOR, deliveries.list_deliveries) == []


def test_a_worker_sees_where_they_are_signed_in_and_signs_others_out(market: Market, bob: Person, app: ASGIApp) -> None:
    phone, laptop = Person(app), Person(app)
    for person, agent in ((phone, "Mozilla/5.0 (Android 14) Firefox/130.0"), (laptop, "curl/8.0")):
        person.client.headers["user-agent"] = agent
        signs_in(person, bob.email, PASSWORD)
    page = bob.get("/account").text
    assert "Firefox, Android" in page
    assert "curl" in page
    sessions = market.perform(bob.worker_id, accounts.list_sessions, at=datetime.now(UTC))
    phones = next(one for one in sessions if "Android" in one.user_agent)
    told = bob.follow(bob.post("/account/sessions/end", {"session_id": phones.session_id})).text
    assert "1 session was signed out." in told
    assert [each.get("/tasks").status_code for each in (bob, phone, laptop)] == [200, 303, 200]
    bob.post("/account/sessions/end")
    assert [each.get("/tasks").status_code for each in (bob, laptop)] == [200, 303]


def test_a_change_of_password_asks_about_api_tokens_and_lists_their_use(market: Market, bob: Person) -> None:
    program = Program(bob.app, bob.token(market))
    page = bob.get("/account").text
    assert "never used" in page
    assert 'name="revoke_tokens"' in page
    assert program.get("/tasks").status_code == 200
    (listed,) = bob.json("/account")["tokens"]
    assert listed["last_used_at"]
    assert "never used" not in bob.get("/account").text
    bob.post("/account/password", {"current_password": PASSWORD, "new_password": NEW})
    assert program.get("/tasks").status_code == 200
    change = {"current_password": NEW, "new_password": PASSWORD, "revoke_tokens": "on"}
    assert "1 API token was revoked." in bob.follow(bob.post("/account/password", change)).text
    assert program.get("/tasks").status_code == 401


def test_a_second_click_on_sign_in_or_register_is_led_on(bob: Person, nobody: Person, app: ASGIApp) -> None:
    nobody.get("/sign-in")
    form = {"email": bob.email, "password": PASSWORD, "next": "/dashboard"}
    first, second = (nobody.post("/sign-in", form) for _ in range(2))
    assert [first.headers["location"], second.headers["location"]] == ["/dashboard"] * 2
    dora = Person(app)
    dora.get("/register")
    given = {"name": "Dora", "email": "dora@example.org", "password": "ten letters"}
    assert [dora.post("/register", given).headers["location"] for _ in range(2)] == ["/projects"] * 2
    assert "Dora" in dora.get("/account").text
    other = form | {"email": "dora@example.org"}
    assert nobody.post("/sign-in", other).status_code == 403, "somebody else's form"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36 Edg/120.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox, Linux"),
        ("python-httpx/0.27", "python-httpx"),
        ("", ""),
    ],
)  # fmt: skip
def test_browsers_are_named_in_two_words(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name
