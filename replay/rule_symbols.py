"""What a date or time rule knows of a security: its symbol and its exchange's hours.

Rules: LEAN's Common/Scheduling/BaseScheduleRules.cs. A security need not be subscribed to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from replay.enums import Market, SecurityType
from replay.hours import ExchangeHours
from replay.naming import LeanObject
from replay.symbol import Symbol, SymbolCache


class ScheduleRules(LeanObject):
    """Base of ``date_rules`` and ``time_rules``."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._warned = False

    def _symbol(self, item: Any) -> Symbol:
        """The symbol meant; an unknown ticker becomes a stock, with LEAN's warning once."""
        if not isinstance(item, str):
            symbol: Symbol = item if isinstance(item, Symbol) else item.symbol
            return symbol
        found = SymbolCache.find(item)
        if found is None:
            if not self._warned:
                self._warned = True
                self._run.messages.debug(
                    f"Warning: no existing symbol found for ticker {item}, it will be created with Equity type."
                )
            found = Symbol.create(item, SecurityType.EQUITY, Market.USA)
            SymbolCache.set(item, found)
        return found

    def _hours(self, symbol: Symbol) -> ExchangeHours:
        hours: ExchangeHours = self._run.store.hours(symbol)
        return hours

    def _all_hours(self) -> Iterator[ExchangeHours]:
        """The exchanges of what is subscribed, and that of American stocks in any case."""
        yield self._hours(Symbol.create("SPY", SecurityType.EQUITY, Market.USA))
        for symbol, _ in self._run.securities:
            hours = self._hours(symbol)
            if symbol.security_type is not SecurityType.EQUITY and not hours.is_market_always_open:
                yield hours
