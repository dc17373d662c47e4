"""`kempelen requester …`: Requesters, their money and access keys."""

import click

from kempelen.cli.frame import (
    Refused,
    amount_of_money,
    as_json,
    creates,
    echo,
    opened_market,
    placed,
    print_json,
    requester_called,
)
from kempelen.core.money import Money
from kempelen.market.foundation import webhook_secrets
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import SystemClock
from kempelen.market.market import Market
from kempelen.market.people import accounts, enrolment
from kempelen.market.people.accounts import AccessKey, Requester


@click.group()
def requester() -> None:
    """Manage Requesters, their money and access keys."""


@requester.command("add")
@click.argument("name")
@click.option("--email", required=True, help="The Requester's e-mail address.")
@click.option("--deposit", "amount", type=amount_of_money, metavar="DOLLARS", help="An amount to add at once.")
@click.option("--same-name", is_flag=True, help="Add the Requester even if another one has this name.")
@as_json
@creates
@placed
def add_requester(
    name: str, email: str, amount: Money | None, same_name: bool, as_json: bool, **flags: str | bool | None
) -> None:
    """Add a Requester, and print an access key.

    The secret access key is shown only once.

    The name must not be another Requester's (case does not count), so that commands can go by it; see --same-name.
    """
    with opened_market(flags, may_be_new=True) as market:
        made, key = market.perform(
            OPERATOR, enrolment.enrol_requester, name=name, email=email, amount=amount, same_name=same_name
        )
    if as_json:
        print_json(requester_id=made.requester_id, **_key(key))
        return
    echo(f"Requester {made.name}: {made.requester_id}, with {made.available} available")
    _print_key(key)


@requester.command()
@click.argument("name")
@click.argument("amount", type=amount_of_money)
@as_json
@placed
def deposit(name: str, amount: Money, as_json: bool, **flags: str | None) -> None:
    """Add funds to a Requester's account.

    NAME is the Requester's name or id, AMOUNT is in dollars.
    """
    with opened_market(flags) as market:
        found = requester_called(market, name)
        found = market.perform(OPERATOR, accounts.deposit, requester_id=found.requester_id, amount=amount)
    if as_json:
        print_json(**_as_record(found))
    else:
        echo(f"{found.name} now has {found.available} available and {found.on_hold} on hold")


@requester.command()
@click.argument("name")
@click.argument("amount", type=amount_of_money)
@click.option("--reason", required=True, help="The reason; `kempelen requester payments` shows it.")
@as_json
@placed
def withdraw(name: str, amount: Money, reason: str, as_json: bool, **flags: str | None) -> None:
    """Take available money out of the marketplace.

    NAME is the Requester's name or id, AMOUNT is in dollars. Money on hold for HITs and undecided work cannot be
    withdrawn.
    """
    with opened_market(flags) as market:
        found = requester_called(market, name)
        found = market.perform(OPERATOR, accounts.withdraw, requester_id=found.requester_id, amount=amount, note=reason)
    if as_json:
        print_json(**_as_record(found))
    else:
        echo(f"{found.name} now has {found.available} available and {found.on_hold} on hold")


@requester.command()
@click.argument("name")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=1_000, show_default=True, metavar="N", help="List at most N."
)
@as_json
@placed
def payments(name: str, limit: int, as_json: bool, **flags: str | None) -> None:
    """List deposits and withdrawals, the latest first."""
    with opened_market(flags) as market:
        found = requester_called(market, name)
        made = market.perform(OPERATOR, accounts.list_payments, requester_id=found.requester_id, at_most=limit)
    if as_json:
        rows = [
            {"kind": each.kind, "amount": str(each.amount), "made_at": each.made_at.isoformat(), "note": each.note}
            for each in made
        ]
        print_json(requester_id=found.requester_id, payments=rows)
        return
    for each in made:
        echo(f"{each.made_at:%Y-%m-%d %H:%M}  {each.kind:<10}  {each.amount!s:>12}  {each.note}".rstrip())
    if not made:
        echo(f"{found.name} has deposited nothing yet.")


@requester.command()
@click.argument("name")
@as_json
@placed
def suspend(name: str, as_json: bool, **flags: str | None) -> None:
    """Refuse a Requester's requests and hide their HITs.

    NAME is the Requester's name or id. Work that Workers have accepted goes on: it can be submitted, is approved when
    its time comes, and is paid.
    """
    _set_status(name, "Suspended", as_json, flags)


