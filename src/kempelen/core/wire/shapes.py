"""The wire's small types: what an annotation accepts, how it is read from JSON and written to it.

An operation's parameters are annotated with these; the annotation is the validation. Decoding walks a request once and
gathers every violation of the service model in the original's words; only a value of the wrong JSON type ends it at
once. Bounds, patterns and enums: the service model; wording: docs/mturk/api.md 1.4 and 1.7.
"""

import re
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from kempelen.core.money import CURRENCY_PATTERN, Money
from kempelen.core.wire import names
from kempelen.core.wire.errors import SerializationException

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_SHOWN = 1_000  # characters of a bad value that its fault repeats

Decoder = Callable[[Any, str, list[str]], Any]
Encoder = Callable[[Any], Any]


class Structure(msgspec.Struct, frozen=True, kw_only=True):
    """A structure of the wire: its fields are the members, `None` means absent."""


@dataclass(frozen=True)
class Text:
    """Bounds of a string, counted in characters."""

    min: int | None = None
    max: int | None = None
    pattern: str | None = None


@dataclass(frozen=True)
class Whole:
    """Bounds of a whole number; `bits` is the size of the wire's type."""

    bits: Literal[32, 64]
    min: int | None = None
    max: int | None = None


Integer = Annotated[int, Whole(32)]
Long = Annotated[int, Whole(64)]
MaxResults = Annotated[int, Whole(32, 1, 100)]
EntityId = Annotated[str, Text(1, 64, "^[A-Z0-9]+$")]
WorkerId = Annotated[str, Text(1, 64, "^A[A-Z0-9]+$")]
IdempotencyToken = Annotated[str, Text(1, 64)]
NextToken = Annotated[str, Text(1, 255)]
CountryCode = Annotated[str, Text(2, 2)]

AssignmentStatus = Literal["Submitted", "Approved", "Rejected"]
HITStatus = Literal["Assignable", "Unassignable", "Reviewable", "Reviewing", "Disposed"]
HITReviewStatus = Literal["NotReviewed", "MarkedForReview", "ReviewedAppropriate", "ReviewedInappropriate"]
ReviewableHITStatus = Literal["Reviewable", "Reviewing"]
ReviewPolicyLevel = Literal["Assignment", "HIT"]
ReviewActionStatus = Literal["Intended", "Succeeded", "Failed", "Cancelled"]
QualificationStatus = Literal["Granted", "Revoked"]
QualificationTypeStatus = Literal["Active", "Inactive"]
HITAccessActions = Literal["Accept", "PreviewAndAccept", "DiscoverPreviewAndAccept"]
Comparator = Literal[
    "LessThan",
    "LessThanOrEqualTo",
    "GreaterThan",
    "GreaterThanOrEqualTo",
    "EqualTo",
    "NotEqualTo",
    "Exists",
    "DoesNotExist",
    "In",
    "NotIn",
]


class Locale(Structure, frozen=True, kw_only=True):
    """A country by its ISO 3166-1 code and, within the US, a state. Source: docs/mturk/api.md 3.7."""

    country: CountryCode
    subdivision: CountryCode | None = None


class QualificationRequirement(Structure, frozen=True, kw_only=True):
    """What a Worker must hold to be let in. Source: docs/mturk/api.md 3.3."""

    qualification_type_id: str
    comparator: Comparator
    integer_values: list[Integer] | None = None
    locale_values: list[Locale] | None = None
    required_to_preview: bool | None = None
    actions_guarded: HITAccessActions | None = None


class ParameterMapEntry(Structure, frozen=True, kw_only=True):
    """One known answer: a question and all its correct values. Source: docs/mturk/api.md 3.12."""

    key: str | None = None
    values: list[str] | None = None


class PolicyParameter(Structure, frozen=True, kw_only=True):
    """A parameter of a review policy. Source: docs/mturk/api.md 3.11."""

    key: str | None = None
    values: list[str] | None = None
    map_entries: list[ParameterMapEntry] | None = None


class ReviewPolicy(Structure, frozen=True, kw_only=True):
    """A Requester's standing decision on submitted work. Source: docs/mturk/api.md 3.10."""

    policy_name: str
    parameters: list[PolicyParameter] | None = None


