"""docs/worker-api.md, read: its addresses, its refusals and the shapes of its answers, which answers can be held to."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from starlette.routing import compile_path

PATH = Path(__file__).parents[2] / "docs" / "worker-api.md"
ADDRESS = re.compile(r"`(GET|POST) (/[^`?]*)`")
ROW = re.compile(r"\| (?P<member>`\w+`( †)?|…) \| (?P<type>[^|]+) \| (?P<meaning>[^|]*)\|")

Route = tuple[str, str]  # method and pattern
Shape = dict[str, str]  # member and type


# ---------------------------------------------------------------------------------------------- the document


class Section(NamedTuple):
    """What is said under one heading about addresses that answer JSON."""

    routes: list[Route]
    shape: str
    text: str


@cache
def sections() -> list[Section]:
    """The sections about addresses that answer JSON, in the order of the document."""
    found = []
    for part in re.split(r"^###? ", PATH.read_text(), flags=re.MULTILINE):
        heading, _, text = part.partition("\n")
        routes = [(method, path) for method, path in ADDRESS.findall(heading)]
        if routes:
            answers = re.search(r"Answers:\s\[(.+?)\]\(#", text)
            assert answers, f"{heading} does not say what it answers"
            found.append(Section(routes, answers[1], text))
    return found


def without_json() -> list[Route]:
    """The addresses listed as having no JSON."""
    part = PATH.read_text().split("## Addresses without JSON\n")[1].split("\n## ")[0]
    return [(method, path) for method, path in ADDRESS.findall(part)]


@cache
def shapes() -> dict[str, Shape]:
    """Every shape's members and their types; those it has from another shape among them."""
    written: dict[str, Shape] = {}
    for part in PATH.read_text().split("\n#### ")[1:]:
        name, _, text = part.partition("\n")
        shape: Shape = {}
        for row in ROW.finditer(text.split("\n## ")[0]):
            if row["member"] == "…":
                shape |= written[row["type"].removeprefix("all of ")]
            else:
                shape[row["member"].split("`")[1]] = row["type"]
        written[name] = shape
    return written


def codes() -> set[tuple[str, int]]:
    """The codes of refusals, each with its HTTP status."""
    return {
        (code, int(status)) for code, status in re.findall(r"^\| `(\w+)` \| (\d{3}) \|", PATH.read_text(), re.MULTILINE)
    }


# ---------------------------------------------------------------------------------------------- held to it

_TEXTS = {
    "text": "(?s:.*)",
    "id": r"[0-9A-Z]+",
    "path": r"/[^/].*",
    "address": r"https?://.+",
    "day": r"\d{4}-\d\d-\d\d",
    "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
}
_NUMBERS: dict[str, type | tuple[type, ...]] = {"whole number": int, "number": (int, float), "dollars": (int, float)}


def faults(kind: str, value: Any, place: str = "") -> list[str]:
    """Where a value is not of a type that the document knows."""
    for one in kind.split(" or ") if kind != "true or false" else []:
        if one != kind and not faults(one, value):
            return []
    if (kind == "null" and value is None) or (kind == "true or false" and isinstance(value, bool)):
        return []
    if kind.startswith("list of ") and isinstance(value, list):
        return [fault for number, one in enumerate(value) for fault in faults(kind[8:], one, f"{place}[{number}]")]
    if kind in _TEXTS and isinstance(value, str) and re.fullmatch(_TEXTS[kind], value):
        return []
    if kind in _NUMBERS and isinstance(value, _NUMBERS[kind]) and not isinstance(value, bool):
        return []
    if kind in shapes() and isinstance(value, dict):
        shape = shapes()[kind]
        differing = [
            f"{place}.{name} of {kind}: there or in the document alone" for name in shape.keys() ^ value.keys()
        ]
        return differing + [
            fault
            for name in shape.keys() & value.keys()
            for fault in faults(shape[name], value[name], f"{place}.{name}")
        ]
    return [f"{place}: {value!r} is not {kind}"]


def section_of(method: str, path: str) -> Section:
    """The section about the address that a path is of."""
    path = path.partition("?")[0]
    fitting = [
        (pattern.count("{"), section)
        for section in sections()
        for known, pattern in section.routes
        if known == method and compile_path(pattern)[0].match(path)
    ]
    assert fitting, f"{method} {path} answers JSON, and the document does not know it"
    return min(fitting, key=lambda one: one[0])[1]  # the one with the most words of its own


def check(method: str, path: str, answer: Any) -> None:
    """Fail when what an address answered is not as the document says."""
    assert faults(section_of(method, path).shape, answer, f"{method} {path}") == []
