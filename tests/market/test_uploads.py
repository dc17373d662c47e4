"""Uploads: whose the files are, until when, and who may read them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from kempelen.core.wire.errors import InvalidHITState, InvalidParameterValue
from kempelen.core.wire.refusals import (
    FileAddressOver,
    TooManyUploads,
    UploadGone,
    UploadQuotaExceeded,
    WorkDoesNotExist,
    WorkerUploadQuotaExceeded,
    WorkNotOpen,
)
from kempelen.market.foundation.call import MARKET
from kempelen.market.hits import hit_changes, uploads
from kempelen.market.market import Market
from kempelen.market.work import assignments, work
from tests.clients.hits import PHOTO_FORM
from tests.market.work import ANSWER, DAYS, HOURS, accepted_work, pass_time, submit_answer


def begun(market: Market, worker: str, assignment_id: str, question: str = "photo", name: str = "mug.png") -> str:
    return market.perform(
        worker, uploads.begin, assignment_id=assignment_id, question_identifier=question, file_name=name
    )


def uploaded(market: Market, worker: str, assignment_id: str, size: int = 5, **about: Any) -> str:
    key = begun(market, worker, assignment_id, **about)
    market.perform(worker, uploads.keep, assignment_id=assignment_id, file_key=key, size_in_bytes=size)
    return key


def taken(market: Market, alice: str, bob: str, **members: Any) -> str:
    """An assignment of a HIT that asks for a file."""
    return accepted_work(market, alice, bob, question=PHOTO_FORM, **members).assignment_id


def handed_in(market: Market, alice: str, bob: str) -> tuple[str, str]:
    """An assignment answered by a file, and the file's key."""
    assignment_id = taken(market, alice, bob)
    key = uploaded(market, bob, assignment_id)
    market.perform(bob, submit_answer, assignment_id=assignment_id, answer=ANSWER, file_keys=[key])
    return assignment_id, key


def there(market: Market, worker: str, assignment_id: str) -> list[str]:
    return [one.file_key for one in market.perform(worker, uploads.list_uploads, assignment_id=assignment_id)]


def to_delete(market: Market) -> list[str]:
    return market.perform(MARKET, uploads.list_to_delete, most=100)


def address_of(market: Market, alice: str, assignment_id: str, question: str = "photo") -> dict[str, str]:
    """What the address of a file says, as the site takes it."""
    url = market.perform(
        alice, assignments.get_file_upload_url, assignment_id=assignment_id, question_identifier=question
    ).file_upload_url
    assert url.startswith("http://kempelen.localhost:8900/uploads/")
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    return {"file_key": urlsplit(url).path.rpartition("/")[2], **query}


def test_a_file_counts_once_it_is_whole(market: Market, alice: str, bob: str) -> None:
    assignment_id = taken(market, alice, bob)
    key = begun(market, bob, assignment_id, name="C:\\mugs\\my\u202e m\x00ug.png")
    assert there(market, bob, assignment_id) == []
    market.perform(bob, uploads.keep, assignment_id=assignment_id, file_key=key, size_in_bytes=5)
    (one,) = market.perform(bob, uploads.list_uploads, assignment_id=assignment_id)
    assert one == uploads.Upload(file_key=key, question_identifier="photo", file_name="my mug.png", size_in_bytes=5)
    assert to_delete(market) == []


def test_a_question_has_one_file_and_the_next_takes_its_place(market: Market, alice: str, bob: str) -> None:
    assignment_id = taken(market, alice, bob)
    first, other = uploaded(market, bob, assignment_id), uploaded(market, bob, assignment_id, question="receipt")
    second = uploaded(market, bob, assignment_id)
    assert there(market, bob, assignment_id) == sorted([other, second])
    assert to_delete(market) == [first]