class HITLayoutParameter(Structure, frozen=True, kw_only=True):
    """A value for one placeholder of a layout. Source: docs/mturk/api.md 3.18."""

    name: str
    value: str


# ---------------------------------------------------------------------------------------------- reading


def structure_decoder(members: Sequence[tuple[str, Any, bool]]) -> Callable[[Any, str, list[str]], dict[str, Any]]:
    """Read a JSON object into keyword arguments; `members` are (our name, annotation, required).

    Unknown members are ignored, null is the same as absent, absent ones are left out of the answer.
    """
    readers = [
        (name, names.wire_name(name), names.path_name(names.wire_name(name)), decoder(annotation), required)
        for name, annotation, required in members
    ]

    def read(value: Any, path: str, faults: list[str]) -> dict[str, Any]:
        if type(value) is not dict:
            raise _wrong_type(value, path, "an object")
        arguments = {}
        for name, wire, step, decode, required in readers:
            member = value.get(wire)
            if member is not None:
                arguments[name] = decode(member, f"{path}.{step}" if path else step, faults)
            elif required:
                faults.append(_fault(None, f"{path}.{step}" if path else step, "Member must not be null"))
        return arguments

    return read


@cache
def decoder(annotation: Any) -> Decoder:
    """The reader of one annotated type."""
    annotation, bounds = _plain(annotation)
    origin = get_origin(annotation)
    if origin is Literal:
        return _enum_decoder(get_args(annotation))
    if origin is list:
        return _list_decoder(decoder(get_args(annotation)[0]))
    if isinstance(annotation, type) and issubclass(annotation, Structure):
        return _record_decoder(annotation)
    if annotation is str:
        return _text_decoder(bounds or Text())
    if annotation is int:
        return _whole_decoder(bounds or Whole(32))
    return {bool: _read_bool, datetime: _read_instant, Money: _read_money}[annotation]


def _plain(annotation: Any) -> tuple[Any, Any]:
    """An annotation without `| None` and without its bounds; and the bounds."""
    if get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = (part for part in get_args(annotation) if part is not type(None))
    if get_origin(annotation) is Annotated:
        annotation, bounds = get_args(annotation)
        return annotation, bounds
    return annotation, None


def _text_decoder(bounds: Text) -> Decoder:
    pattern = bounds.pattern and re.compile(bounds.pattern.replace("$", r"\Z"), re.ASCII)

    def read(value: Any, path: str, faults: list[str]) -> str:
        if type(value) is not str:
            raise _wrong_type(value, path, "a string")
        if bounds.min is not None and len(value) < bounds.min:
            rule = f"Member must have length greater than or equal to {bounds.min}"
            faults.append(_fault(value, path, rule))
        if bounds.max is not None and len(value) > bounds.max:
            faults.append(_fault(value, path, f"Member must have length less than or equal to {bounds.max}"))
        if pattern and not pattern.search(value):
            faults.append(_fault(value, path, f"Member must satisfy regular expression pattern: {bounds.pattern}"))
        if "\0" in value:
            faults.append(_fault(value.replace("\0", "\\u0000"), path, "Member must not contain the character U+0000"))
        return value

    return read


def _whole_decoder(bounds: Whole) -> Decoder:
    low, high = -(2 ** (bounds.bits - 1)), 2 ** (bounds.bits - 1) - 1

    def read(value: Any, path: str, faults: list[str]) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int or not low <= value <= high:
            raise _wrong_type(value, path, f"a whole number of {bounds.bits} bits")
        if bounds.min is not None and value < bounds.min:
            faults.append(_fault(value, path, f"Member must have value greater than or equal to {bounds.min}"))
        if bounds.max is not None and value > bounds.max:
            faults.append(_fault(value, path, f"Member must have value less than or equal to {bounds.max}"))
        return value

    return read


def _enum_decoder(values: tuple[str, ...]) -> Decoder:
    known = frozenset(values)
    rule = f"Member must satisfy enum value set: [{', '.join(values)}]"

    def read(value: Any, path: str, faults: list[str]) -> str:
        if type(value) is not str:
            raise _wrong_type(value, path, "a string")
        if value not in known:
            faults.append(_fault(value, path, rule))
        return value

    return read


