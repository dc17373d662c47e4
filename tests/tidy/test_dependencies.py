"""What the package depends on at run time is what it imports, and nothing else."""

from __future__ import annotations

import re
import sys
import tomllib

from tests.tidy.source import ROOT, sources

# By the name of the distribution, the module that it gives where that is another.
MODULES = {
    "argon2-cffi": "argon2",
    "prometheus-client": "prometheus_client",
    "python-multipart": "python_multipart",
}
# Imported for us by others: uvicorn's loop and parser, the zones of `zoneinfo`; and markupsafe comes with Jinja2.
USED_BY_OTHERS = {"httptools", "uvloop", "tzdata"}
COMES_WITH = {"markupsafe": "jinja2"}


def declared() -> set[str]:
    """The distributions that pyproject.toml names for run time."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {re.split(r"[\[><=~! ]", each, maxsplit=1)[0] for each in project["dependencies"]}


def imported() -> set[str]:
    """The modules of others that the package imports."""
    tops = {name.partition(".")[0] for source in sources() for _, name in source.imports()}
    return {top for top in tops if top not in sys.stdlib_module_names and top not in ("kempelen", "__future__")}


def test_every_dependency_is_imported() -> None:
    modules = {MODULES.get(name, name) for name in declared() - USED_BY_OTHERS}
    assert modules - imported() == set()


def test_every_import_is_of_a_dependency() -> None:
    modules = {MODULES.get(name, name) for name in declared()}
    assert {COMES_WITH.get(module, module) for module in imported()} - modules == set()


def test_the_locked_versions_are_of_what_is_declared() -> None:
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / "run.txt").read_text(), re.MULTILINE)
    assert {name.lower() for name in declared()} - set(locked) == set()
