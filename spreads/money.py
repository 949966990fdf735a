"""Exact prices: every price per share inside the product is a whole number of ticks, 1 tick = $0.0001.

LEAN hands prices to Python as floats; option quotes are multiples of one cent and their mids of half a
cent, so rounding to 1/10000 dollar loses nothing and makes every comparison exact.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

TICKS_PER_DOLLAR = 10_000

Number = int | float | str | Decimal


def exact(value: Number) -> Decimal:
    """The number a person wrote: floats go through their shortest text, so 0.1 is one tenth."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def ticks(price: float) -> int:
    """Ticks of a price per share in dollars, rounded to the nearest tick."""
    return round(price * TICKS_PER_DOLLAR)


def ticks_up(price: Number) -> int:
    """Smallest whole number of ticks that is not below the price (dollars per share)."""
    return int((exact(price) * TICKS_PER_DOLLAR).to_integral_value(ROUND_CEILING))


def ticks_down(price: Number) -> int:
    """Largest whole number of ticks that is not above the price (dollars per share)."""
    return int((exact(price) * TICKS_PER_DOLLAR).to_integral_value(ROUND_FLOOR))


def dollars(amount: int) -> Decimal:
    """Dollars per share of a number of ticks."""
    return Decimal(amount) / TICKS_PER_DOLLAR


def as_float(amount: int) -> float:
    """Dollars per share as the float LEAN wants."""
    return amount / TICKS_PER_DOLLAR


def money(amount: int) -> str:
    """A price for people: two decimals, four where two would hide something."""
    places = 2 if amount % 100 == 0 else 4
    return f"{dollars(amount):.{places}f}"
