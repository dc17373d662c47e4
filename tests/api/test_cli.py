"""The command line: what it prints, for people and for programs, and how it says that something is not so."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import kempelen
from kempelen import config, passwords
from kempelen.cli.main import main
from kempelen.core.money import Money
from kempelen.core.wire.refusals import InvalidField
from kempelen.market import deletion
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import SystemClock
from kempelen.market.messaging import reports
from kempelen.market.people import accounts
from kempelen.opening import open_market
from kempelen.store.open import open_database
from tests.market.test_uploads import taken, uploaded
from tests.market.work import new_hit


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durable_target: str) -> Path:
    """A data folder that every command finds by itself, on either database."""
    monkeypatch.setenv("KEMPELEN_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("KEMPELEN_DATABASE", raising=False)
    if durable_target.startswith("postgresql"):
        monkeypatch.setenv("KEMPELEN_DATABASE", durable_target)
    return tmp_path / "data"


def run(*arguments: str, exit_code: int = 0) -> str:
    """What a command prints on standard output."""
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == exit_code, done.output
    return done.stdout


def told(*arguments: str, exit_code: int = 0) -> dict:
    return json.loads(run(*arguments, "--json", exit_code=exit_code))


def refused(*arguments: str, exit_code: int = 1) -> str:
    """What a command that cannot be done says, which is one line and no traceback."""
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == exit_code, (done.output, done.exception)
    assert isinstance(done.exception, SystemExit)
    lines = done.stderr.strip().splitlines()
    if exit_code == 1:
        assert len(lines) == 1
    assert lines[-1].startswith("Error: ")
    return lines[-1]


def add_requester(name: str = "Lab", *more: str) -> dict:
    return told("requester", "add", name, "--email", "lab@example.org", *more)


def test_a_requester_gets_an_id_and_a_key_that_works(folder):
    made = add_requester("Lab", "--deposit", "500.00")
    assert set(made) == {"requester_id", "access_key_id", "secret_access_key"}
    market = open_market(config.read({}, _place(folder)))
    state = market.perform(OPERATOR, accounts.get_access_key, access_key_id=made["access_key_id"])
    market.close()
    assert state.secret_access_key == made["secret_access_key"]
    assert state.requester_id == made["requester_id"]
    (listed,) = told("requester", "list")["requesters"]
    assert (listed["name"], listed["available"], listed["on_hold"]) == ("Lab", "500.00", "0.00")


def test_people_read_the_same_in_words(folder):
    text = run("requester", "add", "Vision Lab", "--email", "v@example.org", "--deposit", "1.5")
    assert "Vision Lab" in text
    assert "1.50 available" in text
    assert "Secret access key" in text
    assert "Vision Lab <v@example.org>" in run("requester", "list")


def test_a_deposit_is_by_name_or_id(folder):
    made = add_requester()
    assert told("requester", "deposit", "Lab", "10.00")["available"] == "10.00"
    assert told("requester", "deposit", made["requester_id"], "0.50")["available"] == "10.50"
    assert "Lab now has 11.00 available" in run("requester", "deposit", "Lab", "0.50")


def test_a_name_that_two_have_is_not_guessed(folder):
    first, second = add_requester(), add_requester("Lab", "--same-name")
    text = refused("requester", "deposit", "Lab", "10.00")
    assert first["requester_id"] in text
    assert second["requester_id"] in text
    assert told("requester", "deposit", second["requester_id"], "10.00")["requester_id"] == second["requester_id"]


@pytest.mark.parametrize("name", ["Lab", "LAB", "  lab ", "Ｌａｂ"])
def test_a_name_that_another_requester_has_is_not_given_by_accident(folder, name):
    first = add_requester("Lab")
    text = refused("requester", "add", name, "--email", "other@example.org", "--deposit", "5.00")
    assert first["requester_id"] in text
    assert "--same-name" in text
    assert len(told("requester", "list")["requesters"]) == 1
    second = add_requester(name, "--same-name")["requester_id"]
    assert {first["requester_id"], second} == {each["requester_id"] for each in told("requester", "list")["requesters"]}
    assert second in run("requester", "list")


def test_a_requester_is_found_whatever_the_case_if_no_other_could_be_meant(folder):
    add_requester("Vision Lab")
    assert told("requester", "deposit", "vision lab", "1.00")["name"] == "Vision Lab"
    add_requester("vision lab", "--same-name")
    assert told("requester", "deposit", "vision lab", "1.00")["available"] == "1.00"
    assert "There are 2 Requesters called VISION LAB" in refused("requester", "deposit", "VISION LAB", "1.00")


def test_money_is_withdrawn_with_a_reason_and_never_more_than_is_available(folder):
    lab = add_requester("Lab", "--deposit", "10.00")["requester_id"]
    market = open_market(config.read({}, _place(folder)))
    new_hit(market, lab, max_assignments=1, reward=Money.parse("5.00"))  # holds 6.00
    market.close()
    assert "Missing option '--reason'" in refused("requester", "withdraw", "Lab", "1.00", exit_code=2)
    assert "Only 4.00 is available" in refused("requester", "withdraw", "Lab", "4.01", "--reason", "closing")
    assert "more than 0.00" in refused("requester", "withdraw", "Lab", "0.00", "--reason", "closing")
    assert "note" in refused("requester", "withdraw", "Lab", "1.00", "--reason", " ")
    left = told("requester", "withdraw", "Lab", "3.50", "--reason", "Invoice 12, cancelled")
    assert (left["available"], left["on_hold"]) == ("0.50", "6.00")
    assert "Lab now has 0.00 available and 6.00 on hold" in run("requester", "withdraw", lab, "0.50", "--reason", "b")
    paid = told("requester", "payments", "Lab")["payments"]
    assert [(each["kind"], each["amount"], each["note"]) for each in paid] == [
        ("Withdrawal", "0.50", "b"),
        ("Withdrawal", "3.50", "Invoice 12, cancelled"),
        ("Deposit", "10.00", ""),
    ]
    assert "Withdrawal          3.50  Invoice 12, cancelled" in run("requester", "payments", "Lab")
    assert len(told("requester", "payments", "Lab", "--limit", "1")["payments"]) == 1
    add_requester("Other")
    assert "has deposited nothing yet" in run("requester", "payments", "Other")
    audited = run("audit", "--kind", "Withdrawn").splitlines()
    assert len(audited) == 2
    assert "3.50" in audited[0]
    assert run("check") == "All checks passed.\n"


def test_two_withdrawals_at_once_do_not_take_the_same_money(folder):
    lab = add_requester("Lab", "--deposit", "10.00")["requester_id"]
    markets = [open_market(config.read({}, _place(folder))) for _ in range(2)]

    def withdraw(number: int) -> bool:
        about = {"requester_id": lab, "amount": Money.parse("3.00"), "note": "race"}
        try:
            markets[number % 2].perform(OPERATOR, accounts.withdraw, **about)
        except InvalidField:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(withdraw, range(8)))
    for market in markets:
        market.close()
    assert sum(done) == 3
    assert told("requester", "list")["requesters"][0]["available"] == "1.00"
    assert run("check") == "All checks passed.\n"


def test_a_requester_is_suspended_and_resumed(folder):
    add_requester()
    assert told("requester", "suspend", "Lab")["status"] == "Suspended"
    assert "is suspended" in run("requester", "suspend", "Lab")
    assert "Suspended" in run("requester", "list")
    assert told("requester", "resume", "Lab")["status"] == "Active"
    assert "is active" in run("requester", "resume", "Lab")
    kinds = [json.loads(line)["kind"] for line in run("audit", "--json").splitlines()]
    assert kinds[-2:] == ["RequesterSuspended", "RequesterActive"], "the second time changes nothing"
    assert "There is no Requester Nobody" in refused("requester", "suspend", "Nobody")


def test_a_forgotten_password_is_replaced_by_the_operator(folder):
    bob = told("worker", "add", "Bob", "--email", "bob@example.org")
    made_up = told("worker", "password", "bob@example.org")
    assert made_up["worker_id"] == bob["worker_id"]
    assert made_up["password"] != bob["password"]
    chosen = run("worker", "password", bob["worker_id"], "--password", "a mug of tea", "--revoke-tokens")
    assert "Password   a mug of tea" in chosen
    piped = CliRunner().invoke(
        main, ["worker", "password", bob["worker_id"], "--password", "-"], input="by standard in\n"
    )
    assert "Password   by standard in" in piped.stdout
    market = open_market(config.read({}, _place(folder)))
    known = market.perform(OPERATOR, accounts.get_sign_in, email="bob@example.org")
    tokens = market.perform(bob["worker_id"], accounts.list_worker_tokens)
    market.close()
    assert passwords.matches(known.password_hash, "by standard in")
    assert tokens == []
    assert "A password has 10 to 200" in refused("worker", "password", "bob@example.org", "--password", "short")
    assert "There is no Worker A0NOBODY" in refused("worker", "password", "A0NOBODY")


def test_a_workers_address_is_changed_by_the_operator(folder):
    bob = told("worker", "add", "Bob", "--email", "bob@example.org")["worker_id"]
    told("worker", "add", "Eve", "--email", "eve@example.org")
    assert told("worker", "email", "bob@example.org", "Bob@Home.example")["email"] == "bob@home.example"
    assert "bob2@home.example" in run("worker", "email", bob, "bob2@home.example")
    assert "already" in refused("worker", "email", bob, "eve@example.org")
    assert "does not look like" in refused("worker", "email", bob, "nowhere")


def test_a_worker_is_suspended_and_resumed_by_id_or_address(folder):
    bob = told("worker", "add", "Bob", "--email", "bob@example.org")
    assert told("worker", "suspend", "bob@example.org") == {
        "worker_id": bob["worker_id"],
        "name": "Bob",
        "email": "bob@example.org",
        "status": "Suspended",
    }
    assert "is suspended" in run("worker", "suspend", bob["worker_id"])
    assert "Suspended" in run("worker", "list")
    assert told("worker", "resume", bob["worker_id"])["status"] == "Active"
    kinds = [json.loads(line)["kind"] for line in run("audit", "--json").splitlines()]
    assert kinds == ["WorkerAdded", "WorkerSuspended", "WorkerActive"]
    assert "There is no Worker A0NOBODY" in refused("worker", "suspend", "A0NOBODY")
    assert "No Worker has the e-mail address" in refused("worker", "resume", "eve@example.org")
    market = open_market(config.read({}, _place(folder)))
    market.perform(bob["worker_id"], deletion.delete_account)
    market.close()
    assert "has deleted their account" in refused("worker", "resume", bob["worker_id"])


def test_nobody_is_named_and_those_there_are_told(folder):
    add_requester()
    assert refused("requester", "keys", "Lav") == "Error: There is no Requester Lav. There are: Lab."


def test_keys_are_listed_made_and_revoked(folder):
    first = add_requester()
    second = told("requester", "keys", "Lab", "--new")
    assert second["requester_id"] == first["requester_id"]
    assert second["secret_access_key"] != first["secret_access_key"]
    listed = told("requester", "keys", "Lab", "--revoke", first["access_key_id"])["access_keys"]
    assert [(key["access_key_id"], key["status"]) for key in listed] == [
        (first["access_key_id"], "Revoked"),
        (second["access_key_id"], "Active"),
    ]
    assert "secret" not in json.dumps(listed)
    assert "There is no active access key" in refused("requester", "keys", "Lab", "--revoke", first["access_key_id"])
    add_requester("Other")
    assert "has no access key" in refused("requester", "keys", "Other", "--revoke", second["access_key_id"])
    assert first["access_key_id"] in run("requester", "keys", "Lab")


def test_a_layout_is_added_from_a_file_listed_and_shown(folder, tmp_path):
    requester_id = add_requester()["requester_id"]
    page = tmp_path / "mugs.html"
    page.write_text("\ufeff<form>${image url} ${what}</form>", encoding="utf-8")
    made = told("layout", "add", str(page), "--requester", "Lab", "--frame-height", "450")
    assert made == {
        "hit_layout_id": made["hit_layout_id"],
        "requester_id": requester_id,
        "name": "mugs",
        "variables": ["image url", "what"],
        "frame_height": 450,
        "created_at": made["created_at"],
    }
    assert told("layout", "list") == told("layout", "list", "--requester", requester_id) == {"layouts": [made]}
    shown = told("layout", "show", made["hit_layout_id"])
    assert shown == made | {"html": "<form>${image url} ${what}</form>"}
    text = run("layout", "show", made["hit_layout_id"])
    assert "image url, what" in text
    assert text.endswith("\n\n<form>${image url} ${what}</form>\n")
    add_requester("Other")
    assert "There are no layouts yet" in run("layout", "list", "--requester", "Other")
    assert "(image url, what)" in run("layout", "list")
    assert "Variables  image url, what" in run("layout", "add", str(page), "--requester", "Lab", "--name", "Mugs")


def test_reports_of_workers_are_told_with_their_words(folder):
    add_requester("Other")
    assert "There are no open reports." in run("report", "list")
    assert "There are no reports." in run("report", "list", "--all")
    lab = add_requester("Lab", "--deposit", "5.00")["requester_id"]
    bob = told("worker", "add", "Bob", "--email", "bob@example.org")["worker_id"]
    market = open_market(config.read({}, _place(folder)))
    hit = new_hit(market, lab)
    about = {"group_id": hit.hit_group_id, "hit_id": hit.hit_id}
    market.perform(bob, reports.report_hit, **about, reason="Broken", text="No picture.\nNo sound.")
    market.close()
    (one,) = told("report", "list", "--requester", "Lab")["reports"]
    assert (one["hit_id"], one["worker_id"], one["reason"]) == (hit.hit_id, bob, "Broken")
    assert told("report", "list", "--requester", "Other") == {"reports": []}
    assert "\n    No picture.\n    No sound.\n" in run("report", "list")
    assert one["report_id"] in run("report", "list")


def test_no_words_of_a_stranger_steer_the_terminal(folder):
    lab = add_requester("Lab", "--deposit", "5.00")["requester_id"]
    bob = told("worker", "add", "Bob", "--email", "bob@example.org")["worker_id"]
    hostile = "\x1b]0;owned\x07\x9b2J\u202etxt.exe"
    market = open_market(config.read({}, _place(folder)))
    hit = new_hit(market, lab)
    about = {"group_id": hit.hit_group_id, "hit_id": hit.hit_id}
    market.perform(bob, reports.report_hit, **about, reason="Broken", text=hostile)
    with market.database.writing() as db:  # as an older version took it
        db.run("UPDATE hit_type SET title = :title", title=f"a\n{hostile}")
        db.run("UPDATE requester SET name = :name", name=hostile)
    market.close()
    harmless = "\\u001b]0;owned\\u0007\\u009b2J\\u202etxt.exe"
    for command in (["report", "list"], ["requester", "list"], ["report", "list", "--json"], ["audit"]):
        shown = run(*command)
        assert not set("\x1b\x07\x9b\u202e") & set(shown), command
        assert "audit" in command or harmless in shown
    assert f"“a\\u000a{harmless}”" in run("report", "list")
    assert told("report", "list")["reports"][0]["text"] == hostile
    assert told("requester", "list")["requesters"][0]["name"] == hostile
    assert f"There are: {harmless}" in refused("layout", "list", "--requester", "Nobody")


def test_a_report_is_resolved_with_a_note_and_open_again_when_it_is_made_again(folder):
    lab = add_requester("Lab", "--deposit", "5.00")["requester_id"]
    bob = told("worker", "add", "Bob", "--email", "bob@example.org")["worker_id"]
    market = open_market(config.read({}, _place(folder)))
    hit = new_hit(market, lab)
    about = {"group_id": hit.hit_group_id, "hit_id": hit.hit_id}
    market.perform(bob, reports.report_hit, **about, reason="Broken", text="No picture.")
    (one,) = told("report", "list")["reports"]
    assert (one["resolved_at"], one["note"]) == (None, "")
    assert "Missing option '--note'" in refused("report", "resolve", one["report_id"], exit_code=2)
    assert "There is no report" in refused("report", "resolve", "3NONE", "--note", "Done.")
    assert "note" in refused("report", "resolve", one["report_id"], "--note", " ")
    resolved = told("report", "resolve", one["report_id"], "--note", "Lab has mended it.")
    assert (resolved["report_id"], resolved["note"]) == (one["report_id"], "Lab has mended it.")
    assert resolved["resolved_at"]
    assert told("report", "list") == {"reports": []}
    assert "There are no open reports." in run("report", "list")
    assert told("report", "list", "--all") == {"reports": [resolved]}
    assert "Lab has mended it." in run("report", "list", "--all")
    assert "is resolved" in run("report", "resolve", one["report_id"], "--note", "Again.")
    assert json.loads(run("audit", "--json", "--kind", "ReportResolved").splitlines()[0])["hit_id"] == hit.hit_id
    market.perform(bob, reports.report_hit, **about, reason="Broken", text="Still none.")
    market.close()
    (again,) = told("report", "list")["reports"]
    assert (again["report_id"], again["text"], again["note"]) == (one["report_id"], "Still none.", "")


def test_an_audit_is_one_event_a_line(folder):
    lab, other = add_requester("Lab", "--deposit", "500.00"), add_requester("Other")
    told_lines = [json.loads(line) for line in run("audit", "--json", "--requester", "Lab").splitlines()]
    assert {event["kind"] for event in told_lines} == {"RequesterAdded", "AccessKeyAdded", "Deposited"}
    assert {event["requester_id"] for event in told_lines} == {lab["requester_id"]}
    (deposited,) = [event for event in told_lines if event["kind"] == "Deposited"]
    assert (deposited["actor"], deposited["amount"]) == ("OPERATOR", "500.00")
    assert deposited["happened_at"].endswith("Z")
    added = run("audit", "--kind", "RequesterAdded").splitlines()
    assert len(added) == 2
    assert other["requester_id"] in added[1]
    assert run("audit", "--kind", "RequesterAdded", "--limit", "1").splitlines() == added[:1]
    assert run("audit", "--until", deposited["happened_at"][:10]) == ""
    assert len(run("audit", "--since", deposited["happened_at"][:10]).splitlines()) == len(run("audit").splitlines())


def test_an_audit_of_many_pages_is_whole(folder, monkeypatch):
    add_requester("Lab", "--deposit", "500.00")
    whole = run("audit", "--json")
    monkeypatch.setattr("kempelen.cli.audit.AT_ONCE", 2)
    assert run("audit", "--json") == whole
    assert run("audit", "--json", "--limit", "3").splitlines() == whole.splitlines()[:3]


def test_an_audit_of_nobody_or_of_no_time_is_refused(folder):
    add_requester()
    assert "There is no Requester Lav" in refused("audit", "--requester", "Lav")
    assert "is no date or time" in refused("audit", "--since", "yesterday", exit_code=2)


def test_an_audit_of_an_unknown_kind_tells_which_there_are(folder):
    add_requester()
    told_so = refused("audit", "--kind", "Bogus", exit_code=2)
    assert "'Bogus' is no kind of event. There are: AccessKeyAdded, AccessKeyRevoked" in told_so
    assert "Did you mean AssignmentApproved?" in refused("audit", "--kind", "assignmentApproved", exit_code=2)
    assert run("audit", "--kind", "HITDisposed") == ""


def test_what_cannot_be_a_layout_is_refused_in_a_line(folder, tmp_path):
    add_requester()
    page = tmp_path / "page.html"
    page.write_bytes(b"<form>\xff</form>")
    assert "is not a text in UTF-8" in refused("layout", "add", str(page), "--requester", "Lab")
    page.write_bytes(b"")
    assert "must have some HTML" in refused("layout", "add", str(page), "--requester", "Lab")
    assert "There is no Requester Lav" in refused("layout", "add", str(page), "--requester", "Lav")
    assert refused("layout", "show", "3NONE") == "Error: HITLayout 3NONE does not exist."


def test_a_worker_gets_a_password_and_a_token_that_work(folder):
    made = told("worker", "add", "Bob", "--email", "Bob@Example.org")
    chosen = told("worker", "add", "Eve", "--email", "eve@example.org", "--password", "correct horse", "--id", "A1EVE")
    assert set(made) == {"worker_id", "password", "token"}
    assert (chosen["worker_id"], chosen["password"]) == ("A1EVE", "correct horse")
    market = open_market(config.read({}, _place(folder)))
    for email, one in (("bob@example.org", made), ("eve@example.org", chosen)):
        sign_in = market.perform(OPERATOR, accounts.get_sign_in, email=email)
        assert passwords.matches(sign_in.password_hash, one["password"])
        assert not passwords.matches(sign_in.password_hash, "guessed")
        assert market.perform(OPERATOR, accounts.get_token_bearer, token=one["token"]).worker_id == one["worker_id"]
    market.close()
    assert [worker["name"] for worker in told("worker", "list")["workers"]] == ["Bob", "Eve"]
    assert "Password" in run("worker", "add", "Dora", "--email", "dora@example.org")


def test_an_invitation_is_a_link_to_the_site(folder):
    link = told("worker", "invite", "new@example.org", "--url", "https://turk.example.org")["link"]
    assert link.startswith("https://turk.example.org/register?invitation=")
    market = open_market(config.read({}, _place(folder)))
    token = link.partition("=")[2]
    assert market.perform(OPERATOR, accounts.get_invitation, token=token, at=SystemClock().now()) == "new@example.org"
    market.close()
    assert run("worker", "invite", "new@example.org").startswith("http://kempelen.localhost:8900/register?invitation=")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "exit_code", "text"),
    [
        (["requester", "add", "Lab", "--email", "nowhere"], 1, "does not look like an e-mail address"),
        (["requester", "add", " ", "--email", "a@example.org"], 1, "A name has 1 to 100"),
        (["requester", "add", "Lab", "--email", "a@example.org", "--deposit", "0.00"], 1, "must be more than 0.00"),
        (["requester", "add", "Lab", "--email", "a@example.org", "--deposit", "0.005"], 2, "amount of dollars"),
        (["requester", "add", "Lab"], 2, "--email"),
        (["worker", "add", "Bob", "--email", "b@example.org", "--password", "a"], 1, "A password has 10 to 200"),
        (["worker", "add", "Bob", "--email", "b@example.org", "--id", "B1"], 1, "A WorkerId is the letter A"),
        (["sing"], 2, "No such command"),
        (["serve", "--port", "many"], 2, "--port must be a whole number"),
        (["serve", "--clock", "cuckoo"], 2, "--clock must be system or manual"),
        (["serve", "--url", "turk.example.org"], 2, "--url"),
        (
            ["serve", "--port", "0", "--url", "https://a.example.org", "--tasks-url", "https://*.example.org"],
            2,
            "share",
        ),
        (["serve", "--host", "192.0.2.1"], 1, "Cannot listen at 192.0.2.1"),
        (["serve", "--port", "99999"], 1, "Cannot listen"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(folder, arguments, exit_code, text):
    assert text in refused(*arguments, exit_code=exit_code)


def test_a_repeated_worker_is_refused_and_nothing_is_left_of_it(folder):
    told("worker", "add", "Bob", "--email", "bob@example.org")
    assert "already" in refused("worker", "add", "Rob", "--email", "bob@example.org")
    assert len(told("worker", "list")["workers"]) == 1


def test_a_command_that_only_looks_makes_no_marketplace(tmp_path, monkeypatch):
    monkeypatch.delenv("KEMPELEN_DATABASE", raising=False)
    for arguments in (["check"], ["backup", str(tmp_path / "copy")], ["requester", "list"], ["worker", "list"]):
        text = refused(*arguments, "--data", str(tmp_path / "nothing"))
        assert "There is no marketplace in" in text
    assert not (tmp_path / "nothing").exists()


def test_a_setting_that_is_wrong_is_named(folder, monkeypatch):
    monkeypatch.setenv("KEMPELEN_FEE_PERCENT", "twenty")
    assert refused("requester", "list", exit_code=2).startswith("Error: KEMPELEN_FEE_PERCENT must be a whole number")


def test_the_wrong_key_is_noticed(folder, monkeypatch):
    add_requester()
    monkeypatch.setenv("KEMPELEN_SECRET_KEY", "00" * 32)
    assert "sealed with another secret key" in refused("requester", "list")
    monkeypatch.setenv("KEMPELEN_SECRET_KEY", "00")
    assert "64 hexadecimal digits" in refused("requester", "list")
    monkeypatch.delenv("KEMPELEN_SECRET_KEY")
    (folder / "key").rename(folder / "key-elsewhere")
    assert "KEMPELEN_SECRET_KEY" in refused("requester", "list", exit_code=2)
    assert not (folder / "key").exists(), "no other key was made in its place"
    monkeypatch.setenv("KEMPELEN_SECRET_KEY_FILE", str(folder / "key-elsewhere"))
    assert told("requester", "list")["requesters"]


def test_secrets_are_for_their_owner_alone(folder):
    add_requester()
    assert stat.S_IMODE((folder / "key").stat().st_mode) == 0o600


def test_commands_go_by_the_world_a_database_was_created_in(folder, monkeypatch):
    monkeypatch.setenv("KEMPELEN_SANDBOX", "yes")
    add_requester()
    monkeypatch.delenv("KEMPELEN_SANDBOX")
    assert told("requester", "deposit", "Lab", "1.00")["available"] == "1.00"
    text = refused("serve", "--port", "0")
    assert "created as sandbox and stays so; it cannot be opened as live. Add --sandbox" in text


@pytest.mark.parametrize(
    "first",
    [
        ("requester", "add", "Lab", "--email", "lab@example.org"),
        ("worker", "add", "Bob", "--email", "bob@example.org"),
        ("worker", "invite", "bob@example.org"),
    ],
    ids=" ".join,
)
def test_each_command_that_may_be_the_first_can_create_a_sandbox(folder, first):
    run(*first, "--sandbox")
    assert _world(folder) == "sandbox"
    assert "--sandbox" in refused("serve", "--port", "0")
    add_requester("Other", "--sandbox")
    add_requester("Third")
    assert "created as sandbox" in refused("worker", "invite", "eve@example.org", "--no-sandbox")


def test_a_marketplace_created_as_live_says_how_to_create_a_sandbox(folder):
    add_requester()
    for command in (("serve", "--port", "0"), ("requester", "add", "Two", "--email", "two@example.org")):
        text = refused(*command, "--sandbox")
        assert "created as live and stays so" in text
        assert "give --sandbox to the first command there" in text
    assert _world(folder) == "live"
    assert len(told("requester", "list")["requesters"]) == 1


@pytest.mark.parametrize("command", ["check", "requester list", "worker list", "layout list", "report list", "audit"])
def test_a_command_that_looks_creates_no_marketplace(folder, durable_target, command):
    assert "There is no marketplace in" in refused(*command.split())
    assert not folder.exists() or not list(folder.iterdir())
    if durable_target.startswith("postgresql"):
        database = open_database(durable_target)
        with database.reading() as db:
            assert not database.tables(db)
        database.close()


def test_a_server_does_not_start_without_the_folder_of_files_that_there_are(folder):
    lab = add_requester("Lab", "--deposit", "5.00")["requester_id"]
    bob = told("worker", "add", "Bob", "--email", "bob@example.org")["worker_id"]
    market = open_market(config.read({}, _place(folder)))
    uploaded(market, bob, taken(market, lab, bob))
    market.close()
    text = refused("serve", "--port", "0")
    assert "names 1 uploaded files, and there is no folder" in text
    assert str(folder / "uploads") in text
    (problem,) = told("check", exit_code=1)["problems"]
    assert "it is not there" in problem
    done = CliRunner().invoke(main, ("backup", str(folder.parent / "copy"), "--json"))
    assert json.loads(done.stdout)["missing_files"] == 1
    assert done.stderr.startswith("Warning: 1 uploaded files are missing or cut off, and not in the copy;")


def _world(folder):
    market = open_market(config.read({}, _place(folder)))
    market.close()
    return "sandbox" if market.rules.sandbox else "live"


def test_a_backup_is_whole_and_never_written_over(folder, tmp_path, monkeypatch, database_kind):
    add_requester()
    copy = tmp_path / "copy"
    path = Path(told("backup", str(copy))["backup"])
    assert path.stat().st_size > 0
    assert path.parent == copy
    assert not list(copy.glob("*key*"))
    assert refused("backup", str(copy))
    assert "keep the key apart" in run("backup", str(tmp_path / "second"))
    if database_kind == "sqlite":
        monkeypatch.setenv("KEMPELEN_DATA", str(copy))
        monkeypatch.setenv("KEMPELEN_SECRET_KEY_FILE", str(folder / "key"))
        assert [each["name"] for each in told("requester", "list")["requesters"]] == ["Lab"]


def test_check_says_that_all_is_true_or_names_what_is_not(folder):
    made = add_requester("Lab", "--deposit", "5.00")
    assert told("check") == {"ok": True, "problems": []}
    assert run("check") == "All checks passed.\n"
    market = open_market(config.read({}, _place(folder)))
    with market.database.writing() as db:
        db.run("UPDATE account SET balance_micros = 6000000 WHERE kind = 'available'")
    market.close()
    found = told("check", exit_code=1)
    assert found["ok"] is False
    assert any(made["requester_id"] in problem and "6.00" in problem for problem in found["problems"])
    assert "problems found." in run("check", exit_code=1)


def test_help_tells_every_command_and_every_flag():
    assert kempelen.__version__ in run("--version")
    for command in ("demo", "serve", "requester", "worker", "check", "backup"):
        assert command in run("--help")
        assert run(command, "--help")
    text = run("serve", "--help")
    for setting in config.table():
        assert (setting.variable in text) == setting.has_flag


def _place(folder: Path) -> dict[str, str | bool | None]:
    import os

    return {"data": str(folder), "database": os.environ.get("KEMPELEN_DATABASE")}


def _every_command(command: click.Command = main, path: tuple[str, ...] = ()) -> dict[str, click.Command]:
    found = {" ".join(path): command}
    for name, each in getattr(command, "commands", {}).items():
        found |= _every_command(each, (*path, name))
    return found


@pytest.mark.parametrize("path", list(_every_command()))
def test_the_help_of_every_command_is_of_whole_sentences(path):
    command = _every_command()[path]
    text = CliRunner().invoke(main, [*path.split(), "--help"], terminal_width=80).stdout
    assert "..." not in text.replace("[ARGS]...", "").replace("[ID]...", "")
    summary = command.help.partition("\n")[0]
    assert summary.endswith(".")
    for option in command.params:
        if isinstance(option, click.Option) and option.name != "help":
            sentences = option.help.partition("  [")[0]
            assert sentences.endswith("."), option.name
            assert sentences[0].isupper(), option.name
            assert "?" not in sentences, option.name


def test_the_many_options_of_serve_are_in_groups():
    text = run("serve", "--help")
    headings = [line for line in text.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings == [*(f"{name}:" for name in dict.fromkeys(each.group for each in config.table())), "Options:"]
    assert text.index("--mail-host") > text.index("Mail and notifications:") > text.index("--site-name")
