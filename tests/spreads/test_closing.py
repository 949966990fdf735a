"""The arithmetic of closing: caps, margin, combos, prices; tables and laws."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreads.closing import (
    ClosePolicy,
    ExitSettings,
    NoBid,
    Way,
    affordable,
    cap,
    closing_combo,
    combo_units,
    margin_needed,
    naked_bound,
    walk,
)
from spreads.errors import BadSetting
from spreads.orders import ComboOrder, LegOrder, OrderKind, Refusal
from spreads.quotes import LegQuote
from spreads.states import State
from tests.spreads.paper_broker import call, put
from tests.spreads.rig import LONG, SHORT, Rig

DOLLARS = 10_000


@pytest.mark.parametrize(
    ("held", "gap", "foreign", "there", "free"),
    [
        (-2, 0, 0, 2, 2),
        (-2, 1, 0, 1, 1),
        (-2, 5, 0, 0, 0),
        (-2, -3, 0, 2, 2),
        (-2, 0, 1, 2, 1),
        (-2, -1, 1, 2, 2),
        (3, 0, 0, 3, 3),
        (3, -1, 0, 2, 2),
        (3, -1, -1, 2, 1),
        (3, 4, 0, 3, 3),
        (3, 4, -4, 3, 3),
        (3, 0, -9, 3, 0),
    ],
)
def test_cap_table(held: int, gap: int, foreign: int, there: int, free: int) -> None:
    size = cap(held, gap, foreign)
    assert (size.wanted, size.there, size.free) == (abs(held), there, free)


@pytest.mark.parametrize(("left", "free"), [(8, 2), (2, 2), (1, 1), (0, 0), (-2, 0)])
def test_cap_leaves_what_orders_of_other_spreads_would_close_already(left: int, free: int) -> None:
    assert cap(-2, 0, 0, left).free == free


@pytest.mark.parametrize(("gap", "foreign"), [(1, 0), (0, 1)])
def test_cap_adds_up_what_stands_against_a_close(gap: int, foreign: int) -> None:
    assert cap(-2, gap, foreign, 1).free == 0


@given(st.lists(st.integers(-5, 5).filter(bool), min_size=1, max_size=4), st.integers(0, 12))
def test_caps_of_all_spreads_together_never_turn_the_account(held: list[int], gone: int) -> None:
    """Shorts gone from the account: what all spreads may buy back never exceeds what is still there."""
    shorts = [-abs(contracts) for contracts in held]
    account = min(sum(shorts) + gone, 0)
    gap = account - sum(shorts)
    assert sum(cap(short, gap, 0).free for short in shorts) <= -account


def quoted(ask: float, bid: float = 0.0) -> LegQuote:
    return LegQuote(round(bid * DOLLARS), round(ask * DOLLARS), 0, None)


@pytest.mark.parametrize(
    ("short_ask", "lots", "needed"), [(15.0, 1, 1000), (15.0, 3, 3000), (5.0, 1, 0), (4.9, 2, 0), (5.01, 1, 1)]
)
def test_margin_needed_is_the_premium_above_the_width(short_ask: float, lots: int, needed: int) -> None:
    holdings = [(SHORT, -lots), (LONG, lots)]
    quotes = {SHORT.key: quoted(short_ask), LONG.key: quoted(9.0)}
    assert margin_needed(holdings, quotes, 100) == needed * DOLLARS


def test_margin_needed_of_a_condor_counts_the_moment_before_the_second_short() -> None:
    holdings = [(put(90, 1), 1), (put(95, -1), -1), (call(100, -1), -1), (call(105, 1), 1)]
    quotes = {"P90": quoted(1.0), "P95": quoted(1.0), "C100": quoted(2.0), "C105": quoted(1.0)}
    assert margin_needed(holdings, quotes, 100) == 100 * DOLLARS


def test_affordable_contracts_fit_into_the_free_margin() -> None:
    assert [affordable(10, 10_000, free) for free in (10_000, 4_999, 999, 0, -5)] == [10, 4, 0, 0, 0]
    assert affordable(4, 0, -100) == 4


def test_naked_bound_is_not_below_leans_naked_margin() -> None:
    """lean_semantics 4.1: 100 x (P + max(0.1 U, 0.2 U - OTM)) for a 745 call at 9.00 with the underlying at 748."""
    leg = call(745, -1)
    lean = 100 * (9.0 + 0.2 * 748)
    assert naked_bound([(leg, -1)], {leg.key: quoted(9.0)}, 100) >= lean * DOLLARS


def test_combo_ratios_have_no_common_divisor() -> None:
    ratios, quantity = closing_combo((call(100, -2), call(105, 2)), 3)
    assert ([ratio for _, ratio in ratios], quantity) == ([1 * 1, -1], 6)


def test_combo_units_need_every_leg_in_its_own_direction() -> None:
    legs = (SHORT, LONG)
    assert combo_units(legs, {"C100": 3, "C105": 2}, {"C100": -3, "C105": 3}) == 2
    assert combo_units(legs, {"C100": 3, "C105": 0}, {"C100": -3, "C105": 0}) == 0
    assert combo_units(legs, {"C100": 1, "C105": 1}, {"C100": 1, "C105": 1}) == 0
    assert combo_units((SHORT,), {"C100": 1}, {"C100": -1}) == 0


@given(
    st.integers(-100_000, 100_000), st.integers(-100_000, 100_000), st.integers(0, 9), st.integers(1, 8),
    st.sampled_from([1, 100, 500]),
)  # fmt: skip
def test_walk_is_on_the_grid_and_reaches_natural(mid: int, natural: int, step: int, steps: int, grid: int) -> None:
    price = walk(mid, natural, step, steps, grid)
    assert price % grid == 0
    if natural >= mid:
        assert mid <= price <= max(natural, mid) + grid
        assert step < steps or price >= natural
    else:
        assert natural - grid <= price <= mid
        assert step < steps or price <= natural


@pytest.mark.parametrize(
    ("way", "no_bid", "field"), [("leg", "keep", "close_policy"), ("legs", "sell", "no_bid_policy")]
)
def test_unknown_policy_text_names_the_field_and_the_choices(way: str, no_bid: str, field: str) -> None:
    with pytest.raises(BadSetting, match=rf"{field} = .*allowed is one of"):
        ClosePolicy.named(way, no_bid)


def test_policy_texts_give_the_policy() -> None:
    assert ClosePolicy.named("combo-limit", "offer") == ClosePolicy(Way.COMBO_LIMIT, NoBid.OFFER)


@pytest.mark.parametrize("bad", [{"retry_pause": timedelta(0)}, {"alarm_after": 0}, {"walk_steps": -1}])
def test_bad_exit_setting_is_named(bad: dict) -> None:
    with pytest.raises(BadSetting, match=next(iter(bad))):
        ExitSettings(**bad)


# -- the tight account (recording small_account_both_refused) ------------------------------------------------------


def tight_rig(*taken: OrderKind) -> Rig:
    rig = Rig()
    rig.broker.supported = {OrderKind.MARKET, *taken}
    return rig


def test_short_above_the_width_in_a_tight_account_closes_as_a_combo_without_a_refusal() -> None:
    rig = tight_rig(OrderKind.COMBO_MARKET)
    spread = rig.open(lots=2)
    rig.broker.price(14.8, 15.0, SHORT)
    rig.broker.price(10.2, 10.4, LONG)
    rig.broker.free = 500 * DOLLARS
    rig.close(spread)
    assert [order.kind for order in rig.broker.sent] == [OrderKind.COMBO_MARKET] and spread.state is State.CLOSED


def test_short_above_the_width_with_combo_limits_only_goes_out_at_natural() -> None:
    rig = tight_rig(OrderKind.COMBO_LIMIT)
    spread = rig.open(lots=2)
    rig.broker.price(14.8, 15.0, SHORT)
    rig.broker.price(10.2, 10.4, LONG)
    rig.broker.free = 500 * DOLLARS
    rig.close(spread)
    (order,) = rig.broker.sent
    assert isinstance(order, ComboOrder) and order.limit == round(4.8 * DOLLARS)


def test_short_above_the_width_without_combos_is_bought_back_in_affordable_parts() -> None:
    rig = tight_rig()
    spread = rig.open(lots=4)
    rig.broker.price(15.0, 15.0, SHORT)
    rig.broker.price(10.0, 10.2, LONG)
    rig.broker.free = 2_500 * DOLLARS
    rig.close(spread)
    assert rig.sent() == [("C100", 2)]
    rig.step()
    assert rig.sent() == [("C100", 2), ("C100", 2), ("C105", -4)] and spread.state is State.CLOSED


def test_both_legs_refused_for_margin_fall_to_the_combo_in_the_same_step() -> None:
    rig = Rig()
    spread = rig.open()
    rig.broker.refuse = lambda o: Refusal.BUYING_POWER if isinstance(o, LegOrder) else Refusal.NONE
    rig.close(spread)
    assert [o.kind for o in rig.broker.sent] == [OrderKind.MARKET, OrderKind.COMBO_MARKET]
    assert spread.state is State.CLOSED


def test_both_at_once_sends_the_long_before_the_shorts_fill_only_with_margin_to_spare() -> None:
    for free, sent in ((10**12, [("C100", 1), ("C105", -1)]), (1_000 * DOLLARS, [("C100", 1)])):
        rig = Rig()
        spread = rig.open()
        rig.broker.auto_fill = False
        rig.broker.free = free
        rig.close(spread, ClosePolicy(Way.BOTH))
        assert rig.sent() == sent


def test_combo_limit_walks_from_mid_to_natural_and_then_goes_to_market() -> None:
    rig = Rig()
    rig.broker.auto_cancel = True
    spread = rig.open()
    rig.close(spread, ClosePolicy(Way.COMBO_LIMIT))
    limits = []
    for _ in range(7):
        limits += [rig.broker.orders[order_id].limit for order_id in rig.broker.out()[:1]]
        rig.step()
    assert limits == [20_000, 20_500, 21_000, 21_500, 22_000]
    assert [o.kind for o in rig.broker.sent] == [OrderKind.COMBO_LIMIT, OrderKind.COMBO_MARKET]
    assert spread.state is State.CLOSED


def test_refusals_pause_longer_each_time_and_count_only_with_fresh_quotes() -> None:
    rig = Rig(ExitSettings(retry_pause=timedelta(seconds=60)))
    spread = rig.open()
    rig.broker.refuse = lambda order: Refusal.NO_PRICE
    rig.close(spread)
    tries = []
    for minute in range(1, 16):
        before = len(rig.broker.sent)
        rig.step()
        tries += [minute] * (len(rig.broker.sent) - before)
    assert tries == [1, 3, 7, 12]
    quotes = dict(rig.broker.quotes)
    count = len(rig.broker.sent)
    for _ in range(20):
        now = rig.broker.tick()
        rig.broker.quotes = dict(quotes)
        rig.desk.advance(now)
    assert len(rig.broker.sent) <= count + 1
    assert any("refused 3 times: no price" in text for _, text in rig.alarms)


def test_close_without_progress_alarms_once_and_names_what_is_in_the_way() -> None:
    rig = Rig()
    spread = rig.open()
    foreign = rig.broker.place_foreign(SHORT, 1)
    rig.close(spread)
    for _ in range(12):
        rig.step()
    assert rig.sent() == []
    assert [t for _, t in rig.alarms if "not ours would close C100" in t] == [rig.alarms[0][1]]
    rig.broker.confirm_cancel(foreign)
    rig.step()
    assert spread.state is State.CLOSED


def test_orders_of_others_are_cancelled_when_the_setting_says_so() -> None:
    rig = Rig(ExitSettings(cancel_foreign=True))
    rig.broker.auto_cancel = True
    spread = rig.open()
    rig.broker.place_foreign(SHORT, 1)
    rig.close(spread)
    rig.step()
    assert spread.state is State.CLOSED
