"""``self.trade_builder``: closed trades as an algorithm sees them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from replay.enums import TradeDirection
from replay.naming import LeanObject


class TradeView(LeanObject):
    """A closed trade: prices and profits in dollars as floats, times in UTC."""

    lean_name = "Trade"

    def __init__(self, trade: Any) -> None:
        self._trade = trade

    @property
    def symbols(self) -> list[Any]:
        """The symbols traded; one per trade when trades are counted per symbol."""
        return [self._trade.symbol]

    @property
    def direction(self) -> TradeDirection:
        """Long or short."""
        return TradeDirection.LONG if self._trade.is_long else TradeDirection.SHORT

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            value = getattr(self._trade, name, None)
            if isinstance(value, Decimal):
                return float(value)
            if isinstance(value, (datetime, timedelta)) or value is not None:
                return value
        return super().__getattr__(name)


class TradeBuilderView(LeanObject):
    """Trades of the run, fill to fill, first in first out."""

    lean_name = "TradeBuilder"

    def __init__(self, run: Any) -> None:
        self._run = run

    @property
    def closed_trades(self) -> list[TradeView]:
        """Closed trades, oldest first."""
        return [TradeView(trade) for trade in self._run.trade_builder.closed]

    def has_open_position(self, symbol: Any) -> bool:
        """Whether an entry of a symbol is still open."""
        return symbol in self._run.trade_builder.open_symbols()
