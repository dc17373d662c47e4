"""The demo: a marketplace with sample people and work, ready to be looked at.

`kempelen demo` serves as `kempelen serve` does. It adds a Requester ("Demo Lab") with money and keys, two Workers, and
sample HITs, some of which need a short qualification test. A second run finds them again: their secrets are in the data
folder's `demo.json`, which only its owner can read. Samples that are done are published again.
"""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from string import Template
from typing import Any

import click
import msgspec

from kempelen import passwords
from kempelen.config import Config
from kempelen.core.money import Money
from kempelen.demo import samples
from kempelen.demo.own_site import OwnSite
from kempelen.market.foundation.call import OPERATOR, Call
from kempelen.market.market import Market
from kempelen.market.people import accounts
from kempelen.server import process

LAB, LAB_EMAIL = "Demo Lab", "lab@demo.invalid"
MONEY = Money.parse("10000.00")
WORKERS = (("Maya", "maya@demo.invalid"), ("Tom", "tom@demo.invalid"))
PROGRAM = Template((Path(__file__).parent / "program.txt").read_text(encoding="utf-8"))


class WorkerSignIn(msgspec.Struct):
    """How a demo Worker signs in."""

    worker_id: str
    name: str
    email: str
    password: str
    token: str


class People(msgspec.Struct):
    """Who is in the demo, with their secrets."""

    requester_id: str
    access_key_id: str
    secret_access_key: str
    workers: list[WorkerSignIn]


def run(config: Config) -> None:
    """Serve a marketplace with somebody in it until Ctrl-C."""
    config = replace(config, allow_http_external_questions=True)
    with OwnSite(config.port + 1 if config.port else 0) as own_site:
        process.serve(config, when_ready=lambda market, settings: _open(market, settings, own_site))


def _open(market: Market, config: Config, own_site: OwnSite) -> None:
    people = gather(market, config.data)
    made = samples.publish(market, people.requester_id, own_site.url)
    program = write_program(people, config, own_site.url)
    _print_summary(people, config, program, made)


def gather(market: Market, folder: Path) -> People:
    """The Requester and the Workers of the demo, made where they are missing, with secrets that work."""
    path = folder / "demo.json"
    known = _read(path)
    hashes = {}
    for name, email in WORKERS:
        found = next((worker for worker in known.workers if worker.email == email), None) if known else None
        password = found.password if found else secrets.token_urlsafe(9)
        hashes[name] = (email, password, passwords.hashed(password), found)
    people: People = market.perform(OPERATOR, _gather, known=known, hashes=hashes)
    if people != known:
        _write(path, json.dumps(msgspec.to_builtins(people), indent=2) + "\n")
    return people


def _gather(call: Call, *, known: People | None, hashes: dict[str, Any]) -> People:
    everybody = accounts.list_requesters(call)
    lab = next((each for each in everybody if (each.name, each.email) == (LAB, LAB_EMAIL)), None)
    if lab is None:
        lab = accounts.add_requester(call, name=LAB, email=LAB_EMAIL, same_name=True)
        accounts.deposit(call, requester_id=lab.requester_id, amount=MONEY)
    workers = [_worker(call, name, *given) for name, given in hashes.items()]
    if known and known.requester_id == lab.requester_id and _still_counts(call, known):
        return People(lab.requester_id, known.access_key_id, known.secret_access_key, workers)
    key = accounts.add_access_key(call, requester_id=lab.requester_id)
    return People(lab.requester_id, key.access_key_id, key.secret_access_key, workers)


def _still_counts(call: Call, known: People) -> bool:
    key = accounts.get_access_key(call, access_key_id=known.access_key_id)
    return key is not None and (key.status, key.secret_access_key) == ("Active", known.secret_access_key)


def _worker(
    call: Call, name: str, email: str, password: str, password_hash: str, known: WorkerSignIn | None
) -> WorkerSignIn:
    sign_in = accounts.get_sign_in(call, email=email)
    if sign_in is None:
        worker_id = accounts.add_worker(call, name=name, email=email, password_hash=password_hash).worker_id
    elif known is not None and known.worker_id == sign_in.worker_id:
        return known
    else:
        worker_id = sign_in.worker_id
        accounts.set_password(call, worker_id=worker_id, password_hash=password_hash)
    token = accounts.add_worker_token(call, worker_id=worker_id, name="demo")
    return WorkerSignIn(worker_id, name, email, password, token)


def write_program(people: People, config: Config, own_site: str) -> Path:
    """The boto3 program to try, complete with keys, as a file of the data folder."""
    path = config.data / "demo_program.py"
    text = PROGRAM.substitute(
        endpoint=config.endpoint,
        site=config.site_url,
        access_key_id=people.access_key_id,
        secret_access_key=people.secret_access_key,
        external_url=own_site,
    )
    _write(path, text)
    return path


def _print_summary(people: People, config: Config, program: Path, made: int) -> None:
    url = config.endpoint
    rule = "─" * 78
    workers = "\n".join(
        f"  {worker.name:<12} {worker.email:<22} password {worker.password:<14} {worker.worker_id}"
        for worker in people.workers
    )
    click.echo(
        f"""
Kempelen is ready: a marketplace on this machine, its sample HITs open ({made} of them new).

Requester API   {url}
  access key    {people.access_key_id}
  secret        {people.secret_access_key}

Worker site     {config.site_url}
{workers}
  The recipes ask for a test first: {config.site_url}/qualifications

Point any program at it:

  export AWS_ENDPOINT_URL_MTURK={url}
  export AWS_ACCESS_KEY_ID={people.access_key_id}
  export AWS_SECRET_ACCESS_KEY={people.secret_access_key}
  export AWS_DEFAULT_REGION=us-east-1

or paste this into Python (it is also in {program}):
{rule}
{program.read_text(encoding="utf-8").rstrip()}

{rule}
All of it is in {config.data}. Ctrl-C stops the server; the next run goes on from here."""
    )


def _read(path: Path) -> People | None:
    with suppress(FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
        return msgspec.json.decode(path.read_bytes(), type=People)
    return None


def _write(path: Path, text: str) -> None:
    """A file for its owner's eyes only, whole or not at all."""
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
