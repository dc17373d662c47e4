"""`checks.problems`: silent about a marketplace that was only ever used, and naming each row that was tampered with."""

import pytest

from kempelen.checks import checks
from kempelen.core.rules.requirements import PERCENT_APPROVED
from kempelen.market.hits import hit_changes, uploads
from kempelen.market.qualifications import qualification_requests, qualification_types
from kempelen.market.work import assignments, bonuses, work
from tests.clients.hits import TEST
from tests.market.qualifying import give, new_type, required, take
from tests.market.test_review_policies import known, plurality, submit
from tests.market.work import (
    ANSWER,
    DAYS,
    HOURS,
    Money,
    accepted_work,
    new_hit,
    pass_time,
    submit_answer,
    submitted_work,
)


@pytest.fixture
def used(market, alice, bob, charlie):
    """A marketplace in which everything has happened once; the ids of what is in it."""
    paid = submitted_work(market, alice, bob, max_assignments=2)
    market.perform(alice, assignments.approve_assignment, assignment_id=paid)
    for amount in ("0.50", "1.00"):
        market.perform(
            alice,
            bonuses.send_bonus,
            worker_id=bob,
            assignment_id=paid,
            bonus_amount=Money.parse(amount),
            reason="Well",
        )
    rejected = submitted_work(market, alice, bob, title="Another")
    market.perform(alice, assignments.reject_assignment, assignment_id=rejected, requester_feedback="No.")
    market.perform(alice, assignments.approve_assignment, assignment_id=rejected, override_rejection=True)
    refused = submitted_work(market, alice, bob, title="A third")
    market.perform(alice, assignments.reject_assignment, assignment_id=refused, requester_feedback="No.")
    returned = accepted_work(market, alice, charlie, title="A fourth")
    market.perform(charlie, work.return_assignment, assignment_id=returned.assignment_id)
    pending = accepted_work(market, alice, charlie, title="A fifth", lifetime_in_seconds=30 * DAYS)
    submitted = submitted_work(market, alice, charlie, title="A sixth", auto_approval_delay_in_seconds=20 * DAYS)
    free = submitted_work(market, alice, charlie, title="Free", reward=Money.ZERO, auto_approval_delay_in_seconds=0)
    hit = new_hit(market, alice, title="Open", lifetime_in_seconds=30 * DAYS, max_assignments=5)
    market.perform(alice, hit_changes.update_hit_review_status, hit_id=_hit_of(market, refused))
    market.perform(alice, hit_changes.delete_hit, hit_id=_hit_of(market, rejected))
    ids = {"paid": paid, "refused": refused, "pending": pending.assignment_id, "submitted": submitted, "free": free}
    return ids | {
        "open": hit.hit_id,
        "alice": alice,
        "bob": bob,
        "paid_hit": _hit_of(market, paid),
        "full_hit": _hit_of(market, submitted),
        "group": hit.hit_group_id,
    }


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE upload SET held_bytes = 4", "of 5 bytes counts as 4."),
        ("UPDATE upload SET worker_id = NULL", "counts for None."),
    ],
)
def test_a_file_that_is_counted_wrongly_is_named(market, alice, bob, sql, says):
    about = {"assignment_id": accepted_work(market, alice, bob).assignment_id}
    key = market.perform(bob, uploads.begin, **about, question_identifier="photo", file_name="mug.png", max_bytes=9)
    market.perform(bob, uploads.keep, **about, file_key=key, size_in_bytes=5)
    assert checks.problems(market.database) == []
    change(market, sql)
    assert [one for one in checks.problems(market.database) if key in one and says in one]


@pytest.fixture
def qualified(market, alice, bob, charlie):
    """Types, scores and requests in every state, and a HIT that asks for some."""
    dutch, music, tested, going = (new_type(market, alice, name) for name in ("Dutch", "Music", "Tested", "Going"))
    market.perform(
        alice,
        qualification_types.update_qualification_type,
        qualification_type_id=tested,
        test=TEST,
        test_duration_in_seconds=60,
        retry_delay_in_seconds=0,
    )
    give(market, alice, dutch, bob, 3)
    give(market, alice, dutch, bob, 5)
    give(market, alice, dutch, charlie)
    take(market, alice, dutch, charlie)
    for worker, type_ids in ((bob, (music, tested, going)), (charlie, (music, tested, going, dutch))):
        for type_id in type_ids:
            market.perform(worker, qualification_requests.request, qualification_type_id=type_id)
    waiting = market.perform(
        alice, qualification_requests.list_qualification_requests, qualification_type_id=music
    ).qualification_requests
    for decide, request in zip(
        (qualification_requests.accept_qualification_request, qualification_requests.reject_qualification_request),
        waiting,
        strict=True,
    ):
        market.perform(alice, decide, qualification_request_id=request.qualification_request_id)
    market.perform(alice, qualification_types.delete_qualification_type, qualification_type_id=going)
    asked = [
        required(dutch, "In", 3, 5, actions_guarded="DiscoverPreviewAndAccept"),
        required(PERCENT_APPROVED, "GreaterThan", 90),
        required(music, "DoesNotExist"),
    ]
    hit = new_hit(market, alice, title="Guarded", qualification_requirements=asked)
    submitted_work(market, alice, bob, title="Other", auto_approval_delay_in_seconds=0)
    return {"dutch": dutch, "music": music, "going": going, "guarded": hit.hit_group_id, "bob": bob}


