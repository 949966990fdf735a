"""Rows of market data and the price a security has from them. Prices are dollars per share, exact."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)
Ohlc = tuple[Decimal, Decimal, Decimal, Decimal]


class QuoteRow(NamedTuple):
    """A quote bar; a side that was never quoted is None, an inherited side has size 0. ``end`` is UTC milliseconds."""

    end: int
    bid: Ohlc | None
    bid_size: int
    ask: Ohlc | None
    ask_size: int

    def middle(self, field: int) -> Decimal:
        """Mid of one of open, high, low, close; the single side when the other is missing or 0; 0 without both."""
        bid = self.bid[field] if self.bid else ZERO
        ask = self.ask[field] if self.ask else ZERO
        if bid and ask:
            return (bid + ask) / 2
        return bid or ask


class TradeRow(NamedTuple):
    """A trade bar; ``end`` is UTC milliseconds."""

    end: int
    ohlc: Ohlc
    volume: Decimal


class Prices(NamedTuple):
    """What a fill looks at: one side of a bar, or a trade bar."""

    end_utc: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
