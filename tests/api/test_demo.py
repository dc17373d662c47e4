"""The demo: everybody and everything is there at once, found again the next time, and the program it prints runs."""

import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from kempelen import passwords
from kempelen.config import Config
from kempelen.core.questions import form_answers, questions
from kempelen.demo import demo, samples
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hit_changes, hits, listings
from kempelen.market.people import accounts
from kempelen.market.qualifications import qualification_requests, qualification_tests, qualification_types, standings
from tests.market.work import DAYS, submit_test_answer

OWN_SITE = "http://localhost:8901/dots"
REPLACED = (  # by ours, when the page is served
    "s3.amazonaws.com/mturk-public/",
    "www.mturk.com/mturk/externalSubmit",
    "assets.crowd.aws/crowd-html-elements.js",
)


@pytest.fixture
def demo_market(market):
    market.rules = replace_rules(market.rules)
    return market


def replace_rules(rules):
    import msgspec

    return msgspec.structs.replace(rules, allow_http_external_questions=True)


def test_the_second_time_everybody_is_found_again(demo_market, tmp_path):
    first = demo.gather(demo_market, tmp_path)
    assert demo.gather(demo_market, tmp_path) == first
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600
    (lab,) = demo_market.perform(OPERATOR, accounts.list_requesters)
    assert (lab.name, str(lab.available)) == ("Demo Lab", "10000.00")
    assert len(demo_market.perform(OPERATOR, accounts.list_workers)) == 2


def test_lost_secrets_are_made_anew_for_the_same_people(demo_market, tmp_path):
    first = demo.gather(demo_market, tmp_path)
    (tmp_path / "demo.json").unlink()
    second = demo.gather(demo_market, tmp_path)
    assert second.requester_id == first.requester_id
    assert second.access_key_id != first.access_key_id
    for before, after in zip(first.workers, second.workers, strict=True):
        assert before.worker_id == after.worker_id
        kept = demo_market.perform(OPERATOR, accounts.get_sign_in, email=after.email).password_hash
        assert passwords.matches(kept, after.password)
        assert not passwords.matches(kept, before.password)


def test_a_revoked_key_is_replaced(demo_market, tmp_path):
    first = demo.gather(demo_market, tmp_path)
    demo_market.perform(OPERATOR, accounts.revoke_access_key, access_key_id=first.access_key_id)
    second = demo.gather(demo_market, tmp_path)
    assert second.access_key_id != first.access_key_id
    assert second.workers == first.workers


def test_a_spoiled_file_of_secrets_is_no_hindrance(demo_market, tmp_path):
    (tmp_path / "demo.json").write_text("{")
    assert demo.gather(demo_market, tmp_path) == demo.gather(demo_market, tmp_path)


def test_samples_are_put_up_once_and_again_when_they_are_gone(demo_market, tmp_path):
    lab = demo.gather(demo_market, tmp_path).requester_id
    wanted = list(samples.samples(OWN_SITE))
    assert samples.publish(demo_market, lab, OWN_SITE) == len(wanted) > 15
    assert samples.publish(demo_market, lab, OWN_SITE) == 0
    groups = demo_market.perform(OPERATOR, listings.list_groups).groups
    assert sorted(group.open_hits for group in groups) == [1, 1, 3, 4, 5, 5, 6, 6]
    hit = demo_market.perform(lab, hits.list_hits).hits[0]
    demo_market.perform(
        lab, hit_changes.update_expiration_for_hit, hit_id=hit.hit_id, expire_at=demo_market.clock.now()
    )
    assert samples.publish(demo_market, lab, OWN_SITE) == 1
    demo_market.clock.advance(seconds=15 * DAYS)
    assert samples.publish(demo_market, lab, OWN_SITE) == len(wanted)


def offered(market, worker):
    """The types that can be asked for."""
    found = market.perform(worker, standings.list_available).items
    return [each.qualification_type_id for each in found]


@pytest.mark.parametrize(
    ("fold", "flour", "hot", "score"),
    [("2", "2", "13", 100), ("2", "1", "13", 67), ("2", "1", "1", 33), ("1", "3", "24", 0)],
)
def test_the_recipes_open_to_who_has_two_answers_of_the_test_right(demo_market, tmp_path, fold, flour, hot, score):
    cast = demo.gather(demo_market, tmp_path)
    samples.publish(demo_market, cast.requester_id, OWN_SITE)
    worker = cast.workers[0].worker_id
    (type_id,) = offered(demo_market, worker)

    def recipes():
        (group,) = demo_market.perform(worker, listings.list_groups, search="recipe").groups
        return group

    assert (recipes().open_hits, recipes().caller_meets_requirements) == (3, False)
    assert [(each.name, each.may_request) for each in recipes().to_request] == [("Reads recipes", True)]
    begun = demo_market.perform(worker, qualification_requests.request, qualification_type_id=type_id)
    test = demo_market.perform(worker, qualification_tests.get_test, request_id=begun.request_id).test
    fields = [("answer-1", fold), ("answer-2", flour), *(("answer-3", each) for each in hot)]
    form = questions.parse(test)
    assert form_answers.check_answers(form, fields) == []
    answer = form_answers.answer_xml(form, fields)
    done = demo_market.perform(worker, submit_test_answer, request_id=begun.request_id, answer=answer)
    assert done.value == score
    assert recipes().caller_meets_requirements is (score >= samples.TEST_SCORE)
    demo_market.clock.advance(seconds=60)
    again = demo_market.perform(worker, standings.get_standing, qualification_type_id=type_id)
    assert again.may_request


def test_samples_without_the_test_are_put_up_when_somebody_has_put_it_out_of_use(demo_market, tmp_path):
    lab = demo.gather(demo_market, tmp_path).requester_id
    samples.publish(demo_market, lab, OWN_SITE)
    (type_id,) = offered(demo_market, lab)
    demo_market.clock.advance(seconds=15 * DAYS)
    demo_market.perform(lab, qualification_types.delete_qualification_type, qualification_type_id=type_id)
    assert samples.publish(demo_market, lab, OWN_SITE) == len(list(samples.samples(OWN_SITE))) - 3
    assert demo_market.perform(OPERATOR, listings.list_groups, search="recipe").groups == []


def test_samples_are_pages_that_can_be_submitted_and_load_nothing_foreign():
    for sample in samples.samples(OWN_SITE):
        question = questions.parse(sample.question, allow_http=True)
        html = getattr(question, "html", "")
        assert "$" not in html
        for address in ("http://", "https://"):
            for found in html.split(address)[1:]:
                assert found.startswith(REPLACED)
    assert "$" not in samples.own_page()


def test_addresses_are_ones_that_can_be_asked(tmp_path):
    for host, endpoint in (
        ("0.0.0.0", "http://127.0.0.1:8900"),
        ("::", "http://[::1]:8900"),
        ("10.0.0.1", "http://10.0.0.1:8900"),
    ):
        assert replace(Config(), host=host).endpoint == endpoint


@pytest.mark.parametrize(
    ("given", "expected"), [([], "kempelen demo\n"), (["PORT=9123"], "kempelen demo --port 9123\n")]
)
def test_make_demo_takes_a_port(given, expected):
    root = Path(__file__).parents[2]
    done = subprocess.run(["make", "--dry-run", "demo", *given], cwd=root, capture_output=True, text=True, check=True)
    assert expected in done.stdout.replace(" \n", "\n")
