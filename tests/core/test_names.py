"""Names: one mechanical rule between ours and the wire's; and the shape of ids."""

import re
from random import Random

import pytest
from botocore import xform_name
from botocore.loaders import Loader

from kempelen.core.wire.names import (
    before_ids_of,
    new_account_id,
    new_id,
    new_id_in_order,
    number_in_order,
    path_name,
    wire_name,
)

MODEL = Loader().load_service_model("mturk", "service-2", "2017-01-17")
OPERATIONS = sorted(MODEL["operations"])
MEMBERS = sorted({member for shape in MODEL["shapes"].values() for member in shape.get("members", {})})


def test_all_39_operations_have_the_names_boto3_gives_them():
    assert len(OPERATIONS) == 39
    assert [wire_name(xform_name(name)) for name in OPERATIONS] == OPERATIONS


def test_every_member_of_the_model_has_a_snake_case_name_that_leads_back_to_it():
    assert len(MEMBERS) > 100
    assert [wire_name(xform_name(name)) for name in MEMBERS] == MEMBERS
    assert len({xform_name(name) for name in MEMBERS}) == len(MEMBERS)


@pytest.mark.parametrize(
    ("wire", "path"),
    [("HITId", "hITId"), ("MaxResults", "maxResults"), ("RequesterFeedback", "requesterFeedback"), ("HITs", "hITs")],
)
def test_a_fault_names_a_member_with_its_first_letter_lowered(wire, path):
    assert path_name(wire) == path


def test_ids_look_like_the_originals_and_like_the_model_wants_them():
    random = Random(0)
    entity = MODEL["shapes"]["EntityId"]["pattern"]
    person = MODEL["shapes"]["CustomerId"]["pattern"]
    for _ in range(100):
        assert re.fullmatch(r"3[0-9A-Z]{29}", new_id(1_790_000_000_000, random))
        assert re.fullmatch(entity, new_id(1_790_000_000_000, random))
        assert re.fullmatch(r"A[0-9A-Z]{13}", account := new_account_id(random))
        assert re.fullmatch(person, account)


def test_ids_are_in_the_order_of_their_time():
    random = Random(0)
    moments = sorted(random.randrange(0, 36**8) for _ in range(200))
    ids = [new_id(moment, random) for moment in moments]
    assert [identifier[:9] for identifier in ids] == sorted(identifier[:9] for identifier in ids)


def test_ids_in_order_are_in_the_order_of_their_numbers_within_their_moment():
    random, moment = Random(1), 1_790_000_000_000
    numbers = [0, 1, 2, 35, 36, 1_000_000, 36**5 - 1]
    ids = [new_id_in_order(moment, number, random) for number in numbers]
    assert ids == sorted(ids)
    assert [number_in_order(each) for each in ids] == numbers
    assert {len(each) for each in ids} == {30}
    assert before_ids_of(moment) < ids[0] < ids[-1] < before_ids_of(moment + 1)
    assert number_in_order(new_id_in_order(moment, 36**5, random)) == 36**5 - 1, (
        "no more room: one after the other no more"
    )
    assert len({new_id_in_order(moment, 7, random) for _ in range(1_000)}) == 1_000


def test_an_id_carries_at_least_a_hundred_random_bits():
    class Counting(Random):
        drawn = 0

        def getrandbits(self, bits):
            self.drawn += bits
            return super().getrandbits(bits)

    random = Counting(0)
    made = {new_id(1_790_000_000_000, random) for _ in range(1000)}
    assert len(made) == 1000
    assert random.drawn >= 100 * 1000
    assert new_id(0, all_ones := AllOnes()) != new_id(0, Random(0))
    assert len(new_id(0, all_ones)) == 30


class AllOnes(Random):
    """The largest number every time: an id keeps its length."""

    def getrandbits(self, bits):
        return 2**bits - 1
