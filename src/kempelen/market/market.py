"""Market: runs one function in one transaction; the entry point of the library.

A function declares how it uses the database (`@operation(reads=…)`, `@transaction(…)`). One that only reads runs on a
snapshot beside the lanes and sees everything answered before; when a deadline is due and not yet performed, it waits.
All others run in a lane and are durable when they return. On a conflict with another process the function runs again:
nothing leaves the process before the commit.
"""

import asyncio
import concurrent.futures
import secrets
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from random import Random, SystemRandom
from typing import Any, TypeVar

import msgspec

from kempelen.core.rules.rules import Rules
from kempelen.core.wire.operations import access_of
from kempelen.market import deadlines
from kempelen.market.foundation import clock_readings, request_tokens
from kempelen.market.foundation.call import MARKET, Call
from kempelen.market.foundation.clock import Clock, ClockJump, ManualClock, SystemClock
from kempelen.market.foundation.request_tokens import Answer
from kempelen.market.people import accounts
from kempelen.store.database import Database, Transaction, instant, ms
from kempelen.store.failures import TransactionLost
from kempelen.store.lanes.lanes import Lanes
from kempelen.store.vault import Vault, WrongKey

Result = TypeVar("Result")


MANUAL = "manual"


class DatabaseState(msgspec.Struct, frozen=True):
    """What a database has been so far.

    Its world (None when it is new); where its clock stands, if that is moved by hand, and where the server that does so
    was last to be asked; whether it has been sealed.
    """

    world: str | None
    stands_at: datetime | None
    is_sealed: bool
    served_at: str


class WrongWorld(Exception):
    """A sandbox database was opened as live, or the reverse; money of the two never meets."""


class BufferedRandom(SystemRandom):
    """Real chance, drawn from the system a few thousand bytes at a time; safe to use from many threads."""

    AHEAD = 4096

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._drawn, self._used = b"", 0

    def getrandbits(self, k: int, /) -> int:
        """A number of k random bits, none of which is ever given twice."""
        size = (k + 7) // 8
        if size > self.AHEAD:
            return super().getrandbits(k)
        with self._lock:
            if self._used + size > len(self._drawn):
                self._drawn, self._used = secrets.token_bytes(self.AHEAD), 0
            taken = self._drawn[self._used : self._used + size]
            self._used += size
        return int.from_bytes(taken) >> (size * 8 - k)


