"""Messages and mails: whom a Requester may write to, what stays on the site, and which mails a Worker gets."""

import pytest

from kempelen.core.money import Money
from kempelen.core.wire.errors import MessageRefused, ParameterTooLong, ParameterTooShort
from kempelen.core.wire.refusals import MailLinkNotValid
from kempelen.market import deletion
from kempelen.market.foundation import deliveries, mail_contents
from kempelen.market.foundation.call import MARKET
from kempelen.market.foundation.clock import EPOCH
from kempelen.market.messaging import messages, notifications
from kempelen.market.people import worker_blocks
from kempelen.market.qualifications import qualification_types, qualifications
from kempelen.market.work import assignments, bonuses
from tests.market.conftest import new_worker
from tests.market.qualifying import new_type, take
from tests.market.work import submitted_work

UNKNOWN = "A0NOBODY"


def notify(market, requester, *worker_ids, subject="Thanks", text="Please come back."):
    answer = market.perform(
        requester, notifications.notify_workers, subject=subject, message_text=text, worker_ids=list(worker_ids)
    )
    return [
        (each.worker_id, each.notify_workers_failure_code, each.notify_workers_failure_message)
        for each in answer.notify_workers_failure_statuses
    ]


def received(market, worker):
    return [(each.subject, each.text) for each in market.perform(worker, messages.list_messages).messages]


def mails(market):
    """What waits to be mailed: to which address, of which kind."""
    found = []
    for delivery in market.perform(MARKET, deliveries.list_deliveries):
        letter = market.perform(MARKET, mail_contents.get_letter, delivery_id=delivery.delivery_id)
        found.append((letter.address, letter.kind))
    return sorted(found)


def decided_work(market, requester, worker, *, well=True):
    assignment = submitted_work(market, requester, worker, title=f"For {worker}")
    if well:
        market.perform(requester, assignments.approve_assignment, assignment_id=assignment)
    else:
        market.perform(requester, assignments.reject_assignment, assignment_id=assignment, requester_feedback="No mug.")
    return assignment


# ---------------------------------------------------------------------------------------------- NotifyWorkers


def test_workers_whose_work_was_decided_get_the_message_and_the_others_are_named(market, alice, bob, charlie):
    decided_work(market, alice, bob)
    submitted_work(market, alice, charlie, title="Undecided")
    never = "Cannot send a notification to a worker who has not done any work for you"
    assert notify(market, alice, charlie, bob, UNKNOWN) == [
        (charlie, "HardFailure", never),
        (UNKNOWN, "HardFailure", never),
    ]
    assert received(market, bob) == [("Thanks", "Please come back.")]
    assert received(market, charlie) == []
    assert mails(market) == [("bob@example.org", "WorkerMessage")]


def test_a_rejection_counts_as_a_decision_and_other_requesters_do_not(market, alice, bob, charlie_requester):
    decided_work(market, alice, bob, well=False)
    assert notify(market, alice, bob) == []
    assert len(notify(market, charlie_requester, bob)) == 1


def test_every_call_sends_again_but_each_worker_once(market, alice, bob):
    decided_work(market, alice, bob)
    for _ in range(2):
        assert notify(market, alice, bob, bob) == []
    assert len(received(market, bob)) == 2


def test_a_suspended_worker_is_a_soft_failure(market, alice, bob):
    decided_work(market, alice, bob)
    market.perform(MARKET, suspend, worker_id=bob)
    ((worker, code, text),) = notify(market, alice, bob)
    assert (worker, code) == (bob, "SoftFailure")
    assert "suspended" in text
    assert received(market, bob) == []


def test_who_has_left_is_a_hard_failure_and_gets_no_mail_that_waits_or_comes(market, alice, bob):
    decided_work(market, alice, bob, well=False)
    (waiting,) = market.perform(MARKET, deliveries.list_deliveries)
    market.perform(bob, deletion.delete_account)
    assert market.perform(MARKET, deliveries.list_deliveries) == []
    ((worker, code, text),) = notify(market, alice, bob)
    assert (worker, code) == (bob, "HardFailure")
    assert "deleted" in text
    assert market.perform(MARKET, mail_contents.get_letter, delivery_id=waiting.delivery_id) is None
    market.perform(alice, worker_blocks.create_worker_block, worker_id=bob, reason="!")
    assert market.perform(MARKET, deliveries.list_deliveries) == []


