"""`kempelen report …`: what Workers report of HITs."""

import click

from kempelen.cli.frame import as_json, opened_market, placed, print_json, requester_called
from kempelen.market import reports
from kempelen.market.call import OPERATOR


@click.group()
def report() -> None:
    """Reports: what Workers tell the operator of HITs that break rules or cannot be done."""


@report.command("list")
@click.option("--requester", "name", metavar="NAME", help="Only about this Requester, by name or id.")
@click.option("--limit", type=click.IntRange(min=1), default=1_000, show_default=True, metavar="N", help="At most.")
@as_json
@placed
def list_reports(name: str | None, limit: int, as_json: bool, **flags: str | None) -> None:
    """Reports, the latest first."""
    with opened_market(flags) as market:
        requester_id = requester_called(market, name).requester_id if name else ""
        found = market.perform(OPERATOR, reports.list_reports, requester_id=requester_id, at_most=limit)
    if as_json:
        print_json(
            reports=[
                {
                    "report_id": each.report_id,
                    "worker_id": each.worker_id,
                    "hit_id": each.hit_id,
                    "hit_type_id": each.hit_type_id,
                    "requester_id": each.requester_id,
                    "reason": each.reason,
                    "text": each.text,
                    "reported_at": each.reported_at.isoformat(),
                }
                for each in found
            ]
        )
        return
    for each in found:
        click.echo(
            f"{each.reported_at:%Y-%m-%d %H:%M}  {each.reason:<12}  HIT {each.hit_id}  “{each.title}” of "
            f"{each.requester_name} ({each.requester_id}), by Worker {each.worker_id}"
        )
        if each.text:
            click.echo("    " + each.text.replace("\n", "\n    "))
    if not found:
        click.echo("There are no reports.")
