"""Plots: a picture of numbers over days, as the shapes of an SVG that a template draws; nothing runs in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from kempelen.core.money import Money

WIDTH, HEIGHT = 720, 180
LEFT, FOOT, TOP = 64, 24, 12
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """One day's earnings, where its bar stands."""

    day: date
    amount: Money
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars, and the lines of round amounts behind them: each amount with its height."""

    bars: list[Bar]
    lines: list[tuple[Money, float]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    floor: int = HEIGHT - FOOT


def of_days(earnings: Mapping[date, Money], last: date, count: int) -> Plot:
    """The earnings of the days up to the last one; days without any have a bar of no height."""
    days = [last - timedelta(days=back) for back in reversed(range(count))]
    most = max((earnings.get(day, Money.ZERO).micros for day in days), default=0)
    step = _round_step(most)
    top = max(step, -(-most // step) * step)
    scale = (HEIGHT - FOOT - TOP) / top
    pace = (WIDTH - LEFT) / count
    bars = []
    for number, day in enumerate(days):
        amount = earnings.get(day, Money.ZERO)
        tall = round(amount.micros * scale, 1)
        x, y = round(LEFT + number * pace + pace * 0.15, 1), round(HEIGHT - FOOT - tall, 1)
        bars.append(Bar(day, amount, x, y, round(pace * 0.7, 1), tall))
    lines = [(Money(micros), round(HEIGHT - FOOT - micros * scale, 1)) for micros in range(0, top + 1, step)]
    return Plot(bars, lines)


def _round_step(most: int) -> int:
    """A round amount of which two to five make the tallest bar; a cent at least."""
    step = 10_000
    while True:
        for factor in _STEPS:
            if most <= 4 * step * factor:
                return step * factor
        step *= 10
