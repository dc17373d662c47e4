"""`kempelen worker …`: Workers."""

import os
import secrets
import sys

import click

from kempelen import config, passwords
from kempelen.cli.frame import as_json, creates, echo, opened_market, placed, print_json, worker_called
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import SystemClock
from kempelen.market.people import accounts, enrolment, recovery


@click.group()
def worker() -> None:
    """Manage Workers."""


@worker.command("add")
@click.argument("name")
@click.option("--email", required=True, help="The address that the Worker signs in with.")
@click.option("--password", help="The Worker's password; one is generated if none is given.")
@click.option("--id", "worker_id", metavar="A1…", help="The WorkerId, if the Worker had one elsewhere.")
@as_json
@creates
@placed
def add_worker(
    name: str, email: str, password: str | None, worker_id: str | None, as_json: bool, **flags: str | bool | None
) -> None:
    """Add a Worker, and print a password and an API token."""
    password = secrets.token_urlsafe(12) if password is None else password
    passwords.check(password, field="password")
    with opened_market(flags, may_be_new=True) as market:
        made, token = market.perform(
            OPERATOR,
            enrolment.enrol_worker,
            name=name,
            email=email,
            password_hash=passwords.hashed(password),
            worker_id=worker_id,
        )
    if as_json:
        print_json(worker_id=made.worker_id, password=password, token=token)
        return
    echo(f"Worker {made.name}: {made.worker_id}")
    echo(f"Sign-in    {made.email}")
    echo(f"Password   {password}")
    echo(f"API token  {token}   (shown only once)")


@worker.command()
@click.argument("email")
@as_json
@creates
@placed
@click.option("--url", help="The site's address, with which the link begins.  [KEMPELEN_URL]")
def invite(email: str, as_json: bool, **flags: str | bool | None) -> None:
    """Print a link by which somebody can register.

    Only EMAIL can register with it, once, within two weeks.
    """
    with opened_market(flags, may_be_new=True) as market:
        token = market.perform(OPERATOR, accounts.invite_worker, email=email, at=SystemClock().now())
    link = f"{config.read(os.environ, flags).site_url.rstrip('/')}/register?invitation={token}"
    if as_json:
        print_json(email=email, link=link)
    else:
        echo(link)


@worker.command()
@click.argument("worker_name", metavar="WORKER")
@as_json
@placed
def suspend(worker_name: str, as_json: bool, **flags: str | None) -> None:
    """Sign a Worker out and keep them from working.

    WORKER is a WorkerId or an e-mail address. Their sessions and API tokens end, for good. What they have submitted is
    decided and paid as ever.
    """
    _set_status(worker_name, "Suspended", as_json, flags)


@worker.command()
@click.argument("worker_name", metavar="WORKER")
@as_json
@placed
def resume(worker_name: str, as_json: bool, **flags: str | None) -> None:
    """Let a suspended Worker sign in and work again.

    WORKER is a WorkerId or an e-mail address.
    """
    _set_status(worker_name, "Active", as_json, flags)


def _set_status(worker_name: str, status: str, as_json: bool, flags: dict[str, str | None]) -> None:
    with opened_market(flags) as market:
        worker_id = worker_called(market, worker_name)
        found = market.perform(OPERATOR, accounts.set_worker_status, worker_id=worker_id, status=status)
    if as_json:
        print_json(worker_id=found.worker_id, name=found.name, email=found.email, status=found.status)
    else:
        echo(f"{found.name} ({found.worker_id}) is {'suspended' if status == 'Suspended' else 'active'}")


@worker.command("password")
@click.argument("worker_name", metavar="WORKER")
@click.option("--password", help="The new password; with -, from standard input; one is generated if none is given.")
@click.option("--revoke-tokens", is_flag=True, help="Revoke their API tokens too.")
@as_json
@placed
def set_password(
    worker_name: str, password: str | None, revoke_tokens: bool, as_json: bool, **flags: str | None
) -> None:
    """Give a Worker a new password and sign them out everywhere.

    WORKER is a WorkerId or an e-mail address.
    """
    new_password = secrets.token_urlsafe(12) if password is None else password
    if password == "-":
        new_password = sys.stdin.readline().rstrip("\r\n")
    passwords.check(new_password, field="password")
    with opened_market(flags) as market:
        worker_id = worker_called(market, worker_name)
        password_hash = passwords.hashed(new_password)
        market.perform(OPERATOR, accounts.set_password, worker_id=worker_id, password_hash=password_hash)
        if revoke_tokens:
            market.perform(OPERATOR, accounts.revoke_worker_tokens, worker_id=worker_id)
        found = market.perform(OPERATOR, accounts.get_worker, worker_id=worker_id)
    if as_json:
        print_json(worker_id=found.worker_id, email=found.email, password=new_password)
        return
    echo(f"Worker {found.name}: {found.worker_id}")
    echo(f"Sign-in    {found.email}")
    echo(f"Password   {new_password}")


@worker.command("email")
@click.argument("worker_name", metavar="WORKER")
@click.argument("email")
@as_json
@placed
def set_email(worker_name: str, email: str, as_json: bool, **flags: str | None) -> None:
    """Change a Worker's e-mail address, without a confirmation.

    WORKER is a WorkerId or an e-mail address.
    """
    with opened_market(flags) as market:
        worker_id = worker_called(market, worker_name)
        market.perform(OPERATOR, recovery.set_email, worker_id=worker_id, email=email)
        found = market.perform(OPERATOR, accounts.get_worker, worker_id=worker_id)
    if as_json:
        print_json(worker_id=found.worker_id, email=found.email)
    else:
        echo(f"{found.name} ({found.worker_id}) has the e-mail address {found.email}")


@worker.command("list")
@as_json
@placed
def list_workers(as_json: bool, **flags: str | None) -> None:
    """List all Workers."""
    with opened_market(flags) as market:
        found = market.perform(OPERATOR, accounts.list_workers)
    if as_json:
        rows = [
            {"worker_id": each.worker_id, "name": each.name, "email": each.email, "status": each.status}
            for each in found
        ]
        print_json(workers=rows)
        return
    for each in found:
        echo(f"{each.worker_id:<16}  {each.status:<9}  {each.name} <{each.email}>")
    if not found:
        echo("There are no Workers yet. Add one: kempelen worker add NAME --email ADDRESS")
