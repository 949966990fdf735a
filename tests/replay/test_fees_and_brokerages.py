from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

import pytest

from replay.brokerages import brokerage_model
from replay.enums import AccountType, BrokerageName, OrderType, SecurityType
from replay.errors import Unsupported
from replay.facts import SecurityFacts
from replay.fees import ConstantFeeModel, FeeModel, InteractiveBrokersFeeModel, fee_of
from replay.order_views import OrderFee
from replay.orders import GroupOrderManager, Order
from replay.strategies import OptionStrategies
from replay.symbol import Symbol

D = Decimal
EXPIRY = datetime(2016, 1, 15)
GOOG = Symbol.create("GOOG", SecurityType.OPTION)
SPXW = Symbol.create_canonical_option(Symbol.create("SPX", SecurityType.INDEX), "SPXW", "usa", None)


@dataclass
class Facts:
    symbol: Symbol
    bid: D = D("2.00")
    ask: D = D("2.20")
    price: D = D("2.10")
    held: D = D(0)
    multiplier: D = D(100)
    local_time: datetime = datetime(2015, 12, 24, 10)
    underlying: SecurityFacts | None = None
    buying_power_model: object = None

    def regular_session(self) -> tuple[time, time] | None:
        return time(9, 30), time(16)


def contract(canonical: Symbol = GOOG) -> Symbol:
    symbol = OptionStrategies.naked_call(canonical, 745, EXPIRY).option_legs[0].symbol
    assert symbol is not None
    return symbol


def order(quantity: int, kind: OrderType = OrderType.MARKET, symbol: Symbol | None = None, **fields: object) -> Order:
    return Order(1, kind, symbol or contract(), D(quantity), datetime(2015, 12, 24, 15), **fields)  # type: ignore[arg-type]


def fee(name: BrokerageName, quantity: int, canonical: Symbol = GOOG, **facts: object) -> D:
    of = Facts(contract(canonical), **facts)  # type: ignore[arg-type]
    return fee_of(brokerage_model(name).get_fee_model(of), order(quantity, symbol=of.symbol), of)


@pytest.mark.parametrize(
    ("name", "quantity", "option", "index"),
    [
        (BrokerageName.DEFAULT, 10, "6.50", "0"),
        (BrokerageName.INTERACTIVE_BROKERS_BROKERAGE, 10, "6.50", "6.50"),
        (BrokerageName.INTERACTIVE_BROKERS_BROKERAGE, -1, "1", "1"),
        (BrokerageName.CHARLES_SCHWAB, 3, "1.95", "3"),
        (BrokerageName.TRADE_STATION, 3, "1.8", "3"),
        (BrokerageName.TASTYTRADE, 3, "3", "3"),
        (BrokerageName.TRADIER_BROKERAGE, 3, "0", "0"),
        (BrokerageName.ALPACA, 3, "0", "0"),
        (BrokerageName.PUBLIC, 4, "0", "2.0"),
        (BrokerageName.WEBULL, 2, "0", "2.32"),
        (BrokerageName.EXANTE, 2, "3.0", "3.0"),
    ],
)
def test_fee_of_a_market_order_by_model(name: BrokerageName, quantity: int, option: str, index: str) -> None:
    assert fee(name, quantity) == D(option)
    assert fee(name, quantity, SPXW) == D(index)


@pytest.mark.parametrize(("premium", "expected"), [("0.10", "6.5"), ("0.09", "5"), ("0.05", "5"), ("0.04", "2.5")])
def test_interactive_brokers_tier_looks_at_the_far_side_of_the_book(premium: str, expected: str) -> None:
    assert fee(BrokerageName.DEFAULT, 10, bid=D(premium)) == D(expected)
    assert fee(BrokerageName.DEFAULT, -10, ask=D(premium)) == D(expected)


def test_negative_group_limit_falls_in_the_lowest_tier() -> None:
    group = GroupOrderManager(1, D(-3), D("-4.27"), 2)
    sold = order(3, OrderType.COMBO_LIMIT, group=group)
    assert fee_of(InteractiveBrokersFeeModel(), sold, Facts(contract())) == 1


def test_tastytrade_charges_nothing_to_close() -> None:
    assert fee(BrokerageName.TASTYTRADE, 3, held=D(-3)) == 0
    assert fee(BrokerageName.TASTYTRADE, -3, held=D(3)) == 0
    assert fee(BrokerageName.TASTYTRADE, 3, held=D(3)) == 3


def test_share_fee_has_a_minimum_and_a_cap_of_half_a_percent() -> None:
    stock = GOOG.underlying
    assert stock is not None
    facts = Facts(stock, price=D(2), multiplier=D(1))
    model = InteractiveBrokersFeeModel()
    assert fee_of(model, order(100, symbol=stock), facts) == 1
    assert fee_of(model, order(1000, symbol=stock), facts) == 5
    assert fee_of(model, order(1000, symbol=stock), Facts(stock, price=D("0.5"), multiplier=D(1))) == D("2.5")


def test_fee_model_written_in_the_algorithm_is_asked_or_refused_by_name() -> None:
    class Flat(FeeModel):
        def get_order_fee(self, parameters: object) -> OrderFee:
            return ConstantFeeModel(2.5).get_order_fee(type("P", (), {"order": order(1), "security": None})())

    assert fee_of(Flat(), order(1), Facts(contract()), views=(None, None)) == D("2.5")
    with pytest.raises(Unsupported, match="fee model written in the algorithm"):
        fee_of(Flat(), order(1), Facts(contract()))


