"""docs/worker-api.md says what is: every address, every member of every answer, every refusal, every example."""

from __future__ import annotations

from typing import Any

import pytest

import kempelen.web.app  # noqa: F401  all refusals are known once all pages are
from kempelen.core.wire.errors import RequestError, ServiceFault
from kempelen.core.wire.refusals import WorkerRefusal
from kempelen.web.app import ROUTES
from kempelen.web.tasks import handover
from tests.web import worker_api, worker_examples
from tests.web.worker_api import PATH, faults, sections, shapes, without_json

JSON = {route for section in sections() for route in section.routes}


def test_every_address_is_in_the_document_once_and_every_one_in_the_document_is_there() -> None:
    there = {(method, path) for path, pages in ROUTES.items() for method in pages}
    there |= {(method, handover.PATHS[0]) for method in ("GET", "POST")}
    assert {*JSON, *without_json()} == there
    assert JSON & {*without_json()} == set()


def test_every_example_is_answered_as_the_document_shows() -> None:
    seen: dict[str, Any] = {}

    def look(method: str, path: str, status: int, answer: Any) -> None:
        if path == "/assignments/3NONE":
            assert (status, faults("Refusal", answer)) == (404, [])
            return
        section = worker_api.section_of(method, path)
        seen[section.text] = status
        assert faults(section.shape, answer) == []
        assert (status == 201) == ("status 201" in section.text), (path, status)

    text = PATH.read_text()
    assert worker_examples.played(text, look) == text, "run: make worker-api"
    assert seen.keys() == {section.text for section in sections()}, "every section has an example"


def test_an_address_without_json_has_none() -> None:
    looked_at = [path for method, path in without_json() if method == "GET" and path != "/searches/events"]
    assert looked_at
    with worker_examples.playground() as ground:
        for path in looked_at:
            answer = ground.program.client.get(path, follow_redirects=False)
            if answer.headers.get("content-type") == "application/json":
                assert answer.json()["code"] in ("NotAsJSON", "FileAddressOver"), path
            else:
                assert answer.status_code in (302, 303) or path.endswith(".csv"), path


def test_every_shape_is_used_and_every_type_is_known() -> None:
    used = {section.shape for section in sections()} | {"Refusal"}
    for name, shape in shapes().items():
        assert shape, name
        for kind in shape.values():
            used |= {part.removeprefix("list of ") for part in kind.split(" or ")}
    from_others = {name for name in shapes() if f"| … | all of {name} |" in PATH.read_text()}
    assert shapes().keys() <= used | from_others
    assert {kind for kind in used if kind[0].isupper()} <= shapes().keys()


def test_every_refusal_is_in_the_document_with_its_status() -> None:
    waiting: list[type[RequestError]] = [WorkerRefusal]
    there = {(ServiceFault().code, ServiceFault.http_status)}
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind is not WorkerRefusal and kind.__module__.startswith("kempelen."):
            code = kind.turk_error_code or kind.__name__
            there.add((code.removeprefix("AWS.MechanicalTurk."), kind.http_status))
    assert worker_api.codes() == there


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Money", {"amount_in_dollars": "0.05", "currency_code": "USD"}),
        ("Money", {"amount_in_dollars": 0.05}),
        ("Money", {"amount_in_dollars": 0.05, "currency_code": "USD", "more": 1}),
        ("list of Money", [{}]),
        ("instant or null", "yesterday"),
        ("whole number", 0.5),
        ("whole number", True),
        ("true or false", None),
        ("path", "//elsewhere.example"),
    ],
)
def test_an_answer_of_another_shape_is_seen(kind: str, value: Any) -> None:
    assert faults(kind, value) != []
