"""Checks before an order gets an id (LEAN: QCAlgorithm.PreOrderChecksImpl). A refusal leaves no order and no event."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from replay.enums import OptionStyle, OrderResponseErrorCode, OrderType, Resolution
from replay.errors import ArgumentException
from replay.requests import OrderResponse, SubmitOrderRequest

Code = OrderResponseErrorCode
MARKET_ON_CLOSE_BUFFER = timedelta(minutes=15, seconds=30)
NO_PRICE = (
    ": The security does not have an accurate price as it has not yet received a bar of data. Before placing a trade "
    "(or using set_holdings) warm up your algorithm with set_warmup, or use slice.contains(symbol) to confirm the "
    "Slice object has price before using the data. Data does not necessarily all arrive at the same time so your "
    "algorithm should confirm the data is ready before using it. In live trading this can mean you do not have an "
    "active subscription to the asset class you're trying to trade. If using custom data make sure you've set the "
    "'Value' property."
)


def pre_order_check(run: Any, request: SubmitOrderRequest) -> OrderResponse:
    """Success, or the first refusal in LEAN's order."""
    if run.warming_up:
        return request.warming_up()
    if run.faults is not None:
        refusal: OrderResponse | None = run.faults.refused_before(request)
        if refusal is not None:
            return refusal
    symbol, kind = request.symbol, request.order_type
    security = run.securities.find(symbol)
    if security is None:
        text = f"You haven't requested {symbol} data. Add this with add_security() in the initialize() method."
        return request.error(Code.MISSING_SECURITY, text)
    quantity = request.exact_quantity
    if quantity == 0:
        return request.zero_quantity()
    if abs(quantity) < security.lot_size:
        text = (
            f"Unable to {request.kind} order with id {request.order_id} which quantity ({abs(quantity).normalize():f}) "
            f"is less than lot size ({security.lot_size})."
        )
        return request.error(Code.ORDER_QUANTITY_LESS_THAN_LOT_SIZE, text)
    if not security.is_tradable:
        text = f"The security with symbol '{symbol}' is marked as non-tradable."
        return request.error(Code.NON_TRADABLE_SECURITY, text)
    if kind is OrderType.OPTION_EXERCISE and not security.exchange.exchange_open:
        return request.error(Code.EXCHANGE_NOT_OPEN, "OptionExercise order and exchange not open.")
    if security.exact_price == 0:
        return request.error(Code.SECURITY_PRICE_ZERO, f"{symbol}{NO_PRICE}")
    if not security.has_data:
        text = (
            "There is no data for this symbol yet, please check the security.HasData flag to ensure there is at least "
            "one data point."
        )
        return request.error(Code.SECURITY_HAS_NO_DATA, text)
    if run.orders.total_orders > run.settings.maximum_orders:
        run.stop()
        text = (
            f"You have exceeded maximum number of orders ({run.settings.maximum_orders}), for unlimited orders upgrade "
            "your account."
        )
        return request.error(Code.EXCEEDED_MAXIMUM_ORDERS, text)
    return _by_type(run, request, security) or _split(run, request) or request.success()


def _by_type(run: Any, request: SubmitOrderRequest, security: Any) -> OrderResponse | None:
    kind, symbol = request.order_type, request.symbol
    if kind is OrderType.OPTION_EXERCISE:
        return _exercise(run, request, security)
    if kind is OrderType.MARKET_ON_OPEN:
        if security.exchange.exchange_open and security.resolution is not Resolution.DAILY:
            text = "Cannot submit a MarketOnOpen order while the market is open."
            return request.error(Code.MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS, text)
    elif kind is OrderType.MARKET_ON_CLOSE and in_close_buffer(security):
        text = (
            "MarketOnClose orders must be placed within 00:15:30 before market close. Override this TimeSpan buffer by "
            "setting Orders.MarketOnCloseOrder.SubmissionTimeBuffer in QCAlgorithm.Initialize()."
        )
        return request.error(Code.MARKET_ON_CLOSE_ORDER_TOO_LATE, text)
    elif kind is OrderType.COMBO_MARKET and request.exact_limit:
        raise ArgumentException(f"Can not set a limit price using market combo orders ({symbol})")
    return None


def _exercise(run: Any, request: SubmitOrderRequest, security: Any) -> OrderResponse | None:
    symbol = request.symbol
    if not symbol.has_underlying:
        text = f"The security with symbol '{symbol}' is not exercisable."
        return request.error(Code.NON_EXERCISABLE_SECURITY, text)
    expires = security.hours.time_zone.to_utc(symbol.id.date).date()
    if symbol.id.option_style is OptionStyle.EUROPEAN and run.utc.date() < expires:
        text = f"Cannot exercise European style option with symbol '{symbol}' before its expiration date."
        return request.error(Code.EUROPEAN_OPTION_NOT_EXPIRED_ON_EXERCISE, text)
    held = security.holdings.exact_quantity
    if held < 0:
        text = (
            f"The security with symbol '{symbol}' has a short option position. Only long option positions are "
            "exercisable."
        )
        return request.error(Code.UNSUPPORTED_REQUEST_TYPE, text)
    if abs(request.exact_quantity) > held:
        text = f"Cannot exercise more contracts of '{symbol}' than is currently available in the portfolio. "
        return request.error(Code.UNSUPPORTED_REQUEST_TYPE, text)
    return None


def _split(run: Any, request: SubmitOrderRequest) -> OrderResponse | None:
    current = run.current_slice
    if (
        not request.symbol.has_underlying
        or current is None
        or not current.splits.contains_key(request.symbol.underlying)
    ):
        return None
    text = "Options orders are not allowed when a split occurred for its underlying stock"
    run.messages.debug_once("split", f"Warning: {text}")
    return request.error(Code.OPTION_ORDER_ON_STOCK_SPLIT, text)


def in_close_buffer(security: Any) -> bool:
    """Too late for a market-on-close order: within 15.5 minutes of the next close."""
    now = security.local_time
    close = security.hours.get_next_market_close(now, False)
    return bool(now > close - MARKET_ON_CLOSE_BUFFER)
