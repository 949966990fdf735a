"""Order methods of an algorithm for one security (LEAN: QCAlgorithm.Trading.cs)."""

from __future__ import annotations

from typing import Any

from replay.checks import in_close_buffer
from replay.combo_orders import ComboOrders
from replay.enums import OrderType, Resolution
from replay.legs import OptionStrategy
from replay.naming import own
from replay.order_views import TimeInForce
from replay.orders import GOOD_TIL_DATE
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
            return own(self, "order")(symbol, int(quantity), asynchronous, tag, order_properties)
        run, security = self._replay_run, self._replay_security_for_order(symbol)
        if not security.exchange.exchange_open:
            ticket = own(self, "market_on_open_order")(security.symbol, quantity, asynchronous, tag, order_properties)
            if ticket.submit_request.response.is_success:
                run.messages.debug_once(
                    "moo",
                    "Warning: market orders submitted while the market is closed are automatically converted into "
                    "MarketOnOpen orders to fill at the next market open.",
                )
            return ticket
        if security.resolution is Resolution.DAILY or security.symbol.is_canonical():
            other = (
                own(self, "market_on_open_order") if in_close_buffer(security) else own(self, "market_on_close_order")
            )
            return other(security.symbol, quantity, asynchronous, tag, order_properties)
        request = self._replay_request(
            OrderType.MARKET, security.symbol, to_decimal(quantity), tag, order_properties, asynchronous
        )
        return self._replay_submit(request)

    def _replay_single(
        self,
        kind: OrderType,
        symbol: Any,
        quantity: float,
        tag: Any,
        properties: Any,
        asynchronous: bool,
        **prices: Any,
    ) -> OrderTicket:
        security = self._replay_security_for_order(symbol)
        request = self._replay_request(
            kind, security.symbol, to_decimal(quantity), tag, properties, asynchronous, **prices
        )
        return self._replay_submit(request)

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
        return self._replay_single(OrderType.LIMIT, symbol, quantity, tag, order_properties, asynchronous, limit=price)

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
        return self._replay_single(
            OrderType.STOP_MARKET, symbol, quantity, tag, order_properties, asynchronous, stop=price
        )

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
        return self._replay_single(
            OrderType.STOP_LIMIT, symbol, quantity, tag, order_properties, asynchronous, **prices
        )

    def trailing_stop_order(self, symbol: Any, quantity: float, *args: Any, **kwargs: Any) -> OrderTicket:
        """(symbol, quantity, [stop_price,] trailing_amount, trailing_as_percentage, asynchronous, tag, ...).

        Amount in dollars per share, or a share of the price (0.05 is 5 %). Without a stop price the stop starts that
        far from the security's price.
        """
        given = _trailing_arguments(args, kwargs)
        amount, percent = to_decimal(given["trailing_amount"]), bool(given["trailing_as_percentage"])
        price = self._replay_security_for_order(symbol).exact_price
        distance = price * amount if percent else amount
        stop = price + distance if quantity > 0 else price - distance
        if given.get("stop_price") is not None:
            stop = to_decimal(given["stop_price"])
        return self._replay_single(
            OrderType.TRAILING_STOP,
            symbol,
            quantity,
            given.get("tag", ""),
            given.get("order_properties"),
            given.get("asynchronous", False),
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
        return self._replay_single(
            OrderType.LIMIT_IF_TOUCHED, symbol, quantity, tag, order_properties, asynchronous, **prices
        )

    def market_on_open_order(
        self,
        symbol: Any,
        quantity: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> OrderTicket:
        """A market order for the next opening."""
        order_properties = self._replay_without_date(order_properties)
        return self._replay_single(OrderType.MARKET_ON_OPEN, symbol, quantity, tag, order_properties, asynchronous)

    def market_on_close_order(
        self,
        symbol: Any,
        quantity: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> OrderTicket:
        """A market order for the next close."""
        order_properties = self._replay_without_date(order_properties)
        return self._replay_single(OrderType.MARKET_ON_CLOSE, symbol, quantity, tag, order_properties, asynchronous)

    def _replay_without_date(self, properties: Any) -> Any:
        """Orders for an opening or a close have no last date (InvalidateGoodTilDateTimeInForce)."""
        properties = self._replay_properties(properties)
        if properties.time_in_force.code.startswith(GOOD_TIL_DATE):
            properties.time_in_force = TimeInForce.GOOD_TIL_CANCELED
            self._replay_run.messages.debug_once(
                "date",
                "Warning: Good-Til-Date Time-In-Force is not supported for MOO and MOC orders. The time-in-force will "
                "be reset to Good-Til-Canceled (GTC).",
            )
        return properties

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
        return self._replay_single(kind, option_symbol, contracts, tag, order_properties, asynchronous)


def _trailing_arguments(args: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Both overloads by name; the one with a stop price has two numbers before the first boolean."""
    names = ["trailing_amount", "trailing_as_percentage", "asynchronous", "tag", "order_properties"]
    numbers = next((i for i, value in enumerate(args) if isinstance(value, bool)), len(args))
    if numbers == 2 or (numbers == 1 and "trailing_amount" in named):
        names.insert(0, "stop_price")
    given = dict(zip(names, args, strict=False)) | named
    unknown = set(given) - {*names, "stop_price"}
    if unknown or len(args) > len(names) or not {"trailing_amount", "trailing_as_percentage"} <= set(given):
        raise TypeError(f"No method matches given arguments for TrailingStopOrder: {args}, {sorted(named)}")
    return given