def test_only_the_worker_of_an_open_assignment_uploads(market: Market, alice: str, bob: str, charlie: str) -> None:
    assignment_id = taken(market, alice, bob)
    key = begun(market, bob, assignment_id)
    for stranger in (charlie, alice):
        with pytest.raises(WorkDoesNotExist):
            begun(market, stranger, assignment_id)
        with pytest.raises(WorkDoesNotExist):
            market.perform(stranger, uploads.keep, assignment_id=assignment_id, file_key=key, size_in_bytes=5)
        assert there(market, stranger, assignment_id) == []
    theirs = taken(market, alice, charlie)
    with pytest.raises(UploadGone):
        market.perform(charlie, uploads.keep, assignment_id=theirs, file_key=key, size_in_bytes=5)
    market.perform(charlie, uploads.drop, assignment_id=theirs, file_key=key)
    market.perform(bob, uploads.keep, assignment_id=assignment_id, file_key=key, size_in_bytes=5)
    market.perform(bob, work.return_assignment, assignment_id=assignment_id)
    with pytest.raises(WorkNotOpen):
        begun(market, bob, assignment_id)


def test_a_file_that_comes_too_late_is_not_kept(market: Market, alice: str, bob: str) -> None:
    assignment_id = taken(market, alice, bob)
    key = begun(market, bob, assignment_id)
    pass_time(market, 1 * HOURS)
    with pytest.raises(WorkNotOpen):
        market.perform(bob, uploads.keep, assignment_id=assignment_id, file_key=key, size_in_bytes=5)
    assert to_delete(market) == [key]


def test_a_file_is_kept_once(market: Market, alice: str, bob: str) -> None:
    assignment_id = taken(market, alice, bob, assignment_duration_in_seconds=3 * DAYS)
    key = uploaded(market, bob, assignment_id)
    with pytest.raises(UploadGone):
        market.perform(bob, uploads.keep, assignment_id=assignment_id, file_key=key, size_in_bytes=6)
    dropped, late = begun(market, bob, assignment_id), begun(market, bob, assignment_id)
    market.perform(bob, uploads.drop, assignment_id=assignment_id, file_key=dropped)
    assert to_delete(market) == [dropped]
    pass_time(market, uploads.IDLE_SECONDS)
    for gone in (dropped, late):
        with pytest.raises(UploadGone):
            market.perform(bob, uploads.keep, assignment_id=assignment_id, file_key=gone, size_in_bytes=5)
    assert there(market, bob, assignment_id) == [key]


def test_not_too_many_are_on_their_way_at_once(market: Market, alice: str, bob: str) -> None:
    assignment_id = taken(market, alice, bob)
    keys = [begun(market, bob, assignment_id) for _ in range(uploads.MOST_ARRIVING)]
    with pytest.raises(TooManyUploads):
        begun(market, bob, assignment_id)
    begun(market, bob, taken(market, alice, bob))
    begun(market, bob, assignment_id, question="receipt")
    market.perform(bob, uploads.drop, assignment_id=assignment_id, file_key=keys[0])
    begun(market, bob, assignment_id)


def test_replaced_files_that_wait_to_be_deleted_are_few(market: Market, alice: str, bob: str) -> None:
    assignment_id = taken(market, alice, bob)
    for _ in range(uploads.MOST_REPLACED + 1):
        uploaded(market, bob, assignment_id)
    with pytest.raises(TooManyUploads):
        begun(market, bob, assignment_id)
    market.perform(MARKET, uploads.delete_old, file_keys=to_delete(market))
    begun(market, bob, assignment_id)


def set_quotas(market: Market, **quotas: int) -> None:
    market.rules = msgspec.structs.replace(market.rules, max_upload_bytes=100, **quotas)


def test_the_files_of_a_worker_stay_within_their_quota(market: Market, alice: str, bob: str, charlie: str) -> None:
    set_quotas(market, worker_upload_quota_bytes=250)
    first, second = taken(market, alice, bob), taken(market, alice, bob)
    uploaded(market, bob, first, size=60)
    uploaded(market, bob, first, size=100)  # replaces the former
    arriving = begun(market, bob, second)
    with pytest.raises(WorkerUploadQuotaExceeded):
        begun(market, bob, second, question="receipt")
    uploaded(market, charlie, taken(market, alice, charlie), size=100)
    market.perform(bob, uploads.keep, assignment_id=second, file_key=arriving, size_in_bytes=50)
    late = begun(market, bob, second, question="receipt")
    pass_time(market, uploads.IDLE_SECONDS)
    assert to_delete(market)[-1] == late
    begun(market, bob, second, question="receipt")


