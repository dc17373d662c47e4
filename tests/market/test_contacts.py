"""What Workers write to Requesters: about what, to whom it goes, and what the Requester learns of them."""

import pytest

from kempelen.core.wire.refusals import GroupDoesNotExist, InvalidField, TooManyContacts, WorkDoesNotExist
from kempelen.market import deletion
from kempelen.market.foundation import deliveries, mail_contents
from kempelen.market.foundation.call import MARKET
from kempelen.market.messaging import contacts
from kempelen.market.work import assignments
from tests.market.work import new_hit, submitted_work


def write(market, worker, *, subject="The mug", text="Is it a cup?", shows_address=False, **about):
    return market.perform(
        worker, contacts.contact_requester, subject=subject, text=text, shows_address=shows_address, **about
    )


def letters(market):
    waiting = market.perform(MARKET, deliveries.list_deliveries)
    return [market.perform(MARKET, mail_contents.get_letter, delivery_id=each.delivery_id) for each in waiting]


def written(market, worker):
    return market.perform(worker, contacts.list_contacts).contacts


def test_a_group_is_asked_about_by_its_own_id_or_its_types(market, alice, bob):
    hit = new_hit(market, alice)
    for group_id in (hit.hit_group_id, hit.hit_type_id):
        write(market, bob, group_id=group_id)
    for letter in letters(market):
        assert (letter.kind, letter.address, letter.worker_id) == ("RequesterContacted", "alice@example.org", bob)
        assert (letter.title, letter.subject, letter.text) == ("Name the mug's colour", "The mug", "Is it a cup?")
        assert (letter.hit_id, letter.assignment_id, letter.worker_email) == ("", "", "")
    assert len(letters(market)) == len(written(market, bob)) == 2


def test_an_assignment_is_asked_about_whatever_became_of_it(market, alice, bob):
    assignment = submitted_work(market, alice, bob)
    market.perform(alice, assignments.approve_assignment, assignment_id=assignment)
    write(market, bob, assignment_id=assignment, shows_address=True)
    (letter,) = letters(market)
    assert (letter.assignment_id, letter.worker_email) == (assignment, "bob@example.org")
    (one,) = written(market, bob)
    assert (one.assignment_id, one.requester_id, one.shows_address) == (assignment, alice, True)


def test_nobody_writes_about_what_is_anothers_or_is_not_there(market, alice, bob, charlie):
    assignment = submitted_work(market, alice, bob)
    for stranger, about in ((charlie, assignment), (bob, "3NONE")):
        with pytest.raises(WorkDoesNotExist):
            write(market, stranger, assignment_id=about)
    with pytest.raises(GroupDoesNotExist):
        write(market, bob, group_id="3NONE")
    assert written(market, bob) == written(market, charlie) == []
    assert letters(market) == []


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("subject", {"subject": " \n"}),
        ("subject", {"subject": "x" * 201}),
        ("message", {"text": " "}),
        ("message", {"text": "x" * 4_097}),
    ],
)
def test_what_has_no_words_or_too_many_is_refused(market, alice, bob, field, given):
    with pytest.raises(InvalidField) as refused:
        write(market, bob, group_id=new_hit(market, alice).hit_group_id, **given)
    assert refused.value.field == field
    assert written(market, bob) == []


def test_twenty_in_a_day_are_enough(market, alice, bob):
    group_id = new_hit(market, alice).hit_group_id
    for _ in range(contacts.MOST_A_DAY):
        write(market, bob, group_id=group_id)
    with pytest.raises(TooManyContacts):
        write(market, bob, group_id=group_id)
    market.clock.advance(seconds=86_400)
    write(market, bob, group_id=group_id)


def test_what_was_written_is_in_pages_and_ones_own(market, alice, bob, charlie):
    group_id = new_hit(market, alice).hit_group_id
    for number in range(5):
        write(market, bob, group_id=group_id, subject=str(number))
        market.clock.advance(seconds=1)
    first = market.perform(bob, contacts.list_contacts, page_size=3)
    second = market.perform(bob, contacts.list_contacts, page_size=3, next_token=first.next_token)
    assert [one.subject for page in (first, second) for one in page.contacts] == ["4", "3", "2", "1", "0"]
    assert second.next_token is None
    assert written(market, charlie) == []


def test_who_leaves_takes_back_what_they_wrote(market, alice, bob):
    write(market, bob, group_id=new_hit(market, alice).hit_group_id)
    market.perform(bob, deletion.delete_account)
    assert written(market, bob) == []
    assert letters(market) == [None]
