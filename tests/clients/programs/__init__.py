"""Programs of every kind of SDK, each unmodified and in a process of its own, which ask for what they are told.

A line of JSON in, `{"operation": "GetHIT", "members": {"HITId": "3…"}}`, a line out: `{"answer": {…}}`, or
`{"refused": [type, text]}` as the SDK tells an error. With `"page_size"` the SDK's own paginator goes through all
pages: `{"pages": [{…}, …]}`. So one scenario (`everything.py`) is played by all of them, and no SDK is imported here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.clients.server import REGION, Keys, Server

ROOT = Path(__file__).parents[3]
HERE, NODE = Path(__file__).parent, ROOT / "tests" / "clients" / "node"

COMMANDS: dict[str, list[str | Path]] = {
    "boto3": [sys.executable, HERE / "boto3_caller.py"],
    "boto3-1.28": [ROOT / ".venv-boto3-1.28" / "bin" / "python", HERE / "boto3_caller.py"],
    "aioboto3": [ROOT / ".venv-aioboto3" / "bin" / "python", HERE / "aioboto3_caller.py"],
    "aws-cli": [ROOT / ".venv-awscli" / "bin" / "python", HERE / "aws_caller.py"],
    "javascript-v3": [shutil.which("node") or "node", NODE / "v3_caller.mjs"],
    "javascript-v2": [shutil.which("node") or "node", NODE / "v2_caller.cjs"],
}


class Program:
    """One such program, with the keys of one Requester."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.used: set[str] = set()
        self.paged: set[str] = set()
        self.refused_at: set[str] = set()

    def __call__(self, operation: str, **members: Any) -> dict[str, Any]:
        """What an operation answers."""
        told = self._ask(operation, members)
        assert "answer" in told, (operation, members, told)
        answer: dict[str, Any] = told["answer"]
        return answer

    def pages(self, operation: str, result: str, size: int, **members: Any) -> list[Any]:
        """All items of a list, gathered by the SDK's paginator from pages of this size."""
        told = self._ask(operation, members, page_size=size)
        assert "pages" in told, (operation, members, told)
        self.paged.add(operation)
        return [item for page in told["pages"] for item in page.get(result) or []]

    def refused(self, operation: str, **members: Any) -> tuple[str, str]:
        """The type and the text of the error that an operation must end with."""
        told = self._ask(operation, members)
        assert "refused" in told, (operation, members, told)
        self.refused_at.add(operation)
        kind, text = told["refused"]
        return kind, text

    def _ask(self, operation: str, members: dict[str, Any], **more: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.used.add(operation)
        self._process.stdin.write(json.dumps({"operation": operation, "members": members, **more}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the program ended at {operation}: {self._ended()}"
        told: dict[str, Any] = json.loads(line)
        return told

    def _ended(self) -> str:
        assert self._process.stderr is not None
        return self._process.stderr.read()


@contextmanager
def program(name: str, server: Server, keys: Keys) -> Iterator[Program]:
    """A program of this name for as long as the block runs, set up by its environment as any program is."""
    with subprocess.Popen(
        COMMANDS[name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=NODE if "javascript" in name else None,
        env={
            "AWS_ENDPOINT_URL_MTURK": server.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "HOME": str(server.folder),
        },
    ) as process:
        try:
            yield Program(process)
        finally:
            process.kill()