def test_all_files_stay_within_the_quota_of_the_site(market: Market, alice: str, bob: str, charlie: str) -> None:
    set_quotas(market, upload_quota_bytes=200)
    mine, theirs = taken(market, alice, bob), taken(market, alice, charlie)
    uploaded(market, bob, mine, size=100)
    uploaded(market, charlie, theirs, size=1)
    with pytest.raises(UploadQuotaExceeded):
        begun(market, charlie, theirs)
    market.perform(bob, work.return_assignment, assignment_id=mine)
    pass_time(market, work.UNDO_SECONDS)
    begun(market, charlie, theirs)


def test_a_file_larger_than_it_was_counted_is_not_kept(market: Market, alice: str, bob: str) -> None:
    set_quotas(market)
    about = {"assignment_id": taken(market, alice, bob)}
    key = begun(market, bob, **about)
    with pytest.raises(UploadGone):
        market.perform(bob, uploads.keep, **about, file_key=key, size_in_bytes=101)
    market.perform(bob, uploads.keep, **about, file_key=key, size_in_bytes=100)


def test_an_upload_lives_as_long_as_bytes_arrive(market: Market, alice: str, bob: str) -> None:
    about = {"assignment_id": taken(market, alice, bob)}
    key = begun(market, bob, **about)
    for _ in range(3):
        pass_time(market, uploads.IDLE_SECONDS - 1)
        market.perform(bob, uploads.extend, **about, file_key=key)
    pass_time(market, uploads.IDLE_SECONDS)
    with pytest.raises(UploadGone):
        market.perform(bob, uploads.extend, **about, file_key=key)
    assert to_delete(market) == [key]


@pytest.mark.slow
def test_uploads_that_begin_at_once_do_not_exceed_a_quota(market: Market, alice: str, bob: str, charlie: str) -> None:
    set_quotas(market, upload_quota_bytes=300)
    tasks = [(worker, taken(market, alice, worker)) for worker in (bob, charlie) * 5]
    with ThreadPoolExecutor(len(tasks)) as racing:
        tries = [racing.submit(begun, market, worker, assignment_id) for worker, assignment_id in tasks]
    refused = [one.exception() for one in tries if one.exception() is not None]
    assert len(refused) == len(tasks) - 3
    assert all(isinstance(one, UploadQuotaExceeded) for one in refused)


def test_submitting_keeps_what_the_answer_names_and_nothing_else(market: Market, alice: str, bob: str) -> None:
    assignment_id = taken(market, alice, bob)
    named, other = uploaded(market, bob, assignment_id), uploaded(market, bob, assignment_id, question="receipt")
    market.perform(bob, submit_answer, assignment_id=assignment_id, answer=ANSWER, file_keys=[named])
    assert there(market, bob, assignment_id) == [named]
    assert to_delete(market) == [other]
    with pytest.raises(WorkNotOpen):
        begun(market, bob, assignment_id)


def test_an_answer_cannot_name_a_file_that_was_replaced(market: Market, alice: str, bob: str, charlie: str) -> None:
    assignment_id = taken(market, alice, bob)
    replaced, key = uploaded(market, bob, assignment_id), uploaded(market, bob, assignment_id)
    strange = uploaded(market, charlie, taken(market, alice, charlie))
    for wrong in ([replaced], [strange], [key, "3NOFILE"]):
        with pytest.raises(UploadGone):
            market.perform(bob, submit_answer, assignment_id=assignment_id, answer=ANSWER, file_keys=wrong)
    assert market.perform(bob, work.get_work, assignment_id=assignment_id).status == "Accepted"
    assert there(market, bob, assignment_id) == [key]


