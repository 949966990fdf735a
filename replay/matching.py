"""The simulated broker: holds resting orders and looks at them on every scan (LEAN: BacktestingBrokerage)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from replay import fills
from replay.clock import same_tick
from replay.enums import OrderStatus, OrderType
from replay.orders import FILLS_AT_ONCE, GOOD_TIL_DATE, Order, OrderEvent, is_closed


class Matching:
    """Resting orders by id. ``scan`` is called twice per step and after every request."""

    def __init__(self, run: Any, handler: Any) -> None:
        self.run = run
        self.handler = handler
        self.pending: dict[int, Order] = {}
        self._needs_scan = False
        self._next_assignment: datetime | None = None

    def place(self, order: Order) -> None:
        """Take a new order; raises its Submitted event."""
        self._needs_scan = True
        self.pending[order.id] = order
        _add_broker_id(order)
        self.handler.raise_events([OrderEvent.of(order, self.run.utc, OrderStatus.SUBMITTED)])

    def take_up(self, order: Order) -> None:
        """An order that was out before the run began; no event."""
        self._needs_scan = True
        self.pending[order.id] = order

    def update(self, order: Order) -> bool:
        """Confirm a changed order; False when it does not rest here any more."""
        if order.id not in self.pending:
            return False
        self._needs_scan = True
        self.handler.raise_events([OrderEvent.of(order, self.run.utc, OrderStatus.UPDATE_SUBMITTED)])
        return True

    def cancel(self, order: Order) -> bool:
        """Remove an order and, for a combo, all its legs; one Canceled event each."""
        orders = self.handler.group_of(order)
        if orders is None:
            return False
        removed = True
        for leg in orders:
            if self.pending.pop(leg.id, None) is None:
                removed = False
            self.handler.raise_events([OrderEvent.of(leg, self.run.utc, OrderStatus.CANCELED)])
        return removed

    def scan(self) -> None:
        """Try every resting order once, in id order."""
        self._scan_assignments()
        if not self._needs_scan:
            return
        still = False
        for order_id in sorted(self.pending):
            order = self.pending.get(order_id)
            if order is None:
                continue
            if is_closed(order.status):
                self.pending.pop(order_id, None)
                continue
            if same_tick(order.created_utc, self.run.utc) and order.type not in FILLS_AT_ONCE:
                still = True
                continue
            still |= self._try(order)
        self._needs_scan = still or bool(self.pending)

    def _try(self, order: Order) -> bool:
        orders = self.handler.group_of(order)
        if orders is None or not self._may_fill(orders):
            return True
        faults = self.run.faults
        if faults is not None:
            end = faults.ended(orders)
            if end is not None:
                self._remove(orders, *end)
                return False
            if faults.rests(orders):
                return True
        begun = order.status is OrderStatus.PARTIALLY_FILLED
        enough, reason = (True, "") if begun else self.run.portfolio.has_sufficient_buying_power(orders)
        if not enough:
            if order.status is OrderStatus.CANCEL_PENDING:
                return True
            text = self.handler.buying_power_message(orders, reason)
            self._remove(orders, OrderStatus.INVALID, text)
            self.run.messages.error(text)
            return False
        found = fills.fill(self.run, order, orders)
        for event in found:
            leg = self.handler.orders[event.order_id]
            event.fee = self.run.fee(self.run.securities[leg.symbol], leg)
            leg.status = event.status
        if not found:
            return True
        if faults is not None:
            faults.portion(found)
        self.handler.raise_events(found)
        for leg in orders:
            if leg.status is not OrderStatus.PARTIALLY_FILLED:
                self.pending.pop(leg.id, None)
        return order.id in self.pending

    def _may_fill(self, orders: list[Order]) -> bool:
        """TryOrderPreChecks: a market-on-open order waits for a newer bar, a DAY order ends at the close."""
        for order in orders:
            security = self.run.securities[order.symbol]
            if order.type is OrderType.MARKET_ON_OPEN and security.last_bar_end_utc <= order.created_utc:
                return False
            if order.time_in_force != "GTC" and self._expired(order, security):
                self._remove(orders, OrderStatus.CANCELED, "The order has expired.")
                return False
            if not self.run.brokerage.can_execute_order(order, security.facts):
                return False
        return True

    def _expired(self, order: Order, security: Any) -> bool:
        """At the last regular close of the day it was sent, or of its date (Day-, GoodTilDateTimeInForce.cs)."""
        day = security.local(order.created_utc)
        if order.time_in_force.startswith(GOOD_TIL_DATE):
            day = datetime.fromisoformat(order.time_in_force.removeprefix(GOOD_TIL_DATE))
        close = security.hours.get_last_daily_market_close(day, False)
        return bool(security.local_time >= close)

    def _remove(self, orders: list[Order], status: OrderStatus, message: str) -> None:
        for order in orders:
            self.pending.pop(order.id, None)
        self.handler.raise_events([OrderEvent.of(o, self.run.utc, status, message) for o in orders])

    def _scan_assignments(self) -> None:
        """Short options are looked at in the first scan of the run and at or after each full UTC hour."""
        now: datetime = self.run.utc
        if self._next_assignment is not None and now < self._next_assignment:
            return
        self._next_assignment = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        self.run.expiry.assign_early()


def _add_broker_id(order: Order) -> None:
    text = str(order.id)
    if text not in order.broker_ids:
        order.broker_ids.append(text)
