"""What is held of one security, and its profit (LEAN: Common/Securities/SecurityHolding.cs). Dollars, exact inside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from replay.enums import OrderStatus, OrderType
from replay.naming import LeanObject
from replay.orders import Order
from replay.symbol import Symbol

ZERO = Decimal(0)


class SecurityHolding(LeanObject):
    """A position; ``quantity`` is signed."""

    def __init__(self, security: Any) -> None:
        self._security = security
        self.exact_quantity = ZERO
        self.exact_average = ZERO
        self.exact_fees = ZERO
        self.exact_profit = ZERO
        self.exact_last_profit = ZERO
        self.exact_sales = ZERO
        self.exact_dividends = ZERO
        self.target: Any = None

    @property
    def symbol(self) -> Symbol:
        """Symbol of the position."""
        symbol: Symbol = self._security.symbol
        return symbol

    @property
    def invested(self) -> bool:
        """At least one lot is held."""
        return bool(abs(self.exact_quantity) >= self._security.lot_size)

    def quantity_value(self, quantity: Decimal, price: Decimal) -> Decimal:
        """Dollars of a quantity at a price, multiplier included."""
        value: Decimal = price * quantity * self._security.multiplier
        return value

    @property
    def exact_value(self) -> Decimal:
        """Market value at the security's price (mid), signed."""
        if not self.exact_quantity:
            return ZERO
        return self.quantity_value(self.exact_quantity, self._security.exact_price)

    @property
    def exact_cost(self) -> Decimal:
        """What the position cost, dollars, signed."""
        return self.quantity_value(self.exact_quantity, self.exact_average) if self.exact_quantity else ZERO

    @property
    def exact_unrealized(self) -> Decimal:
        """Liquidation value less cost and less the fee of the closing market order."""
        if not self.invested:
            return ZERO
        security, quantity = self._security, self.exact_quantity
        closing = Order(0, OrderType.MARKET, self.symbol, -quantity, security._run.utc, status=OrderStatus.NEW)
        fee = security._run.fee(security, closing)
        price = (security.exact_bid if quantity > 0 else security.exact_ask) or security.exact_price
        gain = self.quantity_value(quantity, price) - self.quantity_value(quantity, self.exact_average)
        result: Decimal = gain - fee
        return result

    @property
    def exact_net_profit(self) -> Decimal:
        """Closed profit and dividends less fees, dollars."""
        return self.exact_profit + self.exact_dividends - self.exact_fees

    quantity = property(lambda self: float(self.exact_quantity))
    absolute_quantity = property(lambda self: abs(float(self.exact_quantity)))
    average_price = property(lambda self: float(self.exact_average))
    price = property(lambda self: self._security.price)
    type = property(lambda self: self.symbol.security_type)
    hold_stock = property(lambda self: self.invested)
    is_long = property(lambda self: self.exact_quantity > 0)
    is_short = property(lambda self: self.exact_quantity < 0)
    holdings_value = property(lambda self: float(self.exact_value))
    absolute_holdings_value = property(lambda self: abs(float(self.exact_value)))
    holdings_cost = property(lambda self: float(self.exact_cost))
    absolute_holdings_cost = property(lambda self: abs(float(self.exact_cost)))
    unlevered_holdings_cost = property(lambda self: float(self.exact_cost) / self.leverage)
    unlevered_absolute_holdings_cost = property(lambda self: abs(self.unlevered_holdings_cost))
    security = property(lambda self: self._security)
    unrealized_profit = property(lambda self: float(self.exact_unrealized))
    profit = property(lambda self: float(self.exact_profit + self.exact_dividends))
    net_profit = property(lambda self: float(self.exact_net_profit))
    total_fees = property(lambda self: float(self.exact_fees))
    total_dividends = property(lambda self: float(self.exact_dividends))
    total_sale_volume = property(lambda self: float(self.exact_sales))
    last_trade_profit = property(lambda self: float(self.exact_last_profit))
    leverage = property(lambda self: self._security.leverage)

    @property
    def unrealized_profit_percent(self) -> float:
        """Unrealised profit as a fraction of the cost."""
        cost = abs(self.exact_cost)
        return float(self.exact_unrealized / cost) if cost else 0.0

    def total_close_profit(self) -> float:
        """Profit if closed now, after fees, dollars."""
        return float(self.exact_unrealized)

    def __str__(self) -> str:
        return f"{self.symbol.value}: {self.quantity:g} @ {self.average_price:g}"
