"""Strategies and combos of an algorithm (LEAN: QCAlgorithm.Trading.cs)."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from math import gcd
from typing import Any

from replay.checks import pre_order_check
from replay.enums import OrderType
from replay.errors import ArgumentException
from replay.legs import OptionStrategy
from replay.naming import own
from replay.order_requests import Requests
from replay.orders import GroupOrderManager
from replay.symbol import to_decimal
from replay.tickets import OrderTicket


class ComboOrders(Requests):
    """Orders of several legs; a strategy is bought or sold as one combo."""

    def buy(
        self, symbol: Any = None, quantity: float = 0, *args: Any, strategy: OptionStrategy | None = None, **kwargs: Any
    ) -> Any:
        """Buy a strategy (list of tickets) or a security."""
        return own(self, "order")(symbol, abs(quantity), *args, strategy=strategy, **kwargs)

    def sell(
        self, symbol: Any = None, quantity: float = 0, *args: Any, strategy: OptionStrategy | None = None, **kwargs: Any
    ) -> Any:
        """Sell a strategy (list of tickets) or a security."""
        return own(self, "order")(symbol, -abs(quantity), *args, strategy=strategy, **kwargs)

    def order(
        self,
        symbol: Any = None,
        quantity: float = 0,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
        *,
        strategy: OptionStrategy | None = None,
    ) -> Any:
        """A market order, or the combo of an option strategy; the quantity keeps its sign."""
        target = symbol if strategy is None else strategy
        if not isinstance(target, OptionStrategy):
            return own(self, "market_order")(target, quantity, asynchronous, tag, order_properties)
        target.set_symbols()
        if tag is None:
            tag = f"{target.name} ({int(quantity)})"
        legs = [*target.underlying_legs, *target.option_legs]
        return self._replay_combo(legs, int(quantity), Decimal(0), asynchronous, tag, order_properties)

    def combo_market_order(
        self,
        legs: list[Any],
        quantity: int,
        asynchronous: bool = False,
        tag: str | None = "",
        order_properties: Any = None,
    ) -> list[OrderTicket]:
        """All legs at the market, all or none."""
        return self._replay_combo(legs, quantity, Decimal(0), asynchronous, tag, order_properties)

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
        if any(leg.order_price for leg in legs):
            raise ArgumentException("ComboLimitOrder does not support limit prices for individual legs")
        return self._replay_combo(legs, quantity, to_decimal(limit_price), asynchronous, tag, order_properties)

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
        return self._replay_combo(legs, quantity, Decimal(0), asynchronous, tag, order_properties)

    def _replay_combo(
        self, legs: list[Any], quantity: int, limit: Decimal, asynchronous: bool, tag: str | None, properties: Any
    ) -> list[OrderTicket]:
        """SubmitComboOrder: all legs are checked before the first is sent."""
        _check_ratios(legs, int(quantity))
        run = self._replay_run
        kind = OrderType.COMBO_LIMIT if limit else OrderType.COMBO_MARKET
        run.orders.last_group_id += 1
        group = GroupOrderManager(run.orders.last_group_id, Decimal(int(quantity)), limit, len(legs))
        requests, price = [], limit
        for leg in legs:
            security = self._replay_security_for_order(leg.symbol)
            if leg.order_price is not None:
                price, kind = to_decimal(leg.order_price), OrderType.COMBO_LEG_LIMIT
            request = self._replay_request(
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
                return [self._replay_invalid(request, response)]
            requests.append(request)
        return [run.orders.process(request) for request in requests]


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