@pytest.mark.parametrize(
    ("name", "kind", "refused"),
    [
        (BrokerageName.DEFAULT, OrderType.COMBO_LEG_LIMIT, None),
        (
            BrokerageName.ALPACA,
            OrderType.COMBO_MARKET,
            (
                "Warning - Code: NotSupported - The AlpacaBrokerageModel does not support ComboMarket order type. "
                "Only supports [Market,Limit]"
            ),
        ),
        (
            BrokerageName.TASTYTRADE,
            OrderType.COMBO_MARKET,
            (
                "Warning - Code: NotSupported - The TastytradeBrokerageModel does not support ComboMarket order type. "
                "Only supports [Market,Limit,StopMarket,StopLimit,ComboLimit]"
            ),
        ),
        (
            BrokerageName.TRADIER_BROKERAGE,
            OrderType.COMBO_LIMIT,
            (
                "Warning - Code: NotSupported - The TradierBrokerageModel does not support ComboLimit order type. "
                "Only supports [Limit,Market,StopMarket,StopLimit]"
            ),
        ),
        (BrokerageName.CHARLES_SCHWAB, OrderType.COMBO_LIMIT, None),
        (BrokerageName.TRADE_STATION, OrderType.COMBO_MARKET, None),
    ],
)
def test_combo_order_passes_or_is_refused_in_the_brokers_words(
    name: BrokerageName, kind: OrderType, refused: str | None
) -> None:
    answer = brokerage_model(name).can_submit_order(order(1, kind), Facts(contract()))
    assert (str(answer) if answer else None) == refused


def test_alpaca_takes_no_index_options() -> None:
    answer = brokerage_model(BrokerageName.ALPACA).can_submit_order(order(1, symbol=contract(SPXW)), Facts(GOOG))
    assert str(answer).endswith("The AlpacaBrokerageModel does not support IndexOption security type.")


def test_tradier_refuses_a_short_unless_day_and_priced_from_five_dollars() -> None:
    model, dear = brokerage_model(BrokerageName.TRADIER_BROKERAGE), Facts(contract(), price=D(9))
    gtc = model.can_submit_order(order(-1), dear)
    assert gtc is not None and gtc.code == "ShortOrderIsGtc"
    assert model.can_submit_order(order(-1, time_in_force="DAY"), dear) is None
    cheap = model.can_submit_order(order(-1, time_in_force="DAY"), Facts(contract()))
    assert cheap is not None and cheap.code == "SellShortOrderLastPriceBelow5"
    assert model.can_submit_order(order(-1), Facts(contract(), held=D(1))) is None


def test_interactive_brokers_refuses_leg_limits_of_four_legs_only() -> None:
    model = brokerage_model(BrokerageName.INTERACTIVE_BROKERS_BROKERAGE)
    group = GroupOrderManager(1, D(1), D(0), 4)
    four = model.can_submit_order(order(1, OrderType.COMBO_LEG_LIMIT, group=group), Facts(contract()))
    assert four is not None and "four-leg ComboLegLimit" in four.text
    group.count = 3
    assert model.can_submit_order(order(1, OrderType.COMBO_LEG_LIMIT, group=group), Facts(contract())) is None


def test_trade_station_combo_must_not_cross_zero_nor_change_quantity() -> None:
    model, long = brokerage_model(BrokerageName.TRADE_STATION), Facts(contract(), held=D(1))
    crossing = model.can_submit_order(order(-2, OrderType.COMBO_MARKET), long)
    assert (
        crossing is not None and "cross the zero holdings threshold in the TradeStationBrokerageModel" in crossing.text
    )
    update = model.can_update_order(order(-1, OrderType.COMBO_LIMIT), long, D(-2))
    assert update is not None and update.code == "NotSupported"
    assert model.can_update_order(order(-1, OrderType.COMBO_LIMIT), long, None) is None


def test_market_on_open_window_wraps_around_midnight() -> None:
    model = brokerage_model(BrokerageName.INTERACTIVE_BROKERS_BROKERAGE)
    late = Facts(contract(), local_time=datetime(2015, 12, 23, 16))
    early = Facts(contract(), local_time=datetime(2015, 12, 24, 9, 29))
    assert model.can_submit_order(order(1, OrderType.MARKET_ON_OPEN), late) is None
    refused = model.can_submit_order(order(1, OrderType.MARKET_ON_OPEN), early)
    assert refused is not None and "MarketOnOpen submission time is invalid" in refused.text


def test_cash_account_and_unknown_broker_are_named() -> None:
    with pytest.raises(Unsupported, match="cash accounts"):
        brokerage_model(BrokerageName.CHARLES_SCHWAB, AccountType.CASH)
    with pytest.raises(Unsupported, match="KRAKEN"):
        brokerage_model(BrokerageName.KRAKEN)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (BrokerageName.INTERACTIVE_BROKERS_BROKERAGE, None),
        (
            BrokerageName.INTERACTIVE_BROKERS_FIX,
            "The InteractiveBrokersFixModel does not support GoodTilDateTimeInForce time in force.",
        ),
        (
            BrokerageName.TRADIER_BROKERAGE,
            (
                "This model only supports orders with the following time in force types: "
                "QuantConnect.Orders.TimeInForces.DayTimeInForce and "
                "QuantConnect.Orders.TimeInForces.GoodTilCanceledTimeInForce"
            ),
        ),
        (
            BrokerageName.WEBULL,
            "Option sell orders only support DayTimeInForce time in force, but GoodTilDateTimeInForce was specified.",
        ),
    ],
)
def test_order_until_a_date_passes_or_is_refused_in_the_brokers_words(name: BrokerageName, said: str | None) -> None:
    sent = order(-1, time_in_force="GTD 2015-12-28T00:00:00")

    answer = brokerage_model(name).can_submit_order(sent, Facts(contract()))

    assert (str(answer) if answer else None) == (said and f"Warning - Code: NotSupported - {said}")
