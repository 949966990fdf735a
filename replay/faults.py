"""Carries a fault plan out: the order handler, the broker and the engine ask it at a few places.

Everything a fault does is what some brokerage or feed has been seen to do; nothing here knows why an order was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from replay.enums import OrderDirection, OrderResponseErrorCode, OrderStatus, OrderType
from replay.fault_plan import Fault, FaultKind, FaultPlan
from replay.fault_quotes import Disturbance, disturb, make_readable, make_unreadable
from replay.orders import Order, OrderEvent, is_closed

_FOR_GOOD = 1 << 62
_CODES = {
    "margin": (OrderResponseErrorCode.INSUFFICIENT_BUYING_POWER, "Insufficient buying power to complete orders"),
    "unsupported": (
        OrderResponseErrorCode.BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER,
        "BrokerageModel declared unable to submit order: it does not support this order type",
    ),
    "price": (OrderResponseErrorCode.SECURITY_PRICE_ZERO, "The security does not have an accurate price"),
    "closed": (OrderResponseErrorCode.EXCHANGE_NOT_OPEN, "The exchange is not open"),
    "other": (OrderResponseErrorCode.BROKERAGE_FAILED_TO_SUBMIT_ORDER, "Brokerage failed to place order"),
}


class Faults:
    """The faults of a run under way. `happened` holds those that did something, in that order."""

    def __init__(self, run: Any, plan: FaultPlan) -> None:
        self.run = run
        self.happened: list[Fault] = []
        self.outside: list[tuple[int, Any, Decimal, Decimal]] = []
        """Changes of holdings from outside: step, symbol, signed contracts, cash in dollars."""
        self._waiting: list[Fault] = []
        self._due: list[tuple[int, Callable[[], None]]] = []
        self.events = self.cancels = 0
        self._since: dict[int, int] = {}
        self._part: dict[int, tuple[int, int]] = {}
        self._cancelling: set[int] = set()
        for fault in plan.faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """One more fault, from now on."""
        self._waiting.append(fault)

    def _happens(self, fault: Fault) -> None:
        self._waiting.remove(fault)
        self.happened.append(fault)

    def _find(self, kind: FaultKind, numbers: range | list[int]) -> Fault | None:
        return next((f for f in self._waiting if f.kind is kind and f.nth in numbers), None)

    def _in(self, steps: int, action: Callable[[], None]) -> None:
        self._due.append((self.run.steps + steps, action))

    # -- orders ------------------------------------------------------------------------------------------------

    def refused_before(self, request: Any, legs: int = 1) -> Any:
        """The answer that refuses a request before it has an id; None lets it pass."""
        following = self.run.orders.last_order_id + 1
        fault = next(
            (f for f in self._waiting if f.kind is FaultKind.REFUSE and f.stage == "check" and f.nth <= following),
            None,
        )
        if fault is None:
            return None
        self._happens(fault)
        code, text = _CODES[fault.code]
        return request.error(code, text)

    def refused(self, request: Any, orders: list[Order]) -> Any:
        """The answer that refuses orders before they are accepted; None lets them pass."""
        fault = self._refusal(orders, "submit")
        if fault is None:
            return None
        self._happens(fault)
        code, text = _CODES[fault.code]
        return request.error(code, f"Order Error: ids: [{','.join(str(o.id) for o in orders)}], {text}")

    def _refusal(self, orders: list[Order], *stages: str) -> Fault | None:
        ids = [order.id for order in orders]
        return next(
            (f for f in self._waiting if f.kind is FaultKind.REFUSE and f.stage in stages and f.nth in ids), None
        )

    def ended(self, orders: list[Order]) -> tuple[OrderStatus, str] | None:
        """How the broker ends accepted orders now, None when it does not."""
        fault = self._refusal(orders, "later", "canceled")
        if fault is None or self.run.steps - self._first_seen(orders) < fault.steps:
            return None
        self._happens(fault)
        if fault.stage == "canceled":
            return OrderStatus.CANCELED, "Canceled by the broker"
        return OrderStatus.INVALID, _CODES[fault.code][1]

    def rests(self, orders: list[Order]) -> bool:
        """True while orders may not fill."""
        ids = [order.id for order in orders]
        if any(order_id in self._cancelling for order_id in ids) or self._refusal(orders, "later", "canceled"):
            return True
        fault = self._find(FaultKind.DELAY, ids)
        if fault is not None:
            if self.run.steps - self._first_seen(orders) < fault.steps:
                return True
            self._happens(fault)
        last = max((self._part[i][1] for i in ids if i in self._part), default=None)
        partial = self._find(FaultKind.PARTIAL, ids)
        return last is not None and partial is not None and self.run.steps - last < max(partial.steps, 1)

    def _first_seen(self, orders: list[Order]) -> int:
        return self._since.setdefault(orders[0].id, self.run.steps)

    def portion(self, events: list[OrderEvent]) -> list[OrderEvent]:
        """What of the fills comes now. The fee comes with the first part."""
        fault = self._find(FaultKind.PARTIAL, [event.order_id for event in events])
        if fault is None:
            return events
        units = min(abs(int(event.fill_quantity)) for event in events)
        parts = min(fault.parts, units)
        done = self._part.get(events[0].order_id, (0, 0))[0]
        for event in events:
            whole = event.fill_quantity
            before, upto = int(whole) * done // parts, int(whole) * (done + 1) // parts
            event.fill_quantity = Decimal(upto - before) if done + 1 < parts else whole - before
            event.status = OrderStatus.FILLED if done + 1 == parts else OrderStatus.PARTIALLY_FILLED
            if done:
                event.fee = Decimal(0)
            self._part[event.order_id] = (done + 1, self.run.steps)
        if done + 1 == parts:
            self._happens(fault)
        return events

    def filled_before(self, order: Order) -> Decimal:
        """Contracts of an order that filled in earlier parts, signed."""
        filled: Decimal = self.run.orders.tickets[order.id].exact_quantity
        return filled - self.run.orders.tickets[order.id].exact_remaining

    # -- cancels -----------------------------------------------------------------------------------------------

    def takes_cancel(self, order: Order) -> bool:
        """True when a cancel request is answered by a fault and not by the broker at once.

        A request for another leg of a combo whose cancel is unanswered shares that answer: a combo is one order.
        """
        self.cancels += 1
        if order.id in self._cancelling:
            return True
        fault = self._find(FaultKind.CANCEL, [self.cancels])
        if fault is None:
            return False
        self._happens(fault)
        orders = self.run.orders.group_of(order) or [order]
        matching = self.run.orders.matching
        if fault.outcome == "filled late":
            matching.cancel(order)
            self._in(fault.steps, lambda: None if self._has_expired(orders) else self._fill_at_last(orders))
            return True
        self._cancelling.update(one.id for one in orders)

        def answer() -> None:
            self._cancelling.difference_update(one.id for one in orders)
            if self._has_expired(orders):
                if not is_closed(order.status):
                    matching.cancel(order)
            elif fault.outcome == "filled":
                self._fill_at_last(orders)
                for one in orders:
                    matching.pending.pop(one.id, None)
            elif fault.outcome == "refused":
                self._back_to_work(orders)
            elif not is_closed(order.status):
                matching.cancel(order)

        self._in(max(fault.steps, 1), answer)
        return True

    def _has_expired(self, orders: list[Order]) -> bool:
        """True when a contract is gone: no broker fills an order in it any more."""
        today = self.run.utc.date()
        return any(one.symbol.has_underlying and one.symbol.id.date.date() < today for one in orders)

    def _back_to_work(self, orders: list[Order]) -> None:
        """The broker would not cancel: the order goes on, another request may be made."""
        handler = self.run.orders
        for order in orders:
            request = handler.tickets[order.id].cancel_request
            if request is not None:
                code = OrderResponseErrorCode.BROKERAGE_FAILED_TO_CANCEL_ORDER
                request.respond(request.error(code, f"Brokerage failed to cancel order with id {order.id}"))
            if order.status is OrderStatus.CANCEL_PENDING:
                order.status = OrderStatus.SUBMITTED

    def _fill_at_last(self, orders: list[Order]) -> None:
        events = []
        for order in orders:
            left = order.quantity - self.filled_before(order)
            if not left or order.status in (OrderStatus.FILLED, OrderStatus.INVALID):
                continue
            event = OrderEvent.of(order, self.run.utc, OrderStatus.FILLED)
            event.fill_quantity = left
            event.fill_price = order.limit_price or self._side(order.symbol, left)
            event.fee = Decimal(0) if left != order.quantity else self._fee(order)
            events.append(event)
        if events:
            self.run.orders.raise_events(events)

    def _fee(self, order: Order) -> Decimal:
        fee: Decimal = self.run.fee(self.run.securities[order.symbol], order)
        return fee

    def _side(self, symbol: Any, quantity: Decimal) -> Decimal:
        security = self.run.securities[symbol]
        direction = OrderDirection.BUY if quantity > 0 else OrderDirection.SELL
        price: Decimal = security.side_prices(direction).close or security.exact_price
        return price

    # -- events ------------------------------------------------------------------------------------------------

    def deliver(self, call: Callable[[], None]) -> None:
        """Hand an event to the algorithm: now, later, twice or never."""
        self.events += 1
        numbers = [self.events]
        drop = self._find(FaultKind.DROP, numbers)
        if drop is not None:
            self._happens(drop)
            return
        hold = self._find(FaultKind.HOLD, numbers)
        if hold is not None:
            self._happens(hold)
            self._in(max(hold.steps, 1), call)
            return
        call()
        twice = self._find(FaultKind.TWICE, numbers)
        if twice is not None:
            self._happens(twice)
            if twice.steps:
                self._in(twice.steps, call)
            else:
                call()

    # -- steps -------------------------------------------------------------------------------------------------

    def begin_step(self) -> None:
        """What is due at the beginning of a step, before resting orders are looked at."""
        due = [action for step, action in self._due if step <= self.run.steps]
        self._due = [(step, action) for step, action in self._due if step > self.run.steps]
        for action in due:
            action()
        for fault in [f for f in self._waiting if f.kind in _BY_STEP and f.step <= self.run.steps]:
            security = self._contract(fault)
            if security is not None and _BY_STEP[fault.kind](self, fault, security):
                self._happens(fault)

    def _contract(self, fault: Fault) -> Any:
        """The security a fault is about; None while it holds for nothing."""
        securities = self.run.securities.values()
        if isinstance(fault.contract, str):
            return next((s for s in securities if s.symbol.value == fault.contract), None)
        held = sorted(
            (s for s in securities if s.symbol.has_underlying and s.holdings.exact_quantity),
            key=lambda s: str(s.symbol.value),
        )
        if fault.kind is FaultKind.ASSIGN:
            held = [s for s in held if s.holdings.exact_quantity < 0 and s.intrinsic(s.underlying.exact_close) > 0]
        return held[fault.contract % len(held)] if held else None

    def _disturb(self, security: Any, what: Disturbance, steps: int) -> bool:
        def over() -> None:
            what.end = self.run.ms - 1

        disturb(security, what)
        if steps:
            self._in(steps, over)
        return True

    def _silence(self, fault: Fault, security: Any) -> bool:
        return self._disturb(security, Disturbance(self.run.ms - 1, _FOR_GOOD, fault.side), fault.steps)

    def _absurd(self, fault: Fault, security: Any) -> bool:
        what = Disturbance(self.run.ms - 1, _FOR_GOOD, factor=Decimal(fault.factor) / 100)
        return self._disturb(security, what, max(fault.steps, 1))

    def _raise(self, fault: Fault, security: Any) -> bool:
        make_unreadable(security)
        self._in(max(fault.steps, 1), lambda: make_readable(security))
        return True

    def _assign(self, fault: Fault, security: Any) -> bool:
        held = -security.holdings.exact_quantity
        if held <= 0 or security.intrinsic(security.underlying.exact_close) <= 0:
            return False
        self.run.expiry.exercise(security, min(Decimal(fault.quantity) or held, held), "Assigned early")
        return True

    def _by_hand(self, fault: Fault, security: Any) -> bool:
        held = security.holdings.exact_quantity
        if not security.exchange.exchange_open or not held:
            return False
        sign = 1 if held > 0 else -1
        change = -sign * min(Decimal(fault.quantity), abs(held)) if fault.quantity > 0 else -sign * fault.quantity
        if not change:
            return True
        price = self._side(security.symbol, Decimal(change))
        self.outside.append((self.run.steps, security.symbol, Decimal(change), -change * price * security.multiplier))
        if fault.told:
            order = Order(0, OrderType.MARKET, security.symbol, Decimal(change), self.run.utc, tag="a hand")
            self.run.orders.add_open(order)
            event = OrderEvent.of(order, self.run.utc, OrderStatus.FILLED)
            event.fill_price, event.fill_quantity = price, Decimal(change)
            self.run.orders.raise_events([event])
        else:
            self.run.portfolio.change_from_outside(security, Decimal(change), price)
        return True


_BY_STEP: dict[FaultKind, Callable[[Faults, Fault, Any], bool]] = {
    FaultKind.SILENCE: Faults._silence,
    FaultKind.ABSURD: Faults._absurd,
    FaultKind.ASSIGN: Faults._assign,
    FaultKind.OUTSIDE: Faults._by_hand,
    FaultKind.RAISE: Faults._raise,
}
