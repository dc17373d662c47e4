"""The aws command, version 1, told over standard input what to ask: see tests/clients/programs/__init__.py.

Each order is one command line, `aws mturk create-hit --title …`, carried out by the command's own entry point; one
process carries out all, because the command takes a second to start.
"""

import contextlib
import io
import json
import re
import sys

from awscli.clidriver import create_clidriver
from botocore import xform_name

REFUSED = re.compile(
    r"An error occurred \((\w+)\)(?: \(reached max retries: \d+\))? when calling the \w+ operation: (.*)", re.DOTALL
)


def command_line(order):
    arguments = ["mturk", xform_name(order["operation"], "-"), "--output", "json"]
    if "page_size" in order:
        arguments += ["--page-size", str(order["page_size"])]
    for name, value in order["members"].items():
        option = xform_name(name, "-")
        if isinstance(value, bool):
            arguments.append(f"--{option}" if value else f"--no-{option}")
        else:
            arguments += [f"--{option}", value if isinstance(value, str) else json.dumps(value)]
    return arguments


def answer(aws, order):
    printed, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(complained):
        status = aws.main(command_line(order))
    if status:
        refused = REFUSED.search(complained.getvalue())
        if refused is None:
            raise SystemExit(f"{command_line(order)}: {complained.getvalue()}")
        return {"refused": [refused[1], refused[2].strip()]}
    told = json.loads(printed.getvalue() or "{}")
    return {"pages": [told]} if "page_size" in order else {"answer": told}


driver = create_clidriver()
for line in sys.stdin:
    print(json.dumps(answer(driver, json.loads(line))), flush=True)
