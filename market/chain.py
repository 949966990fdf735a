"""Which contracts are listed on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from market.scenarios import GRID
from market.sessions import INDEX_OPTION_EXTRA, Sessions

LONGEST = 5
"""Calendar days to the farthest expiry quoted."""


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


def grid(center: int, reach: int, step: int) -> range:
    """Strikes at multiples of `step` within `reach` of `center`; any one unit for all."""
    return range(-(-(center - reach) // step) * step, (center + reach) // step * step + 1, step)


def index_strikes(
    sessions: Sessions, closes: Mapping[dt.date, int], day: dt.date, expiry: dt.date, reach: int, step: int
) -> list[int]:
    """Strikes in points of an expiry on a day: once listed around a day's last close, a strike stays to its expiry.

    `closes` holds the index's close in cents of every scripted day and of the session before them.
    """
    listed: set[int] = set()
    for on in sessions.within(sessions.days[0], (day - sessions.days[0]).days):
        eve = sessions.previous(on) if on != sessions.days[0] else on
        if (expiry - on).days <= LONGEST and eve in closes:
            listed.update(grid(closes[eve] // 100, reach, step))
    return sorted(listed)


def last_minute(sessions: Sessions, day: dt.date, expiry: dt.date) -> int:
    """Minutes an index option trades on a day: to the stock exchange's close when it expires, else a quarter longer."""
    return sessions.minutes(day) + (0 if expiry == day else INDEX_OPTION_EXTRA)


def seconds_left(sessions: Sessions, day: dt.date, expiry: dt.date, minutes: Sequence[int]) -> list[int]:
    """Seconds from so many minutes after a day's open to the expiry's settlement, the stock exchange's close."""
    whole = (expiry - day).days * 86_400 + sessions.minutes(expiry) * 60
    return [whole - minute * 60 for minute in minutes]


Chain = list[tuple[dt.date, list[int]]]
"""Expiries and their strikes in points."""


def index_chain(sessions: Sessions, closes: Mapping[dt.date, int], day: dt.date, reach: int) -> Chain:
    """What is listed on the index on a day: an expiry every session up to `LONGEST` calendar days ahead."""
    return [(e, index_strikes(sessions, closes, day, e, reach, GRID)) for e in sessions.within(day, LONGEST)]


def contracts_of(chain: Chain) -> list[Contract]:
    """Every contract of a chain, calls before puts in each expiry."""
    return [Contract(expiry, right, k * 10_000) for expiry, ks in chain for right in "CP" for k in ks]
