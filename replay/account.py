"""The running account as the margin rules see it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from replay.facts import SecurityFacts
from replay.margin import Holdings, Margin
from replay.orders import Order
from replay.symbol import Symbol


class _RunningAccount:
    """Reads holdings, prices and fees of a run; holdings are remembered until `changed`."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._holdings: Holdings | None = None

    def changed(self) -> None:
        self._holdings = None

    def holdings(self) -> Holdings:
        if self._holdings is None:
            held = ((security.symbol, security.holdings.exact_quantity) for security in self._run.securities.values())
            self._holdings = {symbol: quantity for symbol, quantity in held if quantity}
        return self._holdings

    def facts(self, symbol: Symbol) -> SecurityFacts:
        facts: SecurityFacts = self._run.securities[symbol].facts
        return facts

    def value(self) -> Decimal:
        value: Decimal = self._run.portfolio.exact_value
        return value

    def fee(self, order: Order) -> Decimal:
        fee: Decimal = self._run.fee(self._run.securities[order.symbol], order)
        return fee

    @property
    def grouped(self) -> bool:
        return not self._run.portfolio.position_groups_off


class BuyingPower(Margin):
    """Margin in use and the check of new orders for a run."""

    def __init__(self, run: Any) -> None:
        self._running = _RunningAccount(run)
        super().__init__(self._running)

    def changed(self) -> None:
        """A holding has changed."""
        self._running.changed()

    def resolved(self) -> list[list[Any]]:
        """For each underlying every grouping LEAN may find for what is held of it."""
        return [self._resolve(part) for part in self._by_underlying(self.holdings()).values()]

    def holdings(self) -> Holdings:
        """Signed quantities that are not zero, by symbol."""
        return self._running.holdings()