def _hit_of(market, assignment_id):
    with market.database.reading() as db:
        return db.one("SELECT hit_id FROM assignment WHERE assignment_id = :it", it=assignment_id)["hit_id"]


def change(market, sql, **values):
    with market.database.writing() as db:
        assert db.run(sql, **values) > 0


def test_a_new_marketplace_is_true(market):
    assert checks.problems(market.database) == []


def test_a_used_marketplace_is_true_at_any_time(market, used, qualified):
    assert checks.problems(market.database) == []
    for days in (0.04, 1, 25, 130):
        pass_time(market, days * DAYS)
        assert checks.problems(market.database) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sql", "about", "says"),
    [
        (
            "UPDATE account SET balance_micros = balance_micros + 1 WHERE kind = 'available'",
            "alice",
            "its transfers make",
        ),
        ("UPDATE account SET balance_micros = balance_micros - 1 WHERE kind = 'hold'", "alice", "places need"),
        ("UPDATE account SET balance_micros = balance_micros - 1 WHERE kind = 'fees'", "alice", "sum to -1 micro"),
        ("UPDATE transfer SET amount_micros = 60000 WHERE reason = 'Reward' AND assignment_id = :it", "paid", "0.06"),
        ("DELETE FROM transfer WHERE reason = 'Reward' AND assignment_id = :it", "paid", "paid 0 times"),
        ("DELETE FROM transfer WHERE reason = 'Bonus' AND assignment_id = :it", "paid", "0 payments"),
        ("UPDATE bonus SET amount_micros = 10000 WHERE assignment_id = :it", "paid", "bonuses of 0.02"),
        (
            "DELETE FROM transfer WHERE reason = 'Fee' AND assignment_id = :it",
            "free",
            "has paid fees of 0.00; due are 0.01",
        ),
        (
            "UPDATE transfer SET reason = 'Reward' WHERE reason = 'Bonus' AND assignment_id = :it",
            "paid",
            "paid 3 times",
        ),
        (
            "UPDATE transfer SET assignment_id = 'NOBODY' WHERE reason = 'Reward' AND assignment_id = :it",
            "paid",
            "paid 0 times",
        ),
        ("UPDATE hit SET open = open - 1, pending = pending + 1 WHERE hit_id = :it", "open", "its rows are 0 pending"),
        ("UPDATE hit SET open = open - 1, decided = decided + 1 WHERE hit_id = :it", "open", "its rows are 0 pending"),
        ("UPDATE hit SET submitted = 1, decided = 0 WHERE hit_id = :it", "paid_hit", "1 submitted and 0 decided"),
        (
            "UPDATE hit_group SET open_hits = open_hits + 1 WHERE hit_group_id = :it",
            "group",
            "counts 2 open HITs, it has 1",
        ),
        ("UPDATE hit_group SET worked = worked + 1 WHERE hit_group_id = :it", "group", "times of"),
        ("UPDATE hit_group SET worked_logs = 7 WHERE hit_group_id = :it", "group", "times of 7"),
        ("UPDATE requester_record SET approved = approved + 1", "alice", "rejected; they are"),
        ("UPDATE requester_record SET decided_logs = decided_logs + 1", "alice", "times of"),
        ("UPDATE worker_group SET submitted = submitted + 1", "bob", "submitted of HIT group"),
        ("UPDATE worker_taken SET hits = hits + 1", "bob", "that they have had, they are"),
        ("UPDATE hit SET status = 'Unassignable' WHERE hit_id = :it", "open", "is Unassignable with 5 places open"),
        ("UPDATE hit SET status = 'Unassignable' WHERE hit_id = :it", "open", "its history does not lead there"),
        ("DELETE FROM event WHERE kind = 'HITCreated' AND hit_id = :it", "open", "its history does not lead there"),
        (
            "DELETE FROM event WHERE kind = 'AssignmentSubmitted' AND assignment_id = :it",
            "submitted",
            "its history does not lead there",
        ),
        (
            "UPDATE event SET from_status = 'Returned' WHERE kind = 'AssignmentSubmitted' AND assignment_id = :it",
            "submitted",
            "moved from 'Returned' to 'Submitted', which it must not",
        ),
        (
            "UPDATE event SET to_status = 'Disposed' WHERE kind = 'HITCreated' AND hit_id = :it",
            "open",
            "moved from '' to 'Disposed', which it must not",
        ),
        (
            "UPDATE event SET happened_at = happened_at + 5 WHERE kind = 'AssignmentAccepted' AND assignment_id = :it",
            "submitted",
            "a move from a status it was not in",
        ),
        (
            "UPDATE event SET happened_at = happened_at + 5 WHERE kind = 'HITCreated' AND hit_id = :it",
            "full_hit",
            "a move from a status it was not in",
        ),
    ],
)
def test_a_row_that_is_not_true_is_named(market, used, sql, about, says):
    """Some moves are of one moment; then the later ones are moved on in time first, so that there is an order."""
    if "happened_at" in sql:
        change(market, "UPDATE event SET happened_at = happened_at + 1 WHERE from_status <> ''")
    change(market, sql, **({"it": used[about]} if ":it" in sql else {}))
    found = checks.problems(market.database)
    assert any(used[about] in problem and says in problem for problem in found), found


