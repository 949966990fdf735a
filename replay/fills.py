"""Fill prices by order type (LEAN: Common/Orders/Fills/FillModel.cs, no slippage, whole quantity at once).

A price comes from the last real bar of the order's side of the book (ask bar to buy, bid bar to sell), else from the
last real trade bar, else from the security's price. Fill-forward copies never price an order.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from replay.clock import TickLater, from_ms
from replay.enums import OrderDirection, OrderStatus, OrderType, SecurityType
from replay.equity_fills import EQUITY_RULES
from replay.errors import Unsupported
from replay.expiry import exercise_events
from replay.orders import Order, OrderEvent
from replay.prices import Prices
from replay.timing import BAR_LENGTH, COARSE

BUY = OrderDirection.BUY


def fill(run: Any, order: Order, orders: list[Order]) -> list[OrderEvent]:
    """Fill events of an order, or of every leg of its combo; empty when it goes on resting."""
    combo = _COMBOS.get(order.type)
    if combo is not None:
        return combo(run, orders)
    security = run.securities[order.symbol]
    if order.type is OrderType.OPTION_EXERCISE:
        return exercise_events(run, security, order)
    own = EQUITY_RULES.get(order.type) if order.security_type is SecurityType.EQUITY else None
    if own is not None:
        found = own(run, order, security)
        return [] if found is None else [_event(run, order, *found)]
    rule = _SINGLES.get(order.type)
    if rule is None:
        raise Unsupported(f"fills of {order.type} orders")
    price = rule(run, order, security)
    return [] if price is None else [_event(run, order, price)]


def _event(run: Any, order: Order, price: Decimal, message: str = "") -> OrderEvent:
    event = OrderEvent.of(order, run.utc, OrderStatus.FILLED, message)
    event.fill_price = price
    event.fill_quantity = order.quantity
    return event


def _market(run: Any, order: Order, security: Any) -> Decimal | None:
    """Close of the side bar; waits when that bar is over an hour and more than one bar behind the order."""
    if not security.open_for_fill(False):
        return None
    prices: Prices = security.side_prices(order.direction)
    coarse = security.resolution in COARSE
    age = order.created_utc - prices.end_utc
    if age > run.settings.stale_price_time_span and (coarse or age > BAR_LENGTH[security.resolution]):
        return None
    if coarse and prices.open and order.created_utc <= security.bar_start(prices.end_utc):
        return prices.open
    return prices.close


def _fresh(order: Order, security: Any, extended: bool) -> Prices | None:
    """Side prices of a bar that ended after the order was sent, while the exchange is open."""
    if not security.open_for_fill(extended):
        return None
    prices: Prices = security.side_prices(order.direction)
    return None if prices.end_utc <= order.created_utc else prices


def _limit(run: Any, order: Order, security: Any) -> Decimal | None:
    prices = _fresh(order, security, security.extended_market_hours)
    limit = order.limit_price
    if prices is None or limit is None:
        return None
    if order.direction is BUY:
        return min(prices.high, limit) if prices.low < limit else None
    return max(prices.low, limit) if prices.high > limit else None


def _stop_market(run: Any, order: Order, security: Any) -> Decimal | None:
    prices = _fresh(order, security, False)
    stop = order.stop_price
    if prices is None or stop is None:
        return None
    if order.direction is BUY:
        return max(stop, prices.close) if prices.high > stop else None
    return min(stop, prices.close) if prices.low < stop else None


def _stop_limit(run: Any, order: Order, security: Any) -> Decimal | None:
    prices = _fresh(order, security, security.extended_market_hours)
    stop, limit = order.stop_price, order.limit_price
    if prices is None or stop is None or limit is None:
        return None
    if order.direction is BUY:
        if prices.high > stop or order.stop_triggered:
            order.stop_triggered = True
            if prices.close < limit:
                return min(prices.high, limit)
    elif prices.low < stop or order.stop_triggered:
        order.stop_triggered = True
        if prices.close > limit:
            return max(prices.low, limit)
    return None


def _limit_if_touched(run: Any, order: Order, security: Any) -> Decimal | None:
    """Touched by a trade bar's extreme; then fills at its limit once the other side's quote has come as far.

    A side that was never quoted is replaced by the quote bar's close.
    """
    trade, trigger, limit = security.trade_row, order.trigger_price, order.limit_price
    if not security.open_for_fill(security.extended_market_hours) or trade is None or trigger is None or limit is None:
        return None
    if from_ms(trade.end) <= order.created_utc:
        return None
    buy = order.direction is BUY
    touched = trade.ohlc[2] <= trigger if buy else trade.ohlc[1] >= trigger
    order.stop_triggered = order.stop_triggered or touched
    if not order.stop_triggered:
        return None
    quote = security.quote_row
    side = None if quote is None else quote.bid if buy else quote.ask
    far = trade.ohlc[3] if quote is None else quote.middle(3) if side is None else side[3]
    return limit if (far <= limit if buy else far >= limit) else None


def _trailing_stop(run: Any, order: Order, security: Any) -> Decimal | None:
    prices = _fresh(order, security, False)
    stop, amount = order.stop_price, order.trailing_amount
    if prices is None or stop is None or amount is None:
        return None
    buy = order.direction is BUY
    if buy and prices.high >= stop:
        return max(stop, prices.close)
    if not buy and prices.low <= stop:
        return min(stop, prices.close)
    market = prices.low if buy else prices.high
    distance = market * amount if order.trailing_as_percentage else amount
    if buy and stop - market > distance:
        order.stop_price = market + distance
    elif not buy and market - stop > distance:
        order.stop_price = market - distance
    return None


def _market_on_open(run: Any, order: Order, security: Any) -> Decimal | None:
    """Open of the side bar of the first bar of the next session."""
    if security.last_bar_end_utc <= order.created_utc:
        return None
    sent = security.local(order.created_utc)
    if security.hours.is_open(sent, False) and sent.date() == security.local(run.utc).date():
        return None
    if not security.open_for_fill(False):
        return None
    prices: Prices = security.side_prices(order.direction)
    return prices.open


def _market_on_close(run: Any, order: Order, security: Any) -> Decimal | None:
    """Close of the side bar once the session of the order is over."""
    close = security.hours.get_next_market_close(security.local(order.created_utc), False)
    if security.local(run.utc) < close:
        return None
    prices: Prices = security.side_prices(order.direction)
    return prices.close


def _combo_market(run: Any, orders: list[Order]) -> list[OrderEvent]:
    found = []
    for order in orders:
        price = _market(run, order, run.securities[order.symbol])
        if price is None:
            return []
        found.append(_event(run, order, price))
    return found


def _combo_limit(run: Any, orders: list[Order]) -> list[OrderEvent]:
    """A buy group sums the lows of its legs, a sell group the highs; strict comparison with the group limit."""
    group = orders[0].group
    assert group is not None
    buy = group.direction is BUY
    total, legs = Decimal(0), []
    for order in orders:
        security = run.securities[order.symbol]
        prices: Prices = security.side_prices(order.direction)
        sent = order.created_utc
        if prices.end_utc < sent or (prices.end_utc == sent and isinstance(sent, TickLater)):
            return []
        price = prices.low if buy else prices.high
        ratio = order.quantity / group.quantity
        if order.security_type is SecurityType.EQUITY:
            ratio /= 100
        total += price * ratio
        legs.append((order, price))
    if not (total < group.limit_price if buy else total > group.limit_price):
        return []
    return [_event(run, order, price) for order, price in legs]


def _combo_leg_limit(run: Any, orders: list[Order]) -> list[OrderEvent]:
    found = []
    for order in orders:
        price = _limit(run, order, run.securities[order.symbol])
        if price is None:
            return []
        found.append(_event(run, order, price))
    return found


Single = Callable[[Any, Order, Any], Decimal | None]
_SINGLES: dict[OrderType, Single] = {
    OrderType.MARKET: _market,
    OrderType.LIMIT: _limit,
    OrderType.STOP_MARKET: _stop_market,
    OrderType.STOP_LIMIT: _stop_limit,
    OrderType.LIMIT_IF_TOUCHED: _limit_if_touched,
    OrderType.TRAILING_STOP: _trailing_stop,
    OrderType.MARKET_ON_OPEN: _market_on_open,
    OrderType.MARKET_ON_CLOSE: _market_on_close,
}
_COMBOS: dict[OrderType, Callable[[Any, list[Order]], list[OrderEvent]]] = {
    OrderType.COMBO_MARKET: _combo_market,
    OrderType.COMBO_LIMIT: _combo_limit,
    OrderType.COMBO_LEG_LIMIT: _combo_leg_limit,
}
