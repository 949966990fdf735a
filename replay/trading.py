"""Order methods of an algorithm for one security (LEAN: QCAlgorithm.Trading.cs)."""

from __future__ import annotations

from typing import Any

from replay.checks import in_close_buffer
from replay.combo_orders import ComboOrders
from replay.enums import OrderType, Resolution
from replay.legs import OptionStrategy
from replay.position_orders import PositionOrders
from replay.symbol import to_decimal
from replay.tickets import OrderTicket


class Trading(ComboOrders, PositionOrders):
    """Mixin of ``QCAlgorithm`` with all order methods."""

    def market_order(
        self,
        symbol: Any,
        quantity: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> Any:
        """Buy (positive) or sell at the market; outside regular hours it becomes a market-on-open order."""
        if isinstance(symbol, OptionStrategy):
            return self.order(symbol, int(quantity), asynchronous, tag, order_properties)
        run, security = self._run, self._security_for_order(symbol)
        if not security.exchange.exchange_open:
            ticket = self.market_on_open_order(security.symbol, quantity, asynchronous, tag, order_properties)
            if ticket.submit_request.response.is_success:
                run.messages.debug_once(
                    "moo",
                    "Warning: market orders submitted while the market is closed are automatically converted into "
                    "MarketOnOpen orders to fill at the next market open.",
                )
            return ticket
        if security.resolution is Resolution.DAILY or security.symbol.is_canonical():
            other = self.market_on_open_order if in_close_buffer(security) else self.market_on_close_order
            return other(security.symbol, quantity, asynchronous, tag, order_properties)
        request = self._request(
            OrderType.MARKET, security.symbol, to_decimal(quantity), tag, order_properties, asynchronous
        )
        return self._submit(request)

    def _single(
        self,
        kind: OrderType,
        symbol: Any,
        quantity: float,
        tag: Any,
        properties: Any,
        asynchronous: bool,
        **prices: Any,
    ) -> OrderTicket:
        security = self._security_for_order(symbol)
        request = self._request(kind, security.symbol, to_decimal(quantity), tag, properties, asynchronous, **prices)
        return self._submit(request)

    def limit_order(
        self,
        symbol: Any,
        quantity: float,
        limit_price: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> OrderTicket:
        """An order at a limit, dollars per share."""
        price = to_decimal(limit_price)
        return self._single(OrderType.LIMIT, symbol, quantity, tag, order_properties, asynchronous, limit=price)

    def stop_market_order(
        self,
        symbol: Any,
        quantity: float,
        stop_price: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> OrderTicket:
        """A market order once the stop is passed, dollars per share."""
        price = to_decimal(stop_price)
        return self._single(OrderType.STOP_MARKET, symbol, quantity, tag, order_properties, asynchronous, stop=price)

    def stop_limit_order(
        self,
        symbol: Any,
        quantity: float,
        stop_price: float,
        limit_price: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> OrderTicket:
        """A limit order once the stop is passed, dollars per share."""
        prices = {"stop": to_decimal(stop_price), "limit": to_decimal(limit_price)}
        return self._single(OrderType.STOP_LIMIT, symbol, quantity, tag, order_properties, asynchronous, **prices)

    def trailing_stop_order(
        self,
        symbol: Any,
        quantity: float,
        *args: Any,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> OrderTicket:
        """(symbol, quantity, [stop_price,] trailing_amount, trailing_as_percentage)."""
        values = [a for a in args if not isinstance(a, (bool, str))]
        percent = next((a for a in args if isinstance(a, bool)), False)
        amount = to_decimal(values[-1])
        security = self._security_for_order(symbol)
        price = security.exact_price
        distance = price * amount if percent else amount
        stop = to_decimal(values[0]) if len(values) > 1 else price + (distance if quantity > 0 else -distance)
        return self._single(
            OrderType.TRAILING_STOP,
            symbol,
            quantity,
            tag,
            order_properties,
            asynchronous,
            stop=stop,
            trailing=(amount, percent),
        )

    def limit_if_touched_order(
        self,
        symbol: Any,
        quantity: float,
        trigger_price: float,
        limit_price: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> OrderTicket:
        """A limit order once the trigger is touched, dollars per share."""
        prices = {"trigger": to_decimal(trigger_price), "limit": to_decimal(limit_price)}
        return self._single(OrderType.LIMIT_IF_TOUCHED, symbol, quantity, tag, order_properties, asynchronous, **prices)

    def market_on_open_order(
        self,
        symbol: Any,
        quantity: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> OrderTicket:
        """A market order for the next opening."""
        return self._single(OrderType.MARKET_ON_OPEN, symbol, quantity, tag, order_properties, asynchronous)

    def market_on_close_order(
        self,
        symbol: Any,
        quantity: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> OrderTicket:
        """A market order for the next close."""
        return self._single(OrderType.MARKET_ON_CLOSE, symbol, quantity, tag, order_properties, asynchronous)

    def exercise_option(
        self,
        option_symbol: Any,
        quantity: int,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> OrderTicket:
        """Exercise so many long contracts now; the sign of the quantity does not matter."""
        kind, contracts = OrderType.OPTION_EXERCISE, -abs(int(quantity))
        return self._single(kind, option_symbol, contracts, tag, order_properties, asynchronous)
