"""`kempelen check` and `kempelen backup`: what keeps a marketplace's data safe and true."""

import os
from pathlib import Path

import click

from kempelen import checks, config
from kempelen.cli.frame import as_json, opened_database, placed, print_json


@click.command()
@as_json
@placed
@click.pass_context
def check(context: click.Context, /, as_json: bool, **flags: str | None) -> None:
    """Prove books, counters and histories true, or name each row that is not."""
    with opened_database(config.read(os.environ, flags)) as database:
        found = checks.problems(database)
    if as_json:
        print_json(ok=not found, problems=found)
    else:
        for problem in found:
            click.echo(problem)
        click.echo(f"{len(found)} rows are not true." if found else "All true.")
    if found:
        context.exit(1)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@as_json
@placed
def backup(folder: Path, as_json: bool, **flags: str | None) -> None:
    """A consistent copy in the folder DIR, while the server runs; without the key, which is kept apart."""
    with opened_database(config.read(os.environ, flags)) as database:
        folder.mkdir(parents=True, exist_ok=True)
        path = database.backup(folder)
    if as_json:
        print_json(backup=str(path))
    else:
        click.echo(f"{path} (keep the key apart from it: without the key no secret in it can be read)")
