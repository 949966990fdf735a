"""The scripted days: what happens when, and to which legs.

Levels are index points from the day's open, times are New York's. The days are told by their standard spreads, chosen
at 10:00 from the contracts that expire the same day: short strike the first listed one at least 30 points from the
index, long strike 10 points beyond. Each day fixes the level at 10:00 and thereby these strikes. A day's anomalies hit
rows of strikes by their distance from the index at 10:00, in every expiry: from 28 to below 38 points lie the short
legs, farther out the long ones.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from market.sessions import clock

GRID = 5
"""Points between listed strikes."""
ENTRY = "10:00"
"""New York time at which the standard spreads are chosen, at the close of the bar that ends then."""
DISTANCE = 30
"""Least distance of the standard spread's short strike from the index, in points."""
WIDTH = 10
"""Points between the standard spread's strikes."""
START_SPOT = 590_000
"""The index's close before the first day, in cents."""
START_STOCK, STOCK_CENTS = 15_000, 8
"""The stock's close before the first day, and how many cents it moves for a point of the index."""


class Kind(StrEnum):
    """What can go wrong with a leg's quotes."""

    ABSURD_ASK = "absurd ask"
    CROSSED = "crossed"
    DEAD = "no more quotes"
    ZERO_BID = "no bid"


@dataclass(frozen=True, slots=True)
class Rows:
    """Strikes of one right whose distance beyond the index at 10:00 is at least `near` and below `far` points."""

    right: str
    near: int
    far: int

    def holds(self, right: str, strike: int, spot: int) -> bool:
        """Whether a strike in points is among them; `spot` in cents."""
        away = strike * 100 - spot if right == "C" else spot - strike * 100
        return right == self.right and self.near * 100 <= away < self.far * 100


SHORT_CALLS, SHORT_PUTS = Rows("C", 28, 38), Rows("P", 28, 38)
LONG_CALLS, LONG_PUTS = Rows("C", 38, 10_000), Rows("P", 38, 10_000)


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One fault in the quotes of some legs, in bars that start at `start` and before `end` (New York)."""

    kind: Kind
    rows: Rows
    start: str
    end: str


Anchors = tuple[tuple[str, float], ...]


def at(text: str) -> Anchors:
    """Read "09:30 0, 10:00 1.5": New York times of day and a value at each; values between lie on straight lines."""
    pairs = (item.split() for item in text.split(","))
    return tuple((time, float(value)) for time, value in pairs)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scripted day. `noise` is points per minute; `volatility` and `width` are factors on the usual, over time."""

    name: str
    date: dt.date
    story: str
    anchors: Anchors
    noise: float = 0.6
    gap: float = 0.0
    volatility: Anchors = at("09:30 1.0")
    width: Anchors = at("09:30 3.0, 09:31 2.0, 09:35 1.4, 09:45 1.0")
    anomalies: tuple[Anomaly, ...] = field(default=())
    pin: bool = False
    silence: tuple[str, str] | None = None
    equity: bool = False

    def open(self, previous_close: int) -> int:
        """The index at 09:30 in cents."""
        return previous_close + round(self.gap * 100)

    def entry_spot(self, opening: int) -> int:
        """The index at 10:00 in cents; its noise is 0 there."""
        return opening + round(dict(self.anchors)[ENTRY] * 100)

    def levels(self, opening: int) -> list[tuple[int, int]]:
        """The anchors as (minutes since the open, cents)."""
        made = [(clock(at), opening + round(points * 100)) for at, points in self.anchors]
        if self.pin:
            strike = standard_strikes("C", self.entry_spot(opening))[0] * 100
            made += [(clock("14:30"), strike - 250), (clock("15:15"), strike + 150), (clock("15:45"), strike - 120)]
            made += [(clock("16:00"), strike + 37)]
        return made


