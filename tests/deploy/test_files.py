"""The files for systemd and Docker: what they name exists, and what they set are settings."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from kempelen import config
from kempelen.server.process import CLOSING_SECONDS
from tests.tidy.source import ROOT
from tests.tidy.test_commands import command_exists, settings_of

DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd/kempelen.service"
COMPOSED = sorted((DEPLOY / "docker").glob("compose*.yaml"))
LIKELY = {"POSTGRES_PASSWORD": "abc123"}  # what the shell of an operator has set


def instructions(path: Path) -> list[tuple[str, str]]:
    """A Dockerfile's instructions in order, with lines joined and comments left out."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ")
    return [(line.split()[0], line.split(None, 1)[1]) for line in whole.splitlines() if line.strip()]


def unit_lines() -> list[tuple[str, str]]:
    lines = UNIT.read_text(encoding="utf-8").splitlines()
    return [(line.split("=", 1)[0], line.split("=", 1)[1]) for line in lines if "=" in line and line[0] not in "#["]


# ---------------------------------------------------------------------------------------------- systemd


def test_the_unit_starts_a_command_that_there_is():
    lines = unit_lines()
    (command,) = [value for name, value in lines if name == "ExecStart"]
    command_exists(shlex.split(command))
    environment = dict(value.split("=", 1) for name, value in lines if name == "Environment")
    assert settings_of(environment).data == Path("/var/lib/kempelen")


def test_the_unit_gives_the_server_more_time_to_stop_than_it_takes():
    (seconds,) = [int(value) for name, value in unit_lines() if name == "TimeoutStopSec"]
    assert seconds > config.Config().stop_seconds + CLOSING_SECONDS


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd on this machine")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path):
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text(encoding="utf-8").replace("/usr/local/lib/kempelen/bin/kempelen", sys.executable))
    done = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    rated = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(copy)], capture_output=True, text=True
    )
    assert rated.returncode == 0, rated.stdout[-300:]


def test_the_units_settings_can_be_read_also_by_the_shell(tmp_path):
    text = (DEPLOY / "systemd/kempelen.env").read_text(encoding="utf-8")
    written = tmp_path / "kempelen.env"
    written.write_text(re.sub("^#(?=KEMPELEN_)", "", text, flags=re.MULTILINE))
    script = f"set -a; . {written}; exec env -0"
    listed = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True, env={"PATH": "/bin:/usr/bin"}
    )
    found = dict(line.split("=", 1) for line in listed.stdout.split("\0") if line.startswith("KEMPELEN_"))
    settings = settings_of(found)
    assert settings.tasks_url == "https://*.turk-tasks.example"
    assert settings.mail_from == "Example Turk <no-reply@turk.example.org>"
    assert settings.database.startswith("postgresql://")


def test_the_command_of_the_service_has_its_settings_and_user(tmp_path):
    script = (DEPLOY / "systemd/kempelen").read_text(encoding="utf-8")
    etc, tools = tmp_path / "kempelen.env", tmp_path / "bin"
    etc.write_text("KEMPELEN_URL=https://turk.example.org\n")
    tools.mkdir()
    (tools / "runuser").write_text('#!/bin/sh\necho "$KEMPELEN_DATA $KEMPELEN_URL"\nprintf "%s|" "$@"\n')
    (tools / "runuser").chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", script.replace("/etc/kempelen/kempelen.env", str(etc)), "kempelen", "requester", "add", "A B"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": f"{tools}:/bin:/usr/bin"},
    )
    assert done.stdout == (
        "/var/lib/kempelen https://turk.example.org\n"
        "-u|kempelen|--|/usr/local/lib/kempelen/bin/kempelen|requester|add|A B|"
    )


# ---------------------------------------------------------------------------------------------- Docker


