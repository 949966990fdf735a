"""Limit-if-touched orders of options whose book has one side."""

from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from replay.clock import to_ms
from replay.enums import OptionRight, OptionStyle, OrderType, SecurityType
from replay.fills import fill
from replay.orders import Order
from replay.prices import QuoteRow, TradeRow
from replay.symbol import Symbol

SENT, END = datetime(2024, 1, 2, 15, 0), to_ms(datetime(2024, 1, 2, 15, 1))
STOCK = Symbol.create("XYZ", SecurityType.EQUITY)
CALL = Symbol.create_option(STOCK, "usa", OptionStyle.AMERICAN, OptionRight.CALL, 100, datetime(2024, 1, 5))


@pytest.mark.parametrize(("limit", "fills"), [("2", []), ("3", [Decimal(3)])])
def test_touched_buy_without_a_bid_waits_for_the_close_of_the_quote_bar(limit: str, fills: list[Decimal]) -> None:
    one, three = (Decimal(1),) * 4, (Decimal(3),) * 4
    option = SimpleNamespace(
        trade_row=TradeRow(END, one, Decimal(10)),
        quote_row=QuoteRow(END, None, 0, three, 5),
        extended_market_hours=False,
        open_for_fill=lambda extended: True,
        side_prices=lambda direction: SimpleNamespace(close=Decimal(1)),
    )
    order = Order(1, OrderType.LIMIT_IF_TOUCHED, CALL, Decimal(1), SENT)
    order.trigger_price, order.limit_price = Decimal(1), Decimal(limit)
    run = SimpleNamespace(securities={CALL: option}, utc=datetime(2024, 1, 2, 15, 1))
    assert [event.fill_price for event in fill(run, order, [order])] == fills