class Market:
    """One marketplace on one database; safe to use from many threads and event loops."""

    def __init__(
        self,
        database: Database,
        *,
        vault: Vault,
        clock: Clock | None = None,
        random: Random | None = None,
        rules: Rules | None = None,
        lanes: int = 4,
    ) -> None:
        self.database = database
        self.rules = rules or Rules()
        self.vault = vault
        self.random = random or BufferedRandom()
        with database.writing() as db:
            self.rules = _claim(db, vault, self.rules)
            floor = db.one("SELECT MAX(batch_at) AS at FROM lane")
        self.clock = clock or SystemClock(instant(floor["at"]) if floor and floor["at"] is not None else None)
        self.lanes = Lanes(database, clock=self.clock.now, due=self._perform_due, count=lanes)
        self._has_one_lane = database.kind == "sqlite"
        self._readers = concurrent.futures.ThreadPoolExecutor(8, thread_name_prefix="reader")

    def perform(self, caller: str, function: Callable[..., Result], **arguments: Any) -> Result:
        """Run a function of the market for this caller and return what it returns, or raise what it raises."""
        access = access_of(function)
        if access.reads:
            return self._read(caller, function, arguments)
        if access.prepare is not None:
            arguments = arguments | {"prepared": self._read(caller, access.prepare, arguments)()}
        job = partial(self._run, caller, function, arguments)
        return self.lanes.submit(job, key=self._lane_key(caller, access.lane, arguments)).result()

    async def perform_async(self, caller: str, function: Callable[..., Result], **arguments: Any) -> Result:
        """The same, awaited; reads run in a thread beside the event loop."""
        access = access_of(function)
        if access.reads:
            return await self._beside(self._read, caller, function, arguments)
        if access.prepare is not None:
            prepare = await self._beside(self._read, caller, access.prepare, arguments)
            arguments = arguments | {"prepared": await asyncio.to_thread(prepare)}
        if access.lane and not self._has_one_lane:
            key = await self._beside(self._lane_key, caller, access.lane, arguments)
        else:
            key = caller
        return await self.lanes.run(partial(self._run, caller, function, arguments), key=key)

    async def answer_once(
        self,
        caller: str,
        function: Callable[..., Result],
        arguments: dict[str, Any],
        *,
        key: str | None,
        answer: Callable[[Result], Answer],
        signature_key: str | None = None,
        guard: Callable[[Call], None] | None = None,
    ) -> Answer:
        """Perform a function for a Requester and keep its answer under the keys, in one transaction.

        A repeat gets the answer kept, if `guard`, which is asked first, lets this caller have any.
        """

        def job(db: Transaction, now: datetime) -> Answer:
            call = self._call(db, now, caller)
            if guard is not None:
                guard(call)
            return request_tokens.answer_once(
                call, key, lambda: answer(call.perform(function, **arguments)), signature_key=signature_key
            )

        try:
            return await self.lanes.run(job, key=caller)
        except request_tokens.Repeated as repeated:
            return repeated.answer

    async def find_access_key(self, access_key_id: str) -> accounts.KeyState | None:
        """An access key as it stands at this moment; it waits for no deadline."""
        if self.database.kind == "sqlite":
            return self._access_key(access_key_id)  # microseconds, less than a thread costs
        return await self._beside(self._access_key, access_key_id)

    def read_now(self, caller: str, function: Callable[..., Result], **arguments: Any) -> Result:
        """Run a function that only reads, on what is there now: it waits for no deadline."""
        return self._again(partial(self._read_now, caller, function, arguments))

    def run_due(self) -> None:
        """Perform every deadline that is due now."""
        self.lanes.submit(_nothing).result()

    def next_due_at(self) -> datetime | None:
        """When the next deadline is due; None when nothing waits."""
        with self.database.reading() as db:
            return deadlines.next_due_at(db)

    def advance(self, *, seconds: float) -> datetime:
        """Move a clock that is moved by hand, perform all that falls due, and say what time it is then."""
        assert isinstance(self.clock, ManualClock), "only a manual clock can be moved"
        self.clock.advance(seconds=seconds)
        self.keep_clock()
        return self.clock.now()

    def keep_clock(self, *, served_at: str | None = None) -> None:
        """Write down which clock this market lives by and where it stands, for a restart and for other processes.

        `served_at` is the address at which a clock that is moved by hand can be moved from now on.
        """
        self.lanes.submit(lambda db, now: _keep_clock(db, self.clock, now, served_at)).result()

    def clock_jump(self) -> ClockJump | None:
        """What is wrong with the system clock, so that market time does not follow it; None when nothing is.

        What the operator has said of it counts from here on.
        """
        system_time = self.clock.system_time if isinstance(self.clock, SystemClock) else None
        if system_time is None or system_time.clock_jump is None:
            return None
        with self.database.reading() as db:
            is_accepted = clock_readings.is_accepted(db, system_time)
        if is_accepted:
            system_time.accept()
            self.keep_clock()
        return system_time.clock_jump

    def accept_clock(self) -> datetime:
        """The operator says that the system clock is right: market time follows, and all that is due is performed."""
        assert isinstance(self.clock, SystemClock), "only the system clock can be doubted"
        shown = self.clock.system_time.accept()
        self.lanes.submit(lambda db, _: clock_readings.accept(db, shown)).result()
        self.keep_clock()
        return self.clock.now()

    def close(self) -> None:
        """Finish what was begun, then let the database go."""
        self.lanes.close()
        self._readers.shutdown()
        self.database.close()

    async def _beside(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Run a function that waits for the database in a thread beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(function, *arguments))

    def _read(self, caller: str, function: Callable[..., Result], arguments: dict[str, Any]) -> Result:
        return self._again(partial(self._read_once, caller, function, arguments))

    def _read_once(self, caller: str, function: Callable[..., Result], arguments: dict[str, Any]) -> Result:
        while True:
            with self.database.reading() as db:
                now = self.clock.now()
                due_at = deadlines.next_due_at(db)
                if due_at is None or due_at > now:
                    return function(self._call(db, now, caller), **arguments)
            self.run_due()

    def _access_key(self, access_key_id: str) -> accounts.KeyState | None:
        return self.read_now(MARKET, accounts.get_access_key, access_key_id=access_key_id)

    def _read_now(self, caller: str, function: Callable[..., Result], arguments: dict[str, Any]) -> Result:
        with self.database.reading() as db:
            return function(self._call(db, self.clock.now(), caller), **arguments)

    def _again(self, reading: Callable[[], Result]) -> Result:
        """Read, and once more if the connection was lost on the way: a reading changes nothing."""
        try:
            return reading()
        except TransactionLost:
            return reading()

    def _run(
        self, caller: str, function: Callable[..., Result], arguments: dict[str, Any], db: Transaction, now: datetime
    ) -> Result:
        return self._call(db, now, caller).perform(function, **arguments)

    def _perform_due(self, db: Transaction, now: datetime) -> bool:
        return deadlines.perform(self._call(db, now, MARKET))

    def _call(self, db: Transaction, now: datetime, caller: str) -> Call:
        return Call(db=db, now=now, caller=caller, random=self.random, rules=self.rules, vault=self.vault)

    def _lane_key(self, caller: str, lane: Sequence[str], arguments: dict[str, Any]) -> str:
        """The Requester whose rows are touched, also by a Worker: their lane does it. One lane needs no choice."""
        if self._has_one_lane or not lane:
            return caller
        return self._again(partial(self._requester_touched, caller, lane, arguments))

    def _requester_touched(self, caller: str, lane: Sequence[str], arguments: dict[str, Any]) -> str:
        with self.database.reading() as db:
            for argument in lane:
                for sql in _REQUESTER_OF[argument] if arguments.get(argument) is not None else ():
                    row = db.one(sql, about=arguments[argument])
                    if row is not None and row["requester_id"] is not None:
                        return str(row["requester_id"])
        return caller


