"""Every page of the worker site, with something on it: for whoever must look at all of them.

    with running_site(study, password_hash, uploads) as place, furnished(place) as house:
        for view in VIEWS:
            house.show(page, view)

A `View` is one page as one person sees it in one state. Bob has worked for eight days; Dora has just come; somebody
who is not signed in is nobody. The pages that show tasks come also as the task alone. `crowd_gallery.py` has the same
for the crowd elements.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from kempelen.core.money import Money
from kempelen.core.rules.requirements import LOCALE, PERCENT_APPROVED
from kempelen.core.rules.verdicts import KNOWN_ANSWERS
from kempelen.core.wire.shapes import Locale, ParameterMapEntry, PolicyParameter, ReviewPolicy
from kempelen.demo import samples
from kempelen.market.foundation import deliveries, mail_contents
from kempelen.market.foundation.call import MARKET, OPERATOR
from kempelen.market.hits import listings, saved_searches
from kempelen.market.messaging import contacts, notifications
from kempelen.market.people import accounts, choices, recovery, worker_blocks
from kempelen.market.work import assignments, bonuses, work
from kempelen.web.app import ROUTES
from tests.market.qualifying import give, new_type, required, set_locale, take
from tests.market.test_qualification_requests import ask, reject, waiting
from tests.market.test_qualification_tests import KEY, TEST
from tests.market.work import DAYS, HOURS, MINUTES, new_hit, submit_answer
from tests.web import forms
from tests.web.people import PASSWORD
from tests.web.places import MUG, Place, external
from tests.web.test_task_hosts import question
from tests.web.test_uploads import upload

MASTERS = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüssel"
Deed = Callable[["House", Page], None]
# What of the addresses that answer a GET shows no page of its own: they lead elsewhere, or are files and streams.
NO_PAGES = {
    "/searches", "/searches/events", "/mturk/preview", "/mturk/findhits", "/mturk/findquals", "/uploads/{file_key}",
    "/qualifications.json", "/qualifications/assigned.json", "/qualifications/pending.json",
    "/dashboard/days.csv", "/dashboard/requesters.csv", "/dashboard/work.csv",
    "/contact", "/status/", "/smfw", "/worker/help",
}  # fmt: skip


def _nothing(house: House, page: Page) -> None:
    pass


@dataclass(frozen=True)
class View:
    """One page in one state; `{names}` in its path are those of `House.ids`. The deed leads to that state."""

    name: str
    path: str
    who: str = "bob"
    deed: Deed = _nothing
    status: int = 200
    language: str = "en"
    moves: bool = False  # for what nobody knows beforehand: ill luck, or the size of a Requester's picture


class House:
    """A furnished site: what is where, and who may enter."""

    def __init__(self, place: Place, ids: dict[str, str], sessions: dict[str, str]) -> None:
        self.place, self.ids, self.sessions = place, ids, sessions

    def show(self, page: Page, view: View) -> None:
        """Open a page as its person, and do there what leads to its state."""
        page.context.clear_cookies()
        if view.who:
            session = {
                "name": f"kempelen_session_{self.place.port}",
                "value": self.sessions[view.who],
                "url": self.place.url,
            }
            zone = {
                "name": f"kempelen_zone_{self.place.port}",
                "value": "UTC",
                "url": self.place.url,
            }  # told by the page before this one
            page.context.add_cookies([session, zone])  # type: ignore[list-item]
        page.set_extra_http_headers({"accept-language": view.language})
        answer = page.goto(self.place.url + view.path.format(**self.ids))
        assert answer
        assert answer.status == view.status, view.name
        view.deed(self, page)


# ---------------------------------------------------------------------------------------------- what Requesters made


def furnished(place: Place) -> House:
    """Put work of every kind on the site, let Bob do some of it, and tell where all of it is."""
    market, alice, bob = place.market, place.alice, place.bob
    hash_of_bob = market.perform(bob, accounts.get_own_sign_in).password_hash
    newcomer = {"name": "Dora", "email": "dora@example.org", "password_hash": hash_of_bob}
    dora = market.perform(OPERATOR, accounts.add_worker, **newcomer).worker_id
    market.perform(OPERATOR, set_locale, worker_id=bob, country="US", subdivision="WA")
    market.perform(bob, accounts.add_worker_token, worker_id=bob, name="The script on my laptop")
    market.perform(bob, accounts.add_worker_token, worker_id=bob, name="A phone")
    market.perform(bob, accounts.set_auto_accept, on=False)
    strict = market.perform(OPERATOR, accounts.add_requester, name="Strict Lab", email="s@example.org").requester_id
    market.perform(OPERATOR, accounts.deposit, requester_id=strict, amount=Money.parse("500.00"))

    ids = {"alice": alice, **_qualifications(place)}
    _work_of_days(place, strict, ids)
    _groups(place, strict, ids)
    _open_work(place, ids)
    for name, query, alerts in (("All of the mugs", "filters[search_term]=mug", True), ("Well paid", "sort=x", False)):
        market.perform(bob, saved_searches.save_search, name=name, query=query, alerts=alerts)
    market.perform(OPERATOR, recovery.request_password_reset, email="dora@example.org", at=datetime.now(UTC))
    market.perform(dora, recovery.request_email_change, email="dora@home.example", at=datetime.now(UTC))
    ids |= _links(place)
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    phone = {"at": datetime.now(UTC), "user_agent": "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Firefox/130.0"}
    market.perform(OPERATOR, accounts.start_session, worker_id=bob, **phone)
    given = {"at": datetime.now(UTC), "user_agent": agent}
    sessions = {
        name: market.perform(OPERATOR, accounts.start_session, worker_id=worker_id, **given).token
        for name, worker_id in (("bob", bob), ("dora", dora))
    }
    return House(place, ids, sessions)


def _links(place: Place) -> dict[str, str]:
    """What the links carry in the mails about Dora's account."""
    names = {"PasswordReset": "reset", "EmailConfirmation": "confirm_address", "EmailNotice": "undo_address"}
    found = {}
    for delivery in place.market.perform(OPERATOR, deliveries.list_deliveries, status="Waiting"):
        if delivery.kind in names:
            letter = place.market.perform(MARKET, mail_contents.get_letter, delivery_id=delivery.delivery_id)
            assert letter
            found[names[delivery.kind]] = letter.link_token
    return found