def _list_decoder(item: Decoder) -> Decoder:
    def read(value: Any, path: str, faults: list[str]) -> list[Any]:
        if type(value) is not list:
            raise _wrong_type(value, path, "a list")
        items = []
        for position, member in enumerate(value, 1):
            if member is None:
                faults.append(_fault(None, f"{path}.{position}.member", "Member must not be null"))
            else:
                items.append(item(member, f"{path}.{position}.member", faults))
        return items

    return read


def _record_decoder(structure: type[Structure]) -> Decoder:
    hints = get_type_hints(structure, include_extras=True)
    fields = msgspec.structs.fields(structure)
    read_members = structure_decoder([(field.name, hints[field.name], field.required) for field in fields])

    def read(value: Any, path: str, faults: list[str]) -> Structure | None:
        before = len(faults)
        arguments = read_members(value, path, faults)
        return structure(**arguments) if len(faults) == before else None

    return read


def _read_bool(value: Any, path: str, _: list[str]) -> bool:
    if type(value) is not bool:
        raise _wrong_type(value, path, "true or false")
    return value


def _read_money(value: Any, path: str, faults: list[str]) -> Money:
    if type(value) is not str:
        raise _wrong_type(value, path, "a string")
    try:
        return Money.parse(value)
    except ValueError:
        rule = f"Member must satisfy regular expression pattern: {CURRENCY_PATTERN}"
        faults.append(_fault(value, path, rule))
        return Money.ZERO


def _read_instant(value: Any, path: str, _: list[str]) -> datetime:
    """Seconds since 1970 as a number; leniently also as text, or ISO 8601 (without a zone: UTC)."""
    try:
        if type(value) is str:
            try:
                value = float(value)
            except ValueError:
                instant = datetime.fromisoformat(value)
                return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
        if type(value) in (int, float):
            return EPOCH + timedelta(milliseconds=round(value * 1000))
    except (ValueError, OverflowError):
        pass
    raise _wrong_type(value, path, "a time, as seconds since 1970")


def _fault(value: object, path: str, rule: str) -> str:
    shown = "null" if value is None else f"'{str(value)[:MAX_SHOWN]}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {rule}"


def _wrong_type(value: object, path: str, wanted: str) -> SerializationException:
    found = {str: "a string", bool: "a boolean", dict: "an object", list: "a list", type(None): "null"}.get(
        type(value), str(value)[:MAX_SHOWN]
    )
    return SerializationException(detail=f"The member '{path or 'request'}' must be {wanted}, not {found}.")


# ---------------------------------------------------------------------------------------------- writing


@cache
def encoder(annotation: Any) -> Encoder:
    """The writer of one annotated type: a value that `msgspec.json.encode` prints as the wire wants it."""
    annotation, _ = _plain(annotation)
    if get_origin(annotation) is list:
        item = encoder(get_args(annotation)[0])
        return lambda values: [item(value) for value in values]
    if isinstance(annotation, type) and issubclass(annotation, Structure):
        return _record_encoder(annotation)
    special: dict[Any, Encoder] = {Money: str, datetime: _write_instant}
    return special.get(annotation, _unchanged)


def _record_encoder(structure: type[Structure]) -> Encoder:
    hints = get_type_hints(structure, include_extras=True)
    writers = [(name, names.wire_name(name), encoder(hint)) for name, hint in hints.items()]

    def write(record: Any) -> dict[str, Any]:
        members = {}
        for name, wire, encode in writers:
            value = getattr(record, name)
            if value is not None:
                members[wire] = encode(value)
        return members

    return write


def _write_instant(instant: datetime) -> msgspec.Raw:
    """Whole seconds since 1970, printed as Java prints a double: 1558393704 is `1.558393704E9`."""
    seconds = (instant - EPOCH) // timedelta(seconds=1)
    if abs(seconds) < 10_000_000:
        return msgspec.Raw(f"{seconds}.0".encode())
    digits = str(abs(seconds))
    return msgspec.Raw(
        f"{'-' if seconds < 0 else ''}{digits[0]}.{digits[1:].rstrip('0') or '0'}E{len(digits) - 1}".encode()
    )


def _unchanged(value: Any) -> Any:
    return value