def test_the_image_copies_only_what_there_is_and_what_docker_is_sent():
    rules = (DEPLOY / "docker/Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert rules[0] == "*"
    sent = [rule[1:] for rule in rules if rule.startswith("!")]
    copied = []
    for name, rest in instructions(DEPLOY / "docker/Dockerfile"):
        words = rest.split()
        if name == "COPY" and not words[0].startswith("--from="):
            copied += words[:-1]
    assert sorted(copied) == sorted(sent)
    for path in copied:
        assert (ROOT / path).exists(), path
    readme = re.search(r'readme = "(.+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert readme
    assert readme[1] in copied, "the build reads it"


def test_the_image_runs_the_server_as_nobody_special():
    found = instructions(DEPLOY / "docker/Dockerfile")
    last = dict(found)
    assert last["USER"] == "kempelen"
    command_exists([*json.loads(last["ENTRYPOINT"]), *json.loads(last["CMD"])])
    environment = dict(part.split("=", 1) for name, rest in found if name == "ENV" for part in rest.split())
    settings = settings_of(environment)
    assert (str(settings.data), settings.host) == (last["VOLUME"], "0.0.0.0")
    assert last["EXPOSE"] == str(settings.port)
    assert [rest.split()[0] for name, rest in found if name == "FROM"] == ["python:3.11-slim-trixie"] * 2


def test_the_image_takes_locked_versions_only():
    run = " ".join(rest for name, rest in instructions(DEPLOY / "docker/Dockerfile") if name == "RUN")
    for install in re.findall(r"pip (?:install|wheel) [^&]*", run):
        assert "--require-hashes" in install or ("--no-deps" in install and "--no-index" in install), install
    tested = (ROOT / "requirements/test.txt").read_text(encoding="utf-8")
    for name in ("run", "build"):
        for version in re.findall(r"^\S+==\S+", (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8"), re.M):
            assert re.search(rf"^{re.escape(version)}\b", tested, re.M), version


def test_the_locked_versions_lack_nothing_that_the_build_needs():
    locked = set(re.findall(r"^(\S+)==", (ROOT / "requirements/build.txt").read_text(encoding="utf-8"), re.M))
    assert "hatchling" in locked
    for name in locked:
        needed = [Requirement(each) for each in metadata.requires(name) or []]
        wanted = {each.name.lower() for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})}
        assert wanted <= locked, name


@pytest.mark.parametrize("path", COMPOSED, ids=lambda path: path.name)
def test_a_composition_names_files_volumes_and_settings_that_there_are(path):
    composed = yaml.safe_load(path.read_text(encoding="utf-8"))
    service = composed["services"]["kempelen"]
    context = (path.parent / service["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / service["build"]["dockerfile"]).is_file()
    for each in composed["services"].values():
        assert {volume.split(":")[0] for volume in each["volumes"]} <= set(composed["volumes"])
        for needed in each.get("depends_on", {}):
            assert needed in composed["services"]
    environment = {name: interpolated(value) for name, value in service["environment"].items()}
    settings = settings_of(environment)
    assert settings.site_url == "http://kempelen.localhost:8900"
    assert [port.split(":") for port in service["ports"]] == [["127.0.0.1", str(settings.port), str(settings.port)]]
    database = composed["services"].get("database")
    assert bool(database) == bool(settings.database)
    if database:
        asked = {name: interpolated(value) for name, value in database["environment"].items()}
        assert settings.database == (
            f"postgresql://{asked['POSTGRES_USER']}:{asked['POSTGRES_PASSWORD']}@database/{asked['POSTGRES_DB']}"
        )


def test_both_compositions_run_the_server_alike():
    first, second = (yaml.safe_load(path.read_text(encoding="utf-8"))["services"]["kempelen"] for path in COMPOSED)
    for differs in ("depends_on", "environment"):
        first.pop(differs, None)
        second.pop(differs, None)
    assert first == second


def interpolated(value: str) -> str:
    """A value as Docker Compose reads it: ${NAME:-default} and ${NAME:?message}."""

    def of_shell(match: re.Match[str]) -> str:
        found = LIKELY.get(match["name"], "")
        assert found or match["how"] == "-", match["name"]
        return found or match["rest"]

    return re.sub(r"\$\{(?P<name>\w+):(?P<how>[-?])(?P<rest>[^}]*)\}", of_shell, value)


def test_the_files_are_all_described():
    words = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for path in DEPLOY.rglob("*"):
        if path.is_file() and not fnmatch.fnmatch(path.name, "*.dockerignore"):
            assert str(path.relative_to(ROOT)) in words, path
