"""Fills of stock orders (LEAN: Common/Orders/Fills/EquityFillModel.cs, minute bars, no slippage).

Market orders take the quote of their side, else the last trade; limit and stop orders look at trade bars and fill at
the bar's open when it gapped through their price. A filled order may carry LEAN's message about its source.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from replay.clock import from_ms
from replay.enums import OrderDirection, OrderType
from replay.orders import Order
from replay.prices import TradeRow
from replay.timing import BAR_LENGTH, COARSE

BUY = OrderDirection.BUY
Found = tuple[Decimal, str] | None


def _stamp(security: Any, end_ms: int) -> str:
    return f"{security.local(from_ms(end_ms)):%m/%d/%Y %H:%M:%S} {security.hours.time_zone}"


def _best(run: Any, order: Order, security: Any) -> tuple[Decimal, str, datetime | None]:
    """(price, message, end of the data when they are stale) of the order's side."""
    oldest = order.created_utc - run.settings.stale_price_time_span
    quote, trade = security.quote_row, security.trade_row
    found: tuple[Decimal, str, datetime | None] | None = None
    if quote is not None:
        side = quote.ask if order.direction is BUY else quote.bid
        price = side[3] if side is not None else quote.middle(3)
        end = from_ms(quote.end)
        if end >= oldest:
            return price, "", None
        stale = f"Warning: fill at stale price ({_stamp(security, quote.end)}), using QuoteBar data."
        found = price, stale, end
    if trade is not None and (quote is None or trade.end > quote.end):
        at = _stamp(security, trade.end)
        text = f"Warning: No quote information available at {at}, order filled using TradeBar data"
        end = from_ms(trade.end)
        found = trade.ohlc[3], text, None if end >= oldest else end
    return found or (security.exact_price, "", None)


def _market(run: Any, order: Order, security: Any) -> Found:
    if not security.open_for_fill(False):
        return None
    price, message, end = _best(run, order, security)
    if end is not None:
        behind = order.created_utc - end
        if security.resolution in COARSE or behind > BAR_LENGTH[security.resolution]:
            return None
    return price, message


def _fresh_trade(order: Order, security: Any, extended: bool) -> TradeRow | None:
    if not security.open_for_fill(extended):
        return None
    row: TradeRow | None = security.trade_row
    return row if row is not None and from_ms(row.end) > order.created_utc else None


def _gap(security: Any, row: TradeRow, word: str) -> str:
    price = f"{row.ohlc[0]:f}"
    return f"Due to {word} gap at {_stamp(security, row.end)}, order filled using the open price ({price})"


def _limit(run: Any, order: Order, security: Any) -> Found:
    row, limit = _fresh_trade(order, security, security.extended_market_hours), order.limit_price
    if row is None or limit is None:
        return None
    opening, high, low, _ = row.ohlc
    if not (low < limit if order.direction is BUY else high > limit):
        return None
    if opening < limit if order.direction is BUY else opening > limit:
        return opening, _gap(security, row, "a favorable")
    return limit, ""


def _stop_market(run: Any, order: Order, security: Any) -> Found:
    row, stop = _fresh_trade(order, security, False), order.stop_price
    if row is None or stop is None:
        return None
    opening, high, low, _ = row.ohlc
    if not (high >= stop if order.direction is BUY else low <= stop):
        return None
    if opening >= stop if order.direction is BUY else opening <= stop:
        return opening, _gap(security, row, "an unfavorable")
    return stop, ""


def _limit_if_touched(run: Any, order: Order, security: Any) -> Found:
    row = _fresh_trade(order, security, security.extended_market_hours)
    trigger, limit = order.trigger_price, order.limit_price
    if row is None or trigger is None or limit is None:
        return None
    buy = order.direction is BUY
    order.stop_triggered |= row.ohlc[2] <= trigger if buy else row.ohlc[1] >= trigger
    if not order.stop_triggered:
        return None
    price, message, _ = _best(run, order, security)
    return (price, message) if (price <= limit if buy else price >= limit) else None


def _market_on_open(run: Any, order: Order, security: Any) -> Found:
    row: TradeRow | None = security.trade_row
    if row is None:
        return None
    end = from_ms(row.end)
    sent, local_end = security.local(order.created_utc), security.local(end)
    start = local_end - security.period_at(local_end)
    if start < sent or (security.resolution not in COARSE and not security.hours.is_open(start, False)):
        return None
    if security.hours.is_open(sent, False) and sent.date() == local_end.date():
        return None
    return (row.ohlc[0], "") if security.open_for_fill(False) else None


def _market_on_close(run: Any, order: Order, security: Any) -> Found:
    close = security.hours.get_next_market_close(security.local(order.created_utc), False)
    if security.local_time < close:
        return None
    row: TradeRow | None = security.trade_row
    if row is not None and row.ohlc[3]:
        return row.ohlc[3], ""
    price, message, _ = _best(run, order, security)
    return price, message


EQUITY_RULES: dict[OrderType, Callable[[Any, Order, Any], Found]] = {
    OrderType.MARKET: _market,
    OrderType.LIMIT: _limit,
    OrderType.STOP_MARKET: _stop_market,
    OrderType.LIMIT_IF_TOUCHED: _limit_if_touched,
    OrderType.MARKET_ON_OPEN: _market_on_open,
    OrderType.MARKET_ON_CLOSE: _market_on_close,
}
