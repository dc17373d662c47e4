"""Operations: a signature is the wire contract."""

import json

import pytest

from kempelen.core.money import Money
from kempelen.core.wire import operations
from kempelen.core.wire.errors import SerializationException, ValidationException
from kempelen.core.wire.operations import Access, Operation, access_of
from kempelen.core.wire.shapes import EntityId, MaxResults, Structure


class PouredTea(Structure, frozen=True, kw_only=True):
    hit_id: EntityId
    reward: Money


def pour_tea_for_hit(
    call: object, *, hit_id: EntityId, reward: Money, sugar: bool = False, max_results: MaxResults | None = None
) -> PouredTea:
    """An operation that is not Amazon's."""
    return PouredTea(hit_id=hit_id, reward=reward)


def throw_away(call: object, *, reason: str) -> None:
    """An operation with nothing to say."""


POUR, THROW = Operation(pour_tea_for_hit, reads=False), Operation(throw_away, reads=False)


def decoded(operation: Operation, text: str) -> dict[str, object]:
    return operation.decode(text.encode())


def test_names_and_members_follow_from_the_signature():
    assert POUR.name == "PourTeaForHIT"
    assert {name: required for name, (_, required) in POUR.members.items()} == {
        "hit_id": True,
        "reward": True,
        "sugar": False,
        "max_results": False,
    }


def test_a_request_becomes_keyword_arguments_and_defaults_stay_the_functions_own():
    assert decoded(POUR, '{"HITId":"3A","Reward":"0.05","Sugar":true}') == {
        "hit_id": "3A",
        "reward": Money.parse("0.05"),
        "sugar": True,
    }
    assert decoded(POUR, '{"HITId":"3A","Reward":"5."}') == {"hit_id": "3A", "reward": Money.parse("5.00")}


def test_all_violations_of_the_model_come_in_one_answer():
    with pytest.raises(ValidationException) as raised:
        decoded(POUR, '{"HITId":"a b","Reward":".20","MaxResults":0}')
    assert raised.value.message == (
        "3 validation errors detected: "
        "Value 'a b' at 'hITId' failed to satisfy constraint: Member must satisfy regular expression pattern: "
        "^[A-Z0-9]+$; "
        "Value '.20' at 'reward' failed to satisfy constraint: Member must satisfy regular expression pattern: "
        r"^[0-9]+(\.)?[0-9]{0,2}$; "
        "Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1"
    )
    assert raised.value.turk_error_code is None
    assert not raised.value.suffixed


def test_one_violation_is_one_error():
    with pytest.raises(ValidationException) as raised:
        decoded(THROW, "{}")
    assert raised.value.message == (
        "1 validation error detected: Value null at 'reason' failed to satisfy constraint: Member must not be null"
    )


def test_an_empty_body_is_an_empty_request():
    for body in (b"", b"  \n", b"{}"):
        with pytest.raises(ValidationException, match="1 validation error detected"):
            THROW.decode(body)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"Reason":}',
        b'{"Reason":"x",}',
        b"{'Reason':'x'}",
        b'{"Reason":NaN}',
        b'{"Reason":1e999}',
        b'{"Reason":"\\ud800"}',
        b'{"Reason":"\xff"}',
        b'{"Reason":"x"} trailing',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"Reason":' * 100_000,
        b'{"Reason":' + b"9" * 100_000 + b"}",
    ],
)
def test_what_is_not_json_is_refused_as_such(body):
    with pytest.raises(SerializationException, match="^The request body is not valid JSON: "):
        THROW.decode(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"[]", "The member 'request' must be an object, not a list."),
        (b"null", "The member 'request' must be an object, not null."),
        (b'"{}"', "The member 'request' must be an object, not a string."),
        (b"5", "The member 'request' must be an object, not 5."),
        (b'{"Reason":5}', "The member 'reason' must be a string, not 5."),
    ],
)
def test_json_of_another_type_is_refused_by_name(body, said):
    with pytest.raises(SerializationException) as raised:
        THROW.decode(body)
    assert raised.value.message == said


def test_characters_beyond_the_basic_plane_come_through():
    assert decoded(THROW, '{"Reason":"\\ud83d\\ude42 ü"}') == {"reason": "🙂 ü"}


def test_an_answer_is_written_by_its_type_and_nothing_to_say_is_an_empty_object():
    assert json.loads(POUR.encode(PouredTea(hit_id="3A", reward=Money.parse("1")))) == {"HITId": "3A", "Reward": "1.00"}
    assert THROW.encode(None) == b"{}"


def test_a_function_declares_how_it_uses_the_database():
    def look() -> None: ...
    def take() -> None: ...

    operations.transaction(reads=True)(look)
    operations.transaction(lane="hit_id")(take)
    assert access_of(look) == Access(reads=True)
    assert access_of(take) == Access(lane=("hit_id",))
    assert access_of(throw_away) == Access()


def test_an_operation_is_defined_once(monkeypatch):
    monkeypatch.setattr(operations, "REGISTRY", {})
    assert operations.operation(throw_away) is throw_away
    with pytest.raises(AssertionError, match="ThrowAway is defined twice"):
        operations.operation(throw_away)
