"""Takes order requests, stores orders, and turns order events into portfolio changes and callbacks.

The sequence is that of LEAN's BrokerageTransactionHandler in a backtest: submit requests are worked off inside the
call that made them, updates and cancels wait for the next scan or the next submitted order, and every worked-off
request is followed by a scan of the resting orders.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from replay.enums import OrderRequestStatus, OrderResponseErrorCode, OrderStatus, OrderType
from replay.errors import LeanException
from replay.matching import Matching
from replay.order_views import OrderEventView
from replay.orders import COMBO_TYPES, ZERO, Order, OrderEvent, is_closed
from replay.requests import CancelOrderRequest, OrderRequest, OrderResponse, SubmitOrderRequest, UpdateOrderRequest
from replay.rounding import round_order_prices, round_to_lot, smart_text
from replay.symbol import Symbol, to_decimal
from replay.tickets import OrderTicket

Code = OrderResponseErrorCode


class OrderHandler:
    """All orders of a run. ``run`` is the engine: clock, securities, portfolio, brokerage model, messages."""

    def __init__(self, run: Any) -> None:
        self.run = run
        self.orders: dict[int, Order] = {}
        self.tickets: dict[int, OrderTicket] = {}
        self.open: dict[int, Order] = {}
        self.events: list[OrderEvent] = []
        self.last_order_id = 0
        self.last_group_id = 0
        self.total_orders = 0
        self.matching = Matching(run, self)
        self._adjustments: dict[Symbol, int] = {}
        self._queue: deque[OrderRequest] = deque()
        self._status_before_cancel: dict[int, OrderStatus] = {}
        self._observers: list[Callable[[OrderEvent, Order], None]] = []

    @property
    def utc_time(self) -> datetime:
        """The clock of the run."""
        now: datetime = self.run.utc
        return now

    def observe(self, callback: Callable[[OrderEvent, Order], None]) -> None:
        """Have every event reported before the algorithm's own callback."""
        self._observers.append(callback)

    def process(self, request: OrderRequest) -> OrderTicket:
        """Entry of every request of the algorithm (SecurityTransactionManager.ProcessRequest)."""
        if self.run.warming_up:
            code = "AlgorithmWarmingUp"
            raise LeanException(f"Error: {code} - {request.warming_up().error_message}")
        if isinstance(request, SubmitOrderRequest):
            self.last_order_id += 1
            request.order_id = self.last_order_id
            return self._add(request)
        if isinstance(request, UpdateOrderRequest):
            return self._update(request)
        assert isinstance(request, CancelOrderRequest)
        return self._cancel(request)

    def process_pending(self) -> None:
        """Work off queued requests in order, scanning after each."""
        while self._queue:
            request = self._queue.popleft()
            response = self._handle(request)
            request.respond(response)
            self.matching.scan()

    def _add(self, request: SubmitOrderRequest) -> OrderTicket:
        request.respond(request.success())
        ticket = OrderTicket(self, request)
        security = self.run.securities[request.symbol]
        order = Order(
            request.order_id,
            request.order_type,
            request.symbol,
            request.exact_quantity,
            request.time,
            tag=request.tag,
            limit_price=request.exact_limit,
            stop_price=request.exact_stop,
            trigger_price=request.exact_trigger,
            properties=request.order_properties,
            time_in_force=getattr(getattr(request.order_properties, "time_in_force", None), "code", "GTC"),
            group=request.group,
        )
        if request.trailing:
            order.trailing_amount, order.trailing_as_percentage = request.trailing
        if order.group is not None:
            order.group.order_ids.append(order.id)
        self.total_orders += 1
        self.tickets[order.id] = ticket
        order.submission = (security.exact_bid, security.exact_ask, security.exact_close)
        self.open[order.id] = order
        self._queue.append(request)
        self.process_pending()
        return ticket

    def _update(self, request: UpdateOrderRequest) -> OrderTicket:
        order, ticket = self.orders.get(request.order_id), self.tickets.get(request.order_id)
        if order is None or ticket is None:
            return self._unknown(request)
        ticket.update_requests.append(request)
        if order.status is OrderStatus.NEW:
            request.respond(request.not_yet_submitted(order.status))
        elif is_closed(order.status) and not request.only_tag:
            request.respond(request.closed(order.status))
        elif request.quantity is not None and request.quantity == 0:
            request.respond(request.zero_quantity())
        else:
            request.respond(request.success(), OrderRequestStatus.PROCESSING)
            self._queue.append(request)
        return ticket

    def _cancel(self, request: CancelOrderRequest) -> OrderTicket:
        order, ticket = self.orders.get(request.order_id), self.tickets.get(request.order_id)
        if order is None or ticket is None:
            return self._unknown(request)
        previous = ticket.cancel_request
        if previous is not None and previous.status is not OrderRequestStatus.ERROR:
            request.respond(request.error(Code.INVALID_REQUEST, "Cancellation is already in progress."))
            return ticket
        ticket.cancel_request = request
        if request.tag:
            order.tag = request.tag
        if order.status is OrderStatus.NEW:
            request.respond(request.not_yet_submitted(order.status))
        elif is_closed(order.status):
            request.respond(request.closed(order.status))
        else:
            self._status_before_cancel[order.id] = order.status
            order.status = OrderStatus.CANCEL_PENDING
            self.raise_events([OrderEvent.of(order, self.utc_time, OrderStatus.CANCEL_PENDING)])
            request.respond(request.success(), OrderRequestStatus.PROCESSING)
            self._queue.append(request)
        return ticket

    def _unknown(self, request: OrderRequest) -> OrderTicket:
        """A ticket that only carries the refusal (OrderTicket.InvalidUpdateOrderId, InvalidCancelOrderId)."""
        request.respond(request.unknown_order())
        submit = SubmitOrderRequest(request.time, OrderType.MARKET, None, ZERO, request.tag, None)  # type: ignore[arg-type]
        submit.order_id = request.order_id
        submit.respond(submit.unknown_order())
        ticket = OrderTicket(self, submit, OrderStatus.INVALID)
        if isinstance(request, UpdateOrderRequest):
            ticket.update_requests.append(request)
        elif isinstance(request, CancelOrderRequest):
            ticket.cancel_request = request
        return ticket

    def _handle(self, request: OrderRequest) -> OrderResponse:
        order = self.orders.get(request.order_id) or self.open.get(request.order_id)
        assert order is not None
        if isinstance(request, SubmitOrderRequest):
            return self._handle_submit(request, order)
        if isinstance(request, UpdateOrderRequest):
            return self._handle_update(request, order)
        return self._handle_cancel(request, order)

    def _handle_submit(self, request: SubmitOrderRequest, order: Order) -> OrderResponse:
        self.orders[order.id] = order
        order.price_adjustment = self._adjustment(order.symbol)
        order.tag = order.tag or ""
        round_to_lot(order, self.run)
        self.tickets[order.id].set_order(order)
        orders = self.group_of(order)
        if orders is None:
            if order.type is not OrderType.COMBO_LIMIT:
                round_order_prices(order, [order], self.run)
            return request.success()
        round_order_prices(order, orders, self.run)
        if any(leg.quantity == 0 for leg in orders):
            return self._refuse(orders, request.zero_quantity())
        if self.run.faults is not None:
            refused = self.run.faults.refused(request, orders)
            if refused is not None:
                return self._refuse(orders, refused)
        enough, reason = self.run.portfolio.has_sufficient_buying_power(orders)
        if not enough:
            text = self.buying_power_message(orders, reason)
            return self._refuse(orders, request.error(Code.INSUFFICIENT_BUYING_POWER, text), error_first=True)
        for leg in orders:
            refusal = self.run.brokerage.can_submit_order(leg, self.run.securities[leg.symbol].facts)
            if refusal is not None:
                ids = ",".join(str(o.id) for o in orders)
                text = f"BrokerageModel declared unable to submit order: [{ids}] {refusal}"
                return self._refuse(orders, request.error(Code.BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER, text))
        for leg in orders:
            self.matching.place(leg)
        return request.success()

    def _refuse(self, orders: list[Order], response: OrderResponse, error_first: bool = False) -> OrderResponse:
        text = response.error_message or ""
        if error_first:
            self.run.messages.error(text)
        for order in orders:
            if not is_closed(order.status):
                order.status = OrderStatus.INVALID
            self.raise_events([OrderEvent.of(order, self.utc_time, OrderStatus.INVALID, text)])
        if not error_first:
            self.run.messages.error(text)
        return response

    def _handle_update(self, request: UpdateOrderRequest, order: Order) -> OrderResponse:
        if is_closed(order.status):
            if not request.only_tag:
                return request.closed(order.status)
            if request.tag:
                order.tag = request.tag
            return request.success()
        facts = self.run.securities[order.symbol].facts
        wanted = None if request.quantity is None else to_decimal(request.quantity)
        refusal = self.run.brokerage.can_update_order(order, facts, wanted)
        if refusal is not None:
            text = f"OrderID: {order.id} {refusal}"
            self.run.messages.error(text)
            short = "BrokerageModel declared unable to update order"
            self.raise_events([OrderEvent.of(order, self.utc_time, order.status, short)])
            return request.error(Code.BROKERAGE_MODEL_REFUSED_TO_UPDATE_ORDER, text)
        if order.group is None:
            changed = order.clone()
            _apply(changed, request, [changed])
            enough, reason = self.run.portfolio.has_sufficient_buying_power([changed])
            if not enough:
                text = (
                    f"Brokerage failed to update order with id: {order.id}, Symbol: {order.symbol.value}, "
                    f"Insufficient buying power to complete order, Reason: {reason}."
                )
                self.run.messages.error(text)
                self.raise_events([OrderEvent.of(order, self.utc_time, order.status, text)])
                return request.error(Code.BROKERAGE_FAILED_TO_UPDATE_ORDER, text)
        orders = self.group_of(order) or [order]
        _apply(order, request, orders)
        round_order_prices(order, orders, self.run)
        if not self.matching.update(order):
            text = f"Brokerage failed to update order with id {order.id}"
            self.run.messages.error(text)
            return request.error(Code.BROKERAGE_FAILED_TO_UPDATE_ORDER, text)
        return request.success()

    def _handle_cancel(self, request: OrderRequest, order: Order) -> OrderResponse:
        if is_closed(order.status):
            self._status_before_cancel.pop(order.id, None)
            return request.closed(order.status)
        if self.run.faults is not None and self.run.faults.takes_cancel(order):
            return request.success()
        if not self.matching.cancel(order):
            text = f"Brokerage failed to cancel order with id {order.id}"
            self.run.messages.error(text)
            order.status = self._status_before_cancel.pop(order.id, order.status)
            return request.error(Code.BROKERAGE_FAILED_TO_CANCEL_ORDER, text)
        if request.tag:
            order.tag = request.tag
        return request.success()

    def group_of(self, order: Order) -> list[Order] | None:
        """The order, or all legs of its combo in id order; None while legs are still missing."""
        if order.group is None:
            return [order]
        legs = [self.orders[i] for i in order.group.order_ids if i in self.orders]
        return sorted(legs, key=lambda leg: leg.id) if len(legs) == order.group.count else None

    def order_value(self, order: Order) -> Decimal:
        """Signed value in dollars: quantity x price x multiplier; resting limit types at the better of both prices."""
        security = self.run.securities[order.symbol]
        return self.run.portfolio.order_value(security, order)

    def buying_power_message(self, orders: list[Order], reason: str) -> str:
        """LEAN's text for orders the account cannot carry."""
        ids = ",".join(str(o.id) for o in orders)
        values = ",".join(smart_text(self.order_value(o)) for o in orders)
        return (
            f"Order Error: ids: [{ids}], Insufficient buying power to complete orders (Value:[{values}]), "
            f"Reason: {reason}."
        )

    def add_open(self, order: Order) -> OrderTicket:
        """Store an order the engine itself made (exercise, delisting); it takes the next id."""
        self.last_order_id += 1
        order.id = self.last_order_id
        order.status = OrderStatus.SUBMITTED
        order.price_adjustment = self._adjustment(order.symbol)
        request = SubmitOrderRequest(
            order.created_utc, order.type, order.symbol, order.quantity, order.tag, order.properties
        )
        request.order_id = order.id
        request.respond(request.success())
        ticket = OrderTicket(self, request)
        ticket.set_order(order)
        self.orders[order.id] = self.open[order.id] = order
        self.tickets[order.id] = ticket
        self.total_orders += 1
        return ticket

    def _adjustment(self, symbol: Symbol) -> int:
        """How the security's prices were adjusted at its first order (SetPriceAdjustmentMode)."""
        mode = self.run.securities[symbol].data_normalization_mode
        return self._adjustments.setdefault(symbol, int(mode))

    def raise_events(self, events: Iterable[OrderEvent]) -> None:
        """Apply a batch: all fills reach the portfolio before the first callback (HandleOrderEvents)."""
        batch = list(events)
        for event in batch:
            order = self.orders[event.order_id]
            event.ticket = self.tickets[event.order_id]
            if is_closed(event.status):
                self.open.pop(event.order_id, None)
            self._absorb(event, order)
        fills = [event for event in batch if event.fill_quantity or event.status is OrderStatus.FILLED]
        if fills:
            self.run.portfolio.process_fills(fills)
        for event in batch:
            event.ticket.add_event(event)
        for event in batch:
            self.events.append(event)
            for observer in self._observers:
                observer(event, self.orders[event.order_id])
            if self.run.faults is None:
                self.run.call("on_order_event", OrderEventView(event))
            else:
                self.run.faults.deliver(partial(self.run.call, "on_order_event", OrderEventView(event)))

    def _absorb(self, event: OrderEvent, order: Order) -> None:
        if event.status is not OrderStatus.CANCEL_PENDING:
            self._status_before_cancel.pop(order.id, None)
        if order.status not in (OrderStatus.FILLED, OrderStatus.CANCELED) or event.status is not OrderStatus.INVALID:
            order.status = event.status
        order.events_raised += 1
        event.id = order.events_raised
        if event.status is OrderStatus.CANCELED:
            order.canceled_utc = event.time_utc
        elif event.status in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED):
            order.last_fill_utc = event.time_utc
        elif event.status in (OrderStatus.SUBMITTED, OrderStatus.UPDATE_SUBMITTED) and event.ticket.update_requests:
            order.last_update_utc = event.time_utc
        event.quantity = order.quantity
        if order.type not in COMBO_TYPES or order.type is OrderType.COMBO_LEG_LIMIT:
            event.limit_price = order.limit_price
        event.stop_price = order.stop_price
        event.trigger_price = order.trigger_price
        event.trailing_amount = order.trailing_amount


def _apply(order: Order, request: UpdateOrderRequest, orders: list[Order]) -> None:
    """Order.ApplyUpdateOrderRequest; a combo's quantity and limit belong to the group."""
    if request.tag:
        order.tag = request.tag
    if request.quantity is not None:
        quantity = to_decimal(request.quantity)
        if order.group is None:
            order.quantity = quantity
        else:
            for leg in orders:
                leg.quantity = leg.quantity / order.group.quantity * quantity
            order.group.quantity = quantity
    if request.limit_price is not None:
        if order.type is OrderType.COMBO_LIMIT and order.group is not None:
            order.group.limit_price = to_decimal(request.limit_price)
        elif order.limit_price is not None:
            order.limit_price = to_decimal(request.limit_price)
    if request.stop_price is not None and order.stop_price is not None:
        order.stop_price = to_decimal(request.stop_price)
    if request.trigger_price is not None and order.trigger_price is not None:
        order.trigger_price = to_decimal(request.trigger_price)
    if request.trailing_amount is not None and order.trailing_amount is not None:
        order.trailing_amount = to_decimal(request.trailing_amount)


__all__ = ["ZERO", "OrderHandler"]
