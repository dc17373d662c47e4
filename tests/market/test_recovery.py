"""Resets of passwords and changes of addresses: the links, how long they are good, and what ends with them."""

from datetime import UTC, datetime, timedelta

import pytest

from kempelen.checks import checks
from kempelen.core.wire.refusals import InvalidField, LinkExpired
from kempelen.market import deletion
from kempelen.market.foundation import deliveries, mail_contents
from kempelen.market.foundation.call import MARKET, OPERATOR
from kempelen.market.people import accounts, recovery

REAL = datetime(2026, 10, 1, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def letters(market):
    """The mails that wait, by their kind; those that nobody is to get any more are None."""
    waiting = market.perform(OPERATOR, deliveries.list_deliveries, status="Waiting")
    return {
        one.kind: market.perform(MARKET, mail_contents.get_letter, delivery_id=one.delivery_id)
        for one in reversed(waiting)
    }


def asked_to_reset(market, email="bob@example.org", at=REAL):
    """The token in the mail."""
    market.perform(OPERATOR, recovery.request_password_reset, email=email, at=at)
    letter = letters(market)["PasswordReset"]
    assert letter.address == email
    return letter.link_token


def reset(market, token, at=REAL, *, password_hash="new", revokes_tokens=False):
    given = {"token": token, "password_hash": password_hash, "revokes_tokens": revokes_tokens, "at": at}
    return market.perform(OPERATOR, recovery.reset_password, **given)


def change_email(market, worker, email="bob@home.example", at=REAL):
    """The tokens in the two mails: to confirm, to undo."""
    market.perform(worker, recovery.request_email_change, email=email, at=at)
    found = letters(market)
    return found["EmailConfirmation"].link_token, found["EmailNotice"].link_token


def email_of(market, worker):
    return market.perform(OPERATOR, accounts.get_worker, worker_id=worker).email


def confirm(market, token, at=REAL):
    return market.perform(OPERATOR, recovery.confirm_email_change, token=token, at=at)


def undo(market, token, at=REAL):
    return market.perform(OPERATOR, recovery.undo_email_change, token=token, at=at)


def test_a_reset_sets_the_password_once_and_ends_every_session(market, bob, charlie):
    sessions = [market.perform(OPERATOR, accounts.start_session, worker_id=who, at=REAL) for who in (bob, charlie)]
    first, second = asked_to_reset(market), asked_to_reset(market)
    assert market.perform(OPERATOR, recovery.get_password_reset, token=first, at=REAL) == "bob@example.org"
    assert reset(market, first, REAL + 59 * MINUTE) == bob
    assert market.perform(OPERATOR, accounts.get_sign_in, email="bob@example.org").password_hash == "new"
    still_in = [
        market.perform(OPERATOR, accounts.get_session, token=session.token, at=REAL) is not None for session in sessions
    ]
    assert still_in == [False, True]
    for token in (first, second):
        with pytest.raises(LinkExpired):
            reset(market, token, REAL, password_hash="newer")
    assert checks.problems(market.database) == []


def test_api_tokens_end_with_a_reset_only_when_asked(market, bob):
    market.perform(OPERATOR, accounts.add_worker_token, worker_id=bob, name="script")
    reset(market, asked_to_reset(market))
    assert len(market.perform(bob, accounts.list_worker_tokens)) == 1
    reset(market, asked_to_reset(market), revokes_tokens=True)
    assert market.perform(bob, accounts.list_worker_tokens) == []


@pytest.mark.parametrize("spoil", [lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"), lambda _: "",
                                   lambda token: token.partition(".")[0], lambda token: token + "00",
                                   lambda token: f"{token}.é"])  # fmt: skip
def test_a_link_that_was_not_made_here_is_refused(market, bob, spoil):
    with pytest.raises(LinkExpired):
        reset(market, spoil(asked_to_reset(market)))


def test_a_link_is_good_for_its_own_purpose_only(market, bob):
    to_confirm, to_undo = change_email(market, bob)
    for wrong in (to_undo, asked_to_reset(market)):
        with pytest.raises(LinkExpired):
            confirm(market, wrong)
    for wrong in (to_confirm, to_undo):
        with pytest.raises(LinkExpired):
            reset(market, wrong)
    with pytest.raises(LinkExpired):
        undo(market, to_confirm)


def test_a_reset_ends_after_an_hour_and_nobody_unknown_or_suspended_is_mailed(market, bob, charlie):
    token = asked_to_reset(market)
    with pytest.raises(LinkExpired):
        reset(market, token, REAL + 60 * MINUTE)
    before = len(market.perform(OPERATOR, deliveries.list_deliveries))
    market.perform(OPERATOR, accounts.set_worker_status, worker_id=charlie, status="Suspended")
    for email in ("nobody@example.org", "", "charlie@example.org", "%"):
        market.perform(OPERATOR, recovery.request_password_reset, email=email, at=REAL)
    assert len(market.perform(OPERATOR, deliveries.list_deliveries)) == before


@pytest.mark.parametrize("ends", ["password", "operator", "suspension", "deletion"])
def test_a_link_ends_with_what_makes_it_needless_or_wrong(market, bob, ends):
    token = asked_to_reset(market)
    if ends == "password":
        market.perform(bob, accounts.change_password, password_hash="known", session_token="")
    elif ends == "operator":
        market.perform(OPERATOR, accounts.set_password, worker_id=bob, password_hash="given")
    elif ends == "suspension":
        market.perform(OPERATOR, accounts.set_worker_status, worker_id=bob, status="Suspended")
    else:
        market.perform(bob, deletion.delete_account)
    with pytest.raises(LinkExpired):
        reset(market, token)


def test_an_address_changes_when_the_new_one_confirms_and_the_old_one_is_told(market, bob):
    asked_to_reset(market)
    to_confirm, _ = change_email(market, bob, " Bob@Home.example ")
    found = letters(market)
    assert found["EmailConfirmation"].address == "bob@home.example"
    assert (found["EmailNotice"].address, found["EmailNotice"].new_email) == ("bob@example.org", "bob@home.example")
    assert email_of(market, bob) == "bob@example.org"
    assert market.perform(bob, recovery.get_requested_email, at=REAL) == "bob@home.example"
    assert confirm(market, to_confirm, REAL + DAY - MINUTE) == "bob@home.example"
    assert email_of(market, bob) == "bob@home.example"
    assert market.perform(bob, recovery.get_requested_email, at=REAL) is None
    assert letters(market)["PasswordReset"] is None, "it would go to another address than the one that asked"
    with pytest.raises(LinkExpired):
        confirm(market, to_confirm)


def test_a_change_that_is_not_confirmed_in_a_day_or_asked_for_anew_is_over(market, bob):
    to_confirm, _ = change_email(market, bob)
    with pytest.raises(LinkExpired):
        confirm(market, to_confirm, REAL + DAY)
    newer, _ = change_email(market, bob, "robert@home.example")
    with pytest.raises(LinkExpired):
        confirm(market, to_confirm)
    assert confirm(market, newer) == "robert@home.example"


def test_an_address_that_somebody_else_has_is_refused_only_to_who_reads_its_mail(market, bob, charlie):
    to_confirm, _ = change_email(market, bob, "charlie@example.org")
    with pytest.raises(InvalidField):
        confirm(market, to_confirm)
    assert email_of(market, bob) == "bob@example.org"
    for wrong in ("bob@example.org", "nowhere", ""):
        with pytest.raises(InvalidField):
            market.perform(bob, recovery.request_email_change, email=wrong, at=REAL)


def test_the_old_address_cancels_a_change_before_it_takes_effect(market, bob):
    to_confirm, to_undo = change_email(market, bob)
    assert undo(market, to_undo) is None
    with pytest.raises(LinkExpired):
        confirm(market, to_confirm)
    assert letters(market)["EmailConfirmation"] is None


def test_the_old_address_takes_a_stolen_account_back(market, bob):
    market.perform(OPERATOR, accounts.add_worker_token, worker_id=bob, name="thief")
    session = market.perform(OPERATOR, accounts.start_session, worker_id=bob, at=REAL)
    to_confirm, to_undo = change_email(market, bob, "thief@evil.example")
    confirm(market, to_confirm)
    again, _ = change_email(market, bob, "thief2@evil.example")
    confirm(market, again)
    later, thiefs_undo = change_email(market, bob, "thief3@evil.example")
    market.perform(OPERATOR, recovery.request_password_reset, email="thief2@evil.example", at=REAL)
    thiefs_reset = letters(market)["PasswordReset"].link_token

    new_password = undo(market, to_undo, REAL + timedelta(days=13))
    assert email_of(market, bob) == "bob@example.org"
    assert market.perform(bob, accounts.list_worker_tokens) == []
    assert market.perform(OPERATOR, accounts.get_session, token=session.token, at=REAL) is None
    for link, use in ((later, confirm), (thiefs_undo, undo), (thiefs_reset, reset), (to_undo, undo)):
        with pytest.raises(LinkExpired):
            use(market, link)
    assert reset(market, new_password, REAL + timedelta(days=13)) == bob


def test_after_two_weeks_a_change_stands(market, bob):
    to_confirm, to_undo = change_email(market, bob)
    confirm(market, to_confirm)
    with pytest.raises(LinkExpired):
        undo(market, to_undo, REAL + timedelta(days=14))


def test_what_has_ended_is_dropped(market, bob):
    asked_to_reset(market)
    change_email(market, bob)
    market.perform(MARKET, recovery.delete_ended, at=REAL + DAY)
    with market.database.reading() as db:
        assert db.all("SELECT * FROM password_reset") == db.all("SELECT * FROM email_change") == []


def test_the_operator_gives_another_address(market, bob, charlie):
    token = asked_to_reset(market)
    market.perform(OPERATOR, recovery.set_email, worker_id=bob, email="new@example.org")
    assert email_of(market, bob) == "new@example.org"
    with pytest.raises(LinkExpired):
        reset(market, token)
    with pytest.raises(InvalidField):
        market.perform(OPERATOR, recovery.set_email, worker_id=bob, email="charlie@example.org")


def test_a_worker_sees_and_ends_their_own_sessions(market, bob, charlie):
    mine = [
        market.perform(
            OPERATOR, accounts.start_session, worker_id=bob, at=REAL + day * DAY, user_agent=f"Browser {day}"
        )
        for day in range(3)
    ]
    theirs = market.perform(OPERATOR, accounts.start_session, worker_id=charlie, at=REAL)
    listed = market.perform(bob, accounts.list_sessions, at=REAL + 3 * DAY)
    assert [one.user_agent for one in listed] == ["Browser 2", "Browser 1", "Browser 0"]
    (not_mine,) = market.perform(charlie, accounts.list_sessions, at=REAL)
    for wrong in (not_mine.session_id, "%", "x"):
        assert market.perform(bob, accounts.end_sessions, session_id=wrong) == 0
    assert market.perform(bob, accounts.end_sessions, session_id=listed[1].session_id) == 1
    assert market.perform(bob, accounts.end_sessions, except_token=mine[0].token) == 1
    left = [market.perform(OPERATOR, accounts.get_session, token=one.token, at=REAL) for one in (*mine, theirs)]
    assert [visitor is not None for visitor in left] == [True, False, False, True]


def test_the_last_use_of_a_token_and_a_session_is_known(market, bob):
    token = market.perform(OPERATOR, accounts.add_worker_token, worker_id=bob, name="script")
    bearer = market.perform(OPERATOR, accounts.get_token_bearer, token=token)
    assert not bearer.use_is_recorded
    market.perform(bob, accounts.record_use, credential=bearer.credential, at=REAL)
    assert market.perform(OPERATOR, accounts.get_token_bearer, token=token).use_is_recorded
    (listed,) = market.perform(bob, accounts.list_worker_tokens)
    assert listed.last_used_at == market.clock.now()
    market.clock.advance(seconds=300)
    assert not market.perform(OPERATOR, accounts.get_token_bearer, token=token).use_is_recorded

    session = market.perform(OPERATOR, accounts.start_session, worker_id=bob, at=REAL)
    later = REAL + 6 * MINUTE
    visitor = market.perform(OPERATOR, accounts.get_session, token=session.token, at=later)
    assert not visitor.use_is_recorded
    market.perform(bob, accounts.record_use, credential=visitor.credential, at=later)
    (listed,) = market.perform(bob, accounts.list_sessions, at=later)
    assert (listed.started_at, listed.last_used_at) == (REAL, later)


def test_whether_a_session_or_token_counts_is_known_by_its_id(market, bob, charlie):
    session = market.perform(OPERATOR, accounts.start_session, worker_id=bob, at=REAL)
    token = market.perform(OPERATOR, accounts.add_worker_token, worker_id=bob, name="script")
    of_session = market.perform(OPERATOR, accounts.get_session, token=session.token, at=REAL).credential
    of_token = market.perform(OPERATOR, accounts.get_token_bearer, token=token).credential

    def counts(credential, who=bob, at=REAL):
        return market.perform(who, accounts.get_is_signed_in, credential=credential, at=at)

    assert [counts(of_session), counts(of_token)] == [True, True]
    for nothing in ("", "session-", "session-%", "token-____________", of_session[:-1], of_session + "0"):
        assert not counts(nothing)
    assert not counts(of_session, charlie)
    assert not counts(of_session, at=REAL + 30 * DAY)
    market.perform(OPERATOR, accounts.end_session, token=session.token)
    market.perform(bob, accounts.revoke_worker_tokens, worker_id=bob)
    assert [counts(of_session), counts(of_token)] == [False, False]
