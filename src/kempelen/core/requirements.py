"""QualificationRequirements: are they well made? Whether a Worker meets them is decided when qualifications are built.

Source: spec api.md 7, and the errors of 2.5 and 2.6.
"""

import re
from collections.abc import Sequence

from kempelen.core.errors import InvalidParameterValue, ParameterTooLong
from kempelen.core.shapes import Locale, QualificationRequirement

MAX_REQUIREMENTS = 10
MAX_INTEGERS = 15
MAX_LOCALES = 30
LOCALE = "00000000000000000071"
APPROVED = "00000000000000000040"
ADULT = "00000000000000000060"
PERCENT_APPROVED = "000000000000000000L0"
MASTERS = frozenset(
    {
        "2F1QJWKUDD8XADTFD2Q0G6UTO95ALH",
        "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6",
        "2NDP2L92HECWY8NS8H3CK0CP5L9GHO",
        "2F1KVCNHMVHV8E9PBUB2A4J79LU20F",
        "21VZU98JHSTLZ5BPP4A9NOBJEK3DPG",
        "2TGBB6BFMFFOM08IBMAFGGESC1UWJX",
    }
)
BUILT_IN = MASTERS | {LOCALE, APPROVED, ADULT, PERCENT_APPROVED}
RANGES = {APPROVED: (0, 2**31 - 1), ADULT: (0, 1), PERCENT_APPROVED: (0, 100)}
_EXISTENCE = frozenset({"Exists", "DoesNotExist"})
_MEMBERSHIP = frozenset({"In", "NotIn"})
_LOCALE_COMPARATORS = frozenset({"EqualTo", "NotEqualTo", "In", "NotIn"})


def check(requirements: Sequence[QualificationRequirement]) -> None:
    """Raise the first documented error that these requirements make."""
    if len(requirements) > MAX_REQUIREMENTS:
        raise ParameterTooLong(name="qualification_requirements", limit=MAX_REQUIREMENTS)
    for requirement in requirements:
        _check_locales(requirement)
        _check_integers(requirement)
        if requirement.required_to_preview is not None and requirement.actions_guarded is not None:
            raise InvalidParameterValue(
                value=requirement.actions_guarded,
                name="actions_guarded",
                reason="ActionsGuarded must be null when RequiredToPreview is given.",
            )


def _check_locales(requirement: QualificationRequirement) -> None:
    locales, comparator = requirement.locale_values or [], requirement.comparator
    if requirement.qualification_type_id != LOCALE:
        if locales:
            raise InvalidParameterValue(
                value=_shown(locales[0]),
                name="locale_value",
                reason=f"LocaleValue must be null when used with the {comparator} comparator..",
            )
        return
    if comparator not in _LOCALE_COMPARATORS:
        raise InvalidParameterValue(
            value=comparator,
            name="comparator",
            reason="A locale can only be compared with EqualTo, NotEqualTo, In or NotIn.",
        )
    limit = MAX_LOCALES if comparator in _MEMBERSHIP else 1
    if not 1 <= len(locales) <= limit:
        raise InvalidParameterValue(
            value=", ".join(map(_shown, locales)),
            name="locale_value",
            reason=f"{comparator} takes {_count(limit)} locale value{'s' if limit > 1 else ''}.",
        )
    for locale in locales:
        if not re.fullmatch("[A-Z]{2}", locale.country):
            raise InvalidParameterValue(
                value=_shown(locale), name="locale_value", reason="Country must be an ISO 3166-1 alpha-2 code."
            )
        if locale.subdivision and (locale.country != "US" or not re.fullmatch("[A-Z]{2}", locale.subdivision)):
            raise InvalidParameterValue(
                value=_shown(locale), name="locale_value", reason="Subdivision must be an ISO 3166-2 code of the US."
            )


def _check_integers(requirement: QualificationRequirement) -> None:
    integers, comparator = requirement.integer_values or [], requirement.comparator
    if requirement.qualification_type_id in MASTERS and comparator not in _EXISTENCE:
        raise InvalidParameterValue(
            value=comparator,
            name="comparator",
            reason="Masters have no value to compare: use Exists or DoesNotExist.",
        )
    if requirement.qualification_type_id == LOCALE or comparator in _EXISTENCE:
        if integers:
            raise InvalidParameterValue(
                value=integers[0],
                name="integer_value",
                reason=f"IntegerValue must be null when used with the {comparator} comparator.",
            )
        return
    limit = MAX_INTEGERS if comparator in _MEMBERSHIP else 1
    if not 1 <= len(integers) <= limit:
        raise InvalidParameterValue(
            value=", ".join(map(str, integers)),
            name="integer_value",
            reason=f"{comparator} takes {_count(limit)} integer value{'s' if limit > 1 else ''}.",
        )
    low, high = RANGES.get(requirement.qualification_type_id, (-(2**31), 2**31 - 1))
    for integer in integers:
        if not low <= integer <= high:
            raise InvalidParameterValue(
                value=integer, name="integer_value", reason=f"Valid values range from {low} to {high}."
            )


def _shown(locale: Locale) -> str:
    return f"{locale.country}-{locale.subdivision}" if locale.subdivision else locale.country


def _count(limit: int) -> str:
    return "exactly 1" if limit == 1 else f"1 to {limit}"
