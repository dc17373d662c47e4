"""The documents and the command line agree: what is shown exists, and what exists is listed."""

from __future__ import annotations

import re
import shlex

import click

from kempelen import config
from kempelen.cli.main import main
from tests.tidy.source import ROOT

DEPLOY = ROOT / "deploy"


def settings_of(lines: dict[str, str]) -> config.Config:
    """The settings that an environment makes; each variable of ours must be one."""
    known = {setting.variable: setting for setting in config.table()}
    for name in lines:
        if name.startswith("KEMPELEN_"):
            setting = known.get(name) or known.get(name.removesuffix("_FILE"))
            assert setting is not None, name
            assert name == setting.variable or setting.is_secret, name
    return config.read({name: value for name, value in lines.items() if not name.endswith("_FILE")})


def command_exists(words: list[str]) -> None:
    """Fail unless `kempelen …` has this command and these options; values are not looked at."""
    command: click.Command = main
    words = words[1:]
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        assert words[0] in command.commands, words
        command = command.commands[words.pop(0)]
    names = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help", "-h"}
    assert [word for word in words if word.startswith("-") and word.partition("=")[0] not in names] == []


def shown_commands() -> list[tuple[str, str]]:
    """Every command line of ours in the documents and files, with where it stands."""
    found: list[tuple[str, str]] = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(DEPLOY.rglob("*.yaml"))]:
        for line in path.read_text(encoding="utf-8").splitlines():
            match = re.match(r"#? {4,}(?:.*\bexec kempelen )?((?:KEMPELEN_\w+=\S+ )*kempelen [a-z].*)$", line)
            if match:
                found.append((path.name, match[1]))
    return found


def test_every_command_that_the_documents_show_exists():
    shown = shown_commands()
    assert len(shown) > 15
    for _where, line in shown:
        words = shlex.split(line, comments=True)
        while "=" in words[0]:
            settings_of(dict([words.pop(0).split("=", 1)]))
        command_exists(words)


def test_the_readme_lists_every_command():
    table = (ROOT / "README.md").read_text(encoding="utf-8")
    listed: set[str] = set()
    for words in re.findall(r"^\| `kempelen ([^`]*)`", table, re.M):
        group, *names = words.replace("\\|", "|").split()
        listed |= {f"{group} {name}" for name in names[0].split("|")} if names and names[0].islower() else {group}
    expected = set()
    for name, command in main.commands.items():
        within = getattr(command, "commands", None)
        expected |= {f"{name} {each}" for each in within} if within else {name}
    assert listed == expected
