"""A real `kempelen serve` in a process of its own, as programs meet it: over a socket, and killed without warning.

    with Server(folder, target) as server:
        keys = server.add_requester("Lab", deposit="100.00")
        server.client(keys).get_account_balance()

What a test must know about the server it finds here: its address, keys and tokens, its log. `kill`, `stop` and `start`
end it and begin it again by the same command on the same data. Only processes begun here are ended here.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from html import unescape
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import boto3
import httpx
from botocore.config import Config as ClientConfig

from kempelen import config as settings
from kempelen.market.foundation.call import OPERATOR, Call
from kempelen.market.people import accounts
from kempelen.opening import open_market
from tests.ports import free_port

REGION = "us-east-1"
KEMPELEN = str(Path(sys.executable).with_name("kempelen"))
READY_SECONDS = 60  # far more than it takes, for a machine that is busy with other tests
STOP_SECONDS = 60


class Keys(NamedTuple):
    """A Requester who signs requests."""

    requester_id: str
    access_key_id: str
    secret_access_key: str


class SignIn(NamedTuple):
    """A Worker who sends an API token."""

    worker_id: str
    token: str


class Work(NamedTuple):
    """An assignment that a Worker has accepted."""

    group_id: str
    hit_id: str
    assignment_id: str

    @property
    def path(self) -> str:
        """Where it is worked on."""
        return f"/projects/{self.group_id}/tasks/{self.hit_id}"


class Server:
    """One server on one database, for as long as the block runs."""

    def __init__(
        self, folder: Path, target: str | Path | None = None, *flags: str, environment: dict[str, str] | None = None
    ) -> None:
        """`folder` is its data folder, `target` a PostgreSQL URL for the tables, or again a folder or nothing."""
        self.folder = folder
        self.database = str(target) if str(target or "").startswith("postgresql:") else ""
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.log_file = folder.with_name(f"{folder.name}.log")
        self.environment = _environment() | {"KEMPELEN_DATA": str(folder)} | (environment or {})
        if self.database:
            self.environment["KEMPELEN_DATABASE"] = self.database
        self.command_line = [KEMPELEN, "serve", "--port", str(self.port), *flags]
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.kill()
        if kind is not None:
            print(self.log())

    # ---------------------------------------------------------------------------- its life

    def begin(self) -> None:
        """Start the process, and do not wait for it."""
        assert self.process is None, "it runs already"
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self.command_line, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment
            )

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        self.begin()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Ask until the server says that it can work; fails when it ends instead."""
        until = time.monotonic() + READY_SECONDS
        with httpx.Client(timeout=5, verify=False) as client:  # to read certificates would take as long as to start
            while time.monotonic() < until:
                assert self.process is not None
                assert self.process.poll() is None, f"the server ended with {self.process.returncode}:\n{self.log()}"
                with contextlib.suppress(httpx.TransportError):
                    if client.get(f"{self.endpoint}/readyz").status_code == 200:
                        return
                time.sleep(0.02)
        raise AssertionError(f"the server was not ready in {READY_SECONDS} seconds:\n{self.log()}")

    def kill(self) -> None:
        """End the process at once, as a failing machine would: `kill -9`."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask the process to end, as an operator does, and wait until it has; its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        if self.process is None:
            return 0
        process, self.process = self.process, None
        process.send_signal(how)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the server did not end in {STOP_SECONDS} seconds:\n{self.log()}") from None

    def log(self) -> str:
        """All it has written so far, on standard output and standard error."""
        return self.log_file.read_text() if self.log_file.exists() else ""

    # ---------------------------------------------------------------------------- commands beside it

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `kempelen …` on the same database, whatever comes of it."""
        return subprocess.run(
            [KEMPELEN, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )

    def told(self, *arguments: str) -> dict[str, Any]:
        """The JSON object that a command prints, which must succeed."""
        done = self.command(*arguments, "--json")
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def add_requester(self, name: str = "Alice", *, deposit: str = "10000.00") -> Keys:
        """A new Requester with money, by the command."""
        return Keys(**self.told("requester", "add", name, "--email", f"{name}@example.org", "--deposit", deposit))

    def add_worker(self, name: str = "Bob") -> SignIn:
        """A new Worker, by the command."""
        made = self.told("worker", "add", name, "--email", f"{name}@example.org")
        return SignIn(made["worker_id"], made["token"])

    def add_workers(self, count: int, name: str = "worker") -> list[SignIn]:
        """Many new Workers, as the command adds them, but without hashing a password for each."""
        market = open_market(settings.read(self.environment))
        try:
            return market.perform(OPERATOR, _add_workers, count=count, name=name)
        finally:
            market.close()

    # ---------------------------------------------------------------------------- clients of it

    def client(
        self,
        keys: Keys,
        *,
        endpoint: str | None = None,
        attempts: int | None = None,
        mode: str = "standard",
        **config: Any,
    ) -> Any:
        """A boto3 client; `attempts` says how often it tries a request in all, else as boto3 does by itself.

        Its standard mode gives up when it had to repeat too much lately, its legacy mode does not.
        """
        if attempts is not None:
            config["retries"] = {"total_max_attempts": attempts, "mode": mode}
        return boto3.session.Session().client(
            "mturk",
            region_name=REGION,
            endpoint_url=endpoint or self.endpoint,
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
            config=ClientConfig(**config),
        )

    def worker(self, sign_in: SignIn) -> WorkersProgram:
        """A Worker's own program."""
        return WorkersProgram(self.endpoint, sign_in.token)


class Refused(Exception):
    """The worker site has refused; its status and its words."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.message = answer.json()["message"]
        super().__init__(f"{self.status} {self.message}")


class WorkersProgram:
    """A Worker who uses the worker site's JSON with an API token, through one connection."""

    def __init__(self, endpoint: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=endpoint,
            headers={"authorization": f"Bearer {token}", "accept": "application/json"},
            timeout=60,
            verify=False,  # plain HTTP; to read the certificates takes longer than all requests
        )

    def __enter__(self) -> WorkersProgram:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def groups(self) -> list[dict[str, Any]]:
        """The HIT groups that are open."""
        found: list[dict[str, Any]] = self._told(self._http.get("/projects"))["results"]
        return found

    def accept(self, group_id: str) -> Work:
        """Accept one HIT of a group; Refused when none is left."""
        return accepted(self._http.get(f"/projects/{group_id}/tasks/accept_random"))

    def queue(self) -> list[Work]:
        """What is accepted and not yet finished."""
        tasks = self._told(self._http.get("/tasks"))["tasks"]
        return [Work(each["project"]["hit_set_id"], each["task_id"], each["assignment_id"]) for each in tasks]

    def look(self, work: Work) -> dict[str, Any]:
        """The work as its page tells it to programs."""
        return self._told(self._http.get(work.path, params={"assignment_id": work.assignment_id}))

    def upload(self, work: Work, number: int, name: str, content: bytes) -> str:
        """Send a file for a question of a QuestionForm, as the page in the frame does; its key."""
        page = self._http.get(self.look(work)["question"]["value"]).text
        action = re.search(r'<form id="questions" method="post" action="([^"]+)"', page)
        assert action, page
        files = {f"answer-{number}": (name, content)}
        told = self._told(httpx.post(unescape(action[1]), files=files, headers={"accept": "application/json"}))
        key: str = told["files"][0]["file_key"]
        return key

    def fetched(self, address: str) -> bytes:
        """What is at an address of this server's, for whoever knows it; not every system can look up `*.localhost`."""
        parts = urlsplit(address)
        here = parts._replace(netloc=f"127.0.0.1:{parts.port}").geturl()
        answer = httpx.get(here, headers={"host": parts.netloc})
        assert answer.status_code == 200, answer.text
        return answer.content

    def submit(self, work: Work, **fields: str | list[str]) -> dict[str, Any]:
        """Hand in an answer."""
        fields = {"assignment_id": work.assignment_id, **fields}  # a list is several fields of one name
        return self._told(self._http.post(f"{work.path}/submit", data=fields))

    def give_back(self, work: Work) -> dict[str, Any]:
        """Return the work undone."""
        return self._told(self._http.post(work.path, params={"assignment_id": work.assignment_id}))

    def qualification(self, type_id: str) -> dict[str, Any]:
        """A qualification type, and how the Worker stands to it."""
        return self._told(self._http.get(f"/qualifications/{type_id}"))

    def request(self, type_id: str) -> dict[str, Any]:
        """Ask for a qualification; the request as it then stands, InTest where there is a test to take."""
        asked: dict[str, Any] = self._told(self._http.post(f"/qualifications/{type_id}/request"))["request"]
        return asked

    def submit_test(self, request: dict[str, Any], fields: dict[str, str]) -> dict[str, Any]:
        """Hand a test in, `answer-1` being the place of the choice or the text for its first question; the standing."""
        return self._told(self._http.post(f"{request['test_url']}/submit", data=fields))

    def dashboard(self) -> dict[str, Any]:
        """What was done and earned."""
        return self._told(self._http.get("/dashboard"))

    def _told(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code != 200:
            raise Refused(answer)
        told: dict[str, Any] = answer.json()
        return told


def accepted(answer: httpx.Response) -> Work:
    """The assignment that an answer to `accept_random` leads to; Refused when it was none."""
    if answer.status_code != 303:
        raise Refused(answer)
    to = urlsplit(answer.headers["location"])
    _, _, group_id, _, hit_id = to.path.split("/")
    return Work(group_id, hit_id, parse_qs(to.query)["assignment_id"][0])


def _environment() -> dict[str, str]:
    """Ours, without settings of Kempelen or of an AWS account that happen to be in it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("KEMPELEN_", "AWS_"))}


def _add_workers(call: Call, *, count: int, name: str) -> list[SignIn]:
    made = []
    for number in range(count):
        worker = accounts.add_worker(
            call, name=f"{name} {number}", email=f"{name}-{number}@example.org", password_hash="none"
        )
        made.append(SignIn(worker.worker_id, accounts.add_worker_token(call, worker_id=worker.worker_id, name="test")))
    return made
