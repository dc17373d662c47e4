"""Opens the market that the settings describe, for the server and for every command."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import msgspec

from kempelen.config import Config, SettingRefused
from kempelen.core.rules.rules import Rules
from kempelen.market.foundation import clock_readings
from kempelen.market.foundation.clock import SYSTEM_TIME, ManualClock, SystemClock
from kempelen.market.market import WRONG_KEY, Market, database_state, is_sealed_with
from kempelen.store.database import Database, DatabaseDamaged
from kempelen.store.open import open_database
from kempelen.store.sqlite import data_files
from kempelen.store.vault import Vault, WrongKey


class NoMarketplace(Exception):
    """There is no marketplace where one was meant to be."""


class AlreadyServed(Exception):
    """Another server serves this data folder."""


def open_market(
    config: Config, *, serving: bool = False, may_be_new: bool = True, world_is_given: bool = False
) -> Market:
    """The market these settings describe, its database migrated (after a backup).

    A server decides which clock the market lives by. Whoever else opens the database goes by what it is: sandbox or
    live (unless `world_is_given`: then it must be the one of the settings), and the time it stands at if that is moved
    by hand.
    """
    database = open_market_database(config, may_be_new=may_be_new)
    try:
        been = database_state(database)
        rules = config.rules
        if not serving and not world_is_given and been.world is not None:
            rules = msgspec.structs.replace(rules, sandbox=been.world == "sandbox")
        lanes = config.lanes if serving else 1
        clock = None
        if serving and config.clock == "manual":
            clock = ManualClock(been.stands_at or SystemClock().now())
        elif not serving and been.stands_at is not None:
            clock = ManualClock(been.stands_at)
        if clock is None:
            _compare_clocks(config, database, rules)
        if serving:
            _check_uploads(config, database)
        market = Market(database, vault=_vault(config, is_sealed=been.is_sealed), clock=clock, rules=rules, lanes=lanes)
    except BaseException:
        database.close()
        raise
    if serving:
        database.note_use(True)
        market.keep_clock(served_at=config.endpoint)
    return market


def _compare_clocks(config: Config, database: Database, rules: Rules) -> None:
    """Doubt a system clock that cannot have come to what it shows; where money is play, any pause is believed."""
    jump, off = config.max_clock_jump_seconds, config.max_days_off
    SYSTEM_TIME.most_jump = timedelta(seconds=jump) if jump else None
    with database.reading() as db:
        clock_readings.compare(db, SYSTEM_TIME, most_off=timedelta(days=off) if off and not rules.sandbox else None)


def open_market_database(config: Config, *, may_be_new: bool = False, migrated: bool = True) -> Database:
    """The database of these settings, migrated (after a backup); NoMarketplace where it would be a new one."""
    if not may_be_new:
        _check_exists(config)
    config.data.mkdir(parents=True, exist_ok=True)
    database = open_database(config.database_target)
    try:
        if not may_be_new:
            with database.reading() as db:
                if not database.tables(db):
                    where = "this database" if config.database else config.data
                    raise NoMarketplace(f"There is no marketplace in {where}. {_BEGIN_ONE}")
        if migrated:
            migrate(config, database)
        if database.is_noted_in_use() and not _is_served(config):
            database.note_use(False)  # the server was killed; the WAL has just been read
    except BaseException:
        database.close()
        raise
    return database


def migrate(config: Config, database: Database) -> None:
    """Bring a database up to date, after a backup."""
    database.migrate(backup_to=config.data / "backups")


_BEGIN_ONE = "Use --data or --database, or begin one: kempelen requester add, kempelen serve, kempelen demo"
_LOCK = "server.lock"
_TRIES, _PAUSE = 5, 0.05  # seconds


def _check_exists(config: Config) -> None:
    """A command that needs a marketplace leaves nothing behind in a folder that has none."""
    if config.database:
        return
    path = config.data / "market.db"
    if not path.exists() or not path.stat().st_size:
        data_files.check_new(path)
        raise NoMarketplace(f"There is no marketplace in {config.data}. {_BEGIN_ONE}")


def _check_uploads(config: Config, database: Database) -> None:
    """A server that misses the folder of all uploaded files would give answers that lead nowhere."""
    if config.uploads.is_dir():
        return
    with database.reading() as db:
        row = db.one("SELECT COUNT(*) AS many FROM upload WHERE delete_at IS NULL")
    if row and row["many"]:
        raise DatabaseDamaged(
            f"The database names {row['many']} uploaded files, and there is no folder {config.uploads}. Bring the "
            "folder back from where it was or from a backup, or make an empty one to go on without the files."
        )


@contextmanager
def only_server(config: Config) -> Iterator[None]:
    """The right to serve a SQLite folder, held as long as the block runs; the system gives it back after a crash.

    AlreadyServed when another process has it. Databases on PostgreSQL may have several servers.
    """
    if config.database:
        yield
        return
    config.data.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(config.data / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _locked(descriptor):
            pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            by = f" (process {pid})" if pid.isdigit() else ""
            raise AlreadyServed(
                f"Another server{by} serves {config.data} already, and a SQLite database has one server. Stop it "
                "first, or name another folder with --data. All other commands may run beside it."
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Take the lock, for which a command may have looked at this very moment; False when a server has it."""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        return True
    return False


def _is_served(config: Config) -> bool:
    """Whether a server has the right to serve this folder."""
    try:
        descriptor = os.open(config.data / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def key_problems(config: Config, database: Database) -> list[str]:
    """Why the secrets in the database cannot be read; nothing when they can."""
    if not database_state(database).is_sealed:
        return []
    try:
        vault = _vault(config, is_sealed=True)
    except (SettingRefused, WrongKey) as error:
        return [str(error)]
    return [] if is_sealed_with(database, vault) else [WRONG_KEY]


def _vault(config: Config, *, is_sealed: bool) -> Vault:
    if config.secret_key:
        return Vault.parse(config.secret_key)
    path = config.data / "key"
    if is_sealed and not path.exists():
        raise SettingRefused(
            f"The secrets in this database are sealed, and the key is not in {path}. Bring the key back from where you "
            "keep a copy, or give KEMPELEN_SECRET_KEY, KEMPELEN_SECRET_KEY_FILE, or --data with the folder that has it."
        )
    try:
        return Vault.in_folder(config.data)
    except WrongKey as error:
        raise WrongKey(f"The key in {path} is damaged. {error} Bring it back from where you keep a copy.") from None
