"""`kempelen serve` and `kempelen demo`, which alone import the edges: that takes longer than most commands do."""

import os
from datetime import timedelta

import click

import kempelen
from kempelen import config
from kempelen.cli.frame import Command, GroupedHelp, creates, echo, flag, placed
from kempelen.config import Config
from kempelen.market.foundation.clock import SystemClock
from kempelen.market.market import Market


def _all_flags(command: Command) -> Command:
    for setting in reversed(config.table()):
        if setting.has_flag:
            command = flag(setting)(command)
    return command


@click.command(cls=GroupedHelp)
@_all_flags
def serve(**flags: str | bool | None) -> None:
    """Serve the Requester API and the worker site.

    It runs until Ctrl-C or SIGTERM. Each option can be set by the environment variable that stands beside it.
    """
    from kempelen.server import process  # noqa: PLC0415 - see above: it takes long

    process.serve(config.read(os.environ, flags), when_ready=_print_addresses)


def _print_addresses(market: Market, settings: Config) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    echo(f"Kempelen {kempelen.__version__} is ready.{' Sandbox: the money is play money.' * market.rules.sandbox}")
    echo(f"  Requester API   http://{host}:{settings.port}")
    echo(f"  Worker site     {settings.site_url}")
    if settings.clock == "manual":
        echo(f"  Market time     {market.clock.now():%Y-%m-%d %H:%M:%S} UTC, moved by kempelen clock advance SECONDS")
    elif (clock_jump := market.clock_jump()) is not None:
        echo(
            f"  Market time     {clock_jump.believed:%Y-%m-%d %H:%M:%S} UTC, and the system clock is not believed, "
            f"which shows {clock_jump.shown:%Y-%m-%d %H:%M:%S}: set it right, or if it is right: kempelen clock accept"
        )
    elif market.clock.now() - SystemClock().now() > timedelta(minutes=1):
        echo(
            f"  Market time     {market.clock.now():%Y-%m-%d %H:%M:%S} UTC, ahead of this machine: it was moved on, "
            "and never goes back"
        )


@click.command("demo")
@creates
@placed
@click.option("--host", metavar="ADDRESS", help="The address to listen at.  [KEMPELEN_HOST; default: 127.0.0.1]")
@click.option("--port", metavar="N", help="The port to listen at.  [KEMPELEN_PORT; default: 8900]")
def show(**flags: str | bool | None) -> None:
    """Try it: a server with Workers and sample HITs.

    There are a Requester with money and an access key, two Workers and sample HITs. All that is needed to sign in is
    printed.
    """
    from kempelen.demo import demo  # noqa: PLC0415 - see above: it takes long

    demo.run(config.read(os.environ, flags))
