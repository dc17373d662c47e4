"""`kempelen qualification …`: which Workers hold which qualifications, for the operator."""

from pathlib import Path

import click
import msgspec

from kempelen.cli import worker_files
from kempelen.cli.frame import (
    Refused,
    amount_of_money,
    as_json,
    echo,
    listed_names,
    opened_market,
    placed,
    print_json,
    requester_called,
    worker_called,
)
from kempelen.core.money import Money
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.market import Market
from kempelen.market.qualifications import built_in_types, qualification_imports, qualifications
from kempelen.market.qualifications.qualification_imports import RosterRefused, TypeHeld
from kempelen.market.qualifications.qualifications import Qualification

TYPE = "A type's id, or its name where only one has it: the API's, or what Workers read."


class UnknownType(Refused):
    """No type has this id or name."""


@click.group()
def qualification() -> None:
    """Grant, revoke, import and sell qualifications."""


@qualification.command("list")
@as_json
@placed
def list_types(as_json: bool, **flags: str | None) -> None:
    """List all types, and how many Workers hold each."""
    with opened_market(flags) as market:
        found = market.perform(OPERATOR, qualification_imports.list_types)
    if as_json:
        print_json(qualification_types=[_as_record(each) for each in found])
        return
    for each in found:
        price = f", {each.price} an assignment" if each.price else ""
        echo(
            f"{each.qualification_type_id:<30}  {each.status:<8}  {each.holders:>6} held  "
            f"{_names(each)} ({each.requester_name or 'built in'}{price})"
        )


@qualification.command()
@click.argument("type_name", metavar="TYPE")
@as_json
@placed
def show(type_name: str, as_json: bool, **flags: str | None) -> None:
    """Show a type and every Worker who holds or held it.

    TYPE is a name or an id.
    """
    with opened_market(flags) as market:
        found = _type_called(market, type_name)
        held = market.perform(OPERATOR, qualifications.list_holders, qualification_type_id=found.qualification_type_id)
    if as_json:
        print_json(**_as_record(found), workers=[_score(each) for each in held])
        return
    echo(f"{_names(found)}: {found.qualification_type_id}, {found.status}")
    echo(found.description)
    echo(f"Made by {found.requester_name} ({found.requester_id})" if found.requester_id else "Built in")
    if found.price:
        echo(f"Costs {found.price} for each assignment of a HIT that names it")
    for each in held:
        echo(f"{each.worker_id:<16}  {each.status:<7}  {each.integer_value:>6}  {each.grant_time:%Y-%m-%d %H:%M}")
    if not held:
        echo("No Worker has a score that was granted.")


@qualification.command()
@click.argument("type_name", metavar="TYPE")
@click.argument("worker_name", metavar="WORKER")
@click.option("--value", type=int, default=qualifications.DEFAULT_VALUE, show_default=True, help="The score.")
@as_json
@placed
def grant(type_name: str, worker_name: str, value: int, as_json: bool, **flags: str | None) -> None:
    """Give a Worker a score, or replace the one they have.

    TYPE is a name or an id, WORKER a WorkerId or an e-mail address.
    """
    with opened_market(flags) as market:
        found, worker_id = _type_called(market, type_name), worker_called(market, worker_name)
        about = {"qualification_type_id": found.qualification_type_id, "worker_id": worker_id}
        market.perform(OPERATOR, qualifications.grant_as_operator, value=value, **about)
    if as_json:
        print_json(**about, status="Granted", value=value)
    else:
        echo(f"{worker_id} now holds {found.name} with the score {value}")


@qualification.command()
@click.argument("type_name", metavar="TYPE")
@click.argument("worker_name", metavar="WORKER")
@click.option("--reason", help="The reason, which the Worker reads.")
@as_json
@placed
def revoke(type_name: str, worker_name: str, reason: str | None, as_json: bool, **flags: str | None) -> None:
    """Take a Worker's score away.

    TYPE is a name or an id, WORKER a WorkerId or an e-mail address.
    """
    if reason is not None and len(reason) > qualifications.MAX_REASON:
        raise click.UsageError(f"A reason has at most {qualifications.MAX_REASON} characters.")
    with opened_market(flags) as market:
        found, worker_id = _type_called(market, type_name), worker_called(market, worker_name)
        about = {"qualification_type_id": found.qualification_type_id, "worker_id": worker_id}
        market.perform(OPERATOR, qualifications.revoke_as_operator, reason=reason, **about)
    if as_json:
        print_json(**about, status="Revoked")
    else:
        echo(f"{worker_id} no longer holds {found.name}")


