"""A long leg nobody bids for: nothing to be had is a value; LEAN repeats the old bid, and only its size says so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spreads.closing import ExitSettings
from spreads.journal import What
from spreads.quotes import Fault, LegQuote, QuoteLimits, Unusable, find_fault
from spreads.states import State
from spreads.valuation import is_as_read, least_natural, net_value
from stop_rules import NetDebit, ProfitTarget
from tests.spreads.book_rig import BookRig
from tests.spreads.looks import LEGS, OPENED, at, quote
from tests.spreads.paper_broker import call

SHORT, LONG = call(100, -1), call(105, 1)
NOW = at(11)


def fault(long: LegQuote, short: LegQuote | None = None) -> Fault | None:
    return find_fault(LEGS, (short or quote(3.00, 3.20, NOW), long), NOW, NOW, OPENED, QuoteLimits())


@pytest.mark.parametrize(
    ("bid", "ask", "ask_live", "reason"),
    [
        (0.40, 0.30, True, None),  # somebody asks the quiet price or less: nobody has to pay more
        (0.40, 0.3050, True, Unusable.SIDE_INHERITED),
        (0.25, 0.30, True, None),  # not crossed by the old bid
        (0.40, 0.30, False, Unusable.SIDE_INHERITED),  # the ask is as old as the bid
        (0.10, 0.60, True, None),  # was worth next to nothing when it was last bid for
        (0.1001, 0.60, True, Unusable.SIDE_INHERITED),
    ],
)
def test_long_leg_nobody_bids_for_is_worth_nothing_once_it_is_asked_next_to_nothing(
    bid: float, ask: float, ask_live: bool, reason: Unusable | None
) -> None:
    found = fault(quote(bid, ask, NOW, bid_live=False, ask_live=ask_live))
    assert (None if found is None else found.reason) is reason


def test_value_of_such_a_leg_is_zero_and_its_middle_half_the_ask() -> None:
    quotes = (quote(3.00, 3.20, NOW), quote(0.40, 0.10, NOW, bid_live=False))
    seen = net_value(LEGS, quotes)
    assert (seen.natural, seen.mid) == (32_000, 30_500)


LIVE = st.sampled_from((True, True, False))
leg_quotes = st.builds(
    lambda bid, wide, bid_live, ask_live: LegQuote(bid, max(bid + wide, 0), 0, NOW, bid_live, ask_live),
    st.integers(0, 60).map(lambda n: n * 500),
    st.integers(-4, 12).map(lambda n: n * 500),
    LIVE,
    LIVE,
)


@settings(max_examples=400)
@given(quotes=st.tuples(leg_quotes, leg_quotes))
def test_mid_is_never_above_the_natural_debit_whatever_quotes_can_be_believed(quotes: tuple[LegQuote, ...]) -> None:
    """What lets a stop on the mid rest while the natural debit is below it."""
    if find_fault(LEGS, quotes, NOW, NOW, OPENED, QuoteLimits()) is not None:
        return
    seen = net_value(LEGS, quotes)
    assert seen.mid <= seen.natural
    if is_as_read(LEGS, quotes):
        short, long = quotes
        assert seen.natural == short.ask - long.bid
        middle_of_long = (long.bid + long.ask) // 2 if long.ask else long.bid
        assert seen.mid == (short.bid + short.ask) // 2 - middle_of_long


def test_long_leg_is_worth_its_bid_although_less_was_asked_on_an_older_bar() -> None:
    quotes = (quote(2.90, 3.00, NOW), quote(1.00, 0.50, NOW, ask_live=False))
    assert net_value(LEGS, quotes).mid == 19_500
    assert not is_as_read(LEGS, quotes)


def test_floor_takes_a_repeated_bid_at_no_more_than_the_live_ask() -> None:
    short = quote(3.00, 3.20, NOW)
    assert least_natural(LEGS, (short, quote(1.00, 0.60, NOW, bid_live=False))) == 26_000
    assert least_natural(LEGS, (short, quote(0.40, 0.60, NOW, bid_live=False))) == 28_000
    assert least_natural(LEGS, (short, quote(1.00, 0.60, NOW, bid_live=False, ask_live=False))) == 22_000
    assert least_natural(LEGS, (short, quote(0.00, 0.60, NOW, bid_live=False))) == 26_000


@pytest.fixture
def rig() -> BookRig:
    made = BookRig()
    made.broker.price(3.00, 3.20, SHORT)
    made.broker.price(0.40, 0.60, LONG)
    return made


def test_stop_fires_on_the_slice_that_reaches_it_while_the_old_bid_is_repeated(rig: BookRig) -> None:
    """The loop that reads prices alone sees 0.40 less than closing costs: such a spread is looked at in full."""
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.price(0.40, 0.30, LONG, bid_live=False)
    rig.step()
    assert spread.state is State.OPEN and rig.said(What.UNVALUABLE) == []
    rig.broker.price(3.40, 3.60, SHORT)
    rig.step()
    assert rig.said(What.FIRE)[0]["natural"] == 36_000


@pytest.mark.parametrize(("ask", "fires"), [(0.91, False), (0.90, True)])
def test_target_waits_until_the_short_leg_alone_costs_no_more(rig: BookRig, ask: float, fires: bool) -> None:
    spread = rig.open("A", (SHORT, LONG), [NetDebit("9.00"), ProfitTarget(price="0.90")])
    rig.broker.price(0.40, 0.10, LONG, bid_live=False)
    rig.broker.price(ask - 0.10, ask, SHORT)
    rig.step()
    assert (spread.exit is not None) is fires


def test_exit_buys_the_short_back_and_keeps_the_long_until_somebody_bids(rig: BookRig) -> None:
    spread = rig.open("A", (SHORT, LONG), [NetDebit("3.60")])
    rig.broker.price(0.40, 0.10, LONG, bid_live=False)
    rig.broker.price(3.60, 3.70, SHORT)
    rig.step(1)
    rig.step(1)
    assert rig.sent() == [("C100", 1)] and any("no bid" in text for _, text in rig.alarms)
    rig.broker.price(0.05, 0.10, LONG)
    rig.step(1)
    assert rig.sent() == [("C100", 1), ("C105", -1)] and spread.state is State.CLOSED


def test_spread_without_a_bid_is_never_blind_for_long(rig: BookRig) -> None:
    rig = BookRig(exits=ExitSettings(), broker=rig.broker)
    rig.open("A", (SHORT, LONG), [NetDebit("9.00")])
    rig.broker.price(0.40, 0.25, LONG, bid_live=False)
    for _ in range(30):
        rig.broker.price(3.00, 3.20, SHORT)
        rig.broker.price(0.40, 0.25, LONG, bid_live=False)
        rig.step()
    assert rig.alarms == []
