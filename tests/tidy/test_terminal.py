"""Commands print by `frame.echo` alone, which shows what could steer a terminal."""

import re
from pathlib import Path

COMMANDS = Path(__file__).parents[2] / "src" / "kempelen" / "cli"
PRINTS = re.compile(r"click\.(?:echo|secho|echo_via_pager)|\bprint\(|std(?:out|err)\.write")


def test_commands_print_in_one_way():
    found = {path.name: len(PRINTS.findall(path.read_text(encoding="utf-8"))) for path in COMMANDS.glob("*.py")}
    assert {name: count for name, count in found.items() if count} == {"frame.py": 1}