def standard_strikes(right: str, spot: int) -> tuple[int, int]:
    """(short, long) strikes in points of the standard bear call ("C") or bull put ("P") at that index in cents."""
    step = GRID * 100
    if right == "C":
        short = -(-(spot + DISTANCE * 100) // step) * GRID
        return short, short + WIDTH
    short = (spot - DISTANCE * 100) // step * GRID
    return short, short - WIDTH


def _day(month: int, day: int) -> dt.date:
    return dt.date(2024, month, day)


QUIET: Anchors = at("09:30 0, 10:00 2, 11:30 -3, 13:00 4, 14:30 -2, 16:00 1")

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "quiet",
        _day(11, 18),
        "The index stays within a few points; both standard spreads expire worthless.",
        QUIET,
        equity=True,
    ),
    Scenario(
        "grind_up",
        _day(11, 19),
        "A slow rise all day: 36 points by 13:00, through the short call about then, 62 points at the close.",
        at("09:30 0, 10:00 1, 11:00 12, 12:00 24, 13:00 36, 14:00 48, 15:00 55, 16:00 62"),
        equity=True,
    ),
    Scenario(
        "crash_down",
        _day(11, 20),
        "Calm until 13:10, then 75 points down by 13:40 with volatility up 60 percent; ends 84 points down, "
        "beyond both strikes of the bull put.",
        at("09:30 0, 10:00 2, 10:45 1, 11:30 -1, 12:20 1, 13:10 -2, 13:25 -40, 13:40 -75, 14:30 -90, 16:00 -84"),
        noise=0.5,
        volatility=at("09:30 1.0, 13:10 1.0, 13:40 1.6, 16:00 1.4"),
        equity=True,
    ),
    Scenario(
        "whipsaw",
        _day(11, 21),
        "Twice toward a short strike and back: up 25 points at 11:53, within minutes, "
        "and down 28 points at 13:32, for two minutes only. Both standard spreads touch twice their credit and "
        "expire worthless.",
        at(
            "09:30 0, 10:00 0, 11:30 3, 11:40 6, 11:50 23, 11:53 25, 12:02 7, 13:28 -3, 13:30 -8, "
            "13:31 -22, 13:32 -28, 13:33 -22, 13:35 -8, 13:42 -2, 14:30 2, 16:00 -2"
        ),
        noise=0.4,
        gap=6.0,
        volatility=at("09:30 1.15, 16:00 1.0"),
        equity=True,
    ),
    Scenario(
        "absurd_quote",
        _day(11, 22),
        "A quiet day. For the one minute 11:17 the short calls ask 20 times their price, beyond any width; "
        "for the one minute 13:42 the short puts are crossed, the ask at one tick below the bid.",
        QUIET,
        anomalies=(
            Anomaly(Kind.ABSURD_ASK, SHORT_CALLS, "11:17", "11:18"),
            Anomaly(Kind.CROSSED, SHORT_PUTS, "13:42", "13:43"),
        ),
        equity=True,
    ),
    Scenario(
        "dead_leg",
        _day(11, 25),
        "The short calls' quotes stop at 12:00 for the rest of the day while everything else lives, "
        "and the index climbs 30 points toward them until 14:30.",
        at("09:30 0, 10:00 1, 12:00 5, 14:30 31, 16:00 28"),
        anomalies=(Anomaly(Kind.DEAD, SHORT_CALLS, "12:00", "16:15"),),
    ),
    Scenario(
        "zero_bid",
        _day(11, 26),
        "The index drifts down 14 points; from 11:00 nobody bids for the calls 38 and more points away, "
        "so the long leg of the bear call has an ask only.",
        at("09:30 0, 10:00 -1, 11:30 -6, 13:30 -9, 16:00 -14"),
        anomalies=(Anomaly(Kind.ZERO_BID, LONG_CALLS, "11:00", "16:15"),),
    ),
    Scenario(
        "wide_open",
        _day(11, 27),
        "Quotes are 40 times as wide as usual at 09:30 and normal only at 09:50, many without a bid in the first "
        "minutes; the index itself is quiet.",
        QUIET,
        width=at("09:30 40, 09:33 25, 09:36 10, 09:40 4, 09:50 1"),
    ),
    Scenario(
        "half_day",
        _day(11, 29),
        "The day after Thanksgiving: stocks and expiring options close at 13:00, the other index options at 13:15.",
        at("09:30 0, 10:00 -1, 11:30 5, 12:30 2, 13:00 3"),
        noise=0.4,
        volatility=at("09:30 1.25"),
    ),
    Scenario(
        "overnight_gap",
        _day(12, 2),
        "Opens 70 points below the last close, over a weekend, with volatility up: bull puts of the day before are "
        "breached at the first quote. Then calm.",
        at("09:30 0, 10:00 -4, 12:00 6, 14:00 2, 16:00 5"),
        gap=-70.0,
        volatility=at("09:30 1.45, 16:00 1.1"),
    ),
    Scenario(
        "feed_gap",
        _day(12, 3),
        "The whole feed is silent from 12:30 to 12:50; when it is back the index has lost 27 points "
        "and is a step from the short put.",
        at("09:30 0, 10:00 1, 11:15 2, 12:30 1, 12:50 -26, 14:30 -22, 16:00 -24"),
        noise=0.4,
        silence=("12:30", "12:50"),
    ),
    Scenario(
        "expiry_pin",
        _day(12, 4),
        "Rises to the short call of the standard spread, swings around it in the last 90 minutes and closes "
        "0.37 points above it.",
        at("09:30 0, 10:00 -1, 11:30 8, 13:00 20"),
        noise=0.4,
        pin=True,
    ),
)

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