def _qualifications(place: Place) -> dict[str, str]:
    """Types that Bob holds, has lost, asked for, was refused, is tested for, and may ask for."""
    market, alice, bob = place.market, place.alice, place.bob
    told = {"description": "Ten questions about the shapes, glazes and handles of mugs.", "keywords": "mugs, pottery"}
    mugs = new_type(
        market, alice, "Knows mugs", test=TEST, answer_key=KEY, test_duration_in_seconds=600,
        retry_delay_in_seconds=2 * HOURS, **told,
    )  # fmt: skip
    dutch = new_type(market, alice, "Reads Dutch", retry_delay_in_seconds=3 * DAYS)
    refused = new_type(market, alice, "Transcribes medical records", description="By hand.")
    lost = new_type(market, alice, "Was awake")
    taking = new_type(market, alice, "A long test of timeout", test=TEST, test_duration_in_seconds=30 * DAYS)
    asked = new_type(market, alice, f"Spells {LONG_WORD}")
    new_type(market, alice, "Agrees to the terms", auto_granted=True)
    give(market, alice, lost, bob, 5)
    take(market, alice, lost, bob, "Three of your last ten answers came within a second.")
    give(market, alice, dutch, bob, 77)
    ask(market, bob, refused)
    (request,) = waiting(market, alice)
    reject(market, alice, request.qualification_request_id, reason="We have enough people for this. Do come back.")
    ask(market, bob, asked)
    test = ask(market, bob, taking)
    return {
        "mugs": mugs, "dutch": dutch, "refused": refused, "lost": lost, "taking": taking, "asked": asked,
        "test": test.request_id,
    }  # fmt: skip


