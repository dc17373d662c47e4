"""The program that the demo prints runs as it is, and a Worker does its HITs in a browser."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.clients.server import KEMPELEN, Server
from tests.ports import free_port


@pytest.mark.slow
def test_the_program_it_prints_runs_as_it_is(context: BrowserContext, tmp_path: Path) -> None:
    port = free_port()
    environment = Server(tmp_path / "data").environment
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen([KEMPELEN, "demo", "--port", str(port)], stdout=log, stderr=log, env=environment)
    try:
        until = time.monotonic() + 60
        program = tmp_path / "data" / "demo_program.py"
        while "Ctrl-C stops the server" not in (tmp_path / "log").read_text():
            assert process.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < until
            time.sleep(0.05)
        assert program.read_text().strip() in (tmp_path / "log").read_text()
        with (
            subprocess.Popen(
                [sys.executable, "-u", str(program)], stdout=subprocess.PIPE, env=environment, text=True
            ) as paste,
            contextlib.ExitStack() as at_last,
        ):
            at_last.callback(paste.kill)  # if nobody does what it waits for
            assert paste.stdout is not None
            sky, dots = links(paste.stdout)
            worker = json.loads((tmp_path / "data" / "demo.json").read_text())["workers"][0]
            page = signed_in(context, f"http://kempelen.localhost:{port}", worker)
            do(page, sky, "What colour is the sky where you are?", "plain blue")
            do(page, dots, "About how many dots are there?", "60")
            told, _ = paste.communicate(timeout=60)
        assert paste.returncode == 0
        assert "Approved one, with a bonus; rejected the other. Left: " in told
        assert "plain blue" in told
        page.goto(f"http://kempelen.localhost:{port}/dashboard")
        expect(page.get_by_text("For being first.")).to_be_visible()
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        log.close()


def links(said: IO[str]) -> list[str]:
    """The addresses of its HITs, as the program prints them."""
    found: list[str] = []
    while len(found) < 2:
        line = said.readline()
        assert line, "the program has ended"
        found += re.findall(r"http://\S+/projects/\w+/tasks", line)
    return found


def signed_in(context: BrowserContext, site: str, worker: dict[str, Any]) -> Page:
    page = context.new_page()
    page.goto(f"{site}/sign-in")
    page.get_by_label("E-mail address").fill(worker["email"])
    page.get_by_label("Password").fill(worker["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/projects")
    return page


def do(page: Page, link: str, asked: str, answer: str) -> None:
    """Preview, accept, answer, submit."""
    page.goto(link)
    page.get_by_role("button", name="Accept", exact=False).first.click()
    task = page.frame_locator("#task")
    task.get_by_label(asked).fill(answer)
    with page.expect_response(lambda answer: answer.url.endswith("/submit"), timeout=30_000) as submitted:
        task.get_by_role("button", name="Submit").click()
    assert submitted.value.ok
    page.wait_for_url(lambda url: "assignment_id" not in url)  # where the site leads to then
