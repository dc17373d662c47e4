"""`kempelen qualification …`: what the people who run the marketplace see, grant, revoke, import and sell."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kempelen.cli.frame import opened_market
from kempelen.cli.main import main
from kempelen.core.money import Money
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.people import enrolment, worker_blocks
from tests.api.test_cli import add_requester, folder, refused, run, told
from tests.market.conftest import new_worker
from tests.market.qualifying import new_type, required
from tests.market.work import new_hit

__all__ = ["folder"]

pytestmark = pytest.mark.slow

MASTERS = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
ADULT = "00000000000000000060"
LOCALE = "00000000000000000071"
PERCENT = "000000000000000000L0"


@pytest.fixture
def people(folder: Path) -> dict[str, str]:
    """The ids of Bob and Charlie, of the Requester Lab, and of its type "Reads Dutch"."""
    return in_market(_people, may_be_new=True)


def in_market(act, *arguments, may_be_new=False):
    """What a function does with the market itself."""
    with opened_market({}, may_be_new=may_be_new) as market:
        return act(market, *arguments)


def _people(market):
    lab, _ = market.perform(
        OPERATOR, enrolment.enrol_requester, name="Lab", email="lab@example.org", amount=Money.parse("100")
    )
    workers = {name: new_worker(market, name) for name in ("bob", "charlie")}
    return {"lab": lab.requester_id, "dutch": new_type(market, lab.requester_id, "Reads Dutch"), **workers}


def _new_hit(market, requester, type_id):
    new_hit(market, requester, qualification_requirements=[required(type_id, "EqualTo", 1)])


def holders(type_name: str) -> list[tuple[str, str, int]]:
    workers = told("qualification", "show", type_name)["workers"]
    return sorted((each["worker_id"], each["status"], each["value"]) for each in workers)


def outcome(*, not_read: tuple[str, ...] = (), **changed: int) -> dict:
    nothing = {"granted": 0, "revoked": 0, "unchanged": 0, "blocked": 0, "unblocked": 0}
    return nothing | changed | {"columns_not_read": list(not_read)}


def roster(folder: Path, text: str) -> str:
    path = folder.parent / "workers.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


# ---------------------------------------------------------------------------------------------- one by one


def test_types_are_listed_the_built_in_ones_first(people):
    listed = told("qualification", "list")["qualification_types"]
    assert [each["name"] for each in listed if each["requester_id"]] == ["Reads Dutch"]
    assert listed[-1]["requester_name"] == "Lab"
    assert {MASTERS, ADULT, PERCENT} < {each["qualification_type_id"] for each in listed}
    assert (listed[-1]["holders"], listed[-1]["price"], listed[-1]["status"]) == (0, "0.00", "Active")
    assert "Reads Dutch (Lab)" in run("qualification", "list")


def test_a_built_in_type_is_listed_and_called_by_what_workers_read_too(people):
    shown = {each["name"]: each["shown_as"] for each in told("qualification", "list")["qualification_types"]}
    assert (shown["Worker_Adult"], shown["Reads Dutch"]) == ("Adult Content Qualification", "Reads Dutch")
    assert "Worker_Adult, to Workers 'Adult Content Qualification' (built in)" in run("qualification", "list")
    told("qualification", "grant", "Adult Content Qualification", people["bob"])
    for type_name in ("Worker_Adult", "Adult Content Qualification", ADULT):
        assert holders(type_name) == [(people["bob"], "Granted", 1)]
    own = in_market(new_type, people["lab"], "Location")
    text = refused("qualification", "show", "Location")
    assert f"There are 2 qualification types called Location; say which by id: {LOCALE} (built in), {own} (Lab)" in text


@pytest.mark.parametrize("type_name", [MASTERS, "Masters", "Reads Dutch"])
def test_a_score_is_granted_changed_and_revoked(people, type_name):
    assert told("qualification", "grant", type_name, people["bob"])["value"] == 1
    assert told("qualification", "grant", type_name, "bob@example.org", "--value", "7")["worker_id"] == people["bob"]
    assert holders(type_name) == [(people["bob"], "Granted", 7)]
    assert "no longer holds" in run("qualification", "revoke", type_name, people["bob"], "--reason", "Too long ago")
    assert holders(type_name) == [(people["bob"], "Revoked", 7)]
    assert "does not hold" in refused("qualification", "revoke", type_name, people["bob"])
    assert people["bob"] in run("qualification", "show", type_name)


def test_what_cannot_be_granted_is_said_in_one_line(people):
    assert "follows from the Worker's account and history" in refused("qualification", "grant", PERCENT, people["bob"])
    assert "range from 0 to 1" in refused("qualification", "grant", ADULT, people["bob"], "--value", "2")
    assert "There is no Worker A0NOBODY" in refused("qualification", "grant", MASTERS, "A0NOBODY")
    assert "No Worker has the e-mail address" in refused("qualification", "grant", MASTERS, "eve@example.org")
    text = refused("qualification", "grant", "Reads Duch", people["bob"])
    assert text.startswith("Error: There is no qualification type Reads Duch. There are: ")
    refused("qualification", "revoke", MASTERS, people["bob"], "--reason", "x" * 1025, exit_code=2)


def test_a_name_that_two_types_have_is_not_guessed(people):
    other = add_requester("Other")["requester_id"]
    second = in_market(new_type, other, "Reads Dutch")
    text = refused("qualification", "grant", "Reads Dutch", people["bob"])
    assert f"{people['dutch']} (Lab)" in text
    assert f"{second} (Other)" in text
    told("qualification", "grant", second, people["bob"])
    assert holders(people["dutch"]) == []


# ---------------------------------------------------------------------------------------------- many at once


def test_a_file_is_taken_whole_and_taking_it_again_changes_nothing(people, folder):
    bob, charlie = people["bob"], people["charlie"]
    path = roster(
        folder, f"WorkerId,Value,Type\n{bob},5,Reads Dutch\n{charlie},,Masters\n\n{charlie},100.0,Reads Dutch\n"
    )
    assert told("qualification", "import", path) == outcome(granted=3)
    assert holders("Reads Dutch") == sorted([(bob, "Granted", 5), (charlie, "Granted", 100)])
    assert holders("Masters") == [(charlie, "Granted", 1)]
    before = told("qualification", "show", "Reads Dutch")
    assert told("qualification", "import", path) == outcome(unchanged=3)
    assert told("qualification", "show", "Reads Dutch") == before
    path = roster(folder, f"worker_id,score\n{bob},Revoke\n{charlie},6\n")
    assert run("qualification", "import", path, "--type", "Reads Dutch") == (
        "1 granted, 1 revoked, 0 were so already\n"
    )
    assert holders("Reads Dutch") == sorted([(bob, "Revoked", 5), (charlie, "Granted", 6)])
    assert told("qualification", "import", path, "--type", "Reads Dutch")["unchanged"] == 2
    assert told("check") == {"ok": True, "problems": []}


def test_the_originals_worker_file_is_taken_too(people, folder):
    bob, charlie = people["bob"], people["charlie"]
    told("qualification", "grant", "Masters", charlie)
    path = roster(
        folder,
        "\ufeffWorker ID,Number of HITs approved - Lifetime,CURRENT-Reads Dutch,UPDATE-Reads Dutch,CURRENT-Masters,"
        f'UPDATE-Masters,CURRENT BlockStatus,UPDATE-BlockStatus\n"{bob}",17,,80,,,,\n"{charlie}",0,,,1,Revoke,,\n',
    )
    assert told("qualification", "import", path) == outcome(granted=1, revoked=1)
    assert holders("Reads Dutch") == [(bob, "Granted", 80)]
    assert holders("Masters") == [(charlie, "Revoked", 1)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("A0NOBODY,5,Reads Dutch", "There is no Worker A0NOBODY."),
        ("{charlie},five,Reads Dutch", "A value is a whole number or Revoke, not 'five'."),
        ("{charlie},1.5,Reads Dutch", "A value is a whole number or Revoke, not '1.5'."),
        ("{charlie},2147483648,Reads Dutch", "Values of this type range from -2147483648 to 2147483647."),
        ("{charlie},5,Reads Duch", "There is no qualification type Reads Duch."),
        ("{charlie},5,", "It names no type; give it a column Type, or say --type."),
        (",5,Reads Dutch", "It names no Worker."),
        ("{charlie},5,Reads Dutch,extra", "It has 4 cells, and there are 3 columns."),
        ("{bob},6,Reads Dutch", "Line 2 says otherwise of the same Worker."),
        ("{charlie},90,Worker_PercentAssignmentsApproved", "This value follows from the Worker's account and history."),
    ],
)
def test_one_wrong_line_stops_the_whole_file_and_is_told_with_its_number(people, folder, line, says):
    good = f"WorkerId,Value,Type\n{people['bob']},5,Reads Dutch\n"
    path = roster(folder, f"{good}\n{line.format(**people)}\n")
    (problem,) = told("qualification", "import", path, exit_code=1)["problems"]
    assert problem["line"] == 4
    assert problem["text"].startswith(says)
    assert holders("Reads Dutch") == []


def test_the_types_that_there_are_are_told_once_for_all_lines_that_name_none(people, folder):
    path = roster(folder, "WorkerId,Type\n" + "A1,Reads Duch\n" * 3 + "A1,Reads Danish\n")
    lines = CliRunner().invoke(main, ("qualification", "import", path)).stderr.splitlines()
    assert lines[:4] == [
        *(f"{path}:{line}: There is no qualification type Reads Duch." for line in (2, 3, 4)),
        f"{path}:5: There is no qualification type Reads Danish.",
    ]
    assert lines[4].startswith("There are: ")
    assert lines[5:] == [f"Error: Nothing of {path} was taken, because of what stands above."]
    everywhere = refused("qualification", "import", roster(folder, "WorkerId\nA1\nA2\n"), "--type", "Reads Duch")
    assert everywhere.startswith("Error: There is no qualification type Reads Duch. There are: ")
    blocks = ("qualification", "import", roster(folder, "WorkerId,UPDATE-BlockStatus\nA1,Block\n"))
    assert "There are:" not in CliRunner().invoke(main, blocks).stderr


def test_every_wrong_line_is_told(people, folder):
    path = roster(folder, 'WorkerId,Value\nA0NOBODY,1\n"A0\nTWO",1\nA0THREE,1\n')
    found = told("qualification", "import", path, "--type", "Masters", exit_code=1)["problems"]
    assert [each["line"] for each in found] == [2, 3, 5]
    text = roster(folder, "WorkerId,UPDATE-BlockStatus\nA1,Block\n")
    (blocked,) = told("qualification", "import", text, exit_code=1)["problems"]
    assert blocked == {
        "line": 2,
        "text": "Blocks are a Requester's own; say whose with --requester, or empty this cell.",
    }


@pytest.mark.parametrize(
    "column", ["UPDATE-BlockStatus", "UPDATE BlockStatus", "Update-Block Status", "update_blockstatus"]
)
def test_workers_are_blocked_and_let_in_again_for_one_requester(people, folder, column):
    bob, charlie = people["bob"], people["charlie"]
    add_requester("Other")
    head = f"Worker ID,CURRENT BlockStatus,{column}\n"
    path = roster(folder, f"{head}{bob},Never Blocked,Block\n{charlie},Never Blocked,\n")
    command = ("qualification", "import", path, "--requester", "lab")
    assert told(*command) == outcome(blocked=1)
    assert told(*command) == outcome(unchanged=1)
    assert blocks_of(people["lab"]) == [bob]
    assert told("qualification", "import", path, "--requester", "Other") == outcome(blocked=1)
    path = roster(folder, f"{head}{bob},Blocked,unblock\n{charlie},Never Blocked,block\n")
    assert run(*command) == "0 granted, 0 revoked, 1 blocked, 1 unblocked, 0 were so already\n"
    assert blocks_of(people["lab"]) == [charlie]
    lines = [json.loads(line) for line in run("audit", "--requester", people["lab"], "--json").splitlines()]
    acts = [(each["kind"], each["actor"], each["worker_id"]) for each in lines if "locked" in each["kind"]]
    assert acts == [
        ("WorkerBlocked", "OPERATOR", bob),
        ("WorkerUnblocked", "OPERATOR", bob),
        ("WorkerBlocked", "OPERATOR", charlie),
    ]
    assert told("check") == {"ok": True, "problems": []}


def test_a_file_may_set_scores_and_blocks_at_once_and_fails_as_a_whole(people, folder):
    bob, charlie = people["bob"], people["charlie"]
    head = "Worker ID,UPDATE-Reads Dutch,UPDATE-BlockStatus\n"
    command = ("qualification", "import", str(folder.parent / "workers.csv"), "--requester", "Lab")
    for line, says in (
        (f"{charlie},,Blocked", "A block is Block, Unblock or empty, not 'Blocked'."),
        ("A0NOBODY,,Block", "There is no Worker A0NOBODY."),
        (",,Block", "It names no Worker."),
        (f"{bob},,Unblock", "Line 2 says otherwise of the same Worker."),
        (f"{charlie},80,Block,more", "It has 4 cells, and there are 3 columns."),
    ):
        roster(folder, f"{head}{bob},70,Block\n{line}\n")
        assert told(*command, exit_code=1)["problems"] == [{"line": 3, "text": says}]
        assert holders("Reads Dutch") == blocks_of(people["lab"]) == []
    roster(folder, f"{head}{bob},70,Block\n{charlie},80,\n")
    assert told(*command) == outcome(granted=2, blocked=1)


def test_no_more_workers_are_blocked_than_may_be(people, folder, monkeypatch):
    monkeypatch.setenv("KEMPELEN_MAX_WORKER_BLOCKS", "1")
    path = roster(folder, f"WorkerId,UPDATE-BlockStatus\n{people['bob']},Block\n{people['charlie']},Block\n")
    (problem,) = told("qualification", "import", path, "--requester", "Lab", exit_code=1)["problems"]
    assert problem["line"] == 3
    assert blocks_of(people["lab"]) == []


def test_columns_that_are_not_read_are_named(people, folder):
    bob = people["bob"]
    path = roster(folder, f"WorkerId,Name,Scoer\n{bob},Bob,7\n")
    assert told("qualification", "import", path, "--type", "Reads Dutch") == outcome(
        granted=1, not_read=("Name", "Scoer")
    )
    done = CliRunner().invoke(main, ("qualification", "import", path, "--type", "Reads Dutch"))
    assert done.stderr == "Not read: Name, Scoer\n"
    path = roster(folder, f"Worker ID,CURRENT-Reads Dutch,UPDATE-Reads Dutch,Value\n{bob},1,7,9\n")
    assert told("qualification", "import", path) == outcome(granted=1, not_read=("Value",))


def blocks_of(requester_id: str) -> list[str]:
    return in_market(_blocks_of, requester_id)


def _blocks_of(market, requester_id):
    page = market.perform(requester_id, worker_blocks.list_worker_blocks)
    return [each.worker_id for each in page.worker_blocks]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty; its first line must name the columns: WorkerId,Value"),
        ("Name,Value\nBob,1\n", "has no column WorkerId; it has: Name, Value"),
        ("WorkerId,Value,Value\n", "has two columns of one name."),
        ('WorkerId,Value\n"A1,5\n', "is not a CSV file in UTF-8"),
    ],
)
def test_a_file_that_is_no_roster_is_refused(people, folder, text, says):
    assert says in refused("qualification", "import", roster(folder, text), "--type", "Masters")


def test_a_file_that_is_no_text_is_refused(people, folder):
    path = Path(roster(folder, ""))
    path.write_bytes(b"WorkerId\n\xff\xfe\n")
    assert "is not a CSV file in UTF-8" in refused("qualification", "import", str(path), "--type", "Masters")


# ---------------------------------------------------------------------------------------------- premium types


def test_a_premium_type_has_a_price_that_hits_keep(people):
    made = told("qualification", "add", "Owns a car", "--description", "Has said so.", "--price", "0.50")
    type_id = made["qualification_type_id"]
    assert made == {"qualification_type_id": type_id, "name": "Owns a car", "price": "0.50"}
    assert on_hold() == "0.00"
    in_market(_new_hit, people["lab"], type_id)
    assert on_hold() == "0.56"  # 0.05, a fee of 0.01, and 0.50
    assert told("qualification", "price", "Owns a car", "1.00")["price"] == "1.00"
    assert on_hold() == "0.56"
    in_market(_new_hit, people["lab"], type_id)
    assert on_hold() == "1.62"
    assert "Costs 1.00 for each assignment" in run("qualification", "show", "Owns a car")
    assert "(built in, 1.00 an assignment)" in run("qualification", "list")
    assert told("check") == {"ok": True, "problems": []}


def test_a_premium_type_may_have_an_id_that_programs_know(people):
    type_id = "3PREMIUMTYPEOFOLDPROGRAMS00001"
    add = ("qualification", "add", "Car", "--description", "d", "--id")
    assert told(*add, type_id)["qualification_type_id"] == type_id
    assert "of this id already" in refused(*add, type_id)
    assert "An id has 20 to 64 of A-Z and 0-9." in refused(*add, "short")
    assert "Only a built-in type has a price" in refused("qualification", "price", "Reads Dutch", "1")
    assert "must be within" in refused("qualification", "price", "Car", "10000.01")


def on_hold() -> str:
    (lab,) = told("requester", "list")["requesters"]
    return lab["on_hold"]
