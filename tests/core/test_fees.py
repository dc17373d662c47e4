"""Fees: docs/mturk/api.md 6, by its worked examples and against exact fractions."""

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempelen.core.money import Money
from kempelen.core.rules.fees import assignment_fee, bonus_fee
from kempelen.core.rules.rules import Rules

RULES = Rules()
CENT = Money.parse("0.01")
amounts = st.integers(min_value=0, max_value=10**7).map(lambda cents: CENT * cents)


@pytest.mark.parametrize(
    ("reward", "max_assignments", "fee"),
    [
        ("0.00", 1, "0.01"),
        ("0.01", 1, "0.01"),
        ("0.05", 1, "0.01"),
        ("0.07", 9, "0.01"),
        ("0.08", 1, "0.02"),
        ("0.10", 9, "0.02"),
        ("0.10", 10, "0.04"),
        ("1.00", 9, "0.20"),
        ("1.00", 10, "0.40"),
        ("1.00", 1_000_000, "0.40"),
    ],
)
def test_the_fee_of_an_assignment_is_as_in_the_worked_examples(reward, max_assignments, fee):
    assert str(assignment_fee(Money.parse(reward), max_assignments=max_assignments, rules=RULES)) == fee


@pytest.mark.parametrize(("amount", "fee"), [("0.01", "0.01"), ("5.00", "1.00"), ("0.12", "0.02"), ("0.13", "0.03")])
def test_the_fee_of_a_bonus_has_no_surcharge(amount, fee):
    assert str(bonus_fee(Money.parse(amount), rules=RULES)) == fee


def exact(amount: Money, percent: int, rules: Rules) -> Money:
    """The rule in words: percent of the amount, to the cent, half up, and never below the minimum."""
    cents = Fraction(amount.micros, 10_000) * percent / 100
    rounded = (cents + Fraction(1, 2)).__floor__()
    return max(CENT * rounded, rules.minimum_fee)


@given(amounts, st.integers(1, 30), st.integers(0, 100), st.integers(0, 100), st.integers(0, 5))
def test_fees_are_exact_whatever_the_percentages(amount, max_assignments, percent, surcharge, minimum):
    rules = msgspec.structs.replace(
        RULES,
        fee_percent=percent,
        bonus_fee_percent=percent,
        large_hit_surcharge_percent=surcharge,
        minimum_fee=CENT * minimum,
    )
    whole = percent + (surcharge if max_assignments >= 10 else 0)
    assert assignment_fee(amount, max_assignments=max_assignments, rules=rules) == exact(amount, whole, rules)
    assert bonus_fee(amount, rules=rules) == exact(amount, percent, rules)


@given(amounts)
def test_half_a_cent_is_rounded_up(amount):
    rules = msgspec.structs.replace(RULES, bonus_fee_percent=50, minimum_fee=Money.ZERO)
    doubled = bonus_fee(amount, rules=rules) * 2
    assert doubled in (amount, amount + CENT)
