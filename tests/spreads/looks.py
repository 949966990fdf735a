"""A 5-wide bear call sold at 2.00 and looks at it, for the tests of rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from spreads.legs import Leg, Right, max_debit
from spreads.money import ticks
from spreads.quotes import LegQuote
from spreads.valuation import PriceBasis, Value
from spreads.view import Extremes, Rule, Terms, View
from stop_rules import (
    At,
    BeforeClose,
    BeforeExpiry,
    CreditLost,
    CreditMultiple,
    DaysToExpiry,
    GiveBack,
    HoldingTime,
    MaxLossPercent,
    NetDebit,
    NetLossDollars,
    Per,
    ProfitTarget,
    ShortDelta,
    ShortStrike,
    TimeOfDay,
    TrailingDebit,
    after,
    all_of,
    any_of,
    unless,
    until,
)

DAY = date(2024, 11, 26)
OPENED = datetime(2024, 11, 26, 10, 0)
CLOSE = datetime(2024, 11, 26, 16, 0)
SHORT = Leg("SHORT", -1, Right.CALL, ticks(6000), DAY, "SPXW C6000")
LONG = Leg("LONG", 1, Right.CALL, ticks(6005), DAY, "SPXW C6005")
LEGS = (SHORT, LONG)


def terms(
    credit: float = 2.0, lots: int = 1, fees: float = 0, expires: datetime = CLOSE, legs: tuple[Leg, ...] = LEGS
) -> Terms:
    return Terms(legs, lots, 100, ticks(credit), ticks(fees), max_debit(legs), OPENED, expires)


def value(natural: float, mid: float | None = None, mark: float | None = None) -> Value:
    return Value(ticks(natural), ticks(natural if mid is None else mid), ticks(natural if mark is None else mark))


def at(hour: int, minute: int = 0, second: int = 0, day: int = 26) -> datetime:
    return datetime(2024, 11, day, hour, minute, second)


def look(
    natural: float | Value,
    now: datetime = OPENED + timedelta(hours=1),
    best: float | None = None,
    known: Terms | None = None,
    close: datetime = CLOSE,
    underlying: float | None = None,
    delta: float | None = None,
    latched: frozenset[str] = frozenset(),
) -> View:
    seen = natural if isinstance(natural, Value) else value(natural)
    known = known or terms()
    extremes = Extremes.start(seen if best is None else value(best))
    under = None if underlying is None else ticks(underlying)
    return View(now, seen, known, extremes, known.opened_at, close, latched, under, delta)


def moved(view: View, natural: int = 0, mid: int = 0, mark: int = 0) -> View:
    """The same look with prices moved by ticks; the extremes stay."""
    seen = view.value
    return replace(view, value=Value(seen.natural + natural, seen.mid + mid, seen.mark + mark))


def quote(bid: float, ask: float, at_time: datetime | None = OPENED, **more: bool) -> LegQuote:
    return LegQuote(ticks(bid), ticks(ask), ticks((bid + ask) / 2), at_time, **more)


BASES = st.sampled_from(list(PriceBasis))
PRICES = st.integers(1, 700).map(lambda cents: Decimal(cents) / 100)
PERCENTS = st.integers(1, 200)
CLOCKS = st.integers(9 * 60 + 30, 15 * 60 + 59).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")

STOPS = st.one_of(
    st.builds(
        NetLossDollars,
        st.integers(1, 400),
        st.sampled_from(list(Per)),
        st.booleans(),
        basis=BASES,
    ),
    st.builds(CreditLost, PERCENTS, basis=BASES),
    st.builds(CreditMultiple, st.integers(101, 300).map(lambda part: Decimal(part) / 100), basis=BASES),
    st.builds(NetDebit, PRICES, basis=BASES),
    st.builds(MaxLossPercent, st.integers(1, 100), basis=BASES),
)
TRAILS = st.one_of(
    st.builds(TrailingDebit, PRICES, st.none(), st.none() | PRICES, basis=BASES),
    st.builds(TrailingDebit, st.none(), PERCENTS, st.none() | st.integers(1, 100), basis=BASES),
    st.builds(GiveBack, st.integers(1, 100), st.integers(1, 100), basis=BASES),
)
TARGETS = st.one_of(
    st.builds(ProfitTarget, st.integers(1, 100), basis=BASES), st.builds(ProfitTarget, st.none(), PRICES, basis=BASES)
)
CLOCK_EXITS = st.one_of(
    st.builds(TimeOfDay, CLOCKS),
    st.builds(BeforeClose, st.integers(1, 380)),
    st.builds(BeforeExpiry, st.integers(1, 380)),
    st.builds(DaysToExpiry, st.integers(0, 2), st.none() | CLOCKS),
    st.builds(HoldingTime, st.integers(1, 30_000).map(lambda seconds: timedelta(seconds=seconds))),
)
SHORT_LEG_RULES = st.one_of(
    st.builds(ShortStrike, st.sampled_from(list(At)), st.integers(-5, 20)),
    st.builds(ShortDelta, st.integers(1, 99).map(lambda part: Decimal(part) / 100)),
)
SINGLE: st.SearchStrategy[Rule] = st.one_of(STOPS, TRAILS, TARGETS, CLOCK_EXITS, SHORT_LEG_RULES)


def combinations_of(single: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    """Any rule, and rules made of rules."""
    return st.recursive(
        single,
        lambda rules: st.one_of(
            st.lists(rules, min_size=1, max_size=3).map(lambda parts: any_of(*parts)),
            st.lists(rules, min_size=1, max_size=3).map(lambda parts: all_of(*parts)),
            st.builds(after, rules, rules),
            st.builds(until, rules, rules),
            st.builds(unless, rules, rules),
        ),
        max_leaves=5,
    )


RULES = combinations_of(SINGLE)
