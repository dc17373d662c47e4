"""QualificationRequirements: ill-made ones are refused with the documented text. Spec api.md 2.5 and 7."""

from typing import get_args

import pytest

from kempelen.core.rules.requirements import ADULT, APPROVED, LOCALE, MASTERS, PERCENT_APPROVED, check
from kempelen.core.wire.errors import ParameterValidationError
from kempelen.core.wire.shapes import Comparator, Locale, QualificationRequirement

US, INDIA, WASHINGTON = Locale(country="US"), Locale(country="IN"), Locale(country="US", subdivision="WA")
MASTER = "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH"
OLD_MASTER = "21VZU98JHSTLZ5BPP4A9NOBJEK3DPG"
OWN = "3ARQ2RFT5HBQOGNSPC5QFM8ZE0TW3K"


def required(type_id: str, comparator: str, **members: object) -> QualificationRequirement:
    return QualificationRequirement(qualification_type_id=type_id, comparator=comparator, **members)


@pytest.mark.parametrize(
    "requirement",
    [
        required(PERCENT_APPROVED, "GreaterThanOrEqualTo", integer_values=[95]),
        required(PERCENT_APPROVED, "In", integer_values=[0, 100]),
        required(APPROVED, "GreaterThan", integer_values=[2**31 - 1]),
        required(ADULT, "EqualTo", integer_values=[1]),
        required(MASTER, "Exists"),
        required(MASTER, "DoesNotExist", integer_values=[]),
        required(OWN, "NotIn", integer_values=list(range(-7, 8))),
        required(OWN, "Exists"),
        required(LOCALE, "EqualTo", locale_values=[US]),
        required(LOCALE, "NotEqualTo", locale_values=[WASHINGTON]),
        required(LOCALE, "In", locale_values=[WASHINGTON, INDIA] * 15),
        required(LOCALE, "NotIn", locale_values=[US], integer_values=[]),
        required(OWN, "Exists", required_to_preview=True),
        required(OWN, "Exists", actions_guarded="DiscoverPreviewAndAccept"),
        required(OWN, "Exists", actions_guarded="Accept", required_to_preview=False),
        required(OWN, "Exists", actions_guarded="DiscoverPreviewAndAccept", required_to_preview=False),
        required(OWN, "Exists", actions_guarded="PreviewAndAccept", required_to_preview=True),
    ],
)
def test_well_made_requirements_are_taken(requirement):
    check([requirement])


