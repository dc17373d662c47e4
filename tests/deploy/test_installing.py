"""A wheel built from the checkout, installed where no checkout is: everything is in it, and it serves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import kempelen
from tests.clients.server import Keys, Server
from tests.tidy.source import ROOT

pytestmark = pytest.mark.slow


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KEMPELEN_", "PYTHON"))}
    return kept | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built as docs/operations.md and the Dockerfile say, from a copy of what is committed."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
    to = tmp_path_factory.mktemp("wheels")
    command = ["pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--wheel-dir"]
    subprocess.run([sys.executable, "-m", *command, str(to), "."], cwd=source, check=True, env=_environment())
    (found,) = to.iterdir()
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment with the wheel; its dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, env=_environment())
    (packages,) = folder.glob("lib/python*/site-packages")
    # As a plain folder of modules: its own .pth files, and with them this checkout, are not read.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    command = ["install", "--no-deps", "--no-index", "--quiet"]
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    subprocess.run([*pip, *command, str(wheel)], check=True, env=_environment())
    return folder / "bin"


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "src/kempelen"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    expected = {name.removeprefix("src/") for name in listed.split("\0") if name and (ROOT / name).exists()}
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert inside == expected
    for pattern in ("py.typed", "migrations/0001", "templates/worker/", "/static/", "locale/de.po", "demo/program.txt"):
        assert any(pattern in name for name in inside), pattern


def test_the_installed_command_is_the_wheels_own(installed: Path, tmp_path: Path) -> None:
    def run(*command: str) -> str:
        return subprocess.run(
            command, cwd=tmp_path, check=True, capture_output=True, text=True, env=_environment()
        ).stdout

    assert run(str(installed / "kempelen"), "--version") == f"kempelen, version {kempelen.__version__}\n"
    where = run(str(installed / "python"), "-c", "import kempelen; print(kempelen.__file__)")
    assert Path(where.strip()).is_relative_to(installed.parent)


@pytest.fixture(scope="module")
def served(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the installed wheel."""
    server = Server(tmp_path_factory.mktemp("served") / "data")
    server.command_line[0] = str(installed / "kempelen")
    server.environment.pop("PYTHONPATH", None)
    with server:
        yield server


def test_an_installed_server_serves_site_and_api(served: Server, installed: Path) -> None:
    command = [str(installed / "kempelen"), "requester", "add", "Lab", "--email", "lab@example.org", "--json"]
    made = subprocess.run(command, check=True, capture_output=True, text=True, env=served.environment).stdout
    turk = served.client(Keys(**json.loads(made)))
    assert turk.get_account_balance()["AvailableBalance"] == "0.00"
    host = {"host": f"kempelen.localhost:{served.port}"}
    page = httpx.get(f"{served.endpoint}/sign-in", headers={"accept-language": "de", **host})
    assert page.status_code == 200
    assert 'lang="de"' in page.text
    assert "Anmelden" in page.text
    styles = [part.split('"')[0] for part in page.text.split('href="')[1:] if ".css" in part.split('"')[0]]
    assert styles
    for style in styles:
        assert httpx.get(f"{served.endpoint}{style}", headers=host).status_code == 200
    checked = subprocess.run(
        [str(installed / "kempelen"), "check"], capture_output=True, text=True, env=served.environment
    )
    assert checked.stdout == "All checks passed.\n"


def test_the_health_check_of_the_image_tells_a_server_that_is_ready(served: Server) -> None:
    dockerfile = (ROOT / "deploy/docker/Dockerfile").read_text(encoding="utf-8")
    command = json.loads(dockerfile.partition("HEALTHCHECK")[2].partition("CMD ")[2].splitlines()[0])
    here = [sys.executable, *(part.replace(":8900/", f":{served.port}/") for part in command[1:])]
    assert subprocess.run(here).returncode == 0
    nobody = [sys.executable, *(part.replace(":8900/", ":1/") for part in command[1:])]
    assert subprocess.run(nobody, capture_output=True).returncode != 0
