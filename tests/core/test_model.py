"""The registry against the published service model: botocore's description of MTurk 2017-01-17, used in tests only."""

import copy
import importlib
import json
import pkgutil
import types
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from botocore.loaders import Loader

import kempelen.market
from kempelen.core.money import CURRENCY_PATTERN, Money
from kempelen.core.wire.errors import SerializationException, ValidationException
from kempelen.core.wire.names import wire_name
from kempelen.core.wire.operations import REGISTRY, Operation
from kempelen.core.wire.shapes import Text, Whole

for room in pkgutil.iter_modules(kempelen.market.__path__):
    importlib.import_module(f"kempelen.market.{room.name}")

MODEL = Loader().load_service_model("mturk", "service-2", "2017-01-17")
BUILT = sorted(REGISTRY)
Description = dict[str, Any]


# ---------------------------------------------------------------------------------------------- both, described alike


def published(operation: str, side: Literal["input", "output"]) -> Description:
    """What the model says of an operation's request or answer, to the leaves."""
    return _published(MODEL["operations"][operation][side]["shape"], with_required=side == "input")


def _published(name: str, *, with_required: bool) -> Description:
    shape = MODEL["shapes"][name]
    described: Description = {"type": shape["type"]}
    described |= {trait: shape[trait] for trait in ("min", "max", "pattern", "enum") if trait in shape}
    if shape["type"] == "structure":
        described["members"] = {
            wire: _published(member["shape"], with_required=with_required) for wire, member in shape["members"].items()
        }
        if with_required:
            described["required"] = sorted(shape.get("required", []))
    if shape["type"] == "list":
        described["member"] = _published(shape["member"]["shape"], with_required=with_required)
    return described


def ours(operation: Operation, side: Literal["input", "output"]) -> Description:
    """The same of a registered operation, from its signature."""
    if side == "input":
        return _structure(operation.members, with_required=True)
    if operation.answer is type(None):
        return {"type": "structure", "members": {}}
    return _described(operation.answer, with_required=False)


def _described(annotation: Any, *, with_required: bool) -> Description:
    if get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = (part for part in get_args(annotation) if part is not type(None))
    bounds = None
    if get_origin(annotation) is Annotated:
        annotation, bounds = get_args(annotation)
    if get_origin(annotation) is list:
        return {"type": "list", "member": _described(get_args(annotation)[0], with_required=with_required)}
    if get_origin(annotation) is Literal:
        return {"type": "string", "enum": list(get_args(annotation))}
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        hints = get_type_hints(annotation, include_extras=True)
        fields = {field.name: (hints[field.name], field.required) for field in msgspec.structs.fields(annotation)}
        return _structure(fields, with_required=with_required)
    if isinstance(bounds, Whole):
        return {"type": {32: "integer", 64: "long"}[bounds.bits], **_given(min=bounds.min, max=bounds.max)}
    if isinstance(bounds, Text):
        return {"type": "string", **_given(min=bounds.min, max=bounds.max, pattern=bounds.pattern)}
    return {
        str: {"type": "string"},
        bool: {"type": "boolean"},
        datetime: {"type": "timestamp"},
        Money: {"type": "string", "pattern": CURRENCY_PATTERN},
    }[annotation]


def _structure(members: Any, *, with_required: bool) -> Description:
    described: Description = {
        "type": "structure",
        "members": {
            wire_name(name): _described(hint, with_required=with_required) for name, (hint, _) in members.items()
        },
    }
    if with_required:
        described["required"] = sorted(wire_name(name) for name, (_, required) in members.items() if required)
    return described


def _given(**traits: Any) -> Description:
    return {name: value for name, value in traits.items() if value is not None}


# ---------------------------------------------------------------------------------------------- they are the same


def test_the_operations_are_registered_under_names_of_the_model():
    assert len(BUILT) == 39
    assert set(BUILT) <= set(MODEL["operations"])


@pytest.mark.parametrize("name", BUILT)
def test_a_request_has_the_members_flags_bounds_patterns_and_enums_of_the_model(name):
    assert ours(REGISTRY[name], "input") == published(name, "input")


@pytest.mark.parametrize("name", BUILT)
def test_an_answer_has_the_members_bounds_patterns_and_enums_of_the_model(name):
    assert ours(REGISTRY[name], "output") == published(name, "output")


@pytest.mark.parametrize("name", BUILT)
def test_operations_that_get_or_list_declare_that_they_only_read(name):
    assert REGISTRY[name].reads == name.startswith(("Get", "List"))
    if REGISTRY[name].reads:
        assert MODEL["operations"][name]["idempotent"]


