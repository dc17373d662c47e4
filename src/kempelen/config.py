"""Config: every setting in one table: its name, its default and what it means.

A setting is read from the environment once, at the start: `fee_percent` from `KEMPELEN_FEE_PERCENT`; a secret also from
a file named by `…_FILE`. `kempelen serve` takes each as a flag (`--fee-percent`), which wins. `docs/settings.md` and
`kempelen serve --help` are made from this table, and a test keeps them so.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from kempelen.core.money import Money
from kempelen.core.rules.rules import Rules

PREFIX = "KEMPELEN_"
KIBIBYTE = 1024
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
_RULES = Rules()


class SettingRefused(ValueError):
    """A setting cannot be used; the text names it and says what it takes."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table."""

    name: str
    type: Any
    default: Any
    group: str
    meaning: str
    is_secret: bool
    has_flag: bool

    @property
    def variable(self) -> str:
        """The name of its environment variable."""
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """The name of its flag."""
        return "--" + self.name.replace("_", "-")

    @property
    def shown_default(self) -> str:
        """The default as one would write it."""
        if isinstance(self.default, bool):
            return "yes" if self.default else "no"
        return ", ".join(self.default) if isinstance(self.default, tuple) else str(self.default)

    @property
    def takes(self) -> str:
        """What one writes for it, in a word or by its choices."""
        if get_origin(self.type) is Literal:
            return "|".join(value for value in get_args(self.type) if value)
        return {Path: "DIR", int: "N", float: "N", Money: "DOLLARS"}.get(self.type, "TEXT")

    def parse(self, text: str, source: str) -> Any:
        """The value written as text; SettingRefused names the source it came from."""
        try:
            return _parse(self.type, text)
        except ValueError as error:
            shown = "what it was given" if self.is_secret else repr(text)
            raise SettingRefused(f"{source} must be {error}, not {shown}.") from None


@dataclass(frozen=True, slots=True)
class _About:
    group: str
    meaning: str
    is_secret: bool = False
    has_flag: bool = True