@pytest.mark.parametrize(
    ("sql", "about", "says"),
    [
        (
            "UPDATE qualification SET status = 'Granted', revoked_at = NULL WHERE qualification_type_id = :it",
            "dutch",
            "Granted off by 1, Revoked by -1",
        ),
        (
            "DELETE FROM event WHERE kind = 'QualificationGranted' AND qualification_type_id = :it",
            "dutch",
            "is not where its history leads",
        ),
        (
            "UPDATE event SET from_status = 'Revoked' WHERE from_status = 'Granted' AND qualification_type_id = :it",
            "dutch",
            "moved from 'Revoked' to 'Revoked', which it must not",
        ),
        (
            "UPDATE qualification_request SET status = 'Granted', value = 1 WHERE qualification_type_id = :it",
            "music",
            "that are Granted are 1 more",
        ),
        ("DELETE FROM qualification WHERE qualification_type_id = :it", "music", "has no score of"),
        ("UPDATE qualification_type SET status = 'Inactive' WHERE qualification_type_id = :it", "dutch", "off by -1"),
        (
            "UPDATE qualification_request SET status='Submitted', decided_at=NULL WHERE qualification_type_id = :it",
            "going",
            "is Submitted, and its type",
        ),
        ("UPDATE worker_record SET approved = approved - 1 WHERE worker_id = :it", "bob", "-1 approved"),
        ("DELETE FROM worker_record WHERE worker_id = :it", "bob", "counts -1 submitted"),
        ("UPDATE hit_group SET accept_record = '' WHERE hit_group_id = :it", "guarded", "bars others than"),
        ("UPDATE hit_group SET masters = 1 WHERE hit_group_id = :it", "guarded", "bars others than"),
        ("UPDATE hit_group SET discover_granted = '' WHERE hit_group_id = :it", "guarded", "bars others than"),
        ("UPDATE bar_range SET high = high + 1", "guarded", "is not what its requirements make"),
        ("DELETE FROM bar_absence", "guarded", "is not what its requirements make"),
        (
            "DELETE FROM hit_type_requirement WHERE qualification_type_id = '000000000000000000L0'",
            "guarded",
            "bars others than",
        ),
    ],
)
def test_an_untrue_row_of_qualifications_is_named(market, qualified, sql, about, says):
    change(market, sql, **({"it": qualified[about]} if ":it" in sql else {}))
    found = checks.problems(market.database)
    assert any(qualified[about] in problem and says in problem for problem in found), found


def test_two_rewards_for_one_assignment_are_seen(market, used):
    with market.database.writing() as db:
        row = dict(db.one("SELECT * FROM transfer WHERE reason = 'Reward' AND assignment_id = :it", it=used["paid"]))
        row["transfer_id"] = "TWICE"
        db.run(
            """
            INSERT INTO transfer (transfer_id, reason, from_account, to_account, amount_micros, hit_id, assignment_id,
                                  made_at)
            VALUES (:transfer_id, :reason, :from_account, :to_account, :amount_micros, :hit_id, :assignment_id,
                    :made_at)
            """,
            **row,
        )
    found = checks.problems(market.database)
    assert any(f"Assignment {used['paid']} is Approved and was paid 2 times, 0.10 in all" in each for each in found)