def _nothing(db: Transaction, now: datetime) -> None:
    """A job that does nothing: what is due is performed before it."""


# The Requester of the row that an argument names.
_REQUESTER_OF = {
    "assignment_id": ("SELECT requester_id FROM assignment WHERE assignment_id = :about",),
    "group_id": (
        "SELECT requester_id FROM hit_group WHERE hit_group_id = :about",
        "SELECT requester_id FROM hit_type WHERE hit_type_id = :about",
    ),
    "qualification_type_id": ("SELECT requester_id FROM qualification_type WHERE qualification_type_id = :about",),
    "request_id": ("SELECT requester_id FROM qualification_request WHERE request_id = :about",),
}


def database_state(database: Database) -> DatabaseState:
    """What a database has been so far; whoever opens one beside others goes by it."""
    with database.reading() as db:
        settings = {row["name"]: row["value"] for row in db.all("SELECT name, value FROM setting")}
        floor = db.one("SELECT MAX(batch_at) AS at FROM lane")
    kept_at = max(int(settings.get("clock_at", 0)), (floor and floor["at"]) or 0)
    return DatabaseState(
        world=settings.get("world"),
        stands_at=instant(kept_at) if settings.get("clock") == MANUAL else None,
        is_sealed="key_check" in settings,
        served_at=settings.get("served_at", ""),
    )


def is_sealed_with(database: Database, vault: Vault) -> bool:
    """Whether the secrets in a database that has been opened before can be read with this key."""
    with database.reading() as db:
        row = db.one("SELECT value FROM setting WHERE name = 'key_check'")
    return row is not None and row["value"] == _key_check(vault)


def _key_check(vault: Vault) -> str:
    return vault.sign("key check", b"kempelen").hex()


def _keep_clock(db: Transaction, clock: Clock, now: datetime, served_at: str | None) -> None:
    kind = MANUAL if isinstance(clock, ManualClock) else "system"
    if isinstance(clock, SystemClock):
        clock_readings.keep(db, now, clock.system_time)
    settings = {"clock": kind, "clock_at": str(ms(now))} | ({} if served_at is None else {"served_at": served_at})
    for name, value in settings.items():
        db.run(
            """
            INSERT INTO setting (name, value) VALUES (:name, :value)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """,
            name=name,
            value=value,
        )


WRONG_KEY = "This database was sealed with another secret key than the one at hand."
_WRONG_WORLD = {
    "live": "This marketplace was created as sandbox and stays so; it cannot be opened as live. Add --sandbox "
    "(KEMPELEN_SANDBOX=yes), or create a live one in another place (--data, --database).",
    "sandbox": "This marketplace was created as live and stays so; it cannot be opened as sandbox. Leave --sandbox "
    "(KEMPELEN_SANDBOX) out, or create a sandbox in another place (--data, --database): give --sandbox to the first "
    "command there, such as kempelen requester add.",
}


def _claim(db: Transaction, vault: Vault, rules: Rules) -> Rules:
    """Check that this database is of this world and was sealed with this key; a new one becomes so."""
    world = "sandbox" if rules.sandbox else "live"
    if _setting(db, "world", world) != world:
        raise WrongWorld(_WRONG_WORLD[world])
    check = _key_check(vault)
    if _setting(db, "key_check", check) != check:
        raise WrongKey(WRONG_KEY)
    return rules


def _setting(db: Transaction, name: str, first: str) -> str:
    """A setting that the first to open the database has decided."""
    db.run(
        "INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING",
        name=name,
        value=first,
    )
    row = db.one("SELECT value FROM setting WHERE name = :name", name=name)
    assert row is not None
    return str(row["value"])