@requester.command()
@click.argument("name")
@as_json
@placed
def resume(name: str, as_json: bool, **flags: str | None) -> None:
    """Let a suspended Requester act again."""
    _set_status(name, "Active", as_json, flags)


def _set_status(name: str, status: str, as_json: bool, flags: dict[str, str | None]) -> None:
    with opened_market(flags) as market:
        found = requester_called(market, name)
        found = market.perform(OPERATOR, accounts.set_requester_status, requester_id=found.requester_id, status=status)
    if as_json:
        print_json(**_as_record(found))
    else:
        echo(f"{found.name} ({found.requester_id}) is {'suspended' if status == 'Suspended' else 'active'}")


@requester.command()
@click.argument("name")
@click.option("--new", is_flag=True, help="Make one more key; its secret is shown only once.")
@click.option("--revoke", metavar="KEY", help="Revoke this key at once.")
@as_json
@placed
def keys(name: str, new: bool, revoke: str | None, as_json: bool, **flags: str | None) -> None:
    """List, add or revoke a Requester's access keys.

    NAME is the Requester's name or id.
    """
    with opened_market(flags) as market:
        found = requester_called(market, name)
        if revoke:
            _revoke(market, found, revoke)
        if new:
            key = market.perform(OPERATOR, accounts.add_access_key, requester_id=found.requester_id)
            if as_json:
                print_json(requester_id=found.requester_id, **_key(key))
            else:
                _print_key(key)
            return
        all_keys = market.perform(OPERATOR, accounts.list_access_keys, requester_id=found.requester_id)
    if as_json:
        rows = [
            {"access_key_id": key.access_key_id, "status": key.status, "created_at": key.created_at.isoformat()}
            for key in all_keys
        ]
        print_json(requester_id=found.requester_id, access_keys=rows)
        return
    for state in all_keys:
        echo(f"{state.access_key_id}  {state.status:<8}  made {state.created_at:%Y-%m-%d %H:%M}")


def _revoke(market: Market, found: Requester, access_key_id: str) -> None:
    all_keys = market.perform(OPERATOR, accounts.list_access_keys, requester_id=found.requester_id)
    if access_key_id not in [key.access_key_id for key in all_keys]:
        raise Refused(f"{found.name} has no access key {access_key_id}.")
    market.perform(OPERATOR, accounts.revoke_access_key, access_key_id=access_key_id)


@requester.command("webhook-secret")
@click.argument("name")
@click.option("--change", is_flag=True, help="Replace the secret; for a day the old one signs too.")
@as_json
@placed
def webhook_secret(name: str, change: bool, as_json: bool, **flags: str | None) -> None:
    """Print the secret that signs a Requester's webhooks.

    NAME is the Requester's name or id. See docs/notifications.md.
    """
    now = SystemClock().now()
    with opened_market(flags) as market:
        found = requester_called(market, name)
        if change:
            secret = market.perform(
                OPERATOR, webhook_secrets.change_webhook_secret, requester_id=found.requester_id, at=now
            )
        else:
            secret, *_ = market.perform(
                OPERATOR, webhook_secrets.signing_secrets, requester_id=found.requester_id, at=now
            )
    if as_json:
        print_json(requester_id=found.requester_id, secret=secret)
    else:
        echo(secret)


@requester.command("list")
@as_json
@placed
def list_requesters(as_json: bool, **flags: str | None) -> None:
    """List all Requesters with their money."""
    with opened_market(flags) as market:
        found = market.perform(OPERATOR, accounts.list_requesters)
    if as_json:
        print_json(requesters=[_as_record(each) for each in found])
        return
    for each in found:
        shown = f"{each.available!s:>12} available {each.on_hold!s:>12} on hold"
        echo(f"{each.requester_id}  {each.status:<9}  {shown}  {each.name} <{each.email}>")
    if not found:
        echo("There are no Requesters yet. Add one: kempelen requester add NAME --email ADDRESS")


def _as_record(found: Requester) -> dict[str, str]:
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


def _print_key(key: AccessKey) -> None:
    echo(f"Access key id      {key.access_key_id}")
    echo(f"Secret access key  {key.secret_access_key}   (shown only once)")