def test_files_of_work_that_was_not_handed_in_go(market: Market, alice: str, bob: str) -> None:
    returned, abandoned = taken(market, alice, bob), taken(market, alice, bob)
    keys = [uploaded(market, bob, returned), uploaded(market, bob, abandoned)]
    market.perform(bob, work.return_assignment, assignment_id=returned)
    pass_time(market, 1 * HOURS)
    assert sorted(to_delete(market)) == sorted(keys)


def test_files_go_when_their_hit_is_disposed_of(market: Market, alice: str, bob: str) -> None:
    assignment_id, key = handed_in(market, alice, bob)
    stays, _ = handed_in(market, alice, bob)
    given_out = address_of(market, alice, assignment_id)
    market.perform(alice, assignments.approve_assignment, assignment_id=assignment_id)
    hit_id = market.perform(alice, assignments.get_assignment, assignment_id=assignment_id).hit.hit_id
    market.perform(alice, hit_changes.delete_hit, hit_id=hit_id)
    assert to_delete(market) == [key]
    with pytest.raises(InvalidHITState) as caught:
        address_of(market, alice, assignment_id)
    assert "'Disposed'" in caught.value.message
    with pytest.raises(FileAddressOver):
        market.perform("", uploads.get_by_address, **given_out)
    assert address_of(market, alice, stays)
    market.perform(MARKET, uploads.delete_old, file_keys=[key])
    assert to_delete(market) == []


def test_an_address_is_good_for_a_minute(market: Market, alice: str, bob: str) -> None:
    assignment_id, key = handed_in(market, alice, bob)
    address = address_of(market, alice, assignment_id)
    assert address["file_key"] == key
    market.clock.advance(seconds=59.999)
    assert market.perform("", uploads.get_by_address, **address).file_key == key
    market.clock.advance(seconds=0.001)
    with pytest.raises(FileAddressOver):
        market.perform("", uploads.get_by_address, **address)


def test_an_address_cannot_be_made_up_or_bent(market: Market, alice: str, bob: str) -> None:
    address = address_of(market, alice, handed_in(market, alice, bob)[0])
    other = address_of(market, alice, handed_in(market, alice, bob)[0])
    for bent in (
        address | {"file_key": other["file_key"]},
        address | {"expires": str(int(address["expires"]) + 1)},
        address | {"signature": other["signature"]},
        address | {"signature": ""},
        address | {"signature": "ü"},
        address | {"expires": "soon"},
        {"file_key": "", "expires": "", "signature": ""},
    ):
        with pytest.raises(FileAddressOver):
            market.perform("", uploads.get_by_address, **bent)


def test_work_in_progress_shows_no_file(market: Market, alice: str, bob: str, charlie_requester: str) -> None:
    assignment_id = taken(market, alice, bob)
    key = uploaded(market, bob, assignment_id)
    with pytest.raises(InvalidParameterValue):
        address_of(market, alice, assignment_id)
    market.perform(bob, submit_answer, assignment_id=assignment_id, answer=ANSWER, file_keys=[key])
    assert address_of(market, alice, assignment_id)["file_key"] == key
    with pytest.raises(InvalidParameterValue) as caught:
        address_of(market, alice, assignment_id, "note")
    assert caught.value.message == 'The value "note" is not valid for the parameter QuestionIdentifier.'


@pytest.mark.slow
def test_a_file_and_the_submission_race_to_one_end(market: Market, alice: str, bob: str) -> None:
    """Whichever comes first, the answer names a file that is there, or nothing was handed in."""
    for _ in range(20):
        about = {"assignment_id": taken(market, alice, bob)}
        first, second = uploaded(market, bob, **about), begun(market, bob, **about)
        with ThreadPoolExecutor(2) as racing:
            submitting = racing.submit(market.perform, bob, submit_answer, **about, answer=ANSWER, file_keys=[first])
            keeping = racing.submit(market.perform, bob, uploads.keep, **about, file_key=second, size_in_bytes=7)
        if submitting.exception() is None:
            assert isinstance(keeping.exception(), WorkNotOpen)
            assert there(market, bob, **about) == [first]
        else:
            assert isinstance(submitting.exception(), UploadGone)
            assert there(market, bob, **about) == [second]