def _work_of_days(place: Place, strict: str, ids: dict[str, str]) -> None:
    """Eight days of Bob's: approved, rejected, pending, with bonuses, by a policy."""
    market, alice, bob = place.market, place.alice, place.bob
    titles = ("Label a photograph of a mug", "Transcribe a receipt", "Which sentence sounds more natural?")
    for day in range(8):
        for number in range(1 + day * 5 % 4):
            who = strict if number == 2 else alice
            reward = Money.parse(f"0.{10 + 13 * day % 70}")
            work_id = _submitted(place, who, title=titles[(day + number) % 3], reward=reward)
            if day > 5:
                continue  # undecided
            market.clock.advance(seconds=40 * MINUTES)
            if number == 1 and day % 3 == 0:
                said = f"The photo shows a {LONG_WORD}, and you have called it a mug.\nPlease read the instructions."
                market.perform(who, assignments.reject_assignment, assignment_id=work_id, requester_feedback=said)
                ids["rejected"] = work_id
                asked = f"You say {LONG_WORD}.\nI saw a mug. What should I have called it?"
                words = {"subject": "Why was this rejected?", "text": asked, "shows_address": day > 0}
                market.perform(bob, contacts.contact_requester, assignment_id=work_id, **words)
            else:
                said = "Thank you, that was careful work." if number == 0 else None
                market.perform(who, assignments.approve_assignment, assignment_id=work_id, requester_feedback=said)
                ids.setdefault("approved", work_id)
            if day == 4:
                given = {"bonus_amount": Money.parse("0.50"), "reason": "For the fastest of all.", "worker_id": bob}
                market.perform(who, bonuses.send_bonus, assignment_id=work_id, **given)
        market.clock.advance(seconds=1 * DAYS)
    known = PolicyParameter(key="AnswerKey", map_entries=[ParameterMapEntry(key="colour", values=["blue"])])
    reject_below = PolicyParameter(key="RejectIfKnownAnswerScoreIsLessThan", values=["1"])
    _submitted(
        place, alice, title="Name the colour of a known mug",
        assignment_review_policy=ReviewPolicy(policy_name=KNOWN_ANSWERS, parameters=[known, reject_below]),
    )  # fmt: skip
    for subject, text in (
        ("Thank you", "Your labels of last week were the best we had.\n\nThere are more mugs to come on Thursday."),
        (f"About {LONG_WORD}", "Please write it as one word: " + LONG_WORD * 3),
    ):
        market.perform(alice, notifications.notify_workers, subject=subject, message_text=text, worker_ids=[bob])
        market.clock.advance(seconds=5 * MINUTES)
    delivery = market.perform(MARKET, deliveries.list_deliveries)[0]
    letter = market.perform(MARKET, mail_contents.get_letter, delivery_id=delivery.delivery_id)
    assert letter
    ids["stop"] = f"worker={letter.worker_id}&key={letter.stop_key}"
    ids["day"] = (market.clock.now()).date().isoformat()


def _submitted(place: Place, requester: str, **members: Any) -> str:
    """The id of work that Bob has handed in, ten minutes after he took it."""
    hit = new_hit(place.market, requester, description="Look closely, then answer.", **members)
    accepted = place.market.perform(place.bob, work.accept, group_id=hit.hit_group_id, hit_id=hit.hit_id)
    place.market.clock.advance(seconds=10 * MINUTES)
    answer = (
        '<QuestionFormAnswers xmlns="http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas/2005-10-01/'
        'QuestionFormAnswers.xsd"><Answer><QuestionIdentifier>colour</QuestionIdentifier><FreeText>red</FreeText>'
        "</Answer><Answer><QuestionIdentifier>what-else-there-is-to-say</QuestionIdentifier><FreeText>The handle is "
        f"on the left.\nThe label says {LONG_WORD}.</FreeText></Answer></QuestionFormAnswers>"
    )
    place.market.perform(place.bob, submit_answer, assignment_id=accepted.assignment_id, answer=answer)
    return accepted.assignment_id


