"""Orders, events and tickets as text, as LEAN prints them (LEAN: Common/Messages/Messages.Orders.cs)."""

from __future__ import annotations

from decimal import Decimal

from replay.enums import LeanEnum, OrderType
from replay.orders import Order, OrderEvent
from replay.requests import OrderRequest
from replay.rounding import smart_text


def dotnet_name(member: LeanEnum) -> str:
    """``COMBO_MARKET`` -> ``ComboMarket``."""
    return "".join(part.capitalize() for part in member.name.split("_"))


def plain(value: Decimal) -> str:
    """A quantity without trailing zeros."""
    return f"{value.normalize():f}" if value else "0"


def order_text(order: Order) -> str:
    """Id, state, size and tag, then the prices of the order's type."""
    tag = f": {order.tag}" if order.tag else ""
    text = (
        f"OrderId: {order.id} (BrokerId: {','.join(order.broker_ids)}) {dotnet_name(order.status)} "
        f"{dotnet_name(order.type)} order for {plain(order.quantity)} unit{'' if order.quantity == 1 else 's'} of "
        f"{order.symbol}{tag}"
    )
    stop, limit = smart_text(order.stop_price or Decimal(0)), smart_text(order.limit_price or Decimal(0))
    match order.type:
        case OrderType.LIMIT:
            return f"{text} at limit ${limit}"
        case OrderType.STOP_MARKET:
            return f"{text} at stop ${stop}"
        case OrderType.STOP_LIMIT:
            return f"{text} at stop ${stop} limit ${limit}"
        case OrderType.TRAILING_STOP:
            return f"{text} at stop ${stop}. Trailing amount: {trailing_text(order)}"
        case OrderType.LIMIT_IF_TOUCHED:
            return f"{text} at trigger ${smart_text(order.trigger_price or Decimal(0))} limit ${limit}"
    return text


def trailing_text(order: Order) -> str:
    """The distance of a trailing stop, in dollars or percent."""
    amount = order.trailing_amount or Decimal(0)
    return f"{amount * 100:f}%" if order.trailing_as_percentage else f"${amount:f}"


def event_text(event: OrderEvent, order: Order | None) -> str:
    """One line of an order event."""
    text = (
        f"Time: {event.time_utc:%m/%d/%Y %H:%M:%S} OrderID: {event.order_id} EventID: {event.id} "
        f"Symbol: {event.symbol.value} Status: {dotnet_name(event.status)} Quantity: {plain(event.quantity)}"
    )
    if event.fill_quantity:
        text += f" FillQuantity: {plain(event.fill_quantity)} FillPrice: ${smart_text(event.fill_price)}"
    if event.limit_price is not None:
        text += f" LimitPrice: ${smart_text(event.limit_price)}"
    if event.stop_price is not None:
        text += f" StopPrice: ${smart_text(event.stop_price)}"
    if event.trailing_amount is not None and order is not None:
        text += f" TrailingAmount: {trailing_text(order)}"
    if event.trigger_price is not None:
        text += f" TriggerPrice: ${smart_text(event.trigger_price)}"
    if event.fee:
        text += f" OrderFee: {event.fee:f} USD"
    if event.message:
        text += f" Message: {event.message}"
    return text + (f" IsAssignment: {event.is_assignment}" if event.symbol.has_underlying else "")


def ticket_text(order_id: int, order: Order | None, requests: list[OrderRequest]) -> str:
    """The ticket's order, and how many requests were made and answered."""
    answered = sum(request.response.is_processed for request in requests)
    counts = f"Request Count: {len(requests)} Response Count: {answered}"
    return f"{order_id}: {counts}" if order is None else f"{order_id}: {order_text(order)} {counts}"
