"""The judge: botocore's service model, over what goes out and what comes back, as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from botocore.parsers import create_parser

from kempelen.market.registry import OPERATIONS as REGISTRY

MODEL = ServiceModel(Loader().load_service_model("mturk", "service-2", "2017-01-17"), "mturk")
OPERATIONS = sorted(REGISTRY)
TYPE, RULE = "SerializationException", "ValidationException"  # what each kind of fault is refused with
BITS = {"integer": 32, "long": 64}
OF_ANY_FORM = "QuestionId"  # the model calls it an EntityId, but it is told as the question was named: "colour"


def request_shape(operation: str) -> Shape:
    """The structure of an operation's request."""
    return MODEL.operation_model(operation).input_shape


def expected_refusal(members: Any, operation: str) -> str | None:
    """The error that a request must meet for its form alone; None when its form is good."""
    try:
        json.dumps(members, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character, anywhere
        return TYPE
    faults = {kind for kind, _ in _faults(members, request_shape(operation), "request")}
    return TYPE if TYPE in faults else RULE if faults else None


def misfits(told: Any, operation: str) -> list[str]:
    """What in an answer is not as the model says: a type, a bound, an enum, a member unknown or missing."""
    shape = MODEL.operation_model(operation).output_shape
    return [fault for _, fault in _faults(told, shape, "answer", is_answer=True)] if shape else []


def parsed(status: int, headers: dict[str, str], body: bytes, operation: str) -> dict[str, Any]:
    """What the SDK's own parser reads in an answer; it raises when it cannot."""
    response = {"status_code": status, "headers": headers, "body": body}
    found: dict[str, Any] = create_parser("json").parse(response, MODEL.operation_model(operation).output_shape)
    return found


def _faults(value: Any, shape: Shape, path: str, *, is_answer: bool = False) -> Iterator[tuple[str, str]]:
    """Kind and place of everything that is wrong with a value."""
    if shape.type_name == "structure":
        yield from _faults_of_structure(value, shape, path, is_answer=is_answer)
    elif shape.type_name == "list":
        if type(value) is not list:
            yield TYPE, f"{path} is no list"
            return
        for number, item in enumerate(value):
            if item is None:
                yield RULE, f"{path}[{number}] is null"
            else:
                yield from _faults(item, shape.member, f"{path}[{number}]", is_answer=is_answer)
    elif shape.type_name == "string":
        yield from _faults_of_text(value, shape, path)
    elif shape.type_name in BITS:
        yield from _faults_of_number(value, shape, path)
    elif shape.type_name == "boolean":
        if type(value) is not bool:
            yield TYPE, f"{path} is no boolean"
    elif shape.type_name == "timestamp":
        if not _is_instant(value, only_numbers=is_answer):
            yield TYPE, f"{path} is no time"
    else:
        raise AssertionError(f"the model has a type of its own: {shape.type_name}")


def _faults_of_structure(value: Any, shape: Shape, path: str, *, is_answer: bool) -> Iterator[tuple[str, str]]:
    if type(value) is not dict:
        yield TYPE, f"{path} is no structure"
        return
    for name, member in shape.members.items():
        if is_answer and name == OF_ANY_FORM and type(value.get(name)) is str:
            continue
        if value.get(name) is not None:
            yield from _faults(value[name], member, f"{path}.{name}", is_answer=is_answer)
        elif name in shape.required_members or (is_answer and name in value):
            yield RULE, f"{path}.{name} is missing"
    if is_answer:
        yield from ((RULE, f"{path}.{name} is unknown") for name in value.keys() - shape.members.keys())


def _faults_of_text(value: Any, shape: Shape, path: str) -> Iterator[tuple[str, str]]:
    if type(value) is not str:
        yield TYPE, f"{path} is no text"
        return
    traits = shape.metadata
    if not traits.get("min", 0) <= len(value) <= traits.get("max", len(value)):
        yield RULE, f"{path} is of length {len(value)}"
    if "pattern" in traits and not re.search(traits["pattern"].replace("$", r"\Z"), value, re.ASCII):
        yield RULE, f"{path} is not of its pattern: {value[:100]!r}"
    if "enum" in traits and value not in traits["enum"]:
        yield RULE, f"{path} is none of its values: {value[:100]!r}"
    if "\0" in value:
        yield RULE, f"{path} has a U+0000"


def _faults_of_number(value: Any, shape: Shape, path: str) -> Iterator[tuple[str, str]]:
    if type(value) is float and value.is_integer():
        value = int(value)
    size = 2 ** (BITS[shape.type_name] - 1)
    if type(value) is not int or not -size <= value < size:
        yield TYPE, f"{path} is no {shape.type_name}"
    elif not shape.metadata.get("min", value) <= value <= shape.metadata.get("max", value):
        yield RULE, f"{path} is {value}"


def _is_instant(value: Any, *, only_numbers: bool) -> bool:
    """Seconds since 1970 that a calendar has; in a request also as a text, or of ISO 8601."""
    try:
        if type(value) is str and not only_numbers:
            try:
                value = float(value)
            except ValueError:
                datetime.fromisoformat(value).astimezone(UTC)
                return True
        return type(value) in (int, float) and bool(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value))
    except (ValueError, OverflowError):
        return False
