"""Which contracts are listed on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from market.products import Product
from market.sessions import Sessions


@dataclass(frozen=True, slots=True, order=True)
class Contract:
    """One option; the strike in e4 dollars."""

    expiry: dt.date
    right: str
    strike: int

    @property
    def key(self) -> int:
        """A number no other contract has."""
        return (self.expiry.toordinal() * 2 + (self.right == "C")) * 10**9 + self.strike


Chain = list[tuple[dt.date, list[int]]]
"""Expiries and their strikes in e4."""


def contracts_of(chain: Chain) -> list[Contract]:
    """Every contract of a chain, calls before puts in each expiry."""
    return [Contract(expiry, right, strike) for expiry, strikes in chain for right in "CP" for strike in strikes]


def grid(center: int, reach: int, step: int) -> range:
    """Strikes at multiples of `step` within `reach` of `center`; any one unit for all."""
    return range(-(-(center - reach) // step) * step, (center + reach) // step * step + 1, step)


def listed(product: Product, sessions: Sessions, closes: Mapping[dt.date, int], day: dt.date, reach: int) -> Chain:
    """What is listed on a day.

    `closes` holds the underlying's close in cents of every scripted day and of the session before them; `reach` in e4.
    """
    expiries = [e for e in sessions.within(day, product.longest) if not product.weekly or ends_week(sessions, e)]
    return [(expiry, strikes(product, sessions, closes, day, expiry, reach)) for expiry in expiries]


def ends_week(sessions: Sessions, day: dt.date) -> bool:
    """Whether a session is the last of its week."""
    return sessions.next(day).isocalendar().week != day.isocalendar().week


def strikes(
    product: Product, sessions: Sessions, closes: Mapping[dt.date, int], day: dt.date, expiry: dt.date, reach: int
) -> list[int]:
    """Strikes of an expiry on a day: once listed around a day's last close, a strike stays until it expires."""
    found: set[int] = set()
    for eve, close in closes.items():
        on = sessions.next(eve)
        if on <= day and (expiry - on).days <= product.longest:
            found.update(grid(close * 100, reach, product.step))
    return sorted(found)


def last_minute(product: Product, sessions: Sessions, day: dt.date, expiry: dt.date) -> int:
    """Minutes a contract trades on a day: to the stock exchange's close, or `extra` longer when it expires later."""
    return sessions.minutes(day) + (0 if expiry == day else product.extra)


def seconds_left(sessions: Sessions, day: dt.date, expiry: dt.date, minutes: Sequence[int]) -> list[int]:
    """Seconds from so many minutes after a day's open to the expiry's settlement, the stock exchange's close."""
    whole = (expiry - day).days * 86_400 + sessions.minutes(expiry) * 60
    return [whole - minute * 60 for minute in minutes]
