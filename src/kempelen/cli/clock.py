"""`kempelen clock …`: the market's time, where it is moved by hand or where the system clock is doubted."""

import json
import secrets
from datetime import datetime
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

import click

from kempelen.cli.frame import Refused, as_json, echo, opened_market, placed, print_json
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.foundation.clock import ManualClock
from kempelen.market.market import Market, database_state
from kempelen.market.people import accounts
from kempelen.market.people.accounts import KeyState

TIMEOUT_SECONDS = 600.0  # seconds; much may fall due at once
MOST_SECONDS = 100 * 365 * 86_400


@click.group()
def clock() -> None:
    """Show, move or accept the market's time."""


@clock.command()
@as_json
@placed
def show(as_json: bool, **flags: str | None) -> None:
    """Show the market's time and how it passes."""
    with opened_market(flags) as market:
        is_manual, clock_jump, now = isinstance(market.clock, ManualClock), market.clock_jump(), market.clock.now()
    if as_json:
        print_json(
            clock="manual" if is_manual else "system",
            now=_written(now),
            doubted=_written(clock_jump.shown) if clock_jump else None,
        )
        return
    echo(f"{now:%Y-%m-%d %H:%M:%S} UTC, {'moved by hand' if is_manual else 'by the system clock'}")
    if clock_jump:
        echo(
            f"The system clock shows {clock_jump.shown:%Y-%m-%d %H:%M:%S} UTC and is not believed. "
            "Set it right, or if it is right: kempelen clock accept"
        )


@clock.command()
@as_json
@placed
def accept(as_json: bool, **flags: str | None) -> None:
    """Say that the system clock is right.

    A clock that has jumped ahead is not believed: market time goes on without it. With this, market time follows, and
    all that is due by then is performed, which cannot be undone. Running servers follow within seconds.
    """
    with opened_market(flags) as market:
        clock_jump = market.clock_jump()
        now = market.accept_clock() if clock_jump else market.clock.now()
    if as_json:
        print_json(now=_written(now), accepted=clock_jump is not None)
    elif clock_jump is None:
        echo(f"It is {now:%Y-%m-%d %H:%M:%S} UTC, and nothing is wrong with the clock.")
    else:
        echo(f"It is now {now:%Y-%m-%d %H:%M:%S} UTC.")


@clock.command()
@click.argument("seconds", type=click.FloatRange(0, MOST_SECONDS))
@as_json
@placed
def advance(seconds: float, as_json: bool, **flags: str | None) -> None:
    """Move the market's time forward by SECONDS.

    All that falls due is performed. This is only for marketplaces that are served with `--clock manual`, for tests of
    programs. The server may run or not.
    """
    with opened_market(flags) as market:
        if not isinstance(market.clock, ManualClock):
            raise Refused(
                "This marketplace goes by the system clock, which cannot be moved here; serve it with --clock manual."
            )
        now = _advanced_by_server(market, seconds) or market.advance(seconds=seconds)
    if as_json:
        print_json(now=_written(now))
    else:
        echo(f"It is now {now:%Y-%m-%d %H:%M:%S} UTC")


def _advanced_by_server(market: Market, seconds: float) -> datetime | None:
    """The time after the server has moved its clock; None when no server runs."""
    server = database_state(market.database).served_at
    if not server:
        return None
    url = f"{server}/clock/advance"
    key = next(iter(market.perform(OPERATOR, accounts.list_usable_keys)), None)
    request = _signed(url, json.dumps({"seconds": seconds}).encode(), key)
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=TIMEOUT_SECONDS) as answer:
            return datetime.fromisoformat(json.loads(answer.read())["now"])
    except HTTPError as refusal:
        if key is None:
            raise Refused(
                f"The server at {server} moves its clock for a Requester alone, and there is none that may act. "
                "Add one: kempelen requester add NAME --email ADDRESS"
            ) from None
        raise Refused(f"The server at {server} refuses: {_words(refusal)}") from None
    except (URLError, ConnectionError) as error:
        if isinstance(getattr(error, "reason", error), ConnectionRefusedError):
            return None
        raise Refused(f"The server at {server} cannot be asked: {error}") from None


def _signed(url: str, body: bytes, key: KeyState | None) -> Request:
    """The request, signed as programs sign theirs, and never like another one of the same second."""
    if key is None:
        return Request(url, body, method="POST")
    # Imported here because it takes longer than most commands do.
    from botocore.auth import SigV4Auth  # type: ignore[import-untyped] # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped] # noqa: PLC0415
    from botocore.credentials import Credentials  # type: ignore[import-untyped] # noqa: PLC0415

    request = AWSRequest("POST", url, data=body, headers={"amz-sdk-invocation-id": secrets.token_hex(16)})
    SigV4Auth(Credentials(key.access_key_id, key.secret_access_key), "mturk-requester", "us-east-1").add_auth(request)
    return Request(url, body, dict(request.headers), method="POST")


def _words(refusal: HTTPError) -> str:
    text = refusal.read().decode("utf-8", "replace")
    try:
        answer: dict[str, Any] = json.loads(text)
        return str(answer["Message"])
    except (ValueError, LookupError, TypeError):
        return " ".join(text.split())[:200] or str(refusal)


def _written(now: datetime) -> str:
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
