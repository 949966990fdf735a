"""A spread without a value still obeys the clock and the underlying."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreads.journal import What
from spreads.legs import Leg
from spreads.priceless import decide_without_price
from spreads.valuation import Value
from spreads.view import Rule
from stop_rules import (
    BeforeClose,
    NetDebit,
    ProfitTarget,
    ShortDelta,
    ShortStrike,
    TimeOfDay,
    after,
    all_of,
    any_of,
    unless,
    until,
)
from tests.spreads.book_rig import BookRig
from tests.spreads.looks import RULES, at, look
from tests.spreads.paper_broker import call

LATE = at(15, 50)
SHORT, LONG = call(100, -1), call(105, 1)
TIME = TimeOfDay("15:45")
BREACHED = NetDebit("1.00")


@pytest.mark.parametrize(
    ("rule", "fires"),
    [
        (TIME, True),
        (BREACHED, False),
        (any_of(BREACHED, TIME), True),
        (all_of(BREACHED, TIME), False),
        (all_of(BeforeClose(15), TIME), True),
        (after(TIME, BREACHED), False),
        (after(BREACHED, TIME), False),
        (after(TIME, BeforeClose(15)), True),
        (until(BREACHED, TIME), True),
        (until(BeforeClose(15), TIME), False),
        (unless(BREACHED, TIME), True),
        (unless(BeforeClose(15), TIME), False),
        (ShortStrike("touch"), True),
        (ShortDelta("0.40"), True),
        (ShortDelta("0.60"), False),
    ],
    ids=str,
)
def test_only_what_needs_no_price_fires_without_one(rule: Rule, fires: bool) -> None:
    view = look(2.0, now=LATE, underlying=6000.0, delta=0.45)
    assert (decide_without_price(rule, view) is not None) is fires


def test_conditions_that_were_true_before_are_remembered_without_a_price() -> None:
    rule = after(ProfitTarget(50), TIME)
    latched = rule.latches(look(0.90))
    assert decide_without_price(rule, look(2.0, now=LATE)) is None
    assert decide_without_price(rule, look(2.0, now=LATE, latched=latched)) is not None


@given(RULES, st.integers(-5000, 70_000), st.integers(-5000, 70_000))
def test_the_price_is_not_looked_at(rule: Rule, one: int, other: int) -> None:
    answers = [decide_without_price(rule, look(Value(v, v, v), now=LATE, underlying=6000.0)) for v in (one, other)]
    assert answers[0] == answers[1]


def priced() -> BookRig:
    rig = BookRig()
    rig.broker.price(3.00, 3.20, SHORT)
    rig.broker.price(1.00, 1.20, LONG)
    return rig


@pytest.mark.parametrize(("in_doubt", "fires"), [("C105", True), ("C100", False)])
def test_delta_of_the_short_leg_stops_the_spread_while_only_the_long_leg_is_in_doubt(
    in_doubt: str, fires: bool
) -> None:
    rig = priced()
    spread = rig.open("A", (SHORT, LONG), [ShortDelta("0.40")])
    rig.step()
    rig.market.short_delta = lambda legs: 0.45  # type: ignore[method-assign]
    rig.broker.quotes[in_doubt] = replace(rig.broker.quotes[in_doubt], bid=40_000, ask=30_000)  # crossed
    rig.step()
    assert (spread.exit is not None) is fires
    assert fires or rig.said(What.UNVALUABLE)


def broken(*asked: object) -> NoReturn:
    raise RuntimeError("no model")


@pytest.mark.parametrize("legs", [(SHORT, LONG), (LONG, SHORT)], ids=["short first", "long first"])
@pytest.mark.parametrize("way", ["crossed", "unreadable"])
def test_delta_stops_nothing_while_the_short_leg_is_in_doubt_too(legs: tuple[Leg, Leg], way: str) -> None:
    rig = priced()
    spread = rig.open("A", legs, [ShortDelta("0.40")])
    rig.step()
    rig.market.short_delta = lambda legs: 0.45  # type: ignore[method-assign]
    if way == "crossed":
        rig.broker.price(5.00, 3.00, SHORT)
        rig.broker.price(0.50, 1.20, LONG, bid_live=False)
    else:
        rig.broker.fail = lambda what: broken() if what.startswith("quote") else None
    rig.step()
    assert spread.exit is None


@pytest.mark.parametrize("blind", [True, False])
def test_delta_that_cannot_be_had_costs_no_exit_by_the_clock(blind: bool) -> None:
    rig = priced()
    rig.open("A", (SHORT, LONG), [any_of(TimeOfDay("10:08"), ShortDelta("0.5"))])
    rig.step()
    rig.market.short_delta = broken  # type: ignore[method-assign, assignment]
    if blind:
        rig.broker.fail = lambda what: broken() if what == "quote C105" else None
    while rig.broker.now.minute < 9:
        rig.step()
    assert ("C100", 1) in rig.sent()
    assert any("cannot be asked in full" in text and "no model" in text for _, text in rig.alarms)


def test_underlying_that_cannot_be_read_costs_no_stop_on_the_price() -> None:
    rig = priced()
    rig.open("A", (SHORT, LONG), [NetDebit("3.60"), ShortStrike("touch")])
    rig.step()
    rig.market.underlying_time = rig.market.underlying = broken  # type: ignore[method-assign, assignment]
    rig.broker.price(4.70, 4.90, SHORT)
    rig.step()
    assert ("C100", 1) in rig.sent()


def test_underlying_that_cannot_be_read_is_told_at_once_and_fires_nothing_old() -> None:
    rig = priced()
    rig.market.underlying_price, rig.market.underlying_at = 110 * 10_000, rig.broker.now - timedelta(hours=3)
    spread = rig.open("A", (SHORT, LONG), [ShortStrike("touch")])
    rig.step()
    assert spread.exit is None
    rig.market.underlying_time = broken  # type: ignore[method-assign, assignment]
    rig.step()
    assert spread.exit is None
    assert any("no model" in text for _, text in rig.alarms)


@pytest.mark.parametrize("way", ["silent", "before the fill", "below the least"])
def test_delta_stops_nothing_while_the_whole_is_in_doubt(way: str) -> None:
    rig = priced()
    if way == "before the fill":
        rig.broker.resting |= {"C100", "C105"}
    spread = rig.open("A", (SHORT, LONG), [ShortDelta("0.40")])
    if way == "before the fill":
        rig.market.short_delta = lambda legs: 0.45  # type: ignore[method-assign]
        rig.step(0.05)
    else:
        rig.step()
        rig.market.short_delta = lambda legs: 0.45  # type: ignore[method-assign]
        if way == "silent":
            rig.broker.resting |= {"C100", "C105"}
            rig.step(7)
        else:
            rig.broker.price(0.10, 0.20, SHORT)
            rig.step()
    assert rig.said(What.UNVALUABLE) and spread.exit is None
