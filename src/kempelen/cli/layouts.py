"""`kempelen layout …`: pages with variables, of which HITs are made."""

from pathlib import Path
from typing import Any

import click

from kempelen.cli.frame import Refused, as_json, echo, opened_market, placed, print_json, requester_called
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.hits import hit_layouts
from kempelen.market.hits.hit_layouts import HITLayout


@click.group()
def layout() -> None:
    """Add and list layouts, from which HITs are made."""


@layout.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--requester", "name", required=True, metavar="NAME", help="The Requester whose layout it is, by name or id."
)
@click.option("--name", "title", help="The layout's name; the file's name if none is given.")
@click.option(
    "--frame-height",
    type=int,
    default=0,
    metavar="PIXELS",
    help="The frame's least height; 0 fits the window.  [default: 0]",
)
@as_json
@placed
def add_layout(file: Path, name: str, title: str | None, frame_height: int, as_json: bool, **flags: str | None) -> None:
    """Add a layout from a file of HTML.

    ${name} in it is a variable, for which each HIT has a value.
    """
    try:
        html = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(f"{file} is not a text in UTF-8.") from None
    with opened_market(flags) as market:
        found = requester_called(market, name)
        made = market.perform(
            OPERATOR,
            hit_layouts.add_hit_layout,
            requester_id=found.requester_id,
            name=title or file.stem,
            html=html,
            frame_height=frame_height,
        )
    if as_json:
        print_json(**_as_record(made))
    else:
        echo(f"Layout {made.name}: {made.hit_layout_id}")
        echo(f"Variables  {_variables(made)}")


@layout.command("list")
@click.option("--requester", "name", metavar="NAME", help="Only layouts of this Requester, by name or id.")
@as_json
@placed
def list_layouts(name: str | None, as_json: bool, **flags: str | None) -> None:
    """List layouts, the oldest first."""
    with opened_market(flags) as market:
        requester_id = requester_called(market, name).requester_id if name else None
        found = market.perform(OPERATOR, hit_layouts.list_hit_layouts, requester_id=requester_id)
    if as_json:
        print_json(layouts=[_as_record(each) for each in found])
        return
    for each in found:
        echo(f"{each.hit_layout_id}  {each.requester_id:<14}  {each.name}  ({_variables(each)})")
    if not found:
        echo("There are no layouts yet. Add one: kempelen layout add FILE --requester NAME")


@layout.command("show")
@click.argument("hit_layout_id", metavar="ID")
@as_json
@placed
def show_layout(hit_layout_id: str, as_json: bool, **flags: str | None) -> None:
    """Show a layout with its variables and its HTML."""
    with opened_market(flags) as market:
        found = market.perform(OPERATOR, hit_layouts.get_hit_layout, hit_layout_id=hit_layout_id)
    if as_json:
        print_json(**_as_record(found), html=found.html)
        return
    echo(f"Layout        {found.hit_layout_id}")
    echo(f"Name          {found.name}")
    echo(f"Requester     {found.requester_id}")
    echo(f"Made          {found.created_at:%Y-%m-%d %H:%M} UTC")
    echo(f"Frame height  {found.frame_height or 'as high as the window'}")
    echo(f"Variables     {_variables(found)}")
    echo(f"\n{found.html}")


def _as_record(found: HITLayout) -> dict[str, Any]:
    return {
        "hit_layout_id": found.hit_layout_id,
        "requester_id": found.requester_id,
        "name": found.name,
        "variables": found.variables,
        "frame_height": found.frame_height,
        "created_at": found.created_at.isoformat(),
    }


def _variables(found: HITLayout) -> str:
    return ", ".join(found.variables) or "none"
