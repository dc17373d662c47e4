"""What the marketplace charges, and how it rounds. Source: docs/mturk/api.md 6.

Percentages are added first, the fee is rounded once per assignment, half up to the cent, and the minimum comes last.
"""

from kempelen.core.money import MICROS_PER_CENT, Money
from kempelen.core.rules.rules import Rules


def assignment_fee(
    reward: Money, *, max_assignments: int, rules: Rules, masters: bool = False, premium: Money = Money.ZERO
) -> Money:
    """The fee for one assignment of a HIT; the HIT's size when it is created decides on the surcharge for large ones.

    `masters` says whether it requires them; the price of its `premium` qualification types is added last.
    """
    percent = rules.fee_percent
    if max_assignments >= rules.large_hit_assignments:
        percent += rules.large_hit_surcharge_percent
    if masters:
        percent += rules.masters_surcharge_percent
    return _fee(reward, percent, rules) + premium


def bonus_fee(amount: Money, *, rules: Rules) -> Money:
    """The fee on a bonus: the base percentage, no surcharge."""
    return _fee(amount, rules.bonus_fee_percent, rules)


def _fee(amount: Money, percent: int, rules: Rules) -> Money:
    hundredths = amount.micros * percent
    cents = (2 * hundredths + 100 * MICROS_PER_CENT) // (2 * 100 * MICROS_PER_CENT)  # half up
    return max(Money(cents * MICROS_PER_CENT), rules.minimum_fee)
