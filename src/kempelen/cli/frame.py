"""What all commands share: which marketplace is meant, one line for each error, JSON for programs."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from kempelen import config
from kempelen.config import Config, SettingRefused
from kempelen.core import visible
from kempelen.core.money import Money
from kempelen.core.wire.errors import RequestError
from kempelen.hosts import HostsRefused
from kempelen.market.foundation.call import OPERATOR
from kempelen.market.market import Market, WrongWorld
from kempelen.market.people import accounts
from kempelen.market.people.accounts import Requester
from kempelen.opening import AlreadyServed, NoMarketplace, open_market, open_market_database
from kempelen.store.database import Database, DatabaseError
from kempelen.store.vault import WrongKey

Command = TypeVar("Command", bound=Callable[..., Any])
_NAMES_SHOWN = 8


class Refused(click.ClickException):
    """The command cannot be carried out; the text says why, in one line."""

    def __init__(self, message: str) -> None:
        super().__init__(visible.text(message))


class OneLineErrors(click.Group):
    """Says what went wrong in one line; exit code 1, and 2 where the command itself was written wrongly."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except BrokenPipeError:
            raise  # whoever reads has enough: click ends quietly
        except (SettingRefused, HostsRefused) as error:
            raise click.UsageError(visible.text(_line(error))) from None
        except RequestError as error:
            raise Refused(error.message) from None
        except (DatabaseError, NoMarketplace, AlreadyServed, WrongKey, WrongWorld, OSError) as error:
            raise Refused(_line(error)) from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def amount_of_money(text: str) -> Money:
    """Dollars as an option or argument has them."""
    try:
        return Money.parse(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def placed(command: Command) -> Command:
    """The options that say which marketplace is meant."""
    for name in ("database", "data"):
        command = flag(next(setting for setting in config.table() if setting.name == name))(command)
    return command


class Setting(click.Option):
    """The option by which a command takes a setting; help lists it under the setting's group."""

    def __init__(self, declarations: Sequence[str], *, group: str, **about: Any) -> None:
        super().__init__(declarations, **about)
        self.group = group


class GroupedHelp(click.Command):
    """A command with many options, whose help lists them in groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each group under its name, in the order of the first of each."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            if (record := parameter.get_help_record(ctx)) is not None:
                group = parameter.group if isinstance(parameter, Setting) else "Options"
                groups.setdefault(group, []).append(record)
        for name, records in groups.items():
            with formatter.section(name):
                formatter.write_dl(records)


def flag(setting: config.Setting) -> Callable[[Command], Command]:
    """The option by which a command takes a setting."""
    shown = setting.shown_default
    text = setting.meaning.replace("`", "") + f"  [{setting.variable}{f'; default: {shown}' if shown else ''}]"
    about: dict[str, Any] = {"cls": Setting, "group": setting.group, "help": text}
    if setting.type is bool:
        return click.option(f"{setting.flag}/--no-{setting.flag[2:]}", setting.name, default=None, **about)
    return click.option(setting.flag, setting.name, metavar=setting.takes, **about)


def creates(command: Command) -> Command:
    """The option of commands that may be the first in a place, and so create the marketplace."""
    return flag(next(setting for setting in config.table() if setting.name == "sandbox"))(command)


@contextmanager
def opened_market(flags: Mapping[str, Any], *, may_be_new: bool = False) -> Iterator[Market]:
    """The marketplace that is meant, open for as long as the block runs."""
    world_is_given = flags.get("sandbox") is not None
    market = open_market(config.read(os.environ, flags), may_be_new=may_be_new, world_is_given=world_is_given)
    try:
        yield market
    finally:
        market.close()


@contextmanager
def opened_database(settings: Config, *, migrated: bool = True) -> Iterator[Database]:
    """Its database alone, for what only looks at rows."""
    database = open_market_database(settings, migrated=migrated)
    try:
        yield database
    finally:
        database.close()


def requester_called(market: Market, name: str) -> Requester:
    """The Requester of this id, else of this name; Refused when there is none or more than one."""
    everybody = market.perform(OPERATOR, accounts.list_requesters)
    found = [each for each in everybody if each.requester_id == name]
    found = found or [each for each in everybody if each.name == name]
    found = found or [each for each in everybody if accounts.plain_name(each.name) == accounts.plain_name(name)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(each.requester_id for each in found)
        raise Refused(f"There are {len(found)} Requesters called {name}; say which by id: {ids}")
    raise Refused(f"There is no Requester {name}. {listed_names(each.name for each in everybody)}")


def worker_called(market: Market, name: str) -> str:
    """The WorkerId of whoever has this e-mail address; anything else is one itself."""
    if "@" not in name:
        return name
    sign_in = market.perform(OPERATOR, accounts.get_sign_in, email=name)
    if sign_in is None:
        raise Refused(f"No Worker has the e-mail address {name}.")
    return sign_in.worker_id


def listed_names(names: Iterator[str]) -> str:
    """The names there are, so that one can be picked."""
    known = list(names)
    if not known:
        return "There are none yet."
    return f"There are: {', '.join(known[:_NAMES_SHOWN])}{' and more' if len(known) > _NAMES_SHOWN else ''}."


def echo(text: str = "", *, err: bool = False) -> None:
    """Print a text in which names, titles and words of strangers may stand: none of them can steer the terminal."""
    click.echo(visible.text(text), err=err)


def print_json(**answer: Any) -> None:
    """One object, for programs; what could steer a terminal is escaped as JSON escapes it."""
    echo(json.dumps(answer, ensure_ascii=False))
