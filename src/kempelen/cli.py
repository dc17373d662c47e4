"""The command line. All commands work beside a running server; what goes wrong is one line on standard error.

`--json` prints one object, for programs. Settings come from the environment too (docs/settings.md).
"""

import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

import kempelen
from kempelen import checks, config, demo, server
from kempelen.config import Config, SettingRefused
from kempelen.core.errors import RequestError
from kempelen.core.money import Money
from kempelen.market import accounts
from kempelen.market.accounts import AccessKey, Requester, Worker
from kempelen.market.call import OPERATOR, Call
from kempelen.market.clock import SystemClock
from kempelen.market.market import Market, WrongWorld
from kempelen.server import CannotListen
from kempelen.store.database import Database, DatabaseError
from kempelen.store.vault import WrongKey
from kempelen.web import passwords
from kempelen.web.hosts import HostsRefused

Command = TypeVar("Command", bound=Callable[..., Any])
_NAMES_SHOWN = 8


class Refused(click.ClickException):
    """The command cannot be carried out; the text says why, in one line."""


class _OneLineErrors(click.Group):
    """Says what went wrong in one line; exit code 1, and 2 where the command itself was written wrongly."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (SettingRefused, HostsRefused) as error:
            raise click.UsageError(_line(error)) from None
        except RequestError as error:
            raise Refused(error.message) from None
        except (DatabaseError, WrongKey, WrongWorld, CannotListen, OSError) as error:
            raise Refused(_line(error)) from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _amount(text: str) -> Money:
    try:
        return Money.parse(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def _placed(command: Command) -> Command:
    """The options that say which marketplace is meant."""
    for name in ("database", "data"):
        command = _flag(next(setting for setting in config.table() if setting.name == name))(command)
    return command


def _flag(setting: config.Setting) -> Callable[[Command], Command]:
    shown = setting.shown_default
    text = setting.meaning.replace("`", "") + f"  [{setting.variable}{f'; default: {shown}' if shown else ''}]"
    if setting.type is bool:
        return click.option(f"{setting.flag}/--no-{setting.flag[2:]}", setting.name, default=None, help=text)
    return click.option(setting.flag, setting.name, metavar=setting.takes, help=text)


@click.group(cls=_OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(kempelen.__version__, prog_name="kempelen")
def main() -> None:
    """A self-hosted Mechanical Turk."""


# ---------------------------------------------------------------------------------------------- serving


def _all_flags(command: Command) -> Command:
    for setting in reversed(config.table()):
        if setting.has_flag:
            command = _flag(setting)(command)
    return command


@main.command()
@_all_flags
def serve(**flags: str | bool | None) -> None:
    """Serve the Requester API and the worker site until Ctrl-C or SIGTERM."""
    server.serve(config.read(os.environ, flags), when_ready=_tell_where)


def _tell_where(market: Market, settings: Config) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(
        f"Kempelen {kempelen.__version__} is ready.{' Sandbox: the money is play money.' * market.rules.sandbox}"
    )
    click.echo(f"  Requester API   http://{host}:{settings.port}")
    click.echo(f"  Worker site     {settings.site_url}")
    if settings.clock == "manual":
        click.echo(f"  Market time     {market.clock.now():%Y-%m-%d %H:%M:%S} UTC, moved by POST /clock/advance")


@main.command("demo")
@_placed
@click.option("--host", metavar="127.0.0.1", help="The address to listen at.")
@click.option("--port", metavar="8900", help="The port to listen at.")
def show(**flags: str | None) -> None:
    """Everything at once: a server, a Requester with keys and money, Workers, sample HITs."""
    demo.run(config.read(os.environ, flags))


# ---------------------------------------------------------------------------------------------- Requesters


@main.group()
def requester() -> None:
    """Requesters: add them, give them money and access keys."""


@requester.command("add")
@click.argument("name")
@click.option("--email", required=True, help="Their e-mail address.")
@click.option("--deposit", "amount", type=_amount, metavar="DOLLARS", help="Money they begin with, in dollars.")
@as_json
@_placed
def add_requester(name: str, email: str, amount: Money | None, as_json: bool, **flags: str | None) -> None:
    """A new Requester; their secret access key is told this once."""
    with _market(flags, may_be_new=True) as market:
        made, key = market.perform(OPERATOR, new_requester, name=name, email=email, amount=amount)
    if as_json:
        _print_json(requester_id=made.requester_id, **_key(key))
        return
    click.echo(f"Requester {made.name}: {made.requester_id}, with {made.available} available")
    _tell_key(key)


def new_requester(call: Call, *, name: str, email: str, amount: Money | None) -> tuple[Requester, AccessKey]:
    """A Requester with a key and, if an amount is given, money; all of it or nothing."""
    made = accounts.add_requester(call, name=name, email=email)
    key = accounts.add_access_key(call, requester_id=made.requester_id)
    if amount is not None:
        made = accounts.deposit(call, requester_id=made.requester_id, amount=amount)
    return made, key


@requester.command()
@click.argument("name")
@click.argument("amount", type=_amount)
@as_json
@_placed
def deposit(name: str, amount: Money, as_json: bool, **flags: str | None) -> None:
    """Money from outside for the Requester of this name or id."""
    with _market(flags) as market:
        found = _requester(market, name)
        found = market.perform(OPERATOR, accounts.deposit, requester_id=found.requester_id, amount=amount)
    if as_json:
        _print_json(**_told(found))
    else:
        click.echo(f"{found.name} now has {found.available} available and {found.on_hold} on hold")


@requester.command()
@click.argument("name")
@click.option("--new", is_flag=True, help="Make one more key; its secret is told this once.")
@click.option("--revoke", metavar="KEY", help="This key counts no more, at once.")
@as_json
@_placed
def keys(name: str, new: bool, revoke: str | None, as_json: bool, **flags: str | None) -> None:
    """The access keys of the Requester of this name or id."""
    with _market(flags) as market:
        found = _requester(market, name)
        if revoke:
            _revoke(market, found, revoke)
        if new:
            key = market.perform(OPERATOR, accounts.add_access_key, requester_id=found.requester_id)
            if as_json:
                _print_json(requester_id=found.requester_id, **_key(key))
            else:
                _tell_key(key)
            return
        all_keys = market.perform(OPERATOR, accounts.list_access_keys, requester_id=found.requester_id)
    if as_json:
        rows = [
            {"access_key_id": key.access_key_id, "status": key.status, "created_at": key.created_at.isoformat()}
            for key in all_keys
        ]
        _print_json(requester_id=found.requester_id, access_keys=rows)
        return
    for state in all_keys:
        click.echo(f"{state.access_key_id}  {state.status:<8}  made {state.created_at:%Y-%m-%d %H:%M}")


def _revoke(market: Market, found: Requester, access_key_id: str) -> None:
    all_keys = market.perform(OPERATOR, accounts.list_access_keys, requester_id=found.requester_id)
    if access_key_id not in [key.access_key_id for key in all_keys]:
        raise Refused(f"{found.name} has no access key {access_key_id}.")
    market.perform(OPERATOR, accounts.revoke_access_key, access_key_id=access_key_id)


@requester.command("list")
@as_json
@_placed
def list_requesters(as_json: bool, **flags: str | None) -> None:
    """All Requesters with their money."""
    with _market(flags) as market:
        found = market.perform(OPERATOR, accounts.list_requesters)
    if as_json:
        _print_json(requesters=[_told(each) for each in found])
        return
    for each in found:
        shown = f"{each.available!s:>12} available {each.on_hold!s:>12} on hold"
        click.echo(f"{each.requester_id}  {each.status:<9}  {shown}  {each.name} <{each.email}>")
    if not found:
        click.echo("There are no Requesters yet. Add one: kempelen requester add NAME --email ADDRESS")


def _told(found: Requester) -> dict[str, str]:
    return {
        "requester_id": found.requester_id,
        "name": found.name,
        "email": found.email,
        "status": found.status,
        "available": str(found.available),
        "on_hold": str(found.on_hold),
    }


def _key(key: AccessKey) -> dict[str, str]:
    return {"access_key_id": key.access_key_id, "secret_access_key": key.secret_access_key}


def _tell_key(key: AccessKey) -> None:
    click.echo(f"Access key id      {key.access_key_id}")
    click.echo(f"Secret access key  {key.secret_access_key}   (told this once)")


# ---------------------------------------------------------------------------------------------- Workers


@main.group()
def worker() -> None:
    """Workers: add or invite them."""


@worker.command("add")
@click.argument("name")
@click.option("--email", required=True, help="The address they sign in with.")
@click.option("--password", help="Their password; one is made up if none is given.")
@click.option(
    "--id", "worker_id", metavar="A1…", help="The WorkerId they had elsewhere; one is made up if none is given."
)
@as_json
@_placed
def add_worker(
    name: str, email: str, password: str | None, worker_id: str | None, as_json: bool, **flags: str | None
) -> None:
    """A new Worker, with a password for the site and an API token for programs."""
    if password is not None and not 1 <= len(password) <= passwords.LONGEST:
        raise click.UsageError(f"A password has 1 to {passwords.LONGEST} characters.")
    password = password or secrets.token_urlsafe(12)
    with _market(flags, may_be_new=True) as market:
        made, token = market.perform(
            OPERATOR,
            new_worker,
            name=name,
            email=email,
            password_hash=passwords.hashed(password),
            worker_id=worker_id,
        )
    if as_json:
        _print_json(worker_id=made.worker_id, password=password, token=token)
        return
    click.echo(f"Worker {made.name}: {made.worker_id}")
    click.echo(f"Sign-in    {made.email}")
    click.echo(f"Password   {password}")
    click.echo(f"API token  {token}   (told this once)")


def new_worker(call: Call, *, name: str, email: str, password_hash: str, worker_id: str | None) -> tuple[Worker, str]:
    """A Worker and their API token."""
    made = accounts.add_worker(call, name=name, email=email, password_hash=password_hash, worker_id=worker_id)
    return made, accounts.add_worker_token(call, worker_id=made.worker_id, name="command line")


@worker.command()
@click.argument("email")
@as_json
@_placed
@click.option("--url", help="Where people visit the site.")
def invite(email: str, as_json: bool, **flags: str | None) -> None:
    """A link with which this address can register, once, within two weeks."""
    with _market(flags, may_be_new=True) as market:
        token = market.perform(OPERATOR, accounts.invite_worker, email=email, at=SystemClock().now())
    link = f"{config.read(os.environ, flags).site_url.rstrip('/')}/register?invitation={token}"
    if as_json:
        _print_json(email=email, link=link)
    else:
        click.echo(link)


@worker.command("list")
@as_json
@_placed
def list_workers(as_json: bool, **flags: str | None) -> None:
    """All Workers."""
    with _market(flags) as market:
        found = market.perform(OPERATOR, accounts.list_workers)
    if as_json:
        rows = [
            {"worker_id": each.worker_id, "name": each.name, "email": each.email, "status": each.status}
            for each in found
        ]
        _print_json(workers=rows)
        return
    for each in found:
        click.echo(f"{each.worker_id:<16}  {each.status:<9}  {each.name} <{each.email}>")
    if not found:
        click.echo("There are no Workers yet. Add one: kempelen worker add NAME --email ADDRESS")


# ---------------------------------------------------------------------------------------------- care


@main.command()
@as_json
@_placed
@click.pass_context
def check(context: click.Context, /, as_json: bool, **flags: str | None) -> None:
    """Prove books, counters and histories true, or name each row that is not."""
    with _database(config.read(os.environ, flags)) as database:
        found = checks.problems(database)
    if as_json:
        _print_json(ok=not found, problems=found)
    else:
        for problem in found:
            click.echo(problem)
        click.echo(f"{len(found)} rows are not true." if found else "All true.")
    if found:
        context.exit(1)


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@as_json
@_placed
def backup(folder: Path, as_json: bool, **flags: str | None) -> None:
    """A consistent copy in the folder DIR, while the server runs; without the key, which is kept apart."""
    with _database(config.read(os.environ, flags)) as database:
        folder.mkdir(parents=True, exist_ok=True)
        path = database.backup(folder)
    if as_json:
        _print_json(backup=str(path))
    else:
        click.echo(f"{path} (keep the key apart from it: without the key no secret in it can be read)")


# ---------------------------------------------------------------------------------------------- which marketplace


@contextmanager
def _market(flags: dict[str, str | None], *, may_be_new: bool = False) -> Iterator[Market]:
    settings = config.read(os.environ, flags)
    if not may_be_new:
        _check_exists(settings)
    market = server.open_market(settings)
    try:
        yield market
    finally:
        market.close()


@contextmanager
def _database(settings: Config) -> Iterator[Database]:
    _check_exists(settings)
    database = Database.open(settings.database_target)
    try:
        database.migrate(backup_to=settings.data / "backups")
        yield database
    finally:
        database.close()


def _check_exists(settings: Config) -> None:
    """A command that only looks makes no marketplace by being called in the wrong folder."""
    if not settings.database and not (settings.data / "market.db").exists():
        raise Refused(
            f"There is no marketplace in {settings.data}. Use --data, or begin one: kempelen demo, kempelen serve"
        )


def _requester(market: Market, name: str) -> Requester:
    """The Requester of this id, else of this name; Refused when there is none or more than one."""
    everybody = market.perform(OPERATOR, accounts.list_requesters)
    found = [each for each in everybody if each.requester_id == name] or [
        each for each in everybody if each.name == name
    ]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(each.requester_id for each in found)
        raise Refused(f"There are {len(found)} Requesters called {name}; say which by id: {ids}")
    raise Refused(f"There is no Requester {name}. {_those(each.name for each in everybody)}")


def _those(names: Iterator[str]) -> str:
    known = list(names)
    if not known:
        return "There are none yet."
    return f"There are: {', '.join(known[:_NAMES_SHOWN])}{' and more' if len(known) > _NAMES_SHOWN else ''}."


def _print_json(**answer: Any) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False))