@pytest.mark.slow
@pytest.mark.parametrize("side", ["input", "output"])
@pytest.mark.parametrize("name", BUILT)
def test_any_change_of_the_model_would_be_noticed(name, side):
    """The comparison bites: every single trait of the model, changed alone, makes a difference."""
    described = ours(REGISTRY[name], side)
    changed = list(_changed_in_one_place(published(name, side)))
    assert changed
    assert all(described != variant for variant in changed)


def _changed_in_one_place(described: Description) -> Iterator[Description]:
    for path in _paths(described):
        for change in (_dropped, _altered):
            variant = copy.deepcopy(described)
            owner = variant
            for step in path[:-1]:
                owner = owner[step]
            change(owner, path[-1])
            yield variant


def _paths(node: Any) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield (key,)
            yield from ((key, *rest) for rest in _paths(value))


def _dropped(owner: Description, key: str) -> None:
    del owner[key]


def _altered(owner: Description, key: str) -> None:
    value = owner[key]
    if isinstance(value, dict):
        owner[key + "X"] = owner.pop(key)
    elif isinstance(value, list):
        owner[key] = [*value, "X"]
    else:
        owner[key] = value + (1 if isinstance(value, int) else "X")


# ---------------------------------------------------------------------------------------------- and they are enforced


def test_every_bound_of_the_model_is_enforced_where_a_request_is_read():
    """Annotations prove nothing yet: requests made from the model, one member wrong, are refused by its rule."""
    enforced = 0
    for name in BUILT:
        for right, wrong, rule in _requests(published(name, "input")):
            REGISTRY[name].decode(json.dumps(right).encode())
            with pytest.raises((ValidationException, SerializationException)) as refusal:
                REGISTRY[name].decode(json.dumps(wrong).encode())
            assert rule in refusal.value.message, (name, wrong)
            enforced += 1
    assert enforced > 300


def _requests(described: Description) -> Iterator[tuple[Any, Any, str]]:
    """A right request, the same with one thing wrong in it, and the words of the rule it breaks."""
    right = _right(described)
    for path, value, rule in _wrong(described):
        wrong = copy.deepcopy(right)
        owner = wrong
        for step in path[:-1]:
            owner = owner[step]
        owner[path[-1]] = value
        yield right, wrong, rule


def _right(described: Description) -> Any:
    """A value with every member that there is."""
    if described["type"] == "structure":
        return {wire: _right(member) for wire, member in described["members"].items()}
    if described["type"] == "list":
        return [_right(described["member"])]
    if described["type"] == "string":
        if described.get("pattern") == CURRENCY_PATTERN:
            return "0.05"
        return described["enum"][0] if "enum" in described else "A" * max(described.get("min", 1), 2)
    return {"integer": 30, "long": 30, "boolean": True, "timestamp": 0}[described["type"]]


def _wrong(described: Description) -> Iterator[tuple[list[Any], Any, str]]:
    """Every way to break it at one place: the path, the wrong value and the words of its rule."""
    if described["type"] == "structure":
        for wire, member in described["members"].items():
            if wire in described["required"]:
                yield [wire], None, "Member must not be null"
            yield from (([wire, *path], value, rule) for path, value, rule in _wrong_inside(member))
            yield from (([wire], value, rule) for value, rule in _wrong_values(member))
    if described["type"] == "list":
        yield from (([0, *path], value, rule) for path, value, rule in _wrong_inside(described["member"]))
        yield from (([0], value, rule) for value, rule in _wrong_values(described["member"]))


def _wrong_inside(member: Description) -> Iterator[tuple[list[Any], Any, str]]:
    if member["type"] in ("structure", "list"):
        yield from _wrong(member)


def _wrong_values(member: Description) -> Iterator[tuple[Any, str]]:
    kind = member["type"]
    yield {"structure": "text", "list": {}, "string": 5, "boolean": "true", "timestamp": []}.get(kind, "5"), "must be"
    if "enum" in member:
        yield "Other", f"Member must satisfy enum value set: [{', '.join(member['enum'])}]"
    if "pattern" in member:
        yield "b c", f"Member must satisfy regular expression pattern: {member['pattern']}"
    length = "length" if kind == "string" else "value"
    if "min" in member:
        low = "A" * (member["min"] - 1) if kind == "string" else member["min"] - 1
        yield low, f"Member must have {length} greater than or equal to {member['min']}"
    if "max" in member:
        high = "A" * (member["max"] + 1) if kind == "string" else member["max"] + 1
        yield high, f"Member must have {length} less than or equal to {member['max']}"
    if kind in ("integer", "long"):
        beyond = 2 ** {"integer": 31, "long": 63}[kind]
        yield beyond, "must be a whole number"
        yield -beyond - 1, "must be a whole number"
