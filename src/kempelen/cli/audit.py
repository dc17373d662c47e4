"""`kempelen audit`: the events that every change appends: what happened, to whom and when."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from difflib import get_close_matches

import click

from kempelen.cli.frame import echo, opened_market, placed, requester_called
from kempelen.market.foundation import events
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.events import Event
from kempelen.market.market import Market

AT_ONCE = 500  # read in one transaction, so that a long audit holds nobody up


def _instant(_context: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no date or time like 2026-10-01 or 2026-10-01T12:30:00Z.") from None
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _kind(_context: click.Context, _option: click.Parameter, text: str) -> str:
    if text and text not in events.KINDS:
        near = get_close_matches(text, events.KINDS, n=1, cutoff=0.75)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise click.BadParameter(f"{text!r} is no kind of event.{meant} There are: {', '.join(events.KINDS)}.")
    return text


@click.command()
@click.option("--requester", "name", metavar="NAME", help="Only what concerns this Requester, by name or id.")
@click.option("--worker", "worker_id", metavar="ID", default="", help="Only what concerns this Worker.")
@click.option("--hit", "hit_id", metavar="ID", default="", help="Only what concerns this HIT.")
@click.option("--assignment", "assignment_id", metavar="ID", default="", help="Only what concerns this assignment.")
@click.option(
    "--kind",
    metavar="KIND",
    default="",
    callback=_kind,
    help="Only events of this kind, such as AssignmentApproved; for an unknown one all kinds are listed.",
)
@click.option(
    "--since",
    metavar="TIME",
    callback=_instant,
    help="Only events from this date or time on; UTC unless it has a zone.",
)
@click.option("--until", metavar="TIME", callback=_instant, help="Only events before this date or time.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Print at most N events.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@placed
def audit(
    name: str | None,
    worker_id: str,
    hit_id: str,
    assignment_id: str,
    kind: str,
    since: datetime | None,
    until: datetime | None,
    limit: int | None,
    as_json: bool,
    **flags: str | None,
) -> None:
    """Print what happened, one event a line, the earliest first.

    Events hold ids, statuses and amounts, never answers, names or addresses.
    """
    written = _as_json if as_json else _in_words
    with opened_market(flags) as market:
        asked = {
            "requester_id": requester_called(market, name).requester_id if name else "",
            "worker_id": worker_id,
            "hit_id": hit_id,
            "assignment_id": assignment_id,
            "kind": kind,
            "since": since,
            "until": until,
        }
        for event in _stream(market, asked, limit):
            echo(written(event))


def _stream(market: Market, asked: dict[str, str | datetime | None], limit: int | None) -> Iterator[Event]:
    """All events there are, a page at a time; what happens meanwhile comes too."""
    after, left = "", limit
    while left is None or left > 0:
        at_most = AT_ONCE if left is None else min(left, AT_ONCE)
        page = market.perform(OPERATOR, events.list_events, **asked, after=after, at_most=at_most)
        yield from page
        if len(page) < at_most:
            return
        after = page[-1].event_id
        left = None if left is None else left - len(page)


def _as_json(event: Event) -> str:
    record = {name: getattr(event, name) for name in event.__struct_fields__}
    record["happened_at"] = event.happened_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record["amount"] = None if event.amount is None else str(event.amount)
    return json.dumps({name: value for name, value in record.items() if value is not None})


def _in_words(event: Event) -> str:
    parts = [f"{event.happened_at:%Y-%m-%d %H:%M:%S}", f"{event.kind:<24}", f"by {event.actor:<14}"]
    if event.to_status is not None:
        parts.append(f"{event.from_status or 'new'} → {event.to_status}")
    if event.amount is not None:
        parts.append(str(event.amount))
    for about, value in (
        ("requester", event.requester_id),
        ("worker", event.worker_id),
        ("hit", event.hit_id),
        ("assignment", event.assignment_id),
        ("qualification type", event.qualification_type_id),
    ):
        if value is not None and value != event.actor:
            parts.append(f"{about} {value}")
    return "  ".join(parts)
