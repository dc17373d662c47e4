"""A short fuzz of every operation, the same in each run; `make fuzz` plays long. See tests/simulation/fuzz."""

import pytest

from tests.simulation.fuzz.history import Failure, History
from tests.simulation.fuzz.model import OPERATIONS, expected_refusal, misfits

STEPS = 400


def played(seed: int, target: str, steps: int = STEPS) -> History:
    """A history that met nothing wrong."""
    history = History(seed, target)
    try:
        history.play(steps)
    finally:
        history.close()
    return history


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_nothing_goes_wrong_and_both_databases_tell_the_same(migrated_target, seed):
    history = played(seed, migrated_target)
    assert history.digest.digest() == played(seed, ":memory:").digest.digest()


@pytest.mark.slow
def test_every_operation_is_done_and_refused():
    done: set[str] = set()
    refused = {"GetAccountBalance"}  # there is nothing about it to refuse but the form
    for seed in range(21, 31):
        for operation, outcomes in played(seed, ":memory:").outcomes.items():
            done |= {operation} if "done" in outcomes else set()
            refused |= {operation} if outcomes.keys() - {"done"} else set()
        if done == refused == set(OPERATIONS):
            return
    raise AssertionError(f"never done: {set(OPERATIONS) - done}; never refused: {set(OPERATIONS) - refused}")


def test_a_failure_says_how_to_see_it_again(monkeypatch):
    history = History(3, ":memory:")
    monkeypatch.setattr(history.town, "perform", lambda *_, **__: 1 / 0)  # a Worker meets a fault of ours
    with pytest.raises(Failure, match=r"ZeroDivisionError[\s\S]*tests.simulation.fuzz --seed 3 --steps \d+"):
        history.play(50)
    history.close()


@pytest.mark.parametrize(
    ("operation", "members", "expected"),
    [
        ("GetHIT", {"HITId": "3AB"}, None),
        ("GetHIT", {"HITId": "3AB", "Colour": 1}, None),
        ("GetHIT", {"HITId": "3ab"}, "ValidationException"),
        ("GetHIT", {"HITId": None}, "ValidationException"),
        ("GetHIT", {"HITId": 3}, "SerializationException"),
        ("ListHITs", {"MaxResults": 2.0}, None),
        ("ListHITs", {"MaxResults": 101}, "ValidationException"),
        ("ListHITs", {"MaxResults": True}, "SerializationException"),
        ("UpdateExpirationForHIT", {"HITId": "", "ExpireAt": "soon"}, "SerializationException"),
    ],
)
def test_the_judge_knows_a_bad_request(operation, members, expected):
    assert expected_refusal(members, operation) == expected


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"HIT": {"HITId": "3AB", "CreationTime": 1.8e9}}, []),
        ({"HIT": {"HITId": None}}, ["answer.HIT.HITId is missing"]),
        ({"HIT": {"CreationTime": "2026-10-01"}}, ["answer.HIT.CreationTime is no time"]),
        ({"HIT": {"HITStatus": "Gone"}}, ["answer.HIT.HITStatus is none of its values: 'Gone'"]),
        ({"HIT": {"QualificationRequirements": [{"QualificationTypeId": "3"}]}},
         ["answer.HIT.QualificationRequirements[0].Comparator is missing"]),
        ({"hit": {}}, ["answer.hit is unknown"]),
    ],
)  # fmt: skip
def test_the_judge_knows_a_bad_answer(told, fault):
    assert misfits(told, "GetHIT") == fault
