from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import pytest

from replay.buying_power import ConstantBuyingPowerModel, OptionMarginModel, SecurityMarginModel
from replay.enums import OptionRight, OrderType, SecurityType
from replay.errors import Unsupported
from replay.grouping import groupings
from replay.margin import Margin, refusal_text
from replay.orders import Order
from replay.strategies import OptionStrategies
from replay.strategy_shapes import Position
from replay.symbol import Symbol

D = Decimal
EXPIRY = datetime(2016, 1, 15)
GOOG = Symbol.create("GOOG", SecurityType.OPTION)
STOCK = GOOG.underlying
SPXW = Symbol.create_canonical_option(Symbol.create("SPX", SecurityType.INDEX), "SPXW", "usa", None)


def call(strike: float, canonical: Symbol = GOOG) -> Symbol:
    symbol = OptionStrategies.naked_call(canonical, strike, EXPIRY).option_legs[0].symbol
    assert symbol is not None
    return symbol


def put(strike: float, canonical: Symbol = GOOG) -> Symbol:
    symbol = OptionStrategies.naked_put(canonical, strike, EXPIRY).option_legs[0].symbol
    assert symbol is not None
    return symbol


@dataclass
class Facts:
    symbol: Symbol
    price: D
    held: D = D(0)
    underlying: Any = None
    buying_power_model: Any = None
    multiplier: D = D(100)
    local_time: datetime = datetime(2015, 12, 24, 10)

    bid = property(lambda self: self.price - D("0.1"))
    ask = property(lambda self: self.price + D("0.1"))

    def regular_session(self) -> tuple[time, time] | None:
        return time(9, 30), time(16)


@dataclass
class Account:
    """A test account: prices by symbol, held quantities, total value and a flat fee."""

    worth: D
    prices: Mapping[Symbol, D]
    spot: D = D(748)
    held: dict[Symbol, D] = field(default_factory=dict)
    grouped: bool = True
    flat_fee: D = D(0)
    model: Any = None

    def holdings(self) -> Mapping[Symbol, D]:
        return {symbol: quantity for symbol, quantity in self.held.items() if quantity}

    def facts(self, symbol: Symbol) -> Facts:
        held = self.held.get(symbol, D(0))
        if symbol.underlying is None:
            return Facts(symbol, self.spot, held, None, SecurityMarginModel(2), D(1))
        underlying = Facts(symbol.underlying, self.spot, buying_power_model=SecurityMarginModel(2), multiplier=D(1))
        return Facts(symbol, self.prices.get(symbol, D(0)), held, underlying, self.model or OptionMarginModel())

    def value(self) -> D:
        return self.worth

    def fee(self, order: Order) -> D:
        return self.flat_fee


def order(symbol: Symbol, quantity: int, order_id: int = 1, **fields: Any) -> Order:
    return Order(order_id, OrderType.MARKET, symbol, D(quantity), datetime(2015, 12, 24, 15), **fields)


SHORT, LONG = call(745), call(750)
PRICES = {SHORT: D("15.30"), LONG: D("12.60")}


def spread_account(value: str, lots: int = 4) -> Account:
    return Account(D(value), PRICES, held={SHORT: D(-lots), LONG: D(lots)})


def test_credit_spread_uses_its_width_and_a_debit_spread_nothing() -> None:
    assert Margin(spread_account("10000")).used() == 2000
    assert Margin(Account(D(10000), PRICES, held={SHORT: D(2), LONG: D(-2)})).used() == 0


@pytest.mark.parametrize(("value", "enough"), [("6119", False), ("6120", True)])
def test_buying_back_a_short_above_the_width_needs_the_excess(value: str, enough: bool) -> None:
    verdict = Margin(spread_account(value)).check([order(SHORT, 4, 4)])
    assert verdict.sufficient is enough
    if not enough:
        assert verdict.reason == "Id: 4, Maintenance Margin Delta: 4120, Free Margin: 4119"


def test_selling_the_long_leg_first_is_margined_as_naked() -> None:
    verdict = Margin(spread_account("5714.80")).check([order(LONG, -4, 3)])
    # 4 x (1530 + 100 x 0.2 x 748) - 2000, the short is in the money
    assert verdict.reason == "Id: 3, Maintenance Margin Delta: 63960, Free Margin: 3714.8"


def test_both_legs_together_close_in_any_account() -> None:
    assert Margin(spread_account("2001")).check([order(SHORT, 4, 1), order(LONG, -4, 2)]).sufficient


def test_opening_combo_needs_the_width() -> None:
    legs = [order(SHORT, -50, 1), order(LONG, 50, 2)]
    verdict = Margin(Account(D(10000), PRICES)).check(legs)
    assert verdict.reason == "Id: 1,2, Maintenance Margin Delta: 25000, Free Margin: 10000"
    text = refusal_text(legs, Account(D(10000), PRICES).facts, verdict.reason)
    assert text == (
        "Order Error: ids: [1,2], Insufficient buying power to complete orders (Value:[-76500,63000]), "
        "Reason: Id: 1,2, Maintenance Margin Delta: 25000, Free Margin: 10000."
    )


