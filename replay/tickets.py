"""The ticket an algorithm holds for an order (LEAN: Common/Orders/OrderTicket.cs)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from replay.enums import OrderField, OrderRequestStatus, OrderResponseErrorCode, OrderStatus, OrderType
from replay.errors import ArgumentException
from replay.naming import LeanObject
from replay.order_texts import ticket_text
from replay.order_views import OrderEventView
from replay.orders import Order, OrderEvent
from replay.requests import (
    CancelOrderRequest,
    OrderResponse,
    SubmitOrderRequest,
    UpdateOrderFields,
    UpdateOrderRequest,
)
from replay.symbol import Symbol

_LIMIT = (
    OrderType.COMBO_LIMIT,
    OrderType.COMBO_LEG_LIMIT,
    OrderType.LIMIT,
    OrderType.STOP_LIMIT,
    OrderType.LIMIT_IF_TOUCHED,
)
_STOP = (OrderType.STOP_LIMIT, OrderType.STOP_MARKET, OrderType.TRAILING_STOP)


class OrderTicket(LeanObject):
    """Handle of one order: its state, and the way to update or cancel it."""

    def __init__(self, handler: Any, request: SubmitOrderRequest, override: OrderStatus | None = None) -> None:
        self._handler = handler
        self.submit_request = request
        self._override = override
        self._order: Order | None = None
        self.update_requests: list[UpdateOrderRequest] = []
        self.cancel_request: CancelOrderRequest | None = None
        self._events: list[OrderEvent] = []
        self._filled = Decimal(0)
        self._average = Decimal(0)

    @property
    def order_id(self) -> int:
        """Id of the order, -10 when none was stored."""
        return self.submit_request.order_id

    @property
    def status(self) -> OrderStatus:
        """State of the order."""
        if self._override is not None:
            return self._override
        return OrderStatus.NEW if self._order is None else self._order.status

    @property
    def symbol(self) -> Symbol:
        """Symbol of the order."""
        return self.submit_request.symbol

    @property
    def security_type(self) -> Any:
        """The asset class."""
        return self.symbol.security_type

    @property
    def exact_quantity(self) -> Decimal:
        """Signed quantity."""
        return self.submit_request.exact_quantity if self._order is None else self._order.quantity

    @property
    def quantity(self) -> float:
        """Signed quantity."""
        return float(self.exact_quantity)

    @property
    def quantity_filled(self) -> float:
        """Signed quantity filled."""
        return float(self._filled)

    @property
    def exact_remaining(self) -> Decimal:
        """Signed quantity not filled."""
        return self.exact_quantity - self._filled

    @property
    def quantity_remaining(self) -> float:
        """Signed quantity not filled."""
        return float(self.exact_remaining)

    @property
    def average_fill_price(self) -> float:
        """Average fill price in dollars per share, 0 before a fill."""
        return float(self._average)

    @property
    def order_type(self) -> OrderType:
        """Kind of the order."""
        return self.submit_request.order_type

    @property
    def tag(self) -> str | None:
        """Tag of the order."""
        return self.submit_request.tag if self._order is None else self._order.tag

    @property
    def time(self) -> datetime:
        """UTC of the last request."""
        return self.get_most_recent_order_request().time

    @property
    def order_events(self) -> list[OrderEventView]:
        """Events so far."""
        return [OrderEventView(event) for event in self._events]

    @property
    def has_order(self) -> bool:
        """Whether the order was stored."""
        return self._order is not None

    @property
    def order_set(self) -> bool:
        """Whether the order was stored."""
        return self._order is not None

    def get(self, order_field: OrderField) -> float:
        """A price of the order; ArgumentException when its type has no such field."""
        order, request, kind = self._order, self.submit_request, self.order_type
        value: Decimal | None = None
        if order_field is OrderField.LIMIT_PRICE and kind in _LIMIT:
            if order is None:
                value = request.exact_limit
            else:
                value = order.group.limit_price if kind is OrderType.COMBO_LIMIT and order.group else order.limit_price
        elif order_field is OrderField.STOP_PRICE and kind in _STOP:
            value = request.exact_stop if order is None else order.stop_price
        elif order_field is OrderField.TRIGGER_PRICE and kind is OrderType.LIMIT_IF_TOUCHED:
            value = request.exact_trigger if order is None else order.trigger_price
        elif order_field is OrderField.TRAILING_AMOUNT and kind is OrderType.TRAILING_STOP:
            value = order.trailing_amount if order else None
        if value is None:
            raise ArgumentException(f"Unable to get field {order_field} on order of type {kind}")
        return float(value)

    def update(self, fields: UpdateOrderFields) -> OrderResponse:
        """Ask for a change; it takes effect in the second scan of the step."""
        request = UpdateOrderRequest(self._handler.utc_time, self.order_id, fields)
        ticket = self._handler.process(request)
        response: OrderResponse = ticket.update_requests[-1].response
        return response

    def update_tag(self, tag: str) -> OrderResponse:
        """Replace the tag."""
        return self.update(UpdateOrderFields(tag=tag))

    def update_quantity(self, quantity: float, tag: str | None = None) -> OrderResponse:
        """Replace the quantity."""
        return self.update(UpdateOrderFields(quantity=quantity, tag=tag))

    def update_limit_price(self, limit_price: float, tag: str | None = None) -> OrderResponse:
        """Replace the limit, dollars per share."""
        return self.update(UpdateOrderFields(limit_price=limit_price, tag=tag))

    def update_stop_price(self, stop_price: float, tag: str | None = None) -> OrderResponse:
        """Replace the stop, dollars per share."""
        return self.update(UpdateOrderFields(stop_price=stop_price, tag=tag))

    def update_trigger_price(self, trigger_price: float, tag: str | None = None) -> OrderResponse:
        """Replace the trigger, dollars per share."""
        return self.update(UpdateOrderFields(trigger_price=trigger_price, tag=tag))

    def update_stop_trailing_amount(self, trailing_amount: float, tag: str | None = None) -> OrderResponse:
        """Replace the trailing amount."""
        return self.update(UpdateOrderFields(trailing_amount=trailing_amount, tag=tag))

    def cancel(self, tag: str | None = None) -> OrderResponse:
        """Ask for cancellation; a second request answers REQUEST_CANCELED."""
        request = CancelOrderRequest(self._handler.utc_time, self.order_id, tag)
        if self.cancel_request is not None and self.cancel_request.status is not OrderRequestStatus.ERROR:
            text = f"Order {self.order_id} has already received a cancellation request."
            return request.error(OrderResponseErrorCode.REQUEST_CANCELED, text)
        ticket = self._handler.process(request)
        response: OrderResponse = ticket.cancel_request.response
        return response

    def get_most_recent_order_request(self) -> Any:
        """The last cancel, update or submit request."""
        return self.cancel_request or (self.update_requests[-1] if self.update_requests else self.submit_request)

    def get_most_recent_order_response(self) -> OrderResponse:
        """The answer to the last request."""
        response: OrderResponse = self.get_most_recent_order_request().response
        return response

    def set_order(self, order: Order) -> None:
        """Bind the stored order; from here on the ticket shows its state."""
        self._order = order

    def add_event(self, event: OrderEvent) -> None:
        """Record an event and keep the running fill totals (OrderTicket.AddOrderEvent)."""
        self._events.append(event)
        order = self._order
        if not event.fill_quantity or order is None:
            return
        if order.type is not OrderType.OPTION_EXERCISE:
            self._filled += event.fill_quantity
            paid = sum((abs(e.fill_quantity) * e.fill_price for e in self._events), Decimal(0))
            self._average = paid / abs(self._filled)
            order.price = self._average
        elif event.is_in_the_money:
            order.price = self.symbol.id.strike_decimal
            if event.fill_price:
                self._filled += event.fill_quantity
                self._average = order.price

    def __int__(self) -> int:
        response = self.get_most_recent_order_response()
        return int(response.error_code) if response.is_error else self.order_id

    def __str__(self) -> str:
        requests = [self.submit_request, *self.update_requests]
        if self.cancel_request is not None:
            requests.append(self.cancel_request)
        return ticket_text(self.order_id, self._order, requests)