def test_of_who_has_left_no_mail_is_kept_for_another_try_nor_what_a_server_said_of_them(market, alice, bob, charlie):
    for worker in (bob, bob, charlie):
        decided_work(market, alice, worker, well=False)
        notify(market, alice, worker)
    tried, given_up, sent, *_ = (
        each.delivery_id for each in market.perform(MARKET, deliveries.list_deliveries) if each.worker_id == bob
    )
    for delivery_id, again_at in ((tried, EPOCH), (given_up, None), (sent, EPOCH)):
        market.perform(
            MARKET,
            deliveries.record_failure,
            delivery_id=delivery_id,
            error="There is no Bob Miller here.",
            at=EPOCH,
            again_at=again_at,
            destination_again_at=None,
        )
    market.perform(MARKET, deliveries.record_sent, delivery_id=sent, at=EPOCH)
    market.perform(bob, deletion.delete_account)
    assert {each.worker_id for each in market.perform(MARKET, deliveries.list_deliveries)} == {charlie}
    (kept,) = market.perform(MARKET, deliveries.list_deliveries, status="Sent")
    assert (kept.delivery_id, kept.last_error) == (sent, None)


def suspend(call, *, worker_id):
    call.db.run("UPDATE worker SET status = 'Suspended' WHERE worker_id = :worker_id", worker_id=worker_id)


@pytest.mark.parametrize(
    ("subject", "text", "many", "words"),
    [
        ("", "x", 1, "Subject has a minimum length of 1"),
        ("x", "", 1, "MessageText has a minimum length of 1"),
        ("x", "x", 0, "WorkerIds has a minimum length of 1"),
        ("x" * 201, "x", 1, "Subject has a maximum length of 200"),
        ("x", "x" * 4_097, 1, "MessageText has a maximum length of 4096"),
        ("x", "x", 101, "WorkerIds has a maximum length of 100"),
    ],
)
def test_the_bounds_are_the_originals(market, alice, subject, text, many, words):
    with pytest.raises((ParameterTooLong, ParameterTooShort), match=words):
        notify(market, alice, *[UNKNOWN] * many, subject=subject, text=text)


def test_up_to_a_hundred_workers_hear_a_text_of_any_signs(market, alice, bob):
    decided_work(market, alice, bob)
    text = "Grüße\n" + "ü" * 4_090
    assert len(notify(market, alice, bob, *[f"A{n}" for n in range(99)], subject="ü" * 200, text=text)) == 99
    assert received(market, bob) == [("ü" * 200, text)]


def test_a_message_of_blanks_is_refused(market, alice, bob):
    with pytest.raises(MessageRefused) as refusal:
        notify(market, alice, bob, subject=" \n")
    assert (refusal.value.message, refusal.value.turk_error_code) == ("There was an error with this request.", None)


def test_messages_are_read_latest_first_page_by_page_and_by_nobody_else(market, alice, bob, charlie):
    decided_work(market, alice, bob)
    for number in range(5):
        notify(market, alice, bob, subject=str(number))
        market.clock.advance(seconds=1)
    found, token, pages = [], None, 0
    while token or not pages:
        page = market.perform(bob, messages.list_messages, next_token=token, page_size=2)
        found += [each.subject for each in page.messages]
        token, pages = page.next_token, pages + 1
    assert (found, pages) == (["4", "3", "2", "1", "0"], 3)
    assert page.messages[0].requester_name == "Alice"
    assert received(market, charlie) == []


# ---------------------------------------------------------------------------------------------- mails, and choices


def test_workers_are_mailed_about_bonuses_rejections_qualifications_and_blocks(market, alice, bob):
    assignment = decided_work(market, alice, bob, well=False)
    pay_a_bonus(market, alice, bob, assignment)
    dutch = market.perform(
        alice,
        qualification_types.create_qualification_type,
        name="Reads Dutch",
        description="Texts.",
        qualification_type_status="Active",
    ).qualification_type.qualification_type_id
    for asked_for in (True, False):
        market.perform(
            alice,
            qualifications.associate_qualification_with_worker,
            qualification_type_id=dutch,
            worker_id=bob,
            integer_value=80,
            send_notification=asked_for,
        )
    market.perform(alice, worker_blocks.create_worker_block, worker_id=bob, reason="secret")
    kinds = dict(letters(market))
    assert sorted(kind for kind, _ in letters(market)) == [
        *("BonusPaid", "QualificationGranted", "WorkRejected", "WorkerBlocked"),
    ]
    assert (kinds["BonusPaid"].amount, kinds["BonusPaid"].text) == (Money.parse("1.50"), "For the try.")
    assert (kinds["QualificationGranted"].qualification, kinds["QualificationGranted"].value) == ("Reads Dutch", 80)
    assert (kinds["WorkRejected"].text, kinds["WorkRejected"].title) == ("No mug.", f"For {bob}")
    assert "secret" not in repr(kinds["WorkerBlocked"])