def test_first_long_call_is_checked_alone_with_its_fee() -> None:
    account = Account(D(10000), PRICES, flat_fee=D("6.5"))
    verdict = Margin(account).check([order(LONG, 10, 4)])
    assert verdict.reason == "Id: 4, Initial Margin: 12606.5, Free Margin: 10000"


def test_short_after_its_long_needs_only_the_width() -> None:
    account = Account(D("3515.55"), {call(745): D("7.2"), call(757.5): D("3")}, held={call(757.5): D(3)})
    verdict = Margin(account).check([order(call(745), -3, 2)])
    assert verdict.reason == "Id: 2, Maintenance Margin Delta: 3750, Free Margin: 3515.55"


def test_index_option_alone_uses_fifteen_percent() -> None:
    short = call(3800, SPXW)
    account = Account(D(200000), {short: D("20.25")}, spot=D(3700), held={short: D(-5)})
    assert Margin(account).used() == 5 * (2025 + 100 * (D("0.15") * 3700 - 100))


def test_iron_condor_uses_one_width() -> None:
    legs = {put(730): D(2), put(740): D(-2), call(755): D(-2), call(765): D(2)}
    assert Margin(Account(D(50000), dict.fromkeys(legs, D(5)), held=legs)).used() == 2000


def test_short_strangle_uses_the_larger_side_plus_the_other_premium() -> None:
    legs = {put(740): D(-1), call(755): D(-1)}
    account = Account(D(50000), {put(740): D(3), call(755): D(4)}, held=legs)
    side = 100 * (D("0.2") * 748 - 7)
    assert Margin(account).used() == 400 + side + 300


def test_long_call_against_short_shares_is_a_protective_call() -> None:
    assert STOCK is not None
    account = Account(D(100000), {call(745): D(15)}, held={STOCK: D(-100), call(745): D(1)})
    # min(0.1 x strike x 100 + out of the money, half the shares' value)
    assert Margin(account).used() == D("0.1") * 745 * 100


def test_shares_alone_use_half_their_value() -> None:
    assert STOCK is not None
    assert Margin(Account(D(100000), {}, held={STOCK: D(100)})).used() == 37400
    assert Margin(Account(D(1000), {})).check([order(STOCK, 10)]).reason == (
        "Id: 1, Initial Margin: 3740, Free Margin: 1000"
    )


def test_without_groups_every_short_leg_is_naked() -> None:
    account = Account(D(25000), PRICES, grouped=False)
    verdict = Margin(account).check([order(SHORT, -2, 1), order(LONG, 2, 2)])
    assert verdict.reason == "Id: 1, Initial Margin: -32980, Free Margin: 25000"
    account.held = {SHORT: D(-2), LONG: D(2)}
    assert Margin(account).check([order(LONG, -2, 3)]).sufficient


def test_constant_model_counts_units() -> None:
    account = Account(D(100), PRICES, grouped=False, held={SHORT: D(-2), LONG: D(2)}, model=ConstantBuyingPowerModel(1))
    assert Margin(account).used() == 4
    assert Margin(account).check([order(SHORT, -20)]).sufficient


OVERLAP = {call(745): D(-2), call(750): D(-3), call(755): D(4), call(760): D(1)}


def test_overlapping_spreads_have_several_groupings() -> None:
    positions = [
        Position(symbol, OptionRight.CALL, symbol.id.strike_decimal, EXPIRY, int(quantity))
        for symbol, quantity in OVERLAP.items()
    ]
    assert len(groupings(positions)) > 1


def test_margin_that_hangs_on_the_grouping_is_refused_by_name() -> None:
    account = Account(D(4500), dict.fromkeys(OVERLAP, D(10)), held=dict(OVERLAP))
    with pytest.raises(Unsupported, match="margin of overlapping option spreads"):
        Margin(account).used()
    with pytest.raises(Unsupported, match="margin check of order"):
        Margin(account).check([order(call(770), 1)])


def test_check_that_passes_under_every_grouping_is_answered() -> None:
    account = Account(D(1_000_000), dict.fromkeys([*OVERLAP, call(770)], D(10)), held=dict(OVERLAP))
    assert Margin(account).check([order(call(770), -1)]).sufficient
    assert not Margin(account).check([order(call(770), -1000)]).sufficient


def test_ceiling_is_never_below_a_grouping() -> None:
    condor = {put(730): D(2), put(740): D(-2), call(755): D(-2), call(765): D(2)}
    for held in (OVERLAP, condor, {SHORT: D(-4), LONG: D(4)}, {put(740): D(-1), call(755): D(-1)}):
        margin = Margin(Account(D(10_000), dict.fromkeys(held, D(10)), held=dict(held)))
        assert margin.used_ceiling() >= margin.used_range().high