@pytest.mark.parametrize(
    ("requirement", "text"),
    [
        (
            required(PERCENT_APPROVED, "EqualTo", locale_values=[US]),
            (
                'The value "US" is not valid for the parameter LocaleValue. '
                "LocaleValue must be null when used with the EqualTo comparator.."
            ),
        ),
        (
            required(OWN, "Exists", locale_values=[WASHINGTON]),
            (
                'The value "US-WA" is not valid for the parameter LocaleValue. '
                "LocaleValue must be null when used with the Exists comparator.."
            ),
        ),
        (
            required(PERCENT_APPROVED, "GreaterThan"),
            'The value "" is not valid for the parameter IntegerValue. GreaterThan takes exactly 1 integer value.',
        ),
        (
            required(PERCENT_APPROVED, "GreaterThan", integer_values=[90, 95]),
            (
                'The value "90, 95" is not valid for the parameter IntegerValue. '
                "GreaterThan takes exactly 1 integer value."
            ),
        ),
        (
            required(OWN, "In", integer_values=[]),
            'The value "" is not valid for the parameter IntegerValue. In takes 1 to 15 integer values.',
        ),
        (
            required(OWN, "NotIn", integer_values=[7] * 16),
            (
                f'The value "{", ".join(["7"] * 16)}" is not valid for the parameter IntegerValue. '
                "NotIn takes 1 to 15 integer values."
            ),
        ),
        (
            required(OWN, "DoesNotExist", integer_values=[3]),
            (
                'The value "3" is not valid for the parameter IntegerValue. '
                "IntegerValue must be null when used with the DoesNotExist comparator."
            ),
        ),
        (
            required(LOCALE, "EqualTo", locale_values=[US], integer_values=[1]),
            (
                'The value "1" is not valid for the parameter IntegerValue. '
                "IntegerValue must be null when used with the EqualTo comparator."
            ),
        ),
        (
            required(PERCENT_APPROVED, "LessThan", integer_values=[101]),
            'The value "101" is not valid for the parameter IntegerValue. Valid values range from 0 to 100.',
        ),
        (
            required(APPROVED, "In", integer_values=[5, -1]),
            'The value "-1" is not valid for the parameter IntegerValue. Valid values range from 0 to 2147483647.',
        ),
        (
            required(ADULT, "EqualTo", integer_values=[0]),
            (
                'The value "0" is not valid for the parameter IntegerValue. '
                "Worker_Adult can only be compared by EqualTo 1."
            ),
        ),
        (
            required(ADULT, "In", integer_values=[0, 1]),
            'The value "In" is not valid for the parameter Comparator. Worker_Adult can only be compared by EqualTo.',
        ),
        (
            required(PERCENT_APPROVED, "Exists"),
            (
                'The value "Exists" is not valid for the parameter Comparator. '
                "Worker_PercentAssignmentsApproved can only be compared by LessThan, LessThanOrEqualTo, GreaterThan, "
                "GreaterThanOrEqualTo, EqualTo, NotEqualTo, In or NotIn."
            ),
        ),
        (
            required(OLD_MASTER, "DoesNotExist"),
            (
                'The value "DoesNotExist" is not valid for the parameter Comparator. '
                "Masters of old can only be compared by Exists."
            ),
        ),
        (
            required(MASTER, "EqualTo", integer_values=[1]),
            (
                'The value "EqualTo" is not valid for the parameter Comparator. '
                "Masters can only be compared by Exists or DoesNotExist."
            ),
        ),
        (
            required(LOCALE, "Exists"),
            (
                'The value "Exists" is not valid for the parameter Comparator. '
                "Worker_Locale can only be compared by EqualTo, NotEqualTo, In or NotIn."
            ),
        ),
        (
            required(LOCALE, "LessThan", locale_values=[US]),
            (
                'The value "LessThan" is not valid for the parameter Comparator. '
                "Worker_Locale can only be compared by EqualTo, NotEqualTo, In or NotIn."
            ),
        ),
        (
            required(LOCALE, "EqualTo", locale_values=[US, INDIA]),
            (
                'The value "US,IN" is not valid for the parameter LocaleValue. '
                "LocaleValue must be null when used with the EqualTo comparator.."
            ),
        ),
        (
            required(LOCALE, "In"),
            'The value "" is not valid for the parameter LocaleValue. In takes 1 to 30 locale values.',
        ),
        (
            required(LOCALE, "In", locale_values=[INDIA] * 31),
            (
                f'The value "{",".join(["IN"] * 31)}" is not valid for the parameter LocaleValue. '
                "In takes 1 to 30 locale values."
            ),
        ),
        (
            required(LOCALE, "EqualTo", locale_values=[Locale(country="us")]),
            'The value "us" is not valid for the parameter LocaleValue. Country must be an ISO 3166-1 alpha-2 code.',
        ),
        (
            required(LOCALE, "EqualTo", locale_values=[Locale(country="DE", subdivision="BY")]),
            (
                'The value "DE-BY" is not valid for the parameter LocaleValue. '
                "Subdivision must be an ISO 3166-2 code of the US."
            ),
        ),
        (
            required(OWN, "Exists", required_to_preview=True, actions_guarded="Accept"),
            (
                'The value "Accept" is not valid for the parameter ActionsGuarded. '
                "ActionsGuarded must be null when RequiredToPreview is given."
            ),
        ),
        (
            required(OWN, "Exists", required_to_preview=True, actions_guarded="DiscoverPreviewAndAccept"),
            (
                'The value "DiscoverPreviewAndAccept" is not valid for the parameter ActionsGuarded. '
                "ActionsGuarded must be null when RequiredToPreview is given."
            ),
        ),
    ],
)
def test_ill_made_requirements_are_refused_in_the_documented_form(requirement, text):
    with pytest.raises(ParameterValidationError) as refusal:
        check([requirement])
    assert refusal.value.message == text
    assert refusal.value.turk_error_code == "AWS.MechanicalTurk.InvalidParameterValue"
    assert refusal.value.suffixed


WHOLE = {"LessThan", "LessThanOrEqualTo", "GreaterThan", "GreaterThanOrEqualTo", "EqualTo", "NotEqualTo", "In", "NotIn"}
EXISTENCE = {"Exists", "DoesNotExist"}


@pytest.mark.parametrize(
    ("type_ids", "allowed"),
    [
        ({APPROVED, PERCENT_APPROVED}, WHOLE),
        ({LOCALE}, {"EqualTo", "NotEqualTo", "In", "NotIn"}),
        ({ADULT}, {"EqualTo"}),
        ({MASTER, "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6"}, EXISTENCE),
        (MASTERS - {MASTER, "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6"}, {"Exists"}),
        ({OWN}, WHOLE | EXISTENCE),
    ],
)
def test_each_type_is_compared_by_the_listed_comparators_and_no_others(type_ids, allowed):
    for type_id in type_ids:
        for comparator in get_args(Comparator):
            values = {"locale_values": [US]} if type_id == LOCALE else {"integer_values": [1]}
            requirement = required(type_id, comparator, **({} if comparator in EXISTENCE else values))
            if comparator in allowed:
                check([requirement])
            else:
                with pytest.raises(ParameterValidationError, match=f'"{comparator}" .* Comparator'):
                    check([requirement])


def test_ten_requirements_are_the_most():
    check([required(OWN, "Exists")] * 10)
    with pytest.raises(ParameterValidationError) as refusal:
        check([required(OWN, "Exists")] * 11)
    assert refusal.value.message == "Your request parameter QualificationRequirements has a maximum length of 10."


def test_the_first_ill_made_requirement_is_the_one_that_is_told():
    with pytest.raises(ParameterValidationError, match="parameter LocaleValue"):
        check([required(OWN, "Exists"), required(LOCALE, "In"), required(OWN, "In")])


def test_the_built_in_types_are_those_of_the_specification():
    assert len(MASTERS) == 6
    assert len(MASTERS | {LOCALE, APPROVED, ADULT, PERCENT_APPROVED}) == 10
