"""Orders that bring a position to nothing or to a share of the value (LEAN: QCAlgorithm.Trading.cs)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from replay.enums import OrderType
from replay.errors import Unsupported
from replay.naming import own
from replay.order_requests import Requests
from replay.order_sizing import quantity_for_percent
from replay.symbol import Symbol
from replay.tickets import OrderTicket


class PositionOrders(Requests):
    """Liquidation and targets; what is sent are plain orders."""

    def liquidate(
        self,
        symbol: Any = None,
        asynchronous: bool | str = False,
        tag: str | None = None,
        order_properties: Any = None,
        *,
        symbols: Any = None,
    ) -> Any:
        """Cancel open orders and close positions: one market order per holding, by symbol text or as listed.

        Gives the tickets; the ids of the orders when the second argument is a text, which then is the tag.
        """
        if isinstance(asynchronous, str):
            return [ticket.order_id for ticket in own(self, "liquidate")(symbol, tag=asynchronous, symbols=symbols)]
        run = self._replay_run
        symbols = symbol if symbols is None else symbols
        if not run.settings.liquidate_enabled:
            run.messages.debug(
                "Liquidate() is currently disabled by settings. To re-enable please set 'Settings.LiquidateEnabled' to "
                "true"
            )
            return []
        if symbols is None:
            wanted: list[Any] = sorted(run.securities.keys(), key=lambda s: s.value)
        elif isinstance(symbols, Iterable) and not isinstance(symbols, (str, Symbol)):
            wanted = list(symbols)
        else:
            wanted = [symbols]
        tag = "Liquidated" if tag is None else tag
        tickets = []
        for item in wanted:
            security = run.securities.find(item)
            if security is None:
                run.messages.debug_once(
                    "liquidate",
                    f"Warning: liquidate ignored symbol '{item}' because it has not been added to the algorithm. Add "
                    "the security before liquidating it.",
                )
                continue
            ticket = self._replay_liquidate_one(security, asynchronous, tag, order_properties)
            if ticket is not None:
                tickets.append(ticket)
        return tickets

    def _replay_liquidate_one(self, security: Any, asynchronous: bool, tag: str, properties: Any) -> OrderTicket | None:
        run, symbol = self._replay_run, security.symbol
        held = security.holdings.exact_quantity if security.holdings.invested else Decimal(0)
        orders = [order for order in run.orders.open.values() if order.symbol == symbol]
        market = OrderType.MARKET
        if len(orders) == 1 and held and orders[0].quantity == -held and orders[0].type is market:
            return None
        pending = Decimal(0)
        for order in orders:
            if order.type is market:
                pending += run.orders.tickets[order.id].exact_remaining
            else:
                run.transactions.cancel_order(order.id, tag)
        if not held:
            return None
        ticket: OrderTicket = own(self, "order")(symbol, float(-held - pending), asynchronous, tag, properties)
        return ticket

    def set_maximum_orders(self, maximum: int) -> None:
        """Orders after which the run stops."""
        self._replay_run.settings.maximum_orders = maximum

    def calculate_order_quantity(self, symbol: Any, target: float) -> float:
        """Signed quantity that brings a position to a share of the portfolio's value (1 is 100 %)."""
        return float(quantity_for_percent(self._replay_run, self._replay_run.symbol_of(symbol), target))

    def set_holdings(
        self,
        symbol: Any,
        percentage: float | None = None,
        liquidate_existing_holdings: bool = False,
        asynchronous: bool = False,
        tag: str | None = None,
        order_properties: Any = None,
    ) -> list[OrderTicket]:
        """Order what brings a position to a share of the portfolio's value; lists of targets raise Unsupported."""
        if percentage is None or isinstance(symbol, (list, tuple)):
            raise Unsupported("set_holdings with a list of targets", "set one symbol after the other")
        run = self._replay_run
        wanted = run.symbol_of(symbol)
        quantity = quantity_for_percent(run, wanted, percentage)
        tickets: list[OrderTicket] = []
        if liquidate_existing_holdings:
            others = sorted({s.symbol for s in run.securities.values()} - {wanted}, key=lambda s: s.value)
            tickets += own(self, "liquidate")(others, False, tag, order_properties)
        resting = (OrderType.MARKET, OrderType.MARKET_ON_OPEN)
        open_orders = (o for o in run.orders.open.values() if o.symbol == wanted and o.type in resting)
        quantity -= sum((run.orders.tickets[order.id].exact_remaining for order in open_orders), Decimal(0))
        if not quantity:
            return tickets
        security = run.securities.find(wanted)
        if security is None:
            run.messages.error(f"{wanted} not found in portfolio. Request this data when initializing the algorithm.")
            return tickets
        send = own(self, "market_order") if security.exchange.exchange_open else own(self, "market_on_open_order")
        return [*tickets, send(wanted, float(quantity), asynchronous, tag or "", order_properties)]
