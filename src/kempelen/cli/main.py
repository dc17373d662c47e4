"""The command line. All commands work beside a running server; an error is one line on standard error.

`--json` prints one object, for programs. Settings come from the environment, too (docs/settings.md).
"""

import click

import kempelen
from kempelen.cli import (
    audit,
    clock,
    deliveries,
    layouts,
    maintenance,
    qualifications,
    reports,
    requesters,
    serving,
    workers,
)
from kempelen.cli.frame import OneLineErrors


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(kempelen.__version__, prog_name="kempelen")
def main() -> None:
    """Run and manage a self-hosted Mechanical Turk.

    `kempelen COMMAND --help` describes a command; most of them have commands of their own.
    """


for command in (
    serving.serve,
    serving.show,
    requesters.requester,
    workers.worker,
    qualifications.qualification,
    layouts.layout,
    deliveries.delivery,
    reports.report,
    clock.clock,
    audit.audit,
    maintenance.check,
    maintenance.backup,
):
    main.add_command(command)
