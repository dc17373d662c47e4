"""Every regular expression of the package is read in linear time, or meets only texts of ours."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import kempelen
from kempelen.core.questions.xml_schemas import Value
from tests.tidy.backtracking import growth
from tests.tidy.source import ROOT, Source, faults

SEARCHES = ("search", "finditer", "findall", "sub", "subn", "split")
MATCHES = ("compile", "match", "fullmatch")
LINEAR_FOR_OTHER_REASONS = {
    ("kempelen.core.questions.layouts", "_NEIGHBOURS"): "begins only where a word begins, and reads no second word",
    (
        "kempelen.core.questions.template_literals",
        "_TOKEN",
    ): "a comment that has begun is read to its end, or to that of the text",
    ("kempelen.delivery.failures", "_ADDRESS"): "begins only where a word begins, by its look behind",
}
ONLY_TEXTS_OF_OURS = {
    ("kempelen.store.statements", "_TOKENS"): "SQL that this package writes",
}
COMPUTED = {
    "core/questions/pattern_programs.py": "a fixed number of hexadecimal digits",
    "core/questions/form_answers.py": "NUMBER, a constant that is found by its name",
    "core/questions/xml_schemas.py": "the pattern of a Value, a constant that is found by its type",
    "core/wire/shapes.py": "the pattern of a shape's bounds, which is money.CURRENCY_PATTERN",
}


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a*)*b", r"(a|a)*b", r"(\w+\s?)+x", r"(?:a|b|ab)*c", r"(?:\w|\d\d)*x", r"(?:(?=x)a|.)*b",
        r"(?P<x>a+)+$", rb"([a-z]+)*x",
    ],
)  # fmt: skip
def test_two_ways_through_a_loop_are_exponential(pattern: Any) -> None:
    assert growth(pattern) == "exponential"


@pytest.mark.parametrize(
    "pattern",
    [r"a*a*b", r"a*b?a*c", r"\s*,?\s*x", r".*x.*y", r"\w+\d+x", r"\w*\w++x", r".*?a.*?b", r"(?=.*a.*b)c", r"0*[0-9]*x"],
)
def test_two_loops_that_share_a_text_are_polynomial(pattern: str) -> None:
    assert growth(pattern) == "polynomial"


@pytest.mark.parametrize(
    "pattern",
    [
        r"a*b*c*", r"[^.]+(\.[^.]+)*", r"(a++)*b", r"(?:[^\"\\]|\\.)*\"", r"\s*+,?x", r"a*+a", r"a{1,64}a{1,64}",
        r"(?>a+)b", r"(?:\w|\d)*x", r"/\*.*?\*/", r"\w+@[^\w]+", rb"[a-z]+;[a-z]+",
    ],
)  # fmt: skip
def test_an_expression_with_one_way_to_read_a_text_is_linear(pattern: Any) -> None:
    assert growth(pattern) == ""


def test_a_search_begins_again_after_each_failure() -> None:
    assert growth(r"a+b") == ""
    assert growth(r"a+b", searched=True) == "polynomial"
    assert growth(r"<[^>]*+>", searched=True) == "polynomial"
    assert growth(r"<[^<>]*>", searched=True) == ""
    assert growth(r"<[^>]*+", searched=True) == ""  # it ends where it has begun


def test_a_planted_expression_is_found() -> None:
    planted = Source("web/planted.py", 'import re\ndef f(text):\n    return re.match(r"(a+)+b", text)\n')
    assert list(_written_in_place(planted)) == ["src/kempelen/web/planted.py:3: '(a+)+b' is exponential"]
    assert list(_named("kempelen.planted", {"_X": re.compile("a+a+b")}, "")) == ["kempelen.planted._X: polynomial"]
    searched = {"_X": {"one": [re.compile("a+b")]}}
    assert list(_named("kempelen.planted", searched, '_X["one"][0].search(text)')) == [
        "kempelen.planted._X: polynomial"
    ]
    computed = Source("web/planted.py", "import re\ndef f(text, x):\n    return re.match(x, text)\n")
    assert list(_written_in_place(computed)) == ["src/kempelen/web/planted.py:3: this expression is computed"]


def test_every_named_expression_is_read_in_linear_time() -> None:
    """In a process of its own: other tests count the refusals of the modules that are loaded."""
    ran = subprocess.run([sys.executable, "-m", __name__], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "[]\n", "")


def _of_all_modules() -> list[str]:
    found, names = [], set()
    for module in pkgutil.walk_packages(kempelen.__path__, "kempelen."):
        if not module.name.endswith("__main__"):
            loaded = importlib.import_module(module.name)
            found += _named(module.name, vars(loaded), inspect.getsource(loaded))
            names.update((module.name, name) for name in vars(loaded))
    assert names >= {*LINEAR_FOR_OTHER_REASONS, *ONLY_TEXTS_OF_OURS}, "an exception for what no longer exists"
    return found


def test_every_expression_written_in_place_is_read_in_linear_time() -> None:
    assert faults(_written_in_place) == []


def _named(module: str, names: dict[str, Any], text: str) -> Iterator[str]:
    for name, value in names.items():
        if (module, name) in LINEAR_FOR_OTHER_REASONS | ONLY_TEXTS_OF_OURS:
            continue
        used = re.findall(rf"\b{name}\b(?! = )(?:\[[^\]\n]*\])*(\.(?:match|fullmatch)\b)?", text)
        searched = "" in used  # searched with, or handed on to what may search
        for pattern, flags, is_compiled in _patterns(name, value):
            if kind := growth(pattern, flags, searched=searched and is_compiled):
                yield f"{module}.{name}: {kind}"


def _patterns(name: str, value: Any) -> Iterator[tuple[Any, int, bool]]:
    """Expression, flags, and whether it is compiled; the others are given to `re.fullmatch`."""
    if isinstance(value, re.Pattern):
        yield value.pattern, value.flags, True
    elif isinstance(value, Value) and value.pattern:
        yield value.pattern, 0, False
    elif isinstance(value, str) and (name.endswith("PATTERN") or name == "NUMBER"):
        yield value, 0, False
    elif isinstance(value, dict):
        for one in value.values():
            yield from _patterns(name, one)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for one in value:
            yield from _patterns(name, one)


def _written_in_place(source: Source) -> Iterator[str]:
    """Calls like `re.sub("…", …)`, and those within functions whose expression is not a constant."""
    within = {
        id(node)
        for function in source.nodes
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    called = {id(use): name for use, name in source.used_imports()}
    for node in source.nodes:
        if not isinstance(node, ast.Call) or not node.args:
            continue
        module, _, method = called.get(id(node.func), "").rpartition(".")
        if module != "re" or method not in (*SEARCHES, *MATCHES):
            continue
        pattern = node.args[0]
        if isinstance(pattern, ast.Constant):
            if kind := growth(pattern.value, searched=method in SEARCHES):
                yield source.fault(node, f"{pattern.value!r} is {kind}")
        elif id(node) in within and source.path not in COMPUTED:
            yield source.fault(node, "this expression is computed")


if __name__ == "__main__":
    print(_of_all_modules())