@pytest.fixture
def reviewed(market, alice, bob, charlie):
    """A marketplace in which review policies have approved, rejected and extended; the ids of what is in it."""
    policies = {
        "assignment_review_policy": known(RejectIfKnownAnswerScoreIsLessThan=50),
        "hit_review_policy": plurality(ApproveIfWorkerAgreementScoreIsAtLeast=100, DisregardAssignmentIfRejected="T"),
    }
    asking = known(ExtendIfKnownAnswerScoreIsLessThan=50, ExtendMaximumAssignments=2)
    compared = new_hit(market, alice, title="Compared", max_assignments=2, **policies)
    rejected = submit(market, compared, bob, colour="blue")
    approved = submit(market, compared, charlie, colour="red")
    overridden = submit(market, new_hit(market, alice, title="Overridden", **policies), bob, colour="blue")
    market.perform(alice, assignments.approve_assignment, assignment_id=overridden, override_rejection=True)
    by_hand = submitted_work(market, alice, bob, title="By hand")
    market.perform(alice, assignments.reject_assignment, assignment_id=by_hand, requester_feedback="No.")
    extended = new_hit(market, alice, title="Extended", assignment_review_policy=asking)
    submit(market, extended, bob, colour="blue")
    assert checks.problems(market.database) == []
    ids = {"rejected": rejected, "approved": approved, "overridden": overridden, "by_hand": by_hand}
    return ids | {"compared": compared.hit_id, "extended": extended.hit_id}


@pytest.mark.parametrize(
    ("sql", "about", "says"),
    [
        ("UPDATE review_action SET name = 'extend' WHERE level = 'Assignment' AND assignment_id = :it", "approved",
         "was judged 0 times"),
        ("DELETE FROM review_action WHERE name = 'reject' AND assignment_id = :it", "overridden",
         "was rejected by POLICY"),
        ("UPDATE hit SET reviewable_at = reviewable_at + 1 WHERE hit_id = :it", "compared",
         "its policy did not compare its work then"),
        ("UPDATE review_action SET acted = 0 WHERE name = 'approve' AND assignment_id = :it", "approved",
         "is Approved, decided by SimplePlurality/2011-09-01, and its policies record 0 decisions"),
        ("UPDATE review_action SET name = 'approve' WHERE name = 'reject' AND assignment_id = :it", "rejected",
         "is Rejected, decided by ScoreMyKnownAnswers/2011-09-01, and its policies record 1 decisions"),
        ("UPDATE assignment SET decided_by_policy = NULL WHERE assignment_id = :it", "rejected",
         "is Rejected, decided by no policy, and its policies record 1 decisions"),
        ("UPDATE assignment SET decided_by_policy = 'SimplePlurality/2011-09-01' WHERE assignment_id = :it", "by_hand",
         "its policies record 0 decisions"),
        ("UPDATE event SET actor = 'MARKET' WHERE kind = 'AssignmentRejected' AND assignment_id = :it", "by_hand",
         "was rejected by MARKET, who is neither its Requester nor a policy of theirs"),
        ("UPDATE event SET actor = 'POLICY' WHERE kind = 'AssignmentRejected' AND assignment_id = :it", "by_hand",
         "was rejected by POLICY"),
        ("UPDATE event SET actor = requester_id WHERE kind = 'HITExtended' AND hit_id = :it", "extended",
         "was extended 1 times by its policies, and its history records 0"),
        ("UPDATE review_result SET number = 99 WHERE finding = 'HitAgreementScore' AND hit_id = :it", "compared",
         "entries, numbered up to"),
        ("UPDATE review_result SET level = 'HIT' WHERE finding = 'KnownAnswerScore' AND hit_id = :it", "extended",
         "was found by no review before it"),
    ],
)  # fmt: skip
def test_a_review_that_is_not_true_is_named(market, reviewed, sql, about, says):
    change(market, sql, it=reviewed[about])
    found = checks.problems(market.database)
    assert any(reviewed[about] in problem and says in problem for problem in found), found


def test_nothing_is_changed_by_looking(market, used):
    with market.database.reading() as db:
        before = [db.all(f"SELECT * FROM {table}") for table in ("account", "hit", "event", "lane")]
    checks.problems(market.database)
    with market.database.reading() as db:
        assert [db.all(f"SELECT * FROM {table}") for table in ("account", "hit", "event", "lane")] == before


def test_work_due_by_the_hour_keeps_the_books_true(market, alice, bob):
    accepted = accepted_work(market, alice, bob, auto_approval_delay_in_seconds=0)
    market.perform(bob, submit_answer, assignment_id=accepted.assignment_id, answer=ANSWER)
    for _ in range(30):
        pass_time(market, HOURS)
    assert checks.problems(market.database) == []