@qualification.command("import")
@click.argument("path", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--type", "type_name", metavar="TYPE", help=f"The type of all lines that name none. {TYPE}")
@click.option("--requester", "requester_name", metavar="NAME", help="Whose blocks the column UPDATE-BlockStatus sets.")
@as_json
@placed
@click.pass_context
def take(
    context: click.Context,
    /,
    path: Path,
    type_name: str | None,
    requester_name: str | None,
    as_json: bool,
    **flags: str | None,
) -> None:
    """Grant, revoke and block by a CSV file of Workers.

    All of it is carried out, or nothing.

    Its first line names the columns: `WorkerId` and, if you like, `Value` (1 if there is none; Revoke takes the score
    away) and `Type` (a type's name or id; else --type).

    Or it is the original's worker file: `Worker ID`, columns `UPDATE-` with the name of a type, and
    `UPDATE-BlockStatus` (Block or Unblock, for the Requester of --requester). Empty cells change nothing.

    Sending a file again changes nothing. Columns that are not read are listed.
    """
    with opened_market(flags) as market:
        faults, outcome, advice = [], None, ""
        file = worker_files.read(path)
        if type_name is not None:
            _type_called(market, type_name)
        requester_id = requester_called(market, requester_name).requester_id if requester_name else None
        types = {name: _found_or_not(market, name) for name in worker_files.type_names(file, type_name)}
        try:
            entries, blocks = worker_files.entries(file, types, type_name, requester_id)
            outcome = market.perform(OPERATOR, qualification_imports.take, entries=entries, blocks=blocks)
        except RosterRefused as refusal:
            faults = refusal.faults
        if any(isinstance(each, UnknownType) for each in types.values()):
            advice = _existing_types(market)
    if outcome is not None:
        if as_json:
            print_json(**msgspec.structs.asdict(outcome), columns_not_read=file.not_read)
            return
        blocked = f", {outcome.blocked} blocked, {outcome.unblocked} unblocked" if file.has_blocks else ""
        echo(f"{outcome.granted} granted, {outcome.revoked} revoked{blocked}, {outcome.unchanged} were so already")
        if file.not_read:
            echo(f"Not read: {', '.join(file.not_read)}", err=True)
        return
    if as_json:
        print_json(problems=[{"line": each.line, "text": each.text} for each in faults])
    for each in faults:
        echo(f"{path}:{each.line}: {each.text}", err=True)
    if advice:
        echo(advice, err=True)
    echo(f"Error: Nothing of {path} was taken, because of what stands above.", err=True)
    context.exit(1)


@qualification.command()
@click.argument("name")
@click.option("--description", required=True, help="What the type says of a Worker.")
@click.option(
    "--price",
    type=amount_of_money,
    default="0.00",
    metavar="DOLLARS",
    help="What each assignment of a HIT that requires it costs in addition.",
)
@click.option("--id", "type_id", metavar="ID", help="The type's id, if programs know it by one.")
@as_json
@placed
def add(name: str, description: str, price: Money, type_id: str | None, as_json: bool, **flags: str | None) -> None:
    """Add a type of the marketplace, with a price if you like.

    Every Requester may require it.
    """
    with opened_market(flags) as market:
        made = market.perform(
            OPERATOR,
            built_in_types.add_built_in_type,
            name=name,
            description=description,
            price=price,
            qualification_type_id=type_id,
        )
    if as_json:
        print_json(qualification_type_id=made.qualification_type_id, name=made.name, price=str(made.price))
    else:
        echo(f"{made.name}: {made.qualification_type_id}, {made.price} for each assignment")


@qualification.command()
@click.argument("type_name", metavar="TYPE")
@click.argument("amount", metavar="DOLLARS", type=amount_of_money)
@as_json
@placed
def price(type_name: str, amount: Money, as_json: bool, **flags: str | None) -> None:
    """Set the price of a built-in type for new HITs.

    DOLLARS is the price for each assignment. HITs that exist keep the price they were created with.
    """
    with opened_market(flags) as market:
        found = _type_called(market, type_name)
        about = {"qualification_type_id": found.qualification_type_id}
        market.perform(OPERATOR, qualification_imports.set_price, price=amount, **about)
    if as_json:
        print_json(**about, name=found.name, price=str(amount))
    else:
        echo(f"{found.name} now costs {amount} for each assignment of a new HIT that names it")


def _type_called(market: Market, name: str) -> TypeHeld:
    """The type of this id, else of this name; Refused, with those that there are, when it is none or more than one."""
    try:
        return _find_type(market, name)
    except UnknownType as refusal:
        raise Refused(f"{refusal.message} {_existing_types(market)}") from None


def _find_type(market: Market, name: str) -> TypeHeld:
    """The same; UnknownType when there is none."""
    found = market.perform(OPERATOR, qualification_imports.list_types_called, name=name)
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(f"{each.qualification_type_id} ({each.requester_name or 'built in'})" for each in found)
        raise Refused(f"There are {len(found)} qualification types called {name}; say which by id: {ids}")
    raise UnknownType(f"There is no qualification type {name}.")


def _found_or_not(market: Market, name: str) -> TypeHeld | Refused:
    try:
        return _find_type(market, name)
    except Refused as refusal:
        return refusal


def _existing_types(market: Market) -> str:
    return listed_names(_names(each) for each in market.perform(OPERATOR, qualification_imports.list_types))


def _names(found: TypeHeld) -> str:
    """What the API calls a type, and what Workers read if that is something else."""
    return found.name if found.shown_as == found.name else f"{found.name}, to Workers {found.shown_as!r}"


def _as_record(found: TypeHeld) -> dict[str, str | int]:
    return {
        "qualification_type_id": found.qualification_type_id,
        "name": found.name,
        "shown_as": found.shown_as,
        "description": found.description,
        "requester_id": found.requester_id,
        "requester_name": found.requester_name,
        "status": found.status,
        "price": str(found.price),
        "holders": found.holders,
    }


def _score(held: Qualification) -> dict[str, str | int | None]:
    return {
        "worker_id": held.worker_id,
        "status": held.status,
        "value": held.integer_value,
        "granted_at": held.grant_time.isoformat(),
    }
