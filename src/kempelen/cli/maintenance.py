"""`kempelen check` and `kempelen backup`: maintenance of a marketplace's data."""

import os
from pathlib import Path

import click

from kempelen import config
from kempelen.checks import checks
from kempelen.cli.frame import as_json, echo, opened_database, placed, print_json
from kempelen.opening import key_problems, migrate
from kempelen.store.files import Files


@click.command()
@as_json
@placed
@click.pass_context
def check(context: click.Context, /, as_json: bool, **flags: str | None) -> None:
    """Check files, key, books, counters and histories.

    It reads the whole database and changes nothing. Each problem is one line; the exit code is 1 if there is any.
    """
    settings = config.read(os.environ, flags)
    with opened_database(settings, migrated=False) as database:
        found = [f"The database is damaged: {text}" for text in database.damages()]
        if not found:
            migrate(settings, database)
            found = [*key_problems(settings, database), *checks.problems(database, Files(settings.uploads))]
    if as_json:
        print_json(ok=not found, problems=found)
    else:
        for problem in found:
            echo(problem)
        echo(f"{len(found)} problem{'s' * (len(found) > 1)} found." if found else "All checks passed.")
    if found:
        context.exit(1)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@as_json
@placed
def backup(folder: Path, as_json: bool, **flags: str | None) -> None:
    """Copy database and uploaded files to the folder DIR.

    The copy is consistent, also while the server runs. The key is not in it: keep a copy of the key elsewhere.
    """
    settings = config.read(os.environ, flags)
    with opened_database(settings) as database:
        folder.mkdir(parents=True, exist_ok=True)
        path = database.backup(folder)
        uploads = Files(settings.uploads)
        files = uploads.copy_to(folder / "uploads")
        missing = len(list(checks.missing_files(database, uploads)))
    if missing:
        echo(
            f"Warning: {missing} uploaded files are missing or cut off, and not in the copy; "
            "`kempelen check` names them.",
            err=True,
        )
    if as_json:
        print_json(backup=str(path), files=files, missing_files=missing)
    else:
        also = f" and {files} uploaded files in {folder / 'uploads'}" if files else ""
        echo(f"{path}{also} (keep the key apart from it: without the key no secret in it can be read)")
