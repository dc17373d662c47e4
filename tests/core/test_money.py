"""Money: exact, in dollars with two decimals."""

import pickle
import re

import pytest
from botocore.loaders import Loader
from hypothesis import example, given
from hypothesis import strategies as st

from kempelen.core.money import CURRENCY_PATTERN, Money

amounts = st.integers(min_value=0, max_value=10**15).map(lambda cents: Money(cents * 10_000))


def test_the_pattern_is_the_models():
    shape = Loader().load_service_model("mturk", "service-2", "2017-01-17")["shapes"]["CurrencyAmount"]
    assert shape["pattern"] == CURRENCY_PATTERN


@pytest.mark.parametrize(
    ("text", "printed"),
    [("5", "5.00"), ("5.", "5.00"), ("0.05", "0.05"), ("1.0", "1.00"), ("000.5", "0.50"), ("0", "0.00")],
)
def test_dollars_are_read_as_the_model_allows_and_printed_with_two_decimals(text, printed):
    assert str(Money.parse(text)) == printed


@pytest.mark.parametrize(
    "text", ["", ".05", ".20", "0.055", "$5", "5,00", "-1", "+1", " 1", "1 ", "1\n", "1e3", "1.2.3", "٣", "NaN", "1_0"]
)
def test_what_the_model_forbids_is_not_money(text):
    with pytest.raises(ValueError, match="is not an amount of dollars"):
        Money.parse(text)


@given(amounts)
def test_what_is_printed_reads_as_the_same_amount(amount):
    assert Money.parse(str(amount)) == amount


@given(st.text(alphabet="0123456789.-+ \n", max_size=12))
@example("1\n")
def test_exactly_what_matches_the_models_pattern_is_read(text):
    if re.fullmatch(CURRENCY_PATTERN, text):
        dollars, _, cents = text.partition(".")
        assert Money.parse(text).micros == int(dollars) * 1_000_000 + int(cents.ljust(2, "0")) * 10_000
    else:
        with pytest.raises(ValueError, match="is not an amount"):
            Money.parse(text)


@given(amounts, amounts, st.integers(min_value=0, max_value=1000))
def test_sums_and_multiples_are_exact(one, other, count):
    assert (one + other) - other == one
    assert one * count == sum([one] * count, Money.ZERO)
    assert (one < other) == (one.micros < other.micros)
    assert bool(one) == (one != Money.ZERO)


def test_less_than_a_cent_is_cut_off_when_printed_and_kept_when_counted():
    assert str(Money(19_999)) == "0.01"
    assert str(Money(-19_999)) == "-0.01"
    assert Money(5_000) + Money(5_000) == Money.parse("0.01")


def test_an_amount_never_changes():
    amount = Money.parse("0.05")
    with pytest.raises(AttributeError, match="does not change"):
        amount.micros = 1
    assert pickle.loads(pickle.dumps(amount)) == amount
    assert len({amount, Money.parse("0.05"), Money.parse("0.06")}) == 2
    assert amount != 0.05