def _groups(place: Place, strict: str, ids: dict[str, str]) -> None:
    """Groups that Bob finds: open to him or not, and of every kind of task."""
    market, alice = place.market, place.alice
    for sample in samples.samples(place.study):
        group = sample.group
        market.clock.advance(seconds=7)
        new_hit(
            market, alice, title=group.title, description=group.description, keywords=group.keywords,
            reward=Money.parse(group.reward), assignment_duration_in_seconds=group.minutes * MINUTES,
            question=sample.question,
        )  # fmt: skip
    everything = forms.EVERYTHING.replace(forms.PICTURE, f"{place.study}/mug.svg").replace(
        "</QuestionForm>",
        forms.question("photo", upload(), required="true", content="<Text>Show us your mug.</Text>")
        + "</QuestionForm>",
    )
    wanted = {
        "asking": [
            required(ids["mugs"], "GreaterThanOrEqualTo", 8),
            required(PERCENT_APPROVED, "GreaterThanOrEqualTo", 95),
            required(LOCALE, "In", Locale(country="US"), Locale(country="IN")),
        ],
        "masters": [required(MASTERS, "Exists", actions_guarded="PreviewAndAccept")],
        "dutch_only": [required(ids["dutch"], "Exists")],
    }
    titles = {"asking": "Label mugs of the last century", "masters": "For Masters", "dutch_only": "Oude kranten lezen"}
    for name, requirements in wanted.items():
        market.clock.advance(seconds=7)
        hit = new_hit(market, alice, title=titles[name], qualification_requirements=requirements)
        ids[name] = hit.hit_group_id
    ids["plain"] = place.hit(title=f"Name the colour of this mug, and {LONG_WORD}", max_assignments=9)
    ids["plain_hit"] = place.market.perform(place.bob, listings.get_preview, group_id=ids["plain"]).hit_id
    ids["external"] = place.external_hit()
    here = external(place.study.replace("localhost", urlsplit(place.url).hostname or ""))
    ids["at_home"] = new_hit(market, alice, question=here, title="At the site's own name").hit_group_id
    ids["form"] = new_hit(market, alice, title="A form", question=everything, max_assignments=9).hit_group_id
    ids["blocking"] = new_hit(market, strict, title="From a Requester who blocks you").hit_group_id
    market.perform(strict, worker_blocks.create_worker_block, worker_id=place.bob, reason="x")


def _open_work(place: Place, ids: dict[str, str]) -> None:
    """What is in Bob's queue, and what he gave back."""
    long = {"assignment_duration_in_seconds": 20 * DAYS, "lifetime_in_seconds": 30 * DAYS, "max_assignments": 9}
    everything = forms.EVERYTHING.replace(forms.PICTURE, f"{place.study}/mug.svg")
    pages = {
        "html": {"question": question(MUG), "title": "Say what this mug is like"},
        "fields": {"question": everything, "title": "Answer a few questions"},
        "soon": {"question": question(MUG), "assignment_duration_in_seconds": 4 * MINUTES},
        "hearing": {
            "question": question(MUG + "<script>navigator.mediaDevices.getUserMedia</script>"),
            "title": "Say a word",
        },
        "returned": {"question": question(MUG), "title": "Not for me"},
    }
    for name, members in pages.items():
        hit = new_hit(place.market, place.alice, **(long | members))
        accepted = place.market.perform(place.bob, work.accept, group_id=hit.hit_group_id)
        ids[name] = f"{accepted.hit_group_id}/tasks/{accepted.hit_id}?assignment_id={accepted.assignment_id}"
        ids[f"{name}_assignment"] = accepted.assignment_id
    returned = ids["returned_assignment"]
    place.market.perform(place.bob, work.return_assignment, assignment_id=returned)
    there = place.market.perform(place.bob, work.accept, group_id=ids["external"])
    ids["outside"] = f"{there.hit_group_id}/tasks/{there.hit_id}?assignment_id={there.assignment_id}"
    ids["empty"] = new_hit(place.market, place.alice, title="A HIT that somebody else has taken").hit_group_id
    place.market.perform(place.bob, work.accept, group_id=ids["empty"])


# ---------------------------------------------------------------------------------------------- what a visitor does


def _press(name: str) -> Deed:
    return lambda house, page: page.get_by_role("button", name=name).first.click()


def _open(summary: str) -> Deed:
    return lambda house, page: page.get_by_text(summary, exact=True).click()


def _task_alone(house: House, page: Page) -> None:
    src = page.locator("#task").get_attribute("src")
    assert src
    page.goto(src)


def _faulty_form(house: House, page: Page) -> None:
    _task_alone(house, page)
    page.get_by_role("button", name="Submit").click()
    page.get_by_label("Show us").set_input_files(
        {"name": "photograph of my mug from the holidays.png", "mimeType": "image/png", "buffer": b"a" * 5000}
    )


