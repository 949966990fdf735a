"""``self.transactions``: questions about orders and tickets (LEAN: SecurityTransactionManager)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from replay.errors import InvalidOperationException
from replay.naming import LeanObject
from replay.order_views import OrderView
from replay.orders import Order, is_closed
from replay.symbol import Symbol
from replay.tickets import OrderTicket

Filter = Symbol | Callable[[Any], bool] | None


class Transactions(LeanObject):
    """Orders and tickets of the run. Orders are snapshots, tickets follow their order."""

    lean_name = "SecurityTransactionManager"

    def __init__(self, run: Any) -> None:
        self._run = run
        self.market_order_fill_timeout = timedelta(0)

    @property
    def _handler(self) -> Any:
        return self._run.orders

    last_order_id = property(lambda self: self._handler.last_order_id)
    orders_count = property(lambda self: self._handler.total_orders)
    utc_time = property(lambda self: self._run.utc)
    transaction_record = property(
        lambda self: {time: float(value) for time, (value, _) in self._run.portfolio.transaction_record.items()}
    )

    win_count = property(lambda self: sum(won for _, won in self._run.portfolio.transaction_record.values()))
    loss_count = property(lambda self: len(self._run.portfolio.transaction_record) - self.win_count)

    def _view(self, order: Order) -> OrderView:
        return OrderView(order, self._handler)

    def get_order_by_id(self, order_id: int) -> OrderView | None:
        """A snapshot of an order, None without one."""
        order = self._handler.orders.get(order_id)
        return None if order is None else self._view(order)

    def get_orders(self, filter: Filter = None) -> list[OrderView]:
        """Snapshots of all orders, or of those a symbol or function picks."""
        return _kept([self._view(order) for order in self._handler.orders.values()], filter)

    def get_open_orders(self, filter: Filter = None) -> list[OrderView]:
        """Snapshots of open orders."""
        return _kept([self._view(order) for order in self._handler.open.values()], filter)

    def get_orders_by_brokerage_id(self, brokerage_id: str) -> list[OrderView]:
        """Snapshots of the orders with a broker's id."""
        return [self._view(o) for o in self._handler.orders.values() if str(brokerage_id) in o.broker_ids]

    def get_order_ticket(self, order_id: int) -> OrderTicket | None:
        """The ticket of an order, None without one."""
        ticket: OrderTicket | None = self._handler.tickets.get(order_id)
        return ticket

    def get_order_tickets(self, filter: Filter = None) -> list[OrderTicket]:
        """All tickets, or those a symbol or function picks."""
        return _kept(list(self._handler.tickets.values()), filter)

    def get_open_order_tickets(self, filter: Filter = None) -> list[OrderTicket]:
        """Tickets of open orders."""
        return _kept([self._handler.tickets[i] for i in self._handler.open], filter)

    def get_open_orders_remaining_quantity(self, filter: Filter = None) -> float:
        """Signed quantity open orders may still fill."""
        return float(sum(ticket.exact_remaining for ticket in self.get_open_order_tickets(filter)))

    def cancel_open_orders(self, symbol: Symbol | None = None, tag: str | None = None) -> list[OrderTicket]:
        """Ask to cancel every open order, or those of one symbol; not allowed before trading starts."""
        if self._run.warming_up or not self._run.initialized:
            raise InvalidOperationException(
                "This operation is not allowed in initialize or during warm up: cancel_open_orders. "
                "Please move this code to the on_warmup_finished() method."
            )
        if symbol is None:
            tag = f"Canceled by CancelOpenOrders() at {self._run.utc:%Y-%m-%dT%H:%M:%S.%f}0Z"
        tickets = self.get_open_order_tickets(symbol)
        for ticket in tickets:
            ticket.cancel(tag)
        return tickets

    def cancel_order(self, order_id: int, order_tag: str | None = None) -> OrderTicket | None:
        """Ask to cancel one order."""
        ticket = self.get_order_ticket(order_id)
        if ticket is not None:
            ticket.cancel(order_tag or "")
        return ticket

    def wait_for_order(self, order_id: int) -> bool:
        """Whether the order is closed; a backtest never waits."""
        ticket = self.get_order_ticket(order_id)
        return ticket is not None and is_closed(ticket.status)


def _kept(items: list[Any], rule: Filter) -> list[Any]:
    if rule is None:
        return items
    if isinstance(rule, Symbol):
        return [item for item in items if item.symbol == rule]
    return [item for item in items if rule(item)]
