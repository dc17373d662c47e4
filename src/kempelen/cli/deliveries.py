"""`kempelen delivery …`: deliveries that have not arrived at a queue, topic, webhook or mailbox, and why."""

from datetime import datetime

import click

from kempelen.cli.frame import as_json, echo, opened_market, placed, print_json
from kempelen.market.foundation import deliveries
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import SystemClock
from kempelen.market.foundation.deliveries import DeliveryState
from kempelen.market.market import Market


@click.group()
def delivery() -> None:
    """List and retry notifications and mails."""


@delivery.command("list")
@click.option(
    "--status",
    type=click.Choice(["Waiting", "Dead", "Sent"]),
    help="Only deliveries of this status; otherwise those that have not arrived (Waiting and Dead).",
)
@click.option(
    "--most", type=click.IntRange(1, 100_000), default=100, help="List at most N, the latest first.  [default: 100]"
)
@as_json
@placed
def list_deliveries(status: str | None, most: int, as_json: bool, **flags: str | None) -> None:
    """List deliveries with attempts and the last error."""
    with opened_market(flags) as market:
        found = market.perform(OPERATOR, deliveries.list_deliveries, status=status or "", most=most)
    if as_json:
        print_json(deliveries=[_as_record(each) for each in found])
        return
    for each in found:
        where = each.destination or f"Worker {each.worker_id}"
        echo(f"{each.delivery_id}  {each.status:<7}  {each.kind}  {each.channel} {where}  {_how_far(each)}")
    if not found:
        echo("There are none." if status else "Everything has arrived.")


@delivery.command()
@click.argument("delivery_ids", metavar="[ID]...", nargs=-1)
@click.option("--all-dead", is_flag=True, help="Retry all that were given up.")
@as_json
@placed
def retry(delivery_ids: tuple[str, ...], all_dead: bool, as_json: bool, **flags: str | None) -> None:
    """Try deliveries again at once.

    The running server sends them, and gives up after another day.
    """
    if bool(delivery_ids) == all_dead:
        raise click.UsageError("Name deliveries by their ids, or say --all-dead.")
    with opened_market(flags) as market:
        many = _retry_dead(market) if all_dead else len(delivery_ids)
        for delivery_id in delivery_ids:
            market.perform(OPERATOR, deliveries.retry, delivery_id=delivery_id)
    if as_json:
        print_json(retried=many)
    else:
        echo(f"{many} will be tried again.")


def _retry_dead(market: Market) -> int:
    """All that is dead by now, a part at a time, so that the running server waits for none of it."""
    many, now = 0, SystemClock().now()
    while True:
        tried = market.perform(OPERATOR, deliveries.retry_dead, ended_by=now)
        many += tried
        if tried < deliveries.AT_ONCE:
            return many


def _how_far(each: DeliveryState) -> str:
    attempts = f"{each.attempts} attempt{'' if each.attempts == 1 else 's'}"
    if each.status == "Waiting":
        attempts += f", next {each.due_at:%Y-%m-%d %H:%M:%S} UTC" if each.due_at else ", next at once"
    return f"{attempts}: {each.last_error}" if each.last_error else attempts


def _as_record(each: DeliveryState) -> dict[str, object]:
    return {
        "delivery_id": each.delivery_id,
        "kind": each.kind,
        "channel": each.channel,
        "destination": each.destination,
        "requester_id": each.requester_id,
        "worker_id": each.worker_id,
        "status": each.status,
        "happened_at": each.happened_at.isoformat(),
        "attempts": each.attempts,
        "due_at": _instant(each.due_at),
        "ended_at": _instant(each.ended_at),
        "last_error": each.last_error,
    }


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
