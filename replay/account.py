"""The account as the margin rules see it, with answers kept until something changes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from replay.margin import Margin
from replay.orders import Order
from replay.symbol import Symbol


class BuyingPower:
    """Margin in use and the check of new orders; implements ``replay.margin.AccountFacts``."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._margin: Margin | None = None

    @property
    def margin(self) -> Margin:
        grouped = not self._run.portfolio.position_groups_off
        if self._margin is None or self._margin.grouped != grouped:
            self._margin = Margin(self, grouped)
        return self._margin

    def holdings(self) -> dict[Symbol, Decimal]:
        """Signed quantities that are not zero, in order of addition."""
        return {
            s.symbol: s.holdings.exact_quantity for s in self._run.securities.values() if s.holdings.exact_quantity
        }

    def facts(self, symbol: Symbol) -> Any:
        return self._run.securities[symbol].facts

    def value(self) -> Decimal:
        value: Decimal = self._run.portfolio.exact_value
        return value

    def fee(self, order: Order) -> Decimal:
        fee: Decimal = self._run.fee(self._run.securities[order.symbol], order)
        return fee

    def used(self) -> Decimal:
        """Dollars of margin in use."""
        return self.margin.used()

    def check(self, orders: list[Order]) -> tuple[bool, str]:
        """(enough, LEAN's reason) for one order or the legs of one combo."""
        verdict = self.margin.check(orders)
        return verdict.sufficient, verdict.reason

    def changed(self) -> None:
        """Holdings moved."""
