"""The measurements run on each database; what they show is for people to judge."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_create_hit_is_measured(durable_target: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench", "--rounds", "1", "--seconds", "0.1", "--folder", str(tmp_path)]
    is_postgresql = durable_target.startswith("postgresql")
    if is_postgresql:
        command += ["--database", durable_target]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert f"CreateHIT on {'PostgreSQL' if is_postgresql else 'SQLite'}, 64 at once, 1 samples" in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith(("trivial", "one-", "grouped "))][
        :3
    ] == ["trivial", "one-by-one", "grouped"]
