"""QualificationRequirements: are they well made, and does this Worker meet them?

A Worker's value is a whole number, a locale being one too, or nothing at all. A requirement comes down to the ranges
that the value may lie in; one that wants nothing there (DoesNotExist) has none. The same ranges decide here, for one
requirement, and in SQL, for a whole list of HIT groups. Source: docs/mturk/api.md 7, and the errors of 2.5 and 2.6.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kempelen.core.rules import countries
from kempelen.core.texts import translatable
from kempelen.core.wire.errors import InvalidParameterValue, ParameterTooLong
from kempelen.core.wire.shapes import HITAccessActions, Locale, QualificationRequirement

MAX_REQUIREMENTS = 10
MAX_INTEGERS = 15
MAX_LOCALES = 30
LOCALE = "00000000000000000071"
APPROVED = "00000000000000000040"
ADULT = "00000000000000000060"
PERCENT_APPROVED = "000000000000000000L0"
MASTERS_OF_TODAY = frozenset({"2F1QJWKUDD8XADTFD2Q0G6UTO95ALH", "2ARFPLSP75KLA8M8DH1HTEQVJT3SY6"})
MASTERS_OF_OLD = frozenset(
    {
        "2NDP2L92HECWY8NS8H3CK0CP5L9GHO",
        "2F1KVCNHMVHV8E9PBUB2A4J79LU20F",
        "21VZU98JHSTLZ5BPP4A9NOBJEK3DPG",
        "2TGBB6BFMFFOM08IBMAFGGESC1UWJX",
    }
)
MASTERS = MASTERS_OF_TODAY | MASTERS_OF_OLD
RANGES = {APPROVED: (0, 2**31 - 1), ADULT: (0, 1), PERCENT_APPROVED: (0, 100)}
LOWEST, HIGHEST = -(2**31), 2**31 - 1
RECORD_COUNTS_FROM = 100  # submitted assignments; before, a Worker's percentage is 100
NAMES = {
    APPROVED: translatable("Total approved HITs"),
    LOCALE: translatable("Location"),
    ADULT: translatable("Adult Content Qualification"),
    PERCENT_APPROVED: translatable("HIT approval rate (%)"),
}
RULES = {
    "LessThan": translatable("{name} is less than {values}"),
    "LessThanOrEqualTo": translatable("{name} is at most {values}"),
    "GreaterThan": translatable("{name} is greater than {values}"),
    "GreaterThanOrEqualTo": translatable("{name} is at least {values}"),
    "EqualTo": translatable("{name} is {values}"),
    "NotEqualTo": translatable("{name} is not {values}"),
    "Exists": translatable("{name} must be granted"),
    "DoesNotExist": translatable("{name} must not be granted"),
    "In": translatable("{name} is one of {values}"),
    "NotIn": translatable("{name} is none of {values}"),
}
_LETTERS = 26
_SUBDIVISIONS = _LETTERS * _LETTERS + 1  # and none
_EXISTENCE = ("Exists", "DoesNotExist")
_MEMBERSHIP = ("In", "NotIn")
_EQUALITY = ("EqualTo", "NotEqualTo", *_MEMBERSHIP)
_WHOLE = ("LessThan", "LessThanOrEqualTo", "GreaterThan", "GreaterThanOrEqualTo", *_EQUALITY)
# The built-in types by the API's names, and how each may be compared; all others, in any way. Spec api.md 7.3.
_COMPARED = {
    APPROVED: ("Worker_NumberHITsApproved", _WHOLE),
    PERCENT_APPROVED: ("Worker_PercentAssignmentsApproved", _WHOLE),
    LOCALE: ("Worker_Locale", _EQUALITY),
    ADULT: ("Worker_Adult", ("EqualTo",)),
    **dict.fromkeys(MASTERS_OF_TODAY, ("Masters", _EXISTENCE)),
    **dict.fromkeys(MASTERS_OF_OLD, ("Masters of old", ("Exists",))),
}


class Range(NamedTuple):
    """Whole numbers from `low` to `high`, both included."""

    low: int
    high: int


def normal(requirement: QualificationRequirement) -> QualificationRequirement:
    """The same requirement with all defaults filled in, as it is answered. Source: docs/mturk/api.md 7.2."""
    return QualificationRequirement(
        qualification_type_id=requirement.qualification_type_id,
        comparator=requirement.comparator,
        integer_values=requirement.integer_values or None,
        locale_values=requirement.locale_values or None,
        required_to_preview=bool(requirement.required_to_preview),
        actions_guarded=action_guarded(requirement),
    )


def meets(requirement: QualificationRequirement, value: int | None) -> bool:
    """Does a Worker with this value, None for no such qualification, meet it? Source: docs/mturk/api.md 7."""
    if value is None:
        return requirement.comparator == "DoesNotExist"
    return any(low <= value <= high for low, high in ranges(requirement))


def ranges(requirement: QualificationRequirement) -> list[Range]:
    """Where the value must lie, in ascending ranges that do not touch; none for DoesNotExist."""
    wanted = _wanted(requirement)
    match requirement.comparator:
        case "DoesNotExist":
            return []
        case "Exists":
            return [Range(LOWEST, HIGHEST)]
        case "LessThan":
            return _within(LOWEST, wanted[0].low - 1)
        case "LessThanOrEqualTo":
            return _within(LOWEST, wanted[0].low)
        case "GreaterThan":
            return _within(wanted[0].low + 1, HIGHEST)
        case "GreaterThanOrEqualTo":
            return _within(wanted[0].low, HIGHEST)
        case "EqualTo" | "In":
            return _joined(wanted)
        case "NotEqualTo" | "NotIn":
            return _outside(_joined(wanted))


def in_words(requirement: QualificationRequirement, name: str) -> str:
    """The rule as a Worker reads it: "HIT approval rate (%) is at least 95"."""
    return RULES[requirement.comparator].format(name=name, values=", ".join(shown_values(requirement)))


def shown_values(requirement: QualificationRequirement) -> list[str]:
    """What the value is compared with, each as a text: "95", "US-CA"."""
    if requirement.qualification_type_id == LOCALE:
        return [_shown(locale) for locale in requirement.locale_values or []]
    return [str(integer) for integer in requirement.integer_values or []]


def action_guarded(requirement: QualificationRequirement) -> HITAccessActions:
    """The first of discovering, previewing and accepting that it guards; what comes after is guarded too."""
    if requirement.required_to_preview:
        return "PreviewAndAccept"
    return requirement.actions_guarded or "Accept"


def locale_number(country: str, subdivision: str | None) -> int:
    """A locale as a number; all places of a country are neighbours, the country by itself comes first."""
    return _number(country) * _SUBDIVISIONS + (1 + _number(subdivision) if subdivision else 0)


def percent_approved(*, submitted: int, approved: int, rejected: int) -> int:
    """The percentage of decided assignments that were approved, rounded down. Source: docs/mturk/api.md 7.3."""
    if submitted < RECORD_COUNTS_FROM or not approved + rejected:
        return 100
    return 100 * approved // (approved + rejected)


def _wanted(requirement: QualificationRequirement) -> list[Range]:
    """The values to compare with, each as the numbers it stands for."""
    if requirement.qualification_type_id == LOCALE:
        return [_place(locale) for locale in requirement.locale_values or []]
    return [Range(integer, integer) for integer in requirement.integer_values or []]


def _place(locale: Locale) -> Range:
    """A state, or a country with all that is in it."""
    low = locale_number(locale.country, locale.subdivision)
    return Range(low, low if locale.subdivision else low + _SUBDIVISIONS - 1)


def _within(low: int, high: int) -> list[Range]:
    return [Range(low, high)] if low <= high else []


def _joined(found: Iterable[Range]) -> list[Range]:
    joined: list[Range] = []
    for low, high in sorted(found):
        if joined and low <= joined[-1].high + 1:
            joined[-1] = Range(joined[-1].low, max(joined[-1].high, high))
        else:
            joined.append(Range(low, high))
    return joined


def _outside(found: Sequence[Range]) -> list[Range]:
    lows = [LOWEST, *(high + 1 for _, high in found)]
    highs = [*(low - 1 for low, _ in found), HIGHEST]
    return [Range(low, high) for low, high in zip(lows, highs, strict=True) if low <= high]


def _number(letters: str) -> int:
    return (ord(letters[0]) - ord("A")) * _LETTERS + ord(letters[1]) - ord("A")


# ---------------------------------------------------------------------------------------------- are they well made?


def check(requirements: Sequence[QualificationRequirement]) -> None:
    """Raise the first documented error that these requirements make."""
    if len(requirements) > MAX_REQUIREMENTS:
        raise ParameterTooLong(name="qualification_requirements", limit=MAX_REQUIREMENTS)
    for requirement in requirements:
        _check_comparator(requirement)
        _check_locales(requirement)
        _check_integers(requirement)
        _check_guards(requirement)


def _check_comparator(requirement: QualificationRequirement) -> None:
    """Refuse to compare a built-in type in another way than the specification lists for it."""
    comparator = requirement.comparator
    if requirement.locale_values and requirement.qualification_type_id != LOCALE:
        raise _locales_not_taken(requirement)
    name, allowed = _COMPARED.get(requirement.qualification_type_id, ("", (comparator,)))
    if comparator not in allowed:
        raise InvalidParameterValue(
            value=comparator, name="comparator", reason=f"{name} can only be compared by {_one_of(allowed)}."
        )


def _check_locales(requirement: QualificationRequirement) -> None:
    if requirement.qualification_type_id != LOCALE:
        return
    locales, comparator = requirement.locale_values or [], requirement.comparator
    limit = MAX_LOCALES if comparator in _MEMBERSHIP else 1
    if len(locales) > 1 and limit == 1:
        raise _locales_not_taken(requirement)
    if not 1 <= len(locales) <= limit:
        raise InvalidParameterValue(
            value=",".join(map(_shown, locales)),
            name="locale_value",
            reason=f"{comparator} takes {_count(limit)} locale value{'s' if limit > 1 else ''}.",
        )
    for locale in locales:
        if locale.country not in countries.COUNTRIES:
            raise InvalidParameterValue(
                value=_shown(locale), name="locale_value", reason="Country must be an ISO 3166-1 alpha-2 code."
            )
        if locale.subdivision and (locale.country != "US" or locale.subdivision not in countries.US_SUBDIVISIONS):
            raise InvalidParameterValue(
                value=_shown(locale), name="locale_value", reason="Subdivision must be an ISO 3166-2 code of the US."
            )


def _locales_not_taken(requirement: QualificationRequirement) -> InvalidParameterValue:
    """For locales that a type or comparator does not take; the recorded text has both full stops."""
    return InvalidParameterValue(
        value=",".join(map(_shown, requirement.locale_values or [])),
        name="locale_value",
        reason=f"LocaleValue must be null when used with the {requirement.comparator} comparator..",
    )


def _check_integers(requirement: QualificationRequirement) -> None:
    integers, comparator = requirement.integer_values or [], requirement.comparator
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
    if requirement.qualification_type_id == ADULT and integers != [1]:
        raise InvalidParameterValue(
            value=integers[0], name="integer_value", reason="Worker_Adult can only be compared by EqualTo 1."
        )
    low, high = RANGES.get(requirement.qualification_type_id, (LOWEST, HIGHEST))
    for integer in integers:
        if not low <= integer <= high:
            raise InvalidParameterValue(
                value=integer, name="integer_value", reason=f"Valid values range from {low} to {high}."
            )


def _check_guards(requirement: QualificationRequirement) -> None:
    """Refuse an old and a new member that contradict each other; as they are answered, both say the same."""
    guarded = requirement.actions_guarded
    if requirement.required_to_preview and guarded not in (None, "PreviewAndAccept"):
        raise InvalidParameterValue(
            value=guarded,
            name="actions_guarded",
            reason="ActionsGuarded must be null when RequiredToPreview is given.",
        )


def _shown(locale: Locale) -> str:
    return f"{locale.country}-{locale.subdivision}" if locale.subdivision else locale.country


def _count(limit: int) -> str:
    return "exactly 1" if limit == 1 else f"1 to {limit}"


def _one_of(comparators: Sequence[str]) -> str:
    *first, last = comparators
    return f"{', '.join(first)} or {last}" if first else last
