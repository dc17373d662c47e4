"""Life cycles: the tables are those of docs/mturk/api.md 4.1 to 4.4, and a HIT's status follows from its counters."""

import itertools

import pytest
from botocore.loaders import Loader

from kempelen.core.rules.states import (
    ASSIGNMENT_MOVES,
    HIT_MOVES,
    QUALIFICATION_MOVES,
    QUALIFICATION_TYPE_MOVES,
    REQUEST_MOVES,
    hit_status,
)

HIT_ROWS = {
    "H1": ("", "Assignable"),
    "H3 H7": ("Assignable", "Unassignable"),
    "H4 H11": ("Unassignable", "Assignable"),
    "H5 H6": ("Assignable", "Reviewable"),
    "H5 H8": ("Unassignable", "Reviewable"),
    "H9": ("Reviewable", "Reviewing"),
    "H10": ("Reviewing", "Reviewable"),
    "H11 H12 H13": ("Reviewable", "Assignable"),
    "H11 H12": ("Reviewing", "Assignable"),
    "H14 H15": ("Reviewable", "Disposed"),
    "H14 H15 as well": ("Reviewing", "Disposed"),
}
ASSIGNMENT_ROWS = {
    "A1": ("", "Accepted"),
    "A2": ("Accepted", "Submitted"),
    "A3": ("Accepted", "Returned"),
    "A4": ("Accepted", "Abandoned"),
    "ours: a Return is undone": ("Returned", "Accepted"),
    "A5 A6 A7": ("Submitted", "Approved"),
    "A7 A8": ("Submitted", "Rejected"),
    "A9": ("Rejected", "Approved"),
}
QUALIFICATION_ROWS = {
    "Q4 Q6 Q7 Q9": ("", "Granted"),
    "Q10": ("Granted", "Granted"),
    "Q11": ("Granted", "Revoked"),
    "Q12": ("Revoked", "Granted"),
}
REQUEST_ROWS = {
    "Q1": ("", "Submitted"),
    "Q2": ("", "InTest"),
    "Q3": ("InTest", "Submitted"),
    "Q4": ("InTest", "Granted"),
    "Q5": ("InTest", "Lapsed"),
    "Q6": ("", "Granted"),
    "Q7": ("Submitted", "Granted"),
    "Q8": ("Submitted", "Rejected"),
    "Q8 while the test is taken": ("InTest", "Rejected"),
}
TYPE_ROWS = {
    "T1": ("", "Active"),
    "T1 as well": ("", "Inactive"),
    "T2": ("Active", "Inactive"),
    "T3": ("Inactive", "Active"),
    "T4": ("Active", "Disposing"),
    "T4 as well": ("Inactive", "Disposing"),
    "T5": ("Disposing", "Disposed"),
    "an update of something else": ("Active", "Active"),
    "an update of something else as well": ("Inactive", "Inactive"),
}
TABLES = [
    (HIT_MOVES, HIT_ROWS),
    (ASSIGNMENT_MOVES, ASSIGNMENT_ROWS),
    (QUALIFICATION_MOVES, QUALIFICATION_ROWS),
    (REQUEST_MOVES, REQUEST_ROWS),
    (QUALIFICATION_TYPE_MOVES, TYPE_ROWS),
]


@pytest.mark.parametrize(("moves", "rows"), TABLES)
def test_exactly_the_moves_of_the_specification_are_allowed(moves, rows):
    assert {(before, after) for before, many in moves.items() for after in many} == set(rows.values())
    assert set().union(*moves.values()) <= set(moves)


def test_the_statuses_are_those_of_the_model():
    shapes = Loader().load_service_model("mturk", "service-2", "2017-01-17")["shapes"]
    assert set(HIT_MOVES) - {""} == set(shapes["HITStatus"]["enum"])
    assert set(ASSIGNMENT_MOVES) - {"", "Accepted", "Returned", "Abandoned"} == set(shapes["AssignmentStatus"]["enum"])
    assert set(QUALIFICATION_MOVES) - {""} == set(shapes["QualificationStatus"]["enum"])
    types = set(QUALIFICATION_TYPE_MOVES) - {"", "Disposing", "Disposed"}
    assert types == set(shapes["QualificationTypeStatus"]["enum"])


@pytest.mark.parametrize(
    ("row", "was", "expired", "open_places", "pending", "becomes"),
    [
        ("H1: a new HIT", "Assignable", False, 3, 0, "Assignable"),
        ("H2: a Worker accepts", "Assignable", False, 2, 1, "Assignable"),
        ("H3: a Worker accepts the last place", "Assignable", False, 0, 3, "Unassignable"),
        ("H4: one is returned or abandoned", "Unassignable", False, 1, 2, "Assignable"),
        ("H5: the last outstanding submission", "Unassignable", False, 0, 0, "Reviewable"),
        ("H5: the only place submitted at once", "Assignable", False, 0, 0, "Reviewable"),
        ("H6: expired and nothing pending", "Assignable", True, 3, 0, "Reviewable"),
        ("H7: expired and work pending", "Assignable", True, 2, 1, "Unassignable"),
        ("H8: expired, the last pending returned", "Unassignable", True, 3, 0, "Reviewable"),
        ("H8: expired, one of two pending returned", "Unassignable", True, 2, 1, "Unassignable"),
        ("H9: under review, nothing moves", "Reviewing", False, 0, 0, "Reviewing"),
        ("H10: put back, nothing moves", "Reviewable", False, 0, 0, "Reviewable"),
        ("H11: more places for a Reviewable HIT", "Reviewable", False, 2, 0, "Assignable"),
        ("H11: more places for a HIT under review", "Reviewing", False, 2, 0, "Assignable"),
        ("H11: more places while all are taken", "Unassignable", False, 1, 3, "Assignable"),
        ("H11: more places for an expired HIT only grow", "Reviewable", True, 5, 0, "Reviewable"),
        ("H11: more places for an expired HIT under review", "Reviewing", True, 5, 0, "Reviewing"),
        ("H12: extended, places unfilled", "Reviewable", False, 1, 0, "Assignable"),
        ("H12: extended, all places filled", "Reviewable", False, 0, 0, "Reviewable"),
        ("H14: deleted stays deleted", "Disposed", False, 2, 0, "Disposed"),
        ("H15: disposed in time stays so", "Disposed", True, 2, 0, "Disposed"),
    ],
)
def test_a_hits_status_follows_from_its_counters(row, was, expired, open_places, pending, becomes):
    assert hit_status(status=was, expired=expired, open_places=open_places, pending=pending) == becomes, row


def test_whatever_the_counters_the_status_is_the_one_of_the_specification():
    for was, expired, open_places, pending in itertools.product(
        ["Assignable", "Unassignable", "Reviewable", "Reviewing"], [False, True], range(3), range(3)
    ):
        status = hit_status(status=was, expired=expired, open_places=open_places, pending=pending)
        assert (status == "Assignable") == (open_places > 0 and not expired)
        assert (status == "Unassignable") == ((open_places == 0 or expired) and pending > 0)
        assert (status in ("Reviewable", "Reviewing")) == ((open_places == 0 or expired) and pending == 0)
        assert status != "Reviewing" or was == "Reviewing"
