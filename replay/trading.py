"""Order methods of an algorithm (LEAN: QCAlgorithm.Trading.cs)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import reduce
from math import gcd
from typing import Any

from replay.checks import in_close_buffer, pre_order_check
from replay.enums import OrderStatus, OrderType, Resolution, SecurityType
from replay.errors import ArgumentException, InvalidOperationException, Unsupported
from replay.legs import OptionStrategy
from replay.naming import LeanObject
from replay.order_sizing import quantity_for_percent
from replay.orders import GroupOrderManager
from replay.requests import SubmitOrderRequest
from replay.settlement import last_trading_close
from replay.symbol import Symbol, to_decimal
from replay.tickets import OrderTicket


class Trading(LeanObject):
    """Mixin of ``QCAlgorithm``; ``_run`` is the engine."""

    _run: Any
    default_order_properties: Any

    def _security_for_order(self, symbol: Any) -> Any:
        """The security, added and seeded when it can be (GetSecurityForOrder)."""
        run = self._run
        symbol = run.symbol_of(symbol)
        security = run.securities.find(symbol)
        if security is not None and (symbol.is_canonical() or security.is_tradable or security.is_delisted):
            return security
        expired = (
            symbol.has_underlying
            and not symbol.is_canonical()
            and run.store.hours(symbol).time_zone.to_local(run.utc)
            >= last_trading_close(symbol, run.store.hours(symbol))
        )
        if symbol.is_canonical() or expired or symbol.security_type is SecurityType.INDEX:
            raise InvalidOperationException(
                f"The symbol {symbol} is not found in the algorithm's securities collection and cannot be re-added due "
                "to it being delisted or no longer tradable."
            )
        security = run.algorithm.add_security(symbol)
        security.is_tradable = True
        run.universes.seed(security)
        return security

    def _request(
        self,
        kind: OrderType,
        symbol: Symbol,
        quantity: Decimal,
        tag: str | None,
        properties: Any,
        asynchronous: bool,
        **prices: Any,
    ) -> SubmitOrderRequest:
        run = self._run
        if properties is None:
            default = self.default_order_properties or run.brokerage_properties()
            properties = default.clone() if hasattr(default, "clone") else default
        return SubmitOrderRequest(run.utc, kind, symbol, quantity, tag, properties, asynchronous=asynchronous, **prices)

    def _submit(self, request: SubmitOrderRequest) -> OrderTicket:
        response = pre_order_check(self._run, request)
        if response.is_error:
            return self._invalid(request, response)
        ticket: OrderTicket = self._run.orders.process(request)
        return ticket

    def _invalid(self, request: SubmitOrderRequest, response: Any) -> OrderTicket:
        self._run.messages.error(response.error_message)
        request.respond(response)
        return OrderTicket(self._run.orders, request, OrderStatus.INVALID)

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

    def buy(self, target: Any, quantity: float, *args: Any, **kwargs: Any) -> Any:
        """Buy a strategy (list of tickets) or a security."""
        if isinstance(target, OptionStrategy):
            return self.order(target, abs(int(quantity)), *args, **kwargs)
        return self.order(target, abs(quantity), *args, **kwargs)

    def sell(self, target: Any, quantity: float, *args: Any, **kwargs: Any) -> Any:
        """Sell a strategy (list of tickets) or a security."""
        if isinstance(target, OptionStrategy):
            return self.order(target, -abs(int(quantity)), *args, **kwargs)
        return self.order(target, -abs(quantity), *args, **kwargs)

    def order(
        self,
        target: Any,
        quantity: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> Any:
        """A market order, or the combo of an option strategy; the quantity keeps its sign."""
        if not isinstance(target, OptionStrategy):
            return self.market_order(target, quantity, asynchronous, tag, order_properties)
        target.set_symbols()
        if tag is None:
            tag = f"{target.name} ({int(quantity)})"
        legs = [*target.underlying_legs, *target.option_legs]
        return self._combo(legs, int(quantity), Decimal(0), asynchronous, tag, order_properties)

    def combo_market_order(
        self,
        legs: list[Any],
        quantity: int,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> list[OrderTicket]:
        """All legs at the market, all or none."""
        return self._combo(legs, quantity, Decimal(0), asynchronous, tag, order_properties)

    def combo_limit_order(
        self,
        legs: list[Any],
        quantity: int,
        limit_price: float,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> list[OrderTicket]:
        """One net limit for the group, dollars per share of the ratio; not zero."""
        if limit_price == 0:
            raise ArgumentException("ComboLimitOrder requires a limit price")
        if any(leg.order_price is not None for leg in legs):
            raise ArgumentException("ComboLimitOrder does not support limit prices per leg")
        return self._combo(legs, quantity, to_decimal(limit_price), asynchronous, tag, order_properties)

    def combo_leg_limit_order(
        self,
        legs: list[Any],
        quantity: int,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> list[OrderTicket]:
        """One limit per leg."""
        if any(not leg.order_price for leg in legs):
            raise ArgumentException("ComboLegLimitOrder requires a limit price for each leg")
        return self._combo(legs, quantity, Decimal(0), asynchronous, tag, order_properties)

    def _combo(
        self, legs: list[Any], quantity: int, limit: Decimal, asynchronous: bool, tag: str | None, properties: Any
    ) -> list[OrderTicket]:
        """SubmitComboOrder: all legs are checked before the first is sent."""
        _check_ratios(legs, int(quantity))
        run = self._run
        kind = OrderType.COMBO_LIMIT if limit else OrderType.COMBO_MARKET
        run.orders.last_group_id += 1
        group = GroupOrderManager(run.orders.last_group_id, Decimal(int(quantity)), limit, len(legs))
        requests = []
        for leg in legs:
            security = self._security_for_order(leg.symbol)
            price = limit
            if leg.order_price is not None:
                price, kind = to_decimal(leg.order_price), OrderType.COMBO_LEG_LIMIT
            request = self._request(
                kind,
                security.symbol,
                Decimal(int(leg.quantity)) * group.quantity,
                tag,
                properties,
                asynchronous,
                group=group,
                limit=price if kind is OrderType.COMBO_LEG_LIMIT else None,
            )
            response = pre_order_check(run, request)
            if response.is_error:
                return [self._invalid(request, response)]
            requests.append(request)
        return [run.orders.process(request) for request in requests]

    def liquidate(
        self,
        symbols: Any = None,
        asynchronous: bool = False,
        tag: str | None = None,
        order_properties: Any = None,
    ) -> list[OrderTicket]:
        """Cancel open orders and close positions: one market order per holding, by symbol text or as listed."""
        run = self._run
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
            ticket = self._liquidate_one(security, asynchronous, tag, order_properties)
            if ticket is not None:
                tickets.append(ticket)
        return tickets

    def _liquidate_one(self, security: Any, asynchronous: bool, tag: str, properties: Any) -> OrderTicket | None:
        run, symbol = self._run, security.symbol
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
        ticket: OrderTicket = self.order(symbol, float(-held - pending), asynchronous, tag, properties)
        return ticket

    def set_maximum_orders(self, maximum: int) -> None:
        """Orders after which the run stops."""
        self._run.settings.maximum_orders = maximum

    def calculate_order_quantity(self, symbol: Any, target: float) -> float:
        """Signed quantity that brings a position to a share of the portfolio's value (1 is 100 %)."""
        return float(quantity_for_percent(self._run, self._run.symbol_of(symbol), target))

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
        run = self._run
        wanted = run.symbol_of(symbol)
        quantity = quantity_for_percent(run, wanted, percentage)
        tickets: list[OrderTicket] = []
        if liquidate_existing_holdings:
            others = sorted((s for s in run.securities if s != wanted), key=lambda s: s.value)
            tickets += self.liquidate(others, False, tag, order_properties)
        resting = (OrderType.MARKET, OrderType.MARKET_ON_OPEN)
        open_orders = (o for o in run.orders.open.values() if o.symbol == wanted and o.type in resting)
        quantity -= sum((run.orders.tickets[order.id].exact_remaining for order in open_orders), Decimal(0))
        if not quantity:
            return tickets
        security = run.securities.find(wanted)
        if security is None:
            run.messages.error(f"{wanted} not found in portfolio. Request this data when initializing the algorithm.")
            return tickets
        send = self.market_order if security.exchange.exchange_open else self.market_on_open_order
        return [*tickets, send(wanted, float(quantity), asynchronous, tag or "", order_properties)]


def _check_ratios(legs: list[Any], quantity: int) -> None:
    """Leg ratios must have no common divisor (CheckComboOrderSizing)."""
    divisor = reduce(gcd, (abs(int(leg.quantity)) for leg in legs), 0)
    if divisor == 1:
        return
    asked = ", ".join(f"{int(leg.quantity)} {leg.symbol}" for leg in legs)
    reduced = ", ".join(f"{int(leg.quantity) // max(divisor, 1)} {leg.symbol}" for leg in legs)
    raise ArgumentException(
        "The global combo quantity should be used to increase or reduce the size of the order, while the leg "
        "quantities should be used to specify the ratio of the order. The combo order quantities should be reduced "
        f"from {quantity}x({asked}) to {quantity * divisor}x({reduced})."
    )