_place = partial(_About, "Data")
_server = partial(_About, "Server")
_api = partial(_About, "Requester API")
_site = partial(_About, "Worker site")
_delivery = partial(_About, "Mail and notifications")
_rule = partial(_About, "Rules of the marketplace")


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings as this process has them; the defaults where nothing else was said."""

    data: Annotated[Path, _place("The data folder: tables, uploads, the key, backups.")] = Path("kempelen-data")
    database: Annotated[
        str, _place("The PostgreSQL URL of the tables. Empty: SQLite in the data folder.", is_secret=True)
    ] = ""
    secret_key: Annotated[
        str,
        _place(
            "The key that secrets are sealed with: 64 hexadecimal digits. Empty: the file `key` of the data folder, "
            "made at first use. It must be given where several processes share a database and not the folder.",
            is_secret=True,
            has_flag=False,  # everybody on a machine can read the command lines of others
        ),
    ] = ""

    host: Annotated[str, _server("The address to listen at; `0.0.0.0` is all addresses.")] = "127.0.0.1"
    port: Annotated[int, _server("The port to listen at.")] = 8900
    url: Annotated[
        str, _server("The address of the site in browsers. Empty: `http://kempelen.localhost` and the port.")
    ] = ""
    tasks_url: Annotated[
        str,
        _server(
            "The address of tasks in browsers, on a domain of their own, with a star for the HIT: `https://*.tasks.example`."
        ),
    ] = ""
    sandbox: Annotated[
        bool,
        _server("Create a new marketplace as a sandbox, where nothing is charged. It stays what it was created as."),
    ] = False
    clock: Annotated[
        Literal["system", "manual"],
        _server("How market time passes. `manual`: it stands still until it is moved, for tests of programs."),
    ] = "system"
    max_clock_jump_seconds: Annotated[
        int,
        _server(
            "By how much the system clock may jump ahead before market time does not follow it and waits for "
            "`kempelen clock accept`. 0: it always follows."
        ),
    ] = 900
    max_days_off: Annotated[
        int,
        _server(
            "For how many days a live marketplace may have been off, over a restart of its machine, before the system "
            "clock is doubted. 0: any time is believed."
        ),
    ] = 7
    trusted_proxies: Annotated[
        tuple[str, ...],
        _server("Addresses or networks of proxies whose `X-Forwarded-For` is believed, separated by commas."),
    ] = ()
    lanes: Annotated[int, _server("How many write connections PostgreSQL gets; SQLite always has one.")] = 4
    backlog: Annotated[int, _server("How many connections may wait to be accepted.")] = 2048
    max_connections: Annotated[
        int,
        _server(
            "How many connections there may be at once; beyond that, a new one replaces one that idles or is slow."
        ),
    ] = 5000
    max_held_bytes: Annotated[
        int,
        _server("How many bytes all clients together may make each process hold: heads, bodies and answers unsent."),
    ] = 256 * 1024 * KIBIBYTE
    keep_alive_seconds: Annotated[int, _server("How long a connection may idle between requests.")] = 75
    slow_seconds: Annotated[
        int,
        _server(
            "How long a client may take to send a request or to read an answer, besides a second for each 1,000 bytes."
        ),
    ] = 30
    stop_seconds: Annotated[int, _server("How long requests may take to finish when the server is asked to stop.")] = 30
    log: Annotated[Literal["text", "json"], _server("How log lines on standard error are written.")] = "text"
    log_requests: Annotated[
        bool, _server("Write a log line for each request. Failures of the server always have one.")
    ] = False
    metrics: Annotated[
        Literal["off", "loopback", "token"],
        _server("Who may read `/metrics`: nobody, programs on this machine, or whoever sends the token."),
    ] = "off"
    metrics_token: Annotated[
        str,
        _server(
            "The token that is sent as `Authorization: Bearer …`, where `KEMPELEN_METRICS` is `token`.",
            is_secret=True,
            has_flag=False,
        ),
    ] = ""

    max_request_bytes: Annotated[int, _api("The largest request body.")] = 1024 * KIBIBYTE
    cors: Annotated[
        bool, _api("Whether pages of any origin may call the API. Their requests are signed like all others.")
    ] = True
    max_requests_at_once: Annotated[
        int, _api("How many requests are answered at once; more get ServiceUnavailableException, which SDKs repeat.")
    ] = 2000
    rate_per_second: Annotated[float, _api("How many requests a second each access key may send. 0: any number.")] = 0.0
    rate_burst: Annotated[
        int, _api("How many requests an access key that was idle may send at once, where a rate is set.")
    ] = 100

    site_name: Annotated[str, _site("The name of the site.")] = "Kempelen"
    contact: Annotated[
        str,
        _site(
            "How Workers reach you, shown where only you can help: an e-mail address, a web address or a short text."
        ),
    ] = ""
    payout_note: Annotated[
        str,
        _site("How and when Workers receive what they earned, shown in Help and on their dashboard."),
    ] = ""
    registration: Annotated[
        Literal["", "open", "invitation"],
        _site(
            "Who may register: everybody (`open`) or only who is invited (`invitation`). Empty: open on loopback only."
        ),
    ] = ""
    max_form_bytes: Annotated[int, _site("The largest form of the site itself.")] = 64 * KIBIBYTE
    max_answer_bytes: Annotated[int, _site("The largest answer of a task.")] = 12 * 1024 * KIBIBYTE

    mail_host: Annotated[
        str, _delivery("The SMTP server. Empty: mails are written to the folder `mail` of the data folder.")
    ] = ""
    mail_port: Annotated[int, _delivery("The port of the SMTP server: 587 or 25 for `starttls`, 465 for `tls`.")] = 587
    mail_tls: Annotated[
        Literal["starttls", "tls", "none"],
        _delivery("How mail is encrypted: after STARTTLS, by TLS from the start, or not."),
    ] = "starttls"
    mail_user: Annotated[str, _delivery("The user name at the SMTP server. Empty: no sign-in.")] = ""
    mail_password: Annotated[str, _delivery("The password at the SMTP server.", is_secret=True, has_flag=False)] = ""
    mail_from: Annotated[
        str, _delivery("The sender of mails: an address, or `Name <address>`. Empty: `no-reply` at the site's host.")
    ] = ""
    sqs_url: Annotated[str, _delivery("The address of SQS or of a service like it. Empty: Amazon's.")] = ""
    sns_url: Annotated[str, _delivery("The address of SNS or of a service like it. Empty: Amazon's.")] = ""
    aws_region: Annotated[str, _delivery("The region of queues whose address does not name one.")] = "us-east-1"
    aws_access_key_id: Annotated[
        str,
        _delivery(
            "The access key for SQS and SNS. Empty: as Amazon's SDKs find it, in `AWS_ACCESS_KEY_ID` and elsewhere."
        ),
    ] = ""
    aws_secret_access_key: Annotated[
        str, _delivery("The secret of the access key for SQS and SNS.", is_secret=True, has_flag=False)
    ] = ""
    allow_private_destinations: Annotated[
        bool,
        _delivery(
            "Allow webhooks on plain `http` and at private addresses such as `127.0.0.1`. Only where every Requester "
            "is trusted with what can be reached from here."
        ),
    ] = _RULES.allow_private_destinations

    fee_percent: Annotated[int, _rule("The fee on a reward, in percent.")] = _RULES.fee_percent
    large_hit_surcharge_percent: Annotated[int, _rule("The additional fee of large HITs, in percent.")] = (
        _RULES.large_hit_surcharge_percent
    )
    large_hit_assignments: Annotated[int, _rule("The number of assignments from which a HIT is large.")] = (
        _RULES.large_hit_assignments
    )
    bonus_fee_percent: Annotated[int, _rule("The fee on a bonus, in percent.")] = _RULES.bonus_fee_percent
    masters_surcharge_percent: Annotated[int, _rule("The additional fee of HITs that require Masters, in percent.")] = (
        _RULES.masters_surcharge_percent
    )
    minimum_fee: Annotated[Money, _rule("The least fee for an assignment and for a bonus.")] = _RULES.minimum_fee
    max_amount: Annotated[Money, _rule("The largest reward, bonus and deposit.")] = _RULES.max_amount
    allow_zero_reward: Annotated[bool, _rule("Allow HITs that pay nothing.")] = _RULES.allow_zero_reward
    max_lifetime_seconds: Annotated[int, _rule("The longest lifetime of a new HIT.")] = _RULES.max_lifetime_seconds
    disposal_days: Annotated[int, _rule("After how many days a Reviewable HIT is disposed of.")] = _RULES.disposal_days
    retention_days: Annotated[int, _rule("For how many days a disposed HIT and its work can still be read.")] = (
        _RULES.retention_days
    )
    override_days: Annotated[int, _rule("For how many days after submission a rejection can be overridden.")] = (
        _RULES.override_days
    )
    token_life_seconds: Annotated[int, _rule("How long a UniqueRequestToken is remembered.")] = (
        _RULES.token_life_seconds
    )
    expired_hits_keep_available_count: Annotated[
        bool, _rule("Let an expired HIT go on reporting how many assignments were never accepted.")
    ] = _RULES.expired_hits_keep_available_count
    allow_http_external_questions: Annotated[bool, _rule("Allow ExternalQuestions on plain `http`.")] = (
        _RULES.allow_http_external_questions
    )
    max_worker_blocks: Annotated[int, _rule("How many Workers a Requester may have blocked.")] = (
        _RULES.max_worker_blocks
    )
    test_events_per_hour: Annotated[
        int, _rule("How many test events (SendTestEventNotification) a Requester may send within an hour.")
    ] = _RULES.test_events_per_hour
    test_events_to_one_per_hour: Annotated[
        int, _rule("How many test events all Requesters together may send to one destination within an hour.")
    ] = _RULES.test_events_to_one_per_hour
    type_deletion_seconds: Annotated[
        int, _rule("How long deleting a qualification type takes, if no HIT uses it; the original took up to two days.")
    ] = _RULES.type_deletion_seconds
    queue_limit: Annotated[int, _rule("How many HITs a Worker may have accepted at a time.")] = _RULES.queue_limit
    daily_limit: Annotated[int, _rule("How many HITs a Worker may accept a day (UTC).")] = _RULES.daily_limit
    max_upload_bytes: Annotated[
        int, _rule("The largest file that a Worker may upload, whatever a question allows; the original took 2 GB.")
    ] = _RULES.max_upload_bytes
    worker_upload_quota_bytes: Annotated[
        int,
        _rule("How many bytes the files of one Worker may have together, kept and arriving. 0: any number."),
    ] = _RULES.worker_upload_quota_bytes
    upload_quota_bytes: Annotated[
        int,
        _rule("How many bytes the files of all Workers may have together, kept and arriving. 0: any number."),
    ] = _RULES.upload_quota_bytes
    deposit_url: Annotated[
        str, _rule("The page where a Requester adds funds; errors for insufficient funds name it.")
    ] = _RULES.deposit_url

    @property
    def rules(self) -> Rules:
        """The marketplace's rules."""
        return Rules(**{field.name: getattr(self, field.name) for field in msgspec.structs.fields(Rules)})

    @property
    def site_url(self) -> str:
        """Where people visit the site."""
        return self.url or f"http://kempelen.localhost:{self.port}"

    @property
    def endpoint(self) -> str:
        """Where programs on this machine find the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def uploads(self) -> Path:
        """The folder of uploaded files."""
        return self.data / "uploads"

    @property
    def database_target(self) -> str | Path:
        """What `open_database` takes."""
        return self.database or self.data


_POSTGRESQL = ("postgresql://", "postgres://")


@cache
def table() -> tuple[Setting, ...]:
    """All settings, in the order of the documentation."""
    hints = get_type_hints(Config, include_extras=True)
    return tuple(_setting(field.name, hints[field.name], field.default) for field in dataclasses.fields(Config))


def _setting(name: str, annotation: Any, default: Any) -> Setting:
    kind, about = get_args(annotation)
    return Setting(name, kind, default, about.group, about.meaning, about.is_secret, about.has_flag)


def read(environment: Mapping[str, str], flags: Mapping[str, str | bool | None] | None = None) -> Config:
    """The settings from flags, else from the environment, else their defaults; SettingRefused names a bad one."""
    values: dict[str, Any] = {}
    for setting in table():
        flag = (flags or {}).get(setting.name)
        if isinstance(flag, bool):
            values[setting.name] = flag
        elif flag is not None:
            values[setting.name] = setting.parse(flag, setting.flag)
        elif (text := _from_environment(setting, environment)) is not None:
            values[setting.name] = setting.parse(text, setting.variable)
    config = Config(**values)
    if config.database and not config.database.startswith(_POSTGRESQL):
        raise SettingRefused(
            "--database (KEMPELEN_DATABASE) must be a PostgreSQL URL, postgresql://…, not what it was given; "
            "for SQLite leave it out and say --data with the folder."
        )
    return config


def as_markdown() -> str:
    """The table as `docs/settings.md` has it."""
    return "\n".join(_markdown_lines()) + "\n"


def _markdown_lines() -> Iterator[str]:
    yield "# Settings"
    yield ""
    yield "Read from the environment when a command starts; `kempelen serve` takes each but the key as a flag too"
    yield "(`KEMPELEN_PORT` is `--port`), and the flag wins. A secret may stand in a file, named by the variable"
    yield "with `_FILE` at its end. This page is made from `src/kempelen/config.py`."
    group = ""
    for setting in table():
        if setting.group != group:
            group = setting.group
            yield from ("", f"## {group}", "", "| Variable | Default | Meaning |", "|---|---|---|")
        shown = f"`{setting.shown_default}`" if setting.shown_default else ""
        file = f" (or `{setting.variable}_FILE`)" if setting.is_secret else ""
        yield f"| `{setting.variable}`{file} | {shown} | {setting.meaning} |"


def _from_environment(setting: Setting, environment: Mapping[str, str]) -> str | None:
    text, path = environment.get(setting.variable), environment.get(setting.variable + "_FILE")
    if text is not None or path is None or not setting.is_secret:
        return text
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingRefused(f"{setting.variable}_FILE names a file that cannot be read: {error}") from None


def _parse(kind: Any, text: str) -> Any:
    """The value; ValueError says what the text must be."""
    if get_origin(kind) is Literal:
        if text not in get_args(kind):
            raise ValueError(" or ".join(value or "nothing" for value in get_args(kind)))
        return text
    if get_origin(kind) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is bool:
        if text.lower() not in _YES + _NO:
            raise ValueError("yes or no")
        return text.lower() in _YES
    wanted, read_as = _READERS[kind]
    try:
        return read_as(text)
    except ValueError:
        raise ValueError(wanted) from None


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise ValueError(text)
    return number


_READERS: dict[Any, tuple[str, Callable[[str], Any]]] = {
    str: ("a text", str),
    Path: ("a path", Path),
    int: ("a whole number that is not negative", _whole),
    float: ("a number that is not negative", _number),
    Money: ("an amount of dollars like 0.05", Money.parse),
}
