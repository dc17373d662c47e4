"""Opening the market that the settings describe: for the server, and for every command beside it."""

import msgspec

from kempelen.config import Config, SettingRefused
from kempelen.market.clock import ManualClock, SystemClock
from kempelen.market.market import Market, past
from kempelen.store.database import Database
from kempelen.store.vault import Vault


def open_market(config: Config, *, serving: bool = False) -> Market:
    """The market these settings describe, its database migrated (after a backup).

    A server decides which clock the market lives by. Whoever else opens the database goes by what it is: sandbox or
    live, and the time it stands at if that is moved by hand.
    """
    config.data.mkdir(parents=True, exist_ok=True)
    database = Database.open(config.database_target)
    try:
        database.migrate(backup_to=config.data / "backups")
        been = past(database)
        rules = config.rules
        if not serving and been.world is not None:
            rules = msgspec.structs.replace(rules, sandbox=been.world == "sandbox")
        lanes = config.lanes if serving else 1
        clock = None
        if serving and config.clock == "manual":
            clock = ManualClock(been.stands_at or SystemClock().now())
        elif not serving and been.stands_at is not None:
            clock = ManualClock(been.stands_at)
        market = Market(database, vault=_vault(config, is_sealed=been.is_sealed), clock=clock, rules=rules, lanes=lanes)
    except BaseException:
        database.close()
        raise
    if serving:
        market.keep_clock()
    return market


def _vault(config: Config, *, is_sealed: bool) -> Vault:
    if config.secret_key:
        return Vault.parse(config.secret_key)
    if is_sealed and not (config.data / "key").exists():
        raise SettingRefused(
            f"The secrets in this database are sealed, and the key is not in {config.data / 'key'}. Give the data "
            "folder that holds it, or KEMPELEN_SECRET_KEY or KEMPELEN_SECRET_KEY_FILE."
        )
    return Vault.in_folder(config.data)