def _wrong_password(house: House, page: Page) -> None:
    page.get_by_label("E-mail address").fill("bob@example.org")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _short_password(house: House, page: Page) -> None:
    page.get_by_label("Name").fill("Dora")
    page.get_by_label("E-mail address").fill("dora@example.org")
    page.get_by_label("Password").fill("taken already")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _short_new_password(house: House, page: Page) -> None:
    page.locator("form.fields").evaluate("form => { form.noValidate = true; }")
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _new_token(house: House, page: Page) -> None:
    page.get_by_label("What is it for?").fill("A new program")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("status")).to_be_visible()


def _wrong_old_password(house: House, page: Page) -> None:
    page.get_by_label("Current password").fill("not it")
    page.get_by_label("New password").fill(PASSWORD * 2)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _all_goes_wrong(house: House, page: Page) -> None:
    """The two problems that a work page may show, which only time and luck bring about."""
    page.evaluate(
        """() => { document.getElementById("time-over").hidden = false;
        const problem = document.getElementById("work-problem"); problem.hidden = false;
        problem.querySelector("p").textContent = document.getElementById("answer").dataset.noConnection;
        problem.querySelector("button").hidden = false; }"""
    )


def _forged(house: House, page: Page) -> None:
    page.evaluate("document.querySelector('main input[name=authenticity_token]').value = 'x'")
    page.locator("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _hand_over(house: House, page: Page) -> None:
    page.wait_for_url("**/mturk/finish")


def _hear_of_new_work(house: House, page: Page) -> None:
    page.goto(house.place.url + "/projects?page_size=10")
    expect(page.locator("#alerts[data-heard]")).to_be_attached()
    house.place.market.clock.advance(seconds=1)
    house.place.hit(title="A mug that nobody has seen before")
    expect(page.locator("#alerts").get_by_role("article").first).to_be_visible()


def _compact(house: House, page: Page) -> None:
    page.get_by_role("button", name="Compact list").click()
    expect(page.locator("article.hit-line").first).to_be_visible()
    house.place.market.perform(house.place.bob, choices.set_compact_lists, on=False)


HANDED = "/mturk/externalSubmit?assignmentId={html_assignment}&colour=red&why=" + "because+" * 30
QUALIFICATION = "/qualifications/"

_STATES = (
    View("welcome", "/", ""),
    View("sign-in", "/sign-in", ""),
    View("sign-in-refused", "/sign-in", "", _wrong_password),
    View("forgotten-password", "/forgot-password", ""),
    View("new-password", "/reset-password?token={reset}", ""),
    View("new-password-refused", "/reset-password?token={reset}", "", _short_new_password),
    View("confirm-address", "/confirm-email?token={confirm_address}", ""),
    View("cancel-address", "/undo-email?token={undo_address}", ""),
    View("link-expired", "/reset-password?token=x", "", status=410),
    View("register", "/register", ""),
    View("register-refused", "/register", "", _short_password),
    View("stop-mails", "/messages/stop?{stop}", ""),
    View("stopped-mails", "/messages/stop?{stop}", "", _press("No more")),
    View("not-found-outside", "/nothing/here", "", status=404),
    View("submit-without-assignment", "/mturk/externalSubmit", "", status=422),
    View("submit-signed-out", HANDED, "", _hand_over),
    View("task-without-ticket", "/task/en/x", "", status=403),
    View("list", "/projects"),
    View("list-second-page", "/projects?page_size=10&page_number=2&sort=reward_desc"),
    View("list-past-its-end", "/projects?page_number=7"),
    View("list-nothing-found", "/projects?filters[search_term]=zebra"),
    View("list-keep-search", "/projects?page_size=10", deed=_open("Save search")),
    View("list-keys", "/projects?page_size=10", deed=_open("Keyboard shortcuts")),
    View("list-new-work", "/projects?page_size=10", deed=_hear_of_new_work),
    View("list-compact", "/projects?page_size=50", deed=_compact),
    View("requester", "/requesters/{alice}/projects?page_size=10"),
    View("preview", "/projects/{plain}/tasks"),
    View("preview-external", "/projects/{dutch_only}/tasks"),
    View("preview-not-shown", "/projects/{at_home}/tasks"),
    View("preview-form", "/projects/{form}/tasks"),
    View("preview-asking", "/projects/{asking}/tasks"),
    View("preview-barred", "/projects/{masters}/tasks"),
    View("preview-blocked", "/projects/{blocking}/tasks"),
    View("preview-none-left", "/projects/{empty}/tasks"),
    View("accept", "/projects/{plain}/tasks/accept_random?ask"),
    View("not-accepted", "/projects/{asking}/tasks/accept_random", status=422),
    View("not-accepted-blocked", "/projects/{blocking}/tasks/accept_random", status=422),
    View("work", "/projects/{html}"),
    View("work-details", "/projects/{html}", deed=_open("HIT details")),
    View("work-asking", "/projects/{hearing}"),
    View("work-form", "/projects/{fields}"),
    View("work-external", "/projects/{outside}"),
    View("work-in-trouble", "/projects/{html}", deed=_all_goes_wrong, moves=True),
    View("work-returned", "/projects/{returned}"),
    View("finish", HANDED, deed=_hand_over),
    View("task-form", "/projects/{fields}", deed=_task_alone, moves=True),
    View("task-form-preview", "/projects/{form}/tasks", deed=_task_alone, moves=True),
    View("queue", "/tasks"),
    View("dashboard", "/dashboard"),
    View("dashboard-rejected", "/dashboard?status=Rejected"),
    View("answer-approved", "/assignments/{approved}"),
    View("answer-rejected", "/assignments/{rejected}"),
    View("day", "/status_details/{day}"),
    View("qualifications", "/qualifications"),
    View("qualifications-held", "/qualifications/assigned"),
    View("qualifications-asked", "/qualifications/pending"),
    View("qualification", QUALIFICATION + "{mugs}"),
    View("qualification-held", QUALIFICATION + "{dutch}"),
    View("qualification-refused", QUALIFICATION + "{refused}"),
    View("qualification-lost", QUALIFICATION + "{lost}"),
    View("qualification-request", QUALIFICATION + "{mugs}/request"),
    View("qualification-waits", QUALIFICATION + "{asked}/request"),
    View("test", QUALIFICATION + "{taking}/requests/{test}"),
    View("test-alone", QUALIFICATION + "{taking}/requests/{test}", deed=_task_alone),
    View("messages", "/messages"),
    View("help", "/help"),
    View("messages-sent", "/messages/sent"),
    View("report", "/projects/{plain}/tasks/{plain_hit}/report"),
    View("contact", "/contact_requester/hit_type_messages/new?hit_type_message[hit_type_id]={plain}"),
    View(
        "contact-assignment", "/contact_requester/assignment_messages/new?assignment_message[assignment_id]={rejected}"
    ),
    View("account", "/account"),
    View("account-new-token", "/account", deed=_new_token),
    View("account-refused", "/account", deed=_wrong_old_password),
    View("account-delete", "/account/delete"),
    View("sign-out", "/signout"),
    View("forged", "/signout", deed=_forged),
    View("not-found", "/nothing/here", status=404),
    View("wrong-method", "/searches/delete", status=405),
    View("queue-empty", "/tasks", "dora"),
    View("dashboard-empty", "/dashboard", "dora"),
    View("qualifications-held-empty", "/qualifications/assigned", "dora"),
    View("qualifications-asked-empty", "/qualifications/pending", "dora"),
    View("messages-empty", "/messages", "dora"),
    View("account-of-a-newcomer", "/account", "dora"),
    View("german-welcome", "/", "", language="de"),
    View("german-list", "/projects?page_size=10", language="de"),
    View("german-preview", "/projects/{asking}/tasks", language="de"),
    View("german-work", "/projects/{html}", language="de"),
    View("german-queue", "/tasks", language="de"),
    View("german-dashboard", "/dashboard", language="de"),
    View("german-qualification", QUALIFICATION + "{mugs}/request", language="de"),
    View("german-messages", "/messages", language="de"),
    View("german-account", "/account", language="de"),
)
_NAMED = {view.path.partition("?")[0] for view in _STATES}
# A new page whose address has no variable part is shown without an entry of its own.
VIEWS = (
    *_STATES,
    *(
        View(path.strip("/").replace("/", "-"), path)
        for path, pages in ROUTES.items()
        if "GET" in pages and "{" not in path and path not in _NAMED | NO_PAGES
    ),
)
