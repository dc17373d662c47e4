"""`kempelen report …`: HITs that Workers have reported."""

import click

from kempelen.cli.frame import as_json, echo, opened_market, placed, print_json, requester_called
from kempelen.core import visible
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.messaging import reports
from kempelen.market.messaging.reports import Report


@click.group()
def report() -> None:
    """List and resolve Workers' reports of HITs."""


@report.command("list")
@click.option("--requester", "name", metavar="NAME", help="Only reports about this Requester, by name or id.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=1_000, show_default=True, metavar="N", help="List at most N."
)
@click.option("--all", "with_resolved", is_flag=True, help="List resolved reports too, with their notes.")
@as_json
@placed
def list_reports(name: str | None, limit: int, with_resolved: bool, as_json: bool, **flags: str | None) -> None:
    """List open reports, the latest first."""
    with opened_market(flags) as market:
        requester_id = requester_called(market, name).requester_id if name else ""
        found = market.perform(
            OPERATOR, reports.list_reports, requester_id=requester_id, with_resolved=with_resolved, at_most=limit
        )
    if as_json:
        print_json(reports=[_as_record(each) for each in found])
        return
    for each in found:
        echo(
            f"{each.reported_at:%Y-%m-%d %H:%M}  {each.reason:<12}  HIT {each.hit_id}  “{visible.line(each.title)}” of "
            f"{each.requester_name} ({each.requester_id}), by Worker {each.worker_id}, report {each.report_id}"
        )
        if each.text:
            echo("    " + each.text.replace("\n", "\n    "))
        if each.resolved_at is not None:
            echo(f"    Resolved {each.resolved_at:%Y-%m-%d %H:%M}: " + each.note.replace("\n", "\n    "))
    if not found:
        echo("There are no reports." if with_resolved else "There are no open reports.")


@report.command()
@click.argument("report_id", metavar="REPORT")
@click.option("--note", required=True, help="What was decided; `kempelen report list --all` shows it.")
@as_json
@placed
def resolve(report_id: str, note: str, as_json: bool, **flags: str | None) -> None:
    """Close a report with a note of what was decided.

    `kempelen report list` shows the ids of reports. Nothing follows by itself, and Worker and Requester do not see the
    note. If the Worker reports the HIT again, the report is open again.
    """
    with opened_market(flags) as market:
        found = market.perform(OPERATOR, reports.resolve, report_id=report_id, note=note)
    if as_json:
        print_json(**_as_record(found))
    else:
        echo(f"Report {found.report_id} is resolved.")


def _as_record(each: Report) -> dict[str, str | None]:
    return {
        "report_id": each.report_id,
        "worker_id": each.worker_id,
        "hit_id": each.hit_id,
        "hit_type_id": each.hit_type_id,
        "requester_id": each.requester_id,
        "reason": each.reason,
        "text": each.text,
        "reported_at": each.reported_at.isoformat(),
        "resolved_at": each.resolved_at.isoformat() if each.resolved_at else None,
        "note": each.note,
    }
