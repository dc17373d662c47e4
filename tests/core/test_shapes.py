"""Shapes: what a request may hold, in which words it is refused, and how an answer is written. Spec api.md 1.4, 1.7."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kempelen.core.money import Money
from kempelen.core.wire.errors import SerializationException
from kempelen.core.wire.shapes import (
    EPOCH,
    AssignmentStatus,
    EntityId,
    IdempotencyToken,
    Integer,
    Locale,
    Long,
    MaxResults,
    QualificationRequirement,
    Structure,
    Text,
    WorkerId,
    decoder,
    encoder,
    structure_decoder,
)


def read(annotation: Any, value: Any) -> tuple[Any, list[str]]:
    """What a member of this type becomes, and its faults."""
    faults: list[str] = []
    return decoder(annotation)(value, "member", faults), faults


def fault(annotation: Any, value: Any) -> str:
    """The one fault of this value."""
    (only,) = read(annotation, value)[1]
    return only


def refusal(annotation: Any, value: Any) -> str:
    """What is said of a value of the wrong JSON type."""
    with pytest.raises(SerializationException) as raised:
        read(annotation, value)
    return raised.value.message


def written(annotation: Any, value: Any) -> str:
    """The JSON of a member."""
    return msgspec.json.encode(encoder(annotation)(value)).decode()


# ---------------------------------------------------------------------------------------------- the words of each fault


@pytest.mark.parametrize(
    ("annotation", "value", "rule"),
    [
        (IdempotencyToken, "", "Member must have length greater than or equal to 1"),
        (IdempotencyToken, "t" * 65, "Member must have length less than or equal to 64"),
        (EntityId, "abc", "Member must satisfy regular expression pattern: ^[A-Z0-9]+$"),
        (WorkerId, " A1B2", "Member must satisfy regular expression pattern: ^A[A-Z0-9]+$"),
        (MaxResults, 0, "Member must have value greater than or equal to 1"),
        (MaxResults, 101, "Member must have value less than or equal to 100"),
        (AssignmentStatus, "Lost", "Member must satisfy enum value set: [Submitted, Approved, Rejected]"),
        (Money, "0.055", r"Member must satisfy regular expression pattern: ^[0-9]+(\.)?[0-9]{0,2}$"),
    ],
)
def test_a_value_that_breaks_the_model_is_refused_in_the_frameworks_words(annotation, value, rule):
    assert fault(annotation, value) == f"Value '{value}' at 'member' failed to satisfy constraint: {rule}"


def test_null_in_a_list_is_a_missing_member_of_it():
    assert fault(list[AssignmentStatus], ["Submitted", None]) == (
        "Value null at 'member.2.member' failed to satisfy constraint: Member must not be null"
    )


def test_a_bound_itself_is_within_it():
    for annotation, values in (
        (IdempotencyToken, ["t", "t" * 64]),
        (EntityId, ["3", "Z" * 64]),
        (WorkerId, ["A1", "A" * 64]),
        (MaxResults, [1, 100]),
        (Integer, [-(2**31), 2**31 - 1]),
        (Long, [-(2**63), 2**63 - 1]),
    ):
        for value in values:
            assert read(annotation, value) == (value, [])


def test_a_pattern_ends_at_the_end_of_the_text_and_knows_only_ascii():
    assert "pattern" in fault(EntityId, "3ABC\n")
    assert "pattern" in fault(Money, "0.05\n")
    assert "pattern" in fault(Money, "٣")


def test_one_value_can_break_several_rules():
    _, faults = read(EntityId, "")
    assert [text.partition("constraint: ")[2] for text in faults] == [
        "Member must have length greater than or equal to 1",
        "Member must satisfy regular expression pattern: ^[A-Z0-9]+$",
    ]


def test_lengths_count_characters_not_bytes():
    limited = Annotated[str, Text(max=2)]
    assert read(limited, "äß") == ("äß", [])
    assert read(limited, "🙂🙂") == ("🙂🙂", [])
    assert "length less than or equal to 2" in fault(limited, "äßc")


def test_a_very_long_value_is_not_repeated_whole():
    assert len(fault(EntityId | None, "A" * 1_000_000)) < 1_200


def test_faults_of_nested_members_name_the_whole_path():
    _, faults = read(
        list[QualificationRequirement],
        [
            {"QualificationTypeId": "X", "Comparator": "Exists"},
            {
                "QualificationTypeId": "00000000000000000071",
                "Comparator": "Is",
                "LocaleValues": [{"Country": "US"}, {"Country": "USA", "Subdivision": "C"}, {}],
            },
            {"Comparator": "In"},
        ],
    )
    assert [(text.split("'")[-2] if "null" in text else text.split("'")[3]) for text in faults] == [
        "member.2.member.comparator",
        "member.2.member.localeValues.2.member.country",
        "member.2.member.localeValues.2.member.subdivision",
        "member.2.member.localeValues.3.member.country",
        "member.3.member.qualificationTypeId",
    ]


def test_all_members_of_a_request_are_judged_at_once_in_the_order_of_the_signature():
    reader = structure_decoder([("hit_id", EntityId, True), ("max_results", MaxResults, False), ("reason", str, True)])
    faults: list[str] = []
    pattern = "Member must satisfy regular expression pattern: ^[A-Z0-9]+$"
    reader({"HITId": "bad id", "MaxResults": 0}, "", faults)
    assert faults == [
        f"Value 'bad id' at 'hITId' failed to satisfy constraint: {pattern}",
        "Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
        "Value null at 'reason' failed to satisfy constraint: Member must not be null",
    ]


def test_null_is_the_same_as_absent_and_unknown_members_are_ignored():
    reader = structure_decoder([("hit_id", EntityId, True), ("max_results", MaxResults, False)])
    faults: list[str] = []
    assert reader({"HITId": "3A", "MaxResults": None, "Colour": {"deep": [1]}}, "", faults) == {"hit_id": "3A"}
    assert faults == []
    reader({"HITId": None, "hitid": "3A", "hitId": "3A"}, "", faults)
    assert faults == ["Value null at 'hITId' failed to satisfy constraint: Member must not be null"]


def test_the_character_nul_which_no_database_holds_is_refused_in_every_text():
    assert fault(str, "a\0b") == (
        "Value 'a\\u0000b' at 'member' failed to satisfy constraint: Member must not contain the character U+0000"
    )
    assert any("U+0000" in text for text in read(Locale, {"Country": "U\0"})[1])


# ---------------------------------------------------------------------------------------------- JSON of the wrong type


@pytest.mark.parametrize(
    ("annotation", "value", "said"),
    [
        (str, 5, "must be a string, not 5."),
        (str, True, "must be a string, not a boolean."),
        (str, ["a"], "must be a string, not a list."),
        (EntityId, {"a": 1}, "must be a string, not an object."),
        (AssignmentStatus, 1, "must be a string, not 1."),
        (Money, 0.05, "must be a string, not 0.05."),
        (Integer, "5", "must be a whole number of 32 bits, not a string."),
        (Integer, True, "must be a whole number of 32 bits, not a boolean."),
        (Integer, 1.5, "must be a whole number of 32 bits, not 1.5."),
        (Integer, 2**31, "must be a whole number of 32 bits, not 2147483648."),
        (Long, 2**63, "must be a whole number of 64 bits, not 9223372036854775808."),
        (Long, 1e300, "must be a whole number of 64 bits"),
        (bool, "true", "must be true or false, not a string."),
        (bool, 1, "must be true or false, not 1."),
        (list[str], "a", "must be a list, not a string."),
        (list[str], {"0": "a"}, "must be a list, not an object."),
        (Locale, [], "must be an object, not a list."),
        (datetime, True, "must be a time, as seconds since 1970, not a boolean."),
        (datetime, [0], "must be a time, as seconds since 1970, not a list."),
    ],
)
def test_a_value_of_another_json_type_ends_the_reading(annotation, value, said):
    assert refusal(annotation, value).startswith("The member 'member' ")
    assert said in refusal(annotation, value)


def test_a_whole_number_may_be_written_as_a_fraction_of_nothing():
    assert read(Integer, 5.0) == (5, [])
    assert read(Integer, json.loads("1E3")) == (1000, [])
    assert read(Integer, -0.0) == (0, [])


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
ANNOTATIONS = [str, EntityId, Integer, Long, MaxResults, Money, bool, datetime, AssignmentStatus, Locale, list[Locale]]


@given(st.sampled_from(ANNOTATIONS), any_json.filter(lambda value: value is not None))
@example(datetime, 10**400)
@example(datetime, 1e308)
@example(datetime, -1e15)
@example(datetime, "inf")
@example(datetime, "nan")
@example(datetime, "0001-01-01T00:00:00+23:00")
@example(Integer, 10**4299)
@example(Money, "9" * 5000)
def test_no_json_whatever_it_is_does_more_than_be_refused(annotation, value):
    faults: list[str] = []
    with contextlib.suppress(SerializationException):
        decoder(annotation)(value, "member", faults)
    assert all(text.startswith("Value ") for text in faults)


# ---------------------------------------------------------------------------------------------- times


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        (0, EPOCH),
        (1558393704, datetime(2019, 5, 20, 23, 8, 24, tzinfo=UTC)),
        (1558393704.054, datetime(2019, 5, 20, 23, 8, 24, 54_000, tzinfo=UTC)),
        (1.558393704e9, datetime(2019, 5, 20, 23, 8, 24, tzinfo=UTC)),
        (-1, EPOCH - timedelta(seconds=1)),
        ("1558393704", datetime(2019, 5, 20, 23, 8, 24, tzinfo=UTC)),
        ("1.558393704E9", datetime(2019, 5, 20, 23, 8, 24, tzinfo=UTC)),
        ("2019-05-20T23:08:24Z", datetime(2019, 5, 20, 23, 8, 24, tzinfo=UTC)),
        ("2019-05-20T23:08:24", datetime(2019, 5, 20, 23, 8, 24, tzinfo=UTC)),
        ("2019-05-21T01:08:24+02:00", datetime(2019, 5, 20, 23, 8, 24, tzinfo=UTC)),
        ("2019-05-20", datetime(2019, 5, 20, tzinfo=UTC)),
    ],
)
def test_a_time_is_seconds_since_1970_and_leniently_text(value, instant):
    assert read(datetime, value) == (instant, [])


@pytest.mark.parametrize("value", ["", "soon", "NaN", "Infinity", "-inf", 1e300, -1e300, 10**30, "2019-13-01"])
def test_what_is_no_time_is_refused_not_guessed(value):
    assert "must be a time, as seconds since 1970" in refusal(datetime, value)


@given(st.integers(min_value=-(10**11), max_value=4 * 10**12))
@example(1_558_393_704_054)
def test_a_time_with_milliseconds_keeps_each_of_them(milliseconds):
    text = f"{'-' if milliseconds < 0 else ''}{abs(milliseconds) // 1000}.{abs(milliseconds) % 1000:03d}"
    for value in (json.loads(text), text):
        assert read(datetime, value)[0] == EPOCH + timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(
    ("seconds", "printed"),
    [
        (1558393704, "1.558393704E9"),  # recorded: CreationTime of a CreateHITWithHITType answer
        (1558480104, "1.558480104E9"),  # recorded: its Expiration
        (1600000000, "1.6E9"),
        (1558393700, "1.5583937E9"),
        (1000000000, "1.0E9"),
        (10000000, "1.0E7"),
        (9999999, "9999999.0"),
        (1, "1.0"),
        (0, "0.0"),
        (-1, "-1.0"),
        (-1558393704, "-1.558393704E9"),
    ],
)
def test_a_time_is_written_as_java_prints_a_double(seconds, printed):
    assert written(datetime, EPOCH + timedelta(seconds=seconds)) == printed


@given(st.integers(min_value=-62_135_596_800, max_value=253_402_300_799))
def test_a_written_time_reads_back_as_the_same_second_in_any_json_parser(seconds):
    assert json.loads(written(datetime, EPOCH + timedelta(seconds=seconds))) == seconds


def test_written_times_are_cut_to_whole_seconds():
    assert written(datetime, EPOCH + timedelta(seconds=1558393704, milliseconds=999)) == "1.558393704E9"


# ---------------------------------------------------------------------------------------------- answers


class Cup(Structure, frozen=True, kw_only=True):
    hit_id: EntityId
    reward: Money
    full: bool | None
    number_of_assignments_pending: Integer
    locales: list[Locale]
    creation_time: datetime | None


def test_an_answer_is_compact_and_leaves_out_what_is_absent():
    cup = Cup(
        hit_id="3A",
        reward=Money.parse("5"),
        full=None,
        number_of_assignments_pending=0,
        locales=[Locale(country="US", subdivision="WA"), Locale(country="IN")],
        creation_time=None,
    )
    assert written(Cup, cup) == (
        '{"HITId":"3A","Reward":"5.00","NumberOfAssignmentsPending":0,'
        '"Locales":[{"Country":"US","Subdivision":"WA"},{"Country":"IN"}]}'
    )


def test_an_empty_list_is_written_and_so_are_no_and_nought():
    cup = Cup(
        hit_id="3A",
        reward=Money.ZERO,
        full=False,
        number_of_assignments_pending=0,
        locales=[],
        creation_time=EPOCH,
    )
    assert written(Cup, cup) == (
        '{"HITId":"3A","Reward":"0.00","Full":false,"NumberOfAssignmentsPending":0,"Locales":[],"CreationTime":0.0}'
    )
