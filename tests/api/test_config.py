"""Settings: one table, read from the environment, with flags that win; what is told about them is made from it."""

from pathlib import Path

import msgspec
import pytest

from kempelen import config
from kempelen.core.money import Money
from kempelen.core.rules.rules import Rules
from kempelen.server.front import web_settings
from kempelen.web.site.settings import WebSettings

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_of_settings_is_what_the_table_says():
    assert DOCS.read_text(encoding="utf-8") == config.as_markdown(), (
        "write docs/settings.md anew with what config.as_markdown() says"
    )


def test_without_settings_everything_has_its_default():
    settings = config.read({})
    assert settings == config.Config()
    assert settings.rules == Rules()
    assert settings.site_url == "http://kempelen.localhost:8900"
    assert web_settings(settings) == WebSettings()


def test_every_rule_can_be_set():
    made_of_others = {"site_url"}  # of the address and the port
    rules = {field.name for field in msgspec.structs.fields(Rules)}
    assert rules - made_of_others <= {setting.name for setting in config.table()}
    rules = config.read(
        {
            "KEMPELEN_FEE_PERCENT": "7",
            "KEMPELEN_MINIMUM_FEE": "0.02",
            "KEMPELEN_ALLOW_ZERO_REWARD": "no",
            "KEMPELEN_SANDBOX": "1",
            "KEMPELEN_DEPOSIT_URL": "https://turk.example.org/deposit",
        }
    ).rules
    assert (rules.fee_percent, rules.minimum_fee, rules.allow_zero_reward) == (7, Money.parse("0.02"), False)
    assert (rules.sandbox, rules.deposit_url) == (True, "https://turk.example.org/deposit")


def test_a_flag_wins_over_the_environment():
    environment = {"KEMPELEN_PORT": "1", "KEMPELEN_SANDBOX": "yes", "KEMPELEN_HOST": "::1"}
    settings = config.read(environment, {"port": "2", "sandbox": False, "host": None})
    assert (settings.port, settings.sandbox, settings.host) == (2, False, "::1")


def test_a_secret_may_stand_in_a_file(tmp_path):
    file = tmp_path / "secret"
    file.write_text("postgresql://u:p@db/kempelen\n")
    assert config.read({"KEMPELEN_DATABASE_FILE": str(file)}).database == "postgresql://u:p@db/kempelen"
    assert (
        config.read({"KEMPELEN_DATABASE_FILE": str(file), "KEMPELEN_DATABASE": "postgres://x"}).database
        == "postgres://x"
    )
    assert config.read({"KEMPELEN_PORT_FILE": str(file)}).port == 8900, "not every setting is a secret"
    with pytest.raises(config.SettingRefused, match="KEMPELEN_SECRET_KEY_FILE names a file that cannot be read"):
        config.read({"KEMPELEN_SECRET_KEY_FILE": str(tmp_path / "nothing")})


def test_a_secret_is_never_a_flag_in_full_view():
    without = [setting.name for setting in config.table() if not setting.has_flag]
    assert without == ["secret_key", "metrics_token", "mail_password", "aws_secret_access_key"]


@pytest.mark.parametrize(
    ("variable", "text", "wanted"),
    [
        ("KEMPELEN_PORT", "tcp://10.0.0.1:8900", "KEMPELEN_PORT must be a whole number that is not negative, not 'tcp"),
        ("KEMPELEN_PORT", "-1", "not negative"),
        ("KEMPELEN_PORT", "١", "whole number"),
        ("KEMPELEN_RATE_PER_SECOND", "nan", "a number that is not negative"),
        ("KEMPELEN_RATE_PER_SECOND", "inf", "a number that is not negative"),
        ("KEMPELEN_SANDBOX", "perhaps", "yes or no"),
        ("KEMPELEN_CLOCK", "fast", "system or manual"),
        ("KEMPELEN_REGISTRATION", "all", "nothing or open or invitation"),
        ("KEMPELEN_MINIMUM_FEE", "1 cent", "an amount of dollars like 0.05"),
    ],
)
def test_what_cannot_be_used_is_named(variable, text, wanted):
    with pytest.raises(config.SettingRefused, match=wanted.replace("(", r"\(")):
        config.read({variable: text})


@pytest.mark.parametrize("text", ["mysql://me:pw@host/x", "sqlite:///tmp/x.db", "/tmp/x.db", "host=localhost port=1"])
def test_another_database_than_postgresql_is_refused_and_its_password_not_told(text):
    for given in ({"KEMPELEN_DATABASE": text}, {}):
        with pytest.raises(config.SettingRefused, match="must be a PostgreSQL URL") as refused:
            config.read(given, None if given else {"database": text})
        assert text not in str(refused.value)


def test_lists_have_commas():
    assert config.read({"KEMPELEN_TRUSTED_PROXIES": "10.0.0.1, 192.168.0.0/16,"}).trusted_proxies == (
        "10.0.0.1",
        "192.168.0.0/16",
    )


@pytest.mark.parametrize(
    ("given", "is_open"),
    [
        ({}, True),
        ({"url": "https://turk.example.org"}, False),
        ({"url": "https://turk.example.org", "registration": "open"}, True),
        ({"registration": "invitation"}, False),
    ],
)
def test_registration_is_open_on_loopback_alone_unless_told(given, is_open):
    assert web_settings(config.read({}, given)).registration_open == is_open