def test_a_mail_of_a_rejection_that_is_taken_back_before_it_went_out_never_does(market, alice, bob, charlie):
    for given_up in (False, True):
        taken_back = decided_work(market, alice, bob, well=False)
        decided_work(market, alice, charlie, well=False)
        pay_a_bonus(market, alice, bob, taken_back)
        if given_up:
            give_up_all(market)
        market.perform(alice, assignments.approve_assignment, assignment_id=taken_back, override_rejection=True)
        left = sorted((letter.kind, letter.worker_id) for _, letter in letters(market))
        assert left == sorted([("WorkRejected", charlie), ("BonusPaid", bob)] * (1 + given_up))


def test_a_mail_of_a_block_or_a_qualification_that_is_ended_before_it_went_out_never_does(market, alice, bob, charlie):
    dutch, french = (new_type(market, alice, name) for name in ("Reads Dutch", "Reads French"))
    for worker in (bob, charlie):
        market.perform(alice, worker_blocks.create_worker_block, worker_id=worker, reason="!")
        for type_id in (dutch, french):
            market.perform(
                alice,
                qualifications.associate_qualification_with_worker,
                qualification_type_id=type_id,
                worker_id=worker,
                send_notification=True,
            )
    market.perform(alice, worker_blocks.delete_worker_block, worker_id=bob)
    take(market, alice, dutch, bob)
    assert sorted((letter.worker_id, letter.kind, letter.qualification) for _, letter in letters(market)) == sorted(
        [
            (bob, "QualificationGranted", "Reads French"),
            (charlie, "QualificationGranted", "Reads Dutch"),
            (charlie, "QualificationGranted", "Reads French"),
            (charlie, "WorkerBlocked", ""),
        ]
    )


def pay_a_bonus(market, requester, worker, assignment):
    market.perform(
        requester,
        bonuses.send_bonus,
        worker_id=worker,
        bonus_amount=Money.parse("1.50"),
        assignment_id=assignment,
        reason="For the try.",
    )


def give_up_all(market):
    for each in market.perform(MARKET, deliveries.list_deliveries):
        market.perform(
            MARKET,
            deliveries.record_failure,
            delivery_id=each.delivery_id,
            error="No.",
            at=EPOCH,
            again_at=None,
            destination_again_at=None,
        )


def letters(market):
    found = market.perform(MARKET, deliveries.list_deliveries)
    read = [market.perform(MARKET, mail_contents.get_letter, delivery_id=each.delivery_id) for each in found]
    return [(letter.kind, letter) for letter in read]


def test_who_wants_no_mails_gets_none_but_of_blocks_and_finds_messages_on_the_site(market, alice, bob):
    market.perform(bob, messages.choose_mails, messages=False, news=False)
    decided_work(market, alice, bob, well=False)
    assert notify(market, alice, bob) == []
    assert mails(market) == []
    assert received(market, bob) == [("Thanks", "Please come back.")]
    market.perform(alice, worker_blocks.create_worker_block, worker_id=bob, reason="r")
    assert mails(market) == [("bob@example.org", "WorkerBlocked")]
    choices = market.perform(bob, messages.get_mail_choices)
    assert (choices.messages, choices.news) == (False, False)


def test_the_link_in_a_message_stops_messages_alone_and_only_with_its_key(market, alice, bob, charlie):
    decided_work(market, alice, bob, well=False)
    notify(market, alice, bob)
    key = dict(letters(market))["WorkerMessage"].stop_key
    for worker, wrong in ((charlie, key), (bob, key[:-1] + ("0" if key[-1] != "0" else "1")), (bob, "x"), (bob, "")):
        with pytest.raises(MailLinkNotValid):
            market.perform("", messages.stop_mails, worker_id=worker, key=wrong)
    market.perform("", messages.stop_mails, worker_id=bob, key=key)
    choices = market.perform(bob, messages.get_mail_choices)
    assert (choices.messages, choices.news) == (False, True)


def test_a_mail_goes_to_the_address_a_worker_has_when_it_is_sent(market, alice):
    dora = new_worker(market, "Dora")
    decided_work(market, alice, dora, well=False)
    market.perform(MARKET, move, worker_id=dora, email="dora@elsewhere.example")
    assert mails(market) == [("dora@elsewhere.example", "WorkRejected")]


def move(call, *, worker_id, email):
    call.db.run("UPDATE worker SET email = :email WHERE worker_id = :worker_id", email=email, worker_id=worker_id)
