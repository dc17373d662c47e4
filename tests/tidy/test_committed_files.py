"""What is committed works on any machine: no folder of somebody's machine, no address of a package registry."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.source import ROOT

MACHINE_PATHS = re.compile(r"(?<![\w.])/(root|home/\w+|Users/\w+|opt/\w+|tmp/plan)/|/work/(main|shared|\.library)\b")
REGISTRIES = re.compile(r"https?://[\w.-]*(pypi|pythonhosted|npmjs|deb\.debian|crates\.io|maven)[\w.-]*", re.IGNORECASE)
INDEX_OPTIONS = re.compile(r"--(extra-)?index-url\b|--find-links\b|\bindex-url\s*=|\"resolved\":")
# Files which say what is installed and from where: no address at all.
INSTALLING = re.compile(r"^(requirements/.*|pyproject\.toml|Makefile|scripts/.*|\.ci/.*|.*requirements.*\.txt)$")


def committed() -> list[Path]:
    """The files of the checkout that are, or are about to be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def foreign(name: str, text: str) -> Iterator[str]:
    """Addresses and paths in a file's text that belong to some machine or registry."""
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINE_PATHS.search(line):
            yield f"{name}:{number}: a path of one machine"
        if REGISTRIES.search(line) or INDEX_OPTIONS.search(line):
            yield f"{name}:{number}: a package registry"
        elif INSTALLING.match(name) and re.search(r"https?://", line):
            yield f"{name}:{number}: an address where things are installed from"


def test_no_machine_and_no_registry_is_named() -> None:
    found: list[str] = []
    for path in committed():
        if path == Path(__file__).resolve():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a font
        found += foreign(path.relative_to(ROOT).as_posix(), text)
    assert found == []


def test_no_symbolic_link_is_committed() -> None:
    """One that leads out of the checkout is another thing on every machine, and no other is needed."""
    staged = subprocess.run(
        ["git", "ls-files", "--stage"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert len(staged) > 100
    assert [line for line in staged if line.startswith("120000")] == []


def test_every_locked_file_has_a_hash() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert len(locks) >= 3
    for lock in locks:
        entries = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
        assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == [], lock.name


def test_no_file_is_too_big_to_read() -> None:
    assert [str(path) for path in committed() if path.stat().st_size > 1_000_000] == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("README.md", "cd /root/kempelen"),
        ("docs/x.md", "see /work/shared/design.md"),
        ("tests/x.py", 'path = "/home/anna/data"'),
        ("requirements/run.txt", "--index-url https://example.org/simple"),
        ("requirements/run.txt", "lxml @ https://example.org/lxml.whl"),
        ("Makefile", "curl http://example.org/install.sh"),
        ("package-lock.json", '"resolved": "somewhere"'),
        ("README.md", "from https://registry.npmjs.example/"),
    ],
)
def test_a_foreign_address_is_seen(name: str, line: str) -> None:
    assert len(list(foreign(name, line))) == 1


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("README.md", "open http://kempelen.localhost:8900/projects"),
        ("tests/x.py", 'url = "https://turk.example.org/root/x"'),
        ("Makefile", "rm -rf .venv"),
        ("requirements/run.txt", "lxml==6.1.3 --hash=sha256:00"),
    ],
)
def test_an_address_of_ours_is_no_fault(name: str, line: str) -> None:
    assert list(foreign(name, line)) == []


def test_lines_of_scripts_fit_the_width() -> None:
    """Drawings that came from elsewhere, and a line that is one text, are as long as they are."""
    static = ROOT / "src" / "kempelen" / "web" / "static"
    scripts = [path for path in static.rglob("*.js") if path.name != "crowd-icons.js"]
    assert scripts
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in scripts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 120 and not re.fullmatch(r'\s*"[^"]*",?', line)
    ]
    assert long == []
