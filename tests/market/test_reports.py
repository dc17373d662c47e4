"""Reports of HITs: who may make one, about what, and what the operator reads."""

import pytest

from kempelen.core.wire.refusals import GroupDoesNotExist, InvalidField
from kempelen.market import deletion
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.messaging import reports
from kempelen.market.work import work
from tests.market.qualifying import new_type, required
from tests.market.work import new_hit


def report(market, worker, hit, *, reason="Broken", text="The picture is missing.", group_id=None):
    about = {"group_id": group_id or hit.hit_group_id, "hit_id": hit.hit_id}
    market.perform(worker, reports.report_hit, **about, reason=reason, text=text)


def reported(market, **about):
    found = market.perform(OPERATOR, reports.list_reports, **about)
    return [(each.worker_id, each.hit_id, each.reason, each.text) for each in found]


def test_the_operator_reads_the_latest_report_first(market, alice, bob, charlie):
    hit = new_hit(market, alice)
    report(market, bob, hit)
    market.clock.advance(seconds=1)
    report(market, charlie, hit, reason="Other", text=" Odd. ")
    assert reported(market, requester_id=alice) == [
        (charlie, hit.hit_id, "Other", "Odd."),
        (bob, hit.hit_id, "Broken", "The picture is missing."),
    ]
    assert reported(market, requester_id="A0NOBODY") == []


def test_a_later_report_of_the_same_hit_takes_the_place_of_the_earlier(market, alice, bob):
    hit = new_hit(market, alice)
    report(market, bob, hit)
    report(market, bob, hit, reason="Unfair", text="")
    assert reported(market) == [(bob, hit.hit_id, "Unfair", "")]


def test_what_a_worker_cannot_see_they_cannot_report_unless_they_have_it(market, alice, bob):
    known = new_type(market, alice, "Knows mugs")
    needed = required(known, "Exists", actions_guarded="DiscoverPreviewAndAccept")
    hidden = new_hit(market, alice, qualification_requirements=[needed])
    with pytest.raises(GroupDoesNotExist):
        report(market, bob, hidden)
    open_hit = new_hit(market, alice)
    for wrong in ({"group_id": "3NONE"}, {"group_id": hidden.hit_group_id}):
        with pytest.raises(GroupDoesNotExist):
            report(market, bob, open_hit, **wrong)
    market.perform(bob, work.accept, group_id=open_hit.hit_group_id)
    report(market, bob, open_hit)
    assert len(reported(market)) == 1


def test_of_who_leaves_the_report_stays_and_their_words_go(market, alice, bob, charlie):
    hit = new_hit(market, alice)
    report(market, bob, hit, text="My name is Bob.")
    report(market, charlie, hit)
    market.perform(bob, deletion.delete_account)
    assert sorted(reported(market)) == sorted(
        [(bob, hit.hit_id, "Broken", ""), (charlie, hit.hit_id, "Broken", "The picture is missing.")]
    )


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("reason", {"reason": "Boring"}),
        ("reason", {"reason": ""}),
        ("text", {"text": "x" * 1_001}),
        ("text", {"reason": "Other", "text": " "}),
    ],
)
def test_a_report_says_what_is_wrong(market, alice, bob, field, given):
    with pytest.raises(InvalidField) as refused:
        report(market, bob, new_hit(market, alice), **given)
    assert refused.value.field == field
    assert reported(market) == []
